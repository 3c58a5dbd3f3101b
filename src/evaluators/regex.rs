//! `regex`: a pattern is found in the answer. Linear time whatever the pattern and the answer (no look-around, no
//! back-references).
use ::regex::{Error, Regex, RegexBuilder};

use super::normal::IGNORE_CASE;
use super::options::{Options, required, shortened};
use super::resolved::{Found, Resolved};
use super::{Answer, Evaluator, Member, OptionError, Subject};
use crate::domain::{Map, Verdict};
use crate::registry::{Key, Kind, Row};

pub(super) const ROW: Row<Member> = Row {
    name: "regex",
    aliases: &["Regex", "matches", "regexp"],
    doc: "A regular expression is found in the answer",
    keys: &[
        Key::optional("pattern", Kind::Text, "The regular expression, as the Rust crate `regex` reads it"),
        Key::optional("value", Kind::Text, "The same as `pattern`, as other tools spell it"),
        Key::optional("actual", Kind::Any, "What is judged (default the answer's text)"),
        IGNORE_CASE,
    ],
    make: Member {
        make,
        example: r#"{"pattern": "[0-9]+"}"#,
        shorthand: Some("pattern"),
        weight: 1.0,
        binary: true,
    },
};

#[derive(Debug)]
struct Pattern {
    pattern: Regex,
    actual: Option<Resolved>,
}

fn make(options: &Map) -> Result<Box<dyn Evaluator>, OptionError> {
    let options = Options(options);
    let (key, _) = options.either("pattern", "value")?.ok_or_else(|| required("pattern"))?;
    let text = options.text(key)?.ok_or_else(|| required("pattern"))?;
    let pattern = RegexBuilder::new(text).case_insensitive(options.bool("ignore_case", false)?).build();
    let pattern = pattern.map_err(|error| unreadable(key, &error))?;
    Ok(Box::new(Pattern { pattern, actual: options.resolved("actual")? }))
}

impl Evaluator for Pattern {
    fn judge(&self, subject: &Subject<'_>, _: Option<&Answer>) -> Verdict {
        let actual = self.actual.as_ref().map_or(Ok(Found::Text(subject.text())), |a| a.find(subject));
        match actual {
            Ok(actual) if self.pattern.is_match(&actual.text()) => Verdict::pass(true),
            Ok(_) => {
                let pattern = shortened(self.pattern.as_str(), 80);
                Verdict::pass(false).because(format!("`{pattern}` is not found in the answer"))
            }
            Err(verdict) => verdict,
        }
    }
}

/// The crate draws a caret under the mistake; one line that names the place is what an error wants.
fn unreadable(key: &'static str, error: &Error) -> OptionError {
    let text = error.to_string();
    let what = text.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or("it is too large");
    let caret = text.lines().find(|line| line.contains('^') && line.trim_matches([' ', '^']).is_empty());
    let place = caret.and_then(|line| line.find('^')).map_or_else(String::new, |column| {
        format!(" at character {}", column.saturating_sub(CARET_INDENT) + 1)
    });
    let hint = what
        .contains("look-around")
        .then(|| "split it: a pattern that must match and, inverted, one that must not".to_owned());
    OptionError { key: Some(key), message: format!("the pattern does not parse{place}: {what}"), hint }
}

/// How far the crate indents the pattern it shows.
const CARET_INDENT: usize = 4;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::evaluators::tests::{Fixture, judge, refused};

    #[test]
    fn a_pattern_is_found_anywhere_unless_it_is_anchored() {
        let score = |options| judge("regex", options, &Fixture::answering("Ticket #42 closed")).value();
        assert_eq!(score(json!({"pattern": r"#\d+"})), Some(1.0));
        assert_eq!(score(json!({"pattern": r"^#\d+$"})), Some(0.0));
        assert_eq!(score(json!({"value": "TICKET", "ignore_case": true})), Some(1.0));
        assert_eq!(score(json!({"pattern": "x", "actual": "{{ output.json.x }}"})), None);
    }

    #[test]
    fn a_bad_pattern_says_where() {
        let error = refused("regex", json!({"pattern": "ab(c"}));
        assert_eq!(error.message, "the pattern does not parse at character 3: unclosed group");
        let error = refused("regex", json!({"pattern": "(?!x)"}));
        assert!(error.hint.is_some(), "{error:?}");
        assert!(
            refused("regex", json!({"pattern": "(a{1000}){1000}{1000}"})).message.contains("does not parse")
        );
        assert_eq!(refused("regex", json!({})).key, Some("pattern"));
    }
}
