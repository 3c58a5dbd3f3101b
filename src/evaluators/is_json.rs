//! `is-json`: the answer is JSON, and satisfies a JSON Schema where one is given. References to other documents are
//! refused: nothing is fetched.
use jsonschema::Validator;

use super::options::{Options, shortened, wrong};
use super::resolved::{Found, Resolved};
use super::{Answer, Evaluator, Member, OptionError, Subject};
use crate::domain::{Map, Verdict};
use crate::registry::{Key, Kind, Row};

pub(super) const ROW: Row<Member> = Row {
    name: "is-json",
    aliases: &["is_json", "IsJson", "valid-json", "ValidJSON", "json-schema", "json_schema", "JsonSchema"],
    doc: "The answer is JSON, and fits a schema where one is given",
    keys: &[
        Key::optional("schema", Kind::FileOrValue, "JSON Schema, as a file or in place"),
        Key::optional("value", Kind::FileOrValue, "The same as `schema`, as other tools spell it"),
        Key::optional("actual", Kind::Any, "What is judged (default the answer's text)"),
    ],
    make: Member { make, example: "{}", shorthand: Some("schema"), weight: 1.0, binary: true },
};

#[derive(Debug)]
struct IsJson {
    schema: Option<Validator>,
    actual: Option<Resolved>,
}

fn make(options: &Map) -> Result<Box<dyn Evaluator>, OptionError> {
    let options = Options(options);
    let schema = match options.either("schema", "value")? {
        Some((key, schema)) => {
            let built = jsonschema::options().offline().build(schema);
            Some(built.map_err(|error| {
                wrong(key, format!("the schema is not usable: {}", shortened(&error.to_string(), 300)))
            })?)
        }
        None => None,
    };
    Ok(Box::new(IsJson { schema, actual: options.resolved("actual")? }))
}

impl Evaluator for IsJson {
    fn judge(&self, subject: &Subject<'_>, _: Option<&Answer>) -> Verdict {
        let verdict = match &self.actual {
            None => Ok(self.value(subject.json(), subject.text())),
            Some(actual) => actual.find(subject).map(|found| match &found {
                // What was found in JSON is JSON; a text may be meant as itself or as the JSON it holds.
                Found::Json(value) if !value.is_string() || self.fits(value) => self.value(Some(value), ""),
                text => self.value(text.parsed().as_deref(), &text.text()),
            }),
        };
        verdict.unwrap_or_else(|verdict| verdict)
    }
}

impl IsJson {
    fn fits(&self, value: &serde_json::Value) -> bool {
        self.schema.as_ref().is_some_and(|schema| schema.is_valid(value))
    }

    fn value(&self, value: Option<&serde_json::Value>, text: &str) -> Verdict {
        let Some(value) = value else { return Verdict::pass(false).because(not_json(text)) };
        let Some(schema) = &self.schema else { return Verdict::pass(true) };
        match schema.iter_errors(value).next() {
            None => Verdict::pass(true),
            Some(error) => {
                let path = error.instance_path().as_str();
                let place = if path.is_empty() { "at the top".to_owned() } else { format!("at `{path}`") };
                Verdict::pass(false).because(format!("{place}: {}", shortened(&error.to_string(), 200)))
            }
        }
    }
}

/// Why a text is not JSON, for people.
pub(super) fn not_json(text: &str) -> String {
    if text.trim().is_empty() {
        return "the answer is empty".to_owned();
    }
    if text.trim_start().starts_with("```") {
        return "the answer is not JSON: it stands in a code fence".to_owned();
    }
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Err(error) => format!("the answer is not JSON: {error}"),
        Ok(_) => "the answer is not JSON that can be read".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::domain::Verdict;
    use crate::evaluators::tests::{Fixture, judge, refused};

    fn verdict(options: Value, answer: &str) -> Verdict {
        judge("is-json", options, &Fixture::answering(answer))
    }

    #[test]
    fn json_is_whole_and_bare() {
        assert_eq!(verdict(json!({}), " {\"a\": [1]}\n").value(), Some(1.0));
        for answer in ["", "{", "Sure! {}", "```json\n{}\n```", "{} {}", "NaN", &"[".repeat(100_000)] {
            assert_eq!(verdict(json!({}), answer).value(), Some(0.0), "{answer:.20}");
        }
    }

    #[test]
    fn a_schema_names_the_path_that_fails() {
        let schema = json!({"schema": {
            "type": "object",
            "properties": {"items": {"items": {"required": ["price"]}}},
        }});
        assert_eq!(verdict(schema.clone(), r#"{"items": [{"price": 1}]}"#).value(), Some(1.0));
        let failed = Verdict::pass(false).because("at `/items/0`: \"price\" is a required property");
        assert_eq!(verdict(schema, r#"{"items": [{}]}"#), failed);
    }

    #[test]
    fn a_part_can_be_judged() {
        let options = json!({"schema": {"type": "integer"}, "actual": "{{ output.json.n }}"});
        assert_eq!(verdict(options.clone(), r#"{"n": 1}"#).value(), Some(1.0));
        assert_eq!(verdict(options.clone(), r#"{"n": "x"}"#).value(), Some(0.0));
        assert_eq!(verdict(options, r#"{}"#).status(), "not_applicable");
        let options = json!({"schema": {"type": "string"}, "actual": "{{ output.json.s }}"});
        assert_eq!(verdict(options, r#"{"s": "plain"}"#).value(), Some(1.0));
        let options = json!({"schema": {"type": "object"}, "actual": "{{ output.json.s }}"});
        assert_eq!(verdict(options, r#"{"s": "{}"}"#).value(), Some(1.0));
    }

    #[test]
    fn a_broken_schema_and_a_remote_reference_are_refused() {
        assert_eq!(refused("is-json", json!({"schema": {"type": "strng"}})).key, Some("schema"));
        let remote = json!({"schema": {"$ref": "https://example.com/schema.json"}});
        assert_eq!(refused("is-json", remote).key, Some("schema"));
    }
}
