//! `length`: the answer's length, in characters, words or sentences, lies within bounds.
use super::options::{Options, required, wrong};
use super::resolved::{Found, Resolved};
use super::{Answer, Evaluator, Member, OptionError, Subject};
use crate::domain::{Map, Verdict};
use crate::registry::{Key, Kind, Row};

pub(super) const ROW: Row<Member> = Row {
    name: "length",
    aliases: &["length-between", "length_between", "LengthBetween"],
    doc: "The answer's length is within bounds",
    keys: &[
        Key::optional("min", Kind::Int(0, i64::MAX), "The shortest length that passes"),
        Key::optional("max", Kind::Int(0, i64::MAX), "The longest length that passes"),
        Key::optional("unit", Kind::Choice(UNITS), "What is counted (default chars)"),
        Key::optional("actual", Kind::Any, "What is judged (default the answer's text)"),
    ],
    make: Member { make, example: r#"{"max": 600}"#, shorthand: Some("max"), weight: 1.0, binary: true },
};

/// What may be counted, the default first.
const UNITS: &[&str] = &["chars", "words", "sentences"];

#[derive(Debug)]
struct Length {
    min: f64,
    max: f64,
    unit: &'static str,
    actual: Option<Resolved>,
}

fn make(options: &Map) -> Result<Box<dyn Evaluator>, OptionError> {
    let options = Options(options);
    let (min, max) = (options.amount("min")?, options.amount("max")?);
    if min.is_none() && max.is_none() {
        return Err(OptionError { hint: Some("give `min`, `max` or both".to_owned()), ..required("max") });
    }
    let (min, max) = (min.unwrap_or(0.0), max.unwrap_or(f64::INFINITY));
    if min > max {
        return Err(wrong("min", format!("`min` {min} is above `max` {max}: nothing could pass")));
    }
    let (unit, actual) = (options.choice("unit", UNITS)?, options.resolved("actual")?);
    Ok(Box::new(Length { min, max, unit, actual }))
}

impl Evaluator for Length {
    fn judge(&self, subject: &Subject<'_>, _: Option<&Answer>) -> Verdict {
        let actual = self.actual.as_ref().map_or(Ok(Found::Text(subject.text())), |a| a.find(subject));
        let text = match &actual {
            Ok(found) => found.text(),
            Err(verdict) => return verdict.clone(),
        };
        let text = text.trim();
        let count = match self.unit {
            "words" => text.split_whitespace().count(),
            "sentences" => sentences(text),
            _ => text.chars().count(),
        };
        if (self.min..=self.max).contains(&(count as f64)) {
            return Verdict::pass(true);
        }
        let (word, bound) = if (count as f64) < self.min { ("least", self.min) } else { ("most", self.max) };
        Verdict::pass(false).because(format!("{count} {}, at {word} {bound} wanted", self.unit))
    }
}

/// Stretches with a letter or digit that end with `.`, `!`, `?`, `…` or `。` before white space, or with the text.
fn sentences(text: &str) -> usize {
    let (mut count, mut open, mut ended) = (0, false, false);
    for c in text.chars() {
        if ended && open && c.is_whitespace() {
            count += 1;
            open = false;
        }
        if c.is_alphanumeric() {
            open = true;
        }
        // A closing quote or bracket does not undo the end of its sentence.
        if !matches!(c, '"' | '\'' | ')' | ']' | '”' | '’') {
            ended = matches!(c, '.' | '!' | '?' | '…' | '。');
        }
    }
    count + usize::from(open)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::evaluators::tests::{Fixture, judge, refused};

    #[test]
    fn lengths_are_counted_without_white_space_at_the_ends() {
        let score = |options| judge("length", options, &Fixture::answering(" Zwölf Wörter? \n")).value();
        assert_eq!(score(json!({"min": 13, "max": 13})), Some(1.0));
        assert_eq!(score(json!({"max": 2, "unit": "words"})), Some(1.0));
        assert_eq!(score(json!({"max": 1, "unit": "words"})), Some(0.0));
        assert_eq!(score(json!({"min": 2, "unit": "sentences"})), Some(0.0));
    }

    #[test]
    fn sentences_end_with_their_mark_and_white_space() {
        assert_eq!(sentences("One. Two! \"Three?\" Four"), 4);
        assert_eq!(sentences("Version 1.2.3 is out."), 1);
        assert_eq!(sentences("Wait... what?!"), 2);
        assert_eq!(sentences("..."), 0);
        assert_eq!(sentences(""), 0);
    }

    #[test]
    fn bounds_must_leave_something() {
        assert!(refused("length", json!({})).hint.is_some());
        assert_eq!(refused("length", json!({"min": 3, "max": 2})).key, Some("min"));
    }
}
