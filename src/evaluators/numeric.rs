//! `numeric`: the last number of the answer is the expected one, within a tolerance. Numbers are written with a
//! decimal point; thousands may be set apart by a comma, an apostrophe, an underscore or a narrow space.
use std::sync::LazyLock;

use ::regex::Regex;

use super::options::{Options, shortened};
use super::resolved::{Found, Resolved};
use super::{Answer, Evaluator, Member, OptionError, Subject};
use crate::domain::{Map, Verdict};
use crate::registry::{Key, Kind, Row};

pub(super) const ROW: Row<Member> = Row {
    name: "numeric",
    aliases: &["number", "number-equals", "numeric-equals"],
    doc: "The last number of the answer is the expected one",
    keys: &[
        Key::optional("expected", Kind::Any, "The number expected (default `{{ expected }}`)"),
        Key::optional("value", Kind::Any, "The same as `expected`, as other tools spell it"),
        Key::optional("actual", Kind::Any, "What is judged (default the answer's text)"),
        Key::optional("absolute", Kind::Number(0.0, f64::MAX), "How far apart they may be (default 0)"),
        Key::optional(
            "relative",
            Kind::Number(0.0, f64::MAX),
            "How far apart as a share of the expected number (default 0)",
        ),
    ],
    make: Member { make, example: "{}", shorthand: Some("expected"), weight: 1.0, binary: true },
};

#[derive(Debug)]
struct Numeric {
    expected: Resolved,
    actual: Option<Resolved>,
    absolute: f64,
    relative: f64,
}

fn make(options: &Map) -> Result<Box<dyn Evaluator>, OptionError> {
    let options = Options(options);
    let expected = options.expected()?;
    if let Some(literal) = expected.literal()
        && last_number(&Found::Json(std::borrow::Cow::Borrowed(literal)).text()).is_none()
    {
        return Err(super::options::wrong("expected", "`expected` holds no number"));
    }
    Ok(Box::new(Numeric {
        expected,
        actual: options.resolved("actual")?,
        absolute: options.amount("absolute")?.unwrap_or(0.0),
        relative: options.amount("relative")?.unwrap_or(0.0),
    }))
}

impl Evaluator for Numeric {
    fn judge(&self, subject: &Subject<'_>, _: Option<&Answer>) -> Verdict {
        self.verdict(subject).unwrap_or_else(|verdict| verdict)
    }
}

impl Numeric {
    /// Right where |actual − expected| ≤ max(absolute, relative · |expected|).
    fn verdict(&self, subject: &Subject<'_>) -> Result<Verdict, Verdict> {
        let found = self.expected.find(subject)?;
        let expected = last_number(&found.text()).ok_or_else(|| {
            let text = shortened(&found.text(), 80);
            Verdict::NotApplicable(format!("the expected `{text}` holds no number"))
        })?;
        let actual = self.actual.as_ref().map_or(Ok(Found::Text(subject.text())), |a| a.find(subject))?;
        let Some(number) = last_number(&actual.text()) else {
            return Ok(Verdict::pass(false).because("the answer holds no number"));
        };
        let tolerance = self.absolute.max(self.relative * expected.abs());
        if within(number, expected, tolerance) {
            return Ok(Verdict::pass(true));
        }
        Ok(Verdict::pass(false).because(format!("expected {expected}, got {number}")))
    }
}

/// Whether two numbers are at most `tolerance` apart; with a tolerance, rounding of the doubles themselves never
/// decides (1.1 is within 0.1 of 1).
pub(super) fn within(actual: f64, expected: f64, tolerance: f64) -> bool {
    if tolerance == 0.0 {
        return actual == expected;
    }
    (actual - expected).abs() <= tolerance + 4.0 * f64::EPSILON * actual.abs().max(expected.abs())
}

/// Digits with anything that may set thousands apart, or a bare fraction; then an exponent.
static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = "[-+\u{2212}]?(?:[0-9][0-9,'_\u{a0}\u{202f}\u{2009}\u{2019}]*(?:\\.[0-9]+)?|\\.[0-9]+)(?:[eE][-+]?[0-9]+)?";
    Regex::new(pattern).ok()
});

/// The last finite number of a text.
fn last_number(text: &str) -> Option<f64> {
    let numbers = NUMBER.as_ref()?;
    // Only the last matters: a long answer is searched from its last line with a number upwards.
    text.lines().rev().find_map(|line| {
        let mut found = None;
        for one in numbers.find_iter(line) {
            let before = line[..one.start()].chars().next_back();
            found = parsed(one.as_str(), before).or(found);
        }
        found
    })
}

/// The number a match stands for, given the character before it.
fn parsed(written: &str, before: Option<char>) -> Option<f64> {
    let unsigned = written.trim_start_matches(['-', '+', '\u{2212}']);
    // In `3-4`, `gpt-4` and `2024-05-06` the dash is no sign.
    let negative = !before.is_some_and(char::is_alphanumeric) && !written.starts_with(['+', '.']);
    let negative = negative && unsigned.len() < written.len();
    let end = unsigned.find(['.', 'e', 'E']).unwrap_or(unsigned.len());
    let (whole, rest) = unsigned.split_at(end);
    let groups: Vec<&str> = whole.split(|c: char| !c.is_ascii_digit()).collect();
    let (first, others) = groups.split_first()?;
    let used: Vec<&str> = others.iter().copied().filter(|group| !group.is_empty()).collect();
    let separators = whole.chars().filter(|c| !c.is_ascii_digit()).collect::<Vec<_>>();
    let grouped = first.len() <= 3
        && used.iter().all(|group| group.len() == 3)
        && separators.windows(2).take(used.len().saturating_sub(1)).all(|pair| pair[0] == pair[1]);
    let (digits, negative) = if used.is_empty() {
        ((*first).to_owned(), negative)
    } else if grouped {
        (groups.concat(), negative)
    } else {
        // A list such as `5,10`: the last of them.
        ((*used.last()?).to_owned(), false)
    };
    let number: f64 = format!("{digits}{rest}").parse().ok().filter(|number: &f64| number.is_finite())?;
    Some(if negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::evaluators::tests::{Fixture, judge, refused};

    #[test]
    fn the_last_number_is_read_as_people_write_it() {
        let cases: [(&str, Option<f64>); 26] = [
            ("42", Some(42.0)),
            ("The answer is 42.", Some(42.0)),
            ("1 then 2\nfinally 3, or so", Some(3.0)),
            ("$1,234,567.89", Some(1_234_567.89)),
            ("1'234'567", Some(1_234_567.0)),
            ("12\u{202f}345", Some(12_345.0)),
            ("-7", Some(-7.0)),
            ("\u{2212}7.5", Some(-7.5)),
            ("= +3e-2", Some(0.03)),
            ("2.5E3 m", Some(2500.0)),
            (".5", Some(0.5)),
            ("-.5", Some(-0.5)),
            ("10-4", Some(4.0)),
            ("gpt-4", Some(4.0)),
            ("5,10", Some(10.0)),
            ("5,10,200", Some(200.0)),
            ("5, 6", Some(6.0)),
            ("7,", Some(7.0)),
            ("12%", Some(12.0)),
            ("1e999", None),
            ("4 or 1e999", Some(4.0)),
            ("(-3)", Some(-3.0)),
            ("**1000**", Some(1000.0)),
            ("1.", Some(1.0)),
            ("none", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(last_number(text), expected, "{text}");
        }
    }

    #[test]
    fn tolerances_are_inclusive_and_relative_to_the_expected_number() {
        let score = |options: Value, answer: &str, expected: Value| {
            judge("numeric", options, &Fixture::answering(answer).expected(expected)).value()
        };
        assert_eq!(score(json!({}), "about 1,000", json!(1000)), Some(1.0));
        assert_eq!(score(json!({}), "1001", json!("1000 EUR")), Some(0.0));
        assert_eq!(score(json!({"absolute": 0.1}), "1.1", json!(1)), Some(1.0));
        assert_eq!(score(json!({"relative": 0.01}), "-101", json!(-100)), Some(1.0));
        assert_eq!(score(json!({"relative": 0.01}), "102", json!(100)), Some(0.0));
        assert_eq!(score(json!({}), "no idea", json!(1)), Some(0.0));
        assert_eq!(score(json!({}), "1", json!("unknown")), None);
    }

    #[test]
    fn an_expected_literal_without_a_number_is_refused() {
        assert_eq!(refused("numeric", json!({"expected": "many"})).key, Some("expected"));
    }
}
