//! `finish-reason`: the model stopped for the reason expected, by default because it was done.
use super::options::Options;
use super::{Answer, Evaluator, Member, OptionError, Subject};
use crate::domain::{Map, Verdict};
use crate::registry::{Key, Kind, Row};

pub(super) const ROW: Row<Member> = Row {
    name: "finish-reason",
    aliases: &["finish_reason", "stop-reason"],
    doc: "The model stopped for the reason expected",
    keys: &[
        Key::optional("expected", Kind::Texts, "stop (the default), length, tool_calls, content_filter, …"),
        Key::optional("value", Kind::Texts, "The same as `expected`, as other tools spell it"),
    ],
    make: Member { make, example: "{}", shorthand: Some("expected"), weight: 1.0, binary: true },
};

#[derive(Debug)]
struct Finish {
    expected: Vec<String>,
}

fn make(options: &Map) -> Result<Box<dyn Evaluator>, OptionError> {
    let options = Options(options);
    let expected = match options.either("expected", "value")? {
        Some((key, _)) => options.texts(key)?.unwrap_or_default(),
        None => vec!["stop".to_owned()],
    };
    Ok(Box::new(Finish { expected: expected.iter().map(|text| canonical(text)).collect() }))
}

/// `tool-calls` is `tool_calls`.
fn canonical(text: &str) -> String {
    text.trim().to_lowercase().replace('-', "_")
}

impl Evaluator for Finish {
    fn judge(&self, subject: &Subject<'_>, _: Option<&Answer>) -> Verdict {
        let Some(reason) = subject.finish_reason() else {
            return Verdict::NotApplicable("`finish_reason` is missing".to_owned());
        };
        if self.expected.contains(&canonical(reason.name())) {
            return Verdict::pass(true);
        }
        Verdict::pass(false).because(format!("stopped by `{}`", super::options::shortened(reason.name(), 80)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::domain::{Completion, FinishReason};
    use crate::evaluators::tests::{Fixture, judge};

    #[test]
    fn reasons_compare_by_their_names() {
        let with = |reason: Option<FinishReason>, options| {
            let mut fixture = Fixture::answering("x");
            fixture.run.completion = Some(Completion { finish_reason: reason, ..Completion::default() });
            judge("finish-reason", options, &fixture).value()
        };
        assert_eq!(with(Some(FinishReason::Stop), json!({})), Some(1.0));
        assert_eq!(with(Some(FinishReason::Length), json!({})), Some(0.0));
        assert_eq!(
            with(Some(FinishReason::ToolCalls), json!({"expected": ["stop", "tool-calls"]})),
            Some(1.0)
        );
        assert_eq!(with(None, json!({})), None);
    }
}
