//! `one-line`: the answer is one line, and not an empty one.
use super::{Answer, Evaluator, Member, OptionError, Subject};
use crate::domain::{Map, Verdict};
use crate::registry::Row;

pub(super) const ROW: Row<Member> = Row {
    name: "one-line",
    aliases: &["one_line", "OneLine", "single-line"],
    doc: "The answer is a single line that is not empty",
    keys: &[],
    make: Member { make, example: "{}", shorthand: None, weight: 1.0, binary: true },
};

#[derive(Debug)]
struct OneLine;

fn make(_: &Map) -> Result<Box<dyn Evaluator>, OptionError> {
    Ok(Box::new(OneLine))
}

impl Evaluator for OneLine {
    fn judge(&self, subject: &Subject<'_>, _: Option<&Answer>) -> Verdict {
        let text = subject.text().trim();
        // Also what Unicode calls a line or paragraph separator, and a lone carriage return.
        let breaks = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
        match text.split(breaks).filter(|line| !line.is_empty()).count() {
            0 => Verdict::pass(false).because("the answer is empty"),
            1 => Verdict::pass(true),
            lines => Verdict::pass(false).because(format!("{lines} lines")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::evaluators::tests::{Fixture, judge};

    #[test]
    fn white_space_at_the_ends_is_no_line() {
        let score = |answer| judge("one-line", json!({}), &Fixture::answering(answer)).value();
        assert_eq!(score("bug\n"), Some(1.0));
        assert_eq!(score("a\r\nb"), Some(0.0));
        assert_eq!(score("a\u{2028}b"), Some(0.0));
        assert_eq!(score(" \n"), Some(0.0));
    }
}
