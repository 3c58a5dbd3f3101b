//! Comparing texts: `equals`, `equals-any`, `contains`, `contains-any`, `contains-all`, `not-contains`,
//! `starts-with`, `ends-with`. One way of reading options and of normalising serves them all; a new comparison is a
//! variant of [`Op`] and a row here.
use std::borrow::Cow;

use serde_json::Value;

use super::normal::{KEYS, Normal};
use super::options::{Options, resolve, shortened, wrong};
use super::resolved::{Found, Resolved};
use super::{Answer, Evaluator, Member, OptionError, Subject, json_equals};
use crate::domain::{Map, Verdict};
use crate::registry::Row;

/// How the answer is held against the expected texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Equals,
    EqualsAny,
    Contains,
    ContainsAny,
    ContainsAll,
    NotContains,
    StartsWith,
    EndsWith,
}

/// The row of one comparison.
const fn row(
    name: &'static str,
    aliases: &'static [&'static str],
    doc: &'static str,
    example: &'static str,
    make: fn(&Map) -> Result<Box<dyn Evaluator>, OptionError>,
) -> Row<Member> {
    let make = Member { make, example, shorthand: Some("expected"), weight: 1.0, binary: true };
    Row { name, aliases, doc, keys: KEYS, make }
}

pub(super) const EQUALS: Row<Member> = row(
    "equals",
    &["equal", "exact-match", "exact_match", "ExactMatch", "Equals"],
    "The answer is the expected one; numbers compare by value",
    "{}",
    |options| make(Op::Equals, options),
);
pub(super) const EQUALS_ANY: Row<Member> = row(
    "equals-any",
    &["equals_any", "one-of", "one_of"],
    "The answer is one of several",
    r#"{"expected": ["billing", "bug"]}"#,
    |options| make(Op::EqualsAny, options),
);
pub(super) const CONTAINS: Row<Member> =
    row("contains", &["Contains", "includes"], "The answer contains a text", "{}", |options| {
        make(Op::Contains, options)
    });
pub(super) const CONTAINS_ANY: Row<Member> = row(
    "contains-any",
    &["contains_any", "ContainsAny"],
    "The answer contains at least one of several texts",
    r#"{"expected": ["billing", "bug"]}"#,
    |options| make(Op::ContainsAny, options),
);
pub(super) const CONTAINS_ALL: Row<Member> = row(
    "contains-all",
    &["contains_all", "ContainsAll"],
    "The answer contains every one of several texts",
    r#"{"expected": ["billing", "bug"]}"#,
    |options| make(Op::ContainsAll, options),
);
pub(super) const NOT_CONTAINS: Row<Member> = row(
    "not-contains",
    &["not_contains", "contains-none", "contains_none", "ContainsNone"],
    "The answer contains none of the texts",
    r#"{"expected": "as an AI"}"#,
    |options| make(Op::NotContains, options),
);
pub(super) const STARTS_WITH: Row<Member> = row(
    "starts-with",
    &["starts_with", "StartsWith"],
    "The answer starts with a text",
    r#"{"expected": "Dear"}"#,
    |options| make(Op::StartsWith, options),
);
pub(super) const ENDS_WITH: Row<Member> = row(
    "ends-with",
    &["ends_with", "EndsWith"],
    "The answer ends with a text",
    r#"{"expected": "regards"}"#,
    |options| make(Op::EndsWith, options),
);

#[derive(Debug)]
struct Text {
    op: Op,
    actual: Option<Resolved>,
    expected: Vec<Resolved>,
    normal: Normal,
}

fn make(op: Op, options: &Map) -> Result<Box<dyn Evaluator>, OptionError> {
    let options = Options(options);
    let expected = match options.either("expected", "value")? {
        Some((key, Value::Array(items))) if op.takes_list() => {
            items.iter().map(|item| resolve(key, item)).collect::<Result<_, _>>()?
        }
        _ => vec![options.expected()?],
    };
    let normal = Normal::new(options)?;
    if expected.is_empty() {
        return Err(wrong("expected", "`expected` is an empty list"));
    }
    for literal in expected.iter().filter_map(Resolved::literal) {
        op.refuse(literal, &normal)?;
    }
    let actual = options.resolved("actual")?;
    Ok(Box::new(Text { op, actual, expected, normal }))
}

impl Op {
    /// Whether several texts may be given (a list found in the case counts as several).
    fn takes_list(self) -> bool {
        matches!(self, Self::EqualsAny | Self::ContainsAny | Self::ContainsAll | Self::NotContains)
    }

    /// Whether parts of the answer are looked for: an empty one would be found everywhere.
    fn is_part(self) -> bool {
        !matches!(self, Self::Equals | Self::EqualsAny)
    }

    fn refuse(self, literal: &Value, normal: &Normal) -> Result<(), OptionError> {
        if !self.is_part() {
            return Ok(());
        }
        if literal.is_array() || literal.is_object() {
            let hint = Some("`contains-any` and `contains-all` take lists".to_owned());
            let message = "a part of a text is a text, not a list or mapping".to_owned();
            return Err(OptionError { key: Some("expected"), message, hint });
        }
        if normal.of(&Found::Json(Cow::Borrowed(literal)).text()).is_empty() {
            return Err(wrong("expected", "an empty text is part of every answer"));
        }
        Ok(())
    }
}

impl Evaluator for Text {
    fn judge(&self, subject: &Subject<'_>, _: Option<&Answer>) -> Verdict {
        self.verdict(subject).unwrap_or_else(|verdict| verdict)
    }
}

impl Text {
    fn verdict(&self, subject: &Subject<'_>) -> Result<Verdict, Verdict> {
        let actual = self.actual.as_ref().map_or(Ok(Found::Text(subject.text())), |a| a.find(subject))?;
        let mut expected = Vec::with_capacity(self.expected.len());
        for resolved in &self.expected {
            match resolved.find(subject)? {
                Found::Json(value) if self.op.takes_list() && value.is_array() => {
                    let items = value.as_array().cloned().unwrap_or_default();
                    expected.extend(items.into_iter().map(|item| Found::Json(Cow::Owned(item))));
                }
                found => expected.push(found),
            }
        }
        if expected.is_empty() {
            return Err(Verdict::NotApplicable("the list of expected texts is empty".to_owned()));
        }
        if self.op.is_part() { self.parts(&actual, &expected) } else { Ok(self.whole(&actual, &expected)) }
    }

    /// The answer as a whole.
    fn whole(&self, actual: &Found<'_>, expected: &[Found<'_>]) -> Verdict {
        if expected.iter().any(|one| same(actual, one, &self.normal)) {
            return Verdict::pass(true);
        }
        let wanted = quoted(expected.iter(), " or ");
        Verdict::pass(false).because(format!("expected {wanted}, got `{}`", shortened(&actual.text(), 80)))
    }

    /// Parts of the answer.
    fn parts(&self, actual: &Found<'_>, expected: &[Found<'_>]) -> Result<Verdict, Verdict> {
        let text = actual.text();
        let text = self.normal.of(&text);
        let mut found = Vec::with_capacity(expected.len());
        for part in expected {
            let written = part.text();
            let wanted = self.normal.of(&written);
            if wanted.is_empty() {
                return Err(Verdict::NotApplicable("an expected text is empty".to_owned()));
            }
            if matches!(part, Found::Json(value) if value.is_array() || value.is_object()) {
                return Err(Verdict::Failed("an expected text is a list or mapping".to_owned()));
            }
            found.push(match self.op {
                Op::StartsWith => text.starts_with(wanted.as_ref()),
                Op::EndsWith => text.ends_with(wanted.as_ref()),
                _ => text.contains(wanted.as_ref()),
            });
        }
        let pick = |which: bool| {
            expected.iter().zip(&found).filter(move |(_, found)| **found == which).map(|(part, _)| part)
        };
        Ok(match self.op {
            Op::NotContains if found.contains(&true) => {
                Verdict::pass(false).because(format!("contains {}", quoted(pick(true), ", ")))
            }
            Op::NotContains => Verdict::pass(true),
            Op::ContainsAny if found.contains(&true) => Verdict::pass(true),
            _ if !found.contains(&false) => Verdict::pass(true),
            Op::StartsWith => {
                Verdict::pass(false).because(format!("does not start with {}", quoted(pick(false), ", ")))
            }
            Op::EndsWith => {
                Verdict::pass(false).because(format!("does not end with {}", quoted(pick(false), ", ")))
            }
            _ => Verdict::pass(false).because(format!("does not contain {}", quoted(pick(false), ", "))),
        })
    }
}

/// Texts by their normal form, numbers by value, lists and mappings by content.
fn same(actual: &Found<'_>, expected: &Found<'_>, normal: &Normal) -> bool {
    let (left, right) = (actual.text(), expected.text());
    if normal.of(&left) == normal.of(&right) {
        return true;
    }
    let is_text = |found: &Found<'_>| {
        matches!(found, Found::Text(_)) || matches!(found, Found::Json(v) if v.is_string())
    };
    if is_text(actual) && is_text(expected) {
        return false;
    }
    match (actual.parsed(), expected.parsed()) {
        (Some(left), Some(right)) => json_equals::same(&right, &left, 0.0),
        _ => false,
    }
}

/// Some of the texts in backticks, for explanations.
fn quoted<'f>(texts: impl Iterator<Item = &'f Found<'f>>, between: &str) -> String {
    const SHOWN: usize = 5;
    let mut list: Vec<String> =
        texts.take(SHOWN + 1).map(|found| format!("`{}`", shortened(&found.text(), 80))).collect();
    if list.len() > SHOWN {
        list[SHOWN] = "…".to_owned();
    }
    list.join(between)
}

#[cfg(test)]
mod tests;
