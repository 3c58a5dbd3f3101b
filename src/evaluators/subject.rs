//! What an evaluator sees of a run: its answer, its case, its measurements. Owns the names that templates,
//! expressions and `map:` paths may use; computes nothing before it is asked for.
use std::cell::OnceCell;

use serde_json::{Value, json};

use super::resolved::Resolved;
use crate::domain::{Case, FinishReason, Map, Money, Run, Verdict};
use crate::template::{self, Context};

/// One run to be judged.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The case it answered.
    pub case: &'a Case,
    /// The run itself.
    pub run: &'a Run,
    /// Name of its version.
    pub version: &'a str,
    /// The folder programs are started in.
    pub folder: &'a std::path::Path,
    mapped: Map,
    json: OnceCell<Option<Value>>,
    context: OnceCell<Context>,
}

impl<'a> Subject<'a> {
    /// A subject; nothing is computed before it is asked for.
    #[must_use]
    pub fn new(case: &'a Case, run: &'a Run, version: &'a str, folder: &'a std::path::Path) -> Self {
        let (json, context) = (OnceCell::new(), OnceCell::new());
        Self { case, run, version, folder, mapped: Map::new(), json, context }
    }

    /// The same run with variables of `map:` beside (and before) its own names.
    ///
    /// # Errors
    /// One finds nothing: not applicable, naming the path; failed, where an operation fails.
    pub fn with_map(&self, map: &[(String, Resolved)]) -> Result<Self, Verdict> {
        let mut other = Self::new(self.case, self.run, self.version, self.folder);
        for (name, resolved) in map {
            other.mapped.insert(name.clone(), resolved.find(self)?.value().into_owned());
        }
        Ok(other)
    }

    /// The variables of `map:`.
    #[must_use]
    pub fn mapped(&self) -> &Map {
        &self.mapped
    }

    /// The answer's text; empty when there is none.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.run.completion.as_ref().map_or("", |completion| completion.text.as_str())
    }

    /// The answer parsed as JSON, where it is JSON; parsed once.
    #[must_use]
    pub fn json(&self) -> Option<&Value> {
        self.json.get_or_init(|| serde_json::from_str(self.text()).ok()).as_ref()
    }

    /// The reference answer; a JSON null is none.
    #[must_use]
    pub fn expected(&self) -> Option<&'a Value> {
        self.case.expected.as_ref().filter(|value| !value.is_null())
    }

    /// The calls of tools the answer wants, as `[{name, arguments}]`.
    #[must_use]
    pub fn tool_calls(&self) -> Value {
        let calls = self.run.completion.as_ref().map_or(&[][..], |completion| &completion.tool_calls);
        calls.iter().map(|call| json!({"name": call.name, "arguments": call.arguments})).collect()
    }

    /// `{text, json, tool_calls}`; `json` is null for an answer that is not JSON.
    #[must_use]
    pub fn output(&self) -> Value {
        json!({"text": self.text(), "json": self.json(), "tool_calls": self.tool_calls()})
    }

    /// A name that says something of the run other than its texts: `None` for any other name, `Some(None)` where it
    /// is not known. Times in seconds, cost in dollars.
    #[must_use]
    pub fn measured(&self, name: &str) -> Option<Option<Value>> {
        let run = self.run;
        Some(match name {
            "case_id" => Some(json!(self.case.id)),
            "version" => Some(json!(self.version)),
            "repeat" => Some(json!(run.key.repeat)),
            "latency_s" => run.latency.map(|time| json!(time.as_secs_f64())),
            "ttft_s" => run.ttft.map(|time| json!(time.as_secs_f64())),
            "cost_usd" => run.cost.cost.map(Money::usd).map(Value::from),
            "tokens" => Some(tokens(run)),
            "finish_reason" => self.finish_reason().map(|reason| json!(reason.name())),
            _ => return None,
        })
    }

    /// Why the model stopped, where that is known.
    #[must_use]
    pub fn finish_reason(&self) -> Option<&'a FinishReason> {
        self.run.completion.as_ref()?.finish_reason.as_ref()
    }

    /// The whole run as plain JSON, unknown values null: what a `command` evaluator is given on its standard input.
    #[must_use]
    pub fn values(&self) -> Value {
        let mut all = Map::new();
        all.insert("input".to_owned(), Value::Object(self.case.inputs.clone()));
        all.insert("expected".to_owned(), self.expected().cloned().unwrap_or_default());
        all.insert("output".to_owned(), self.output());
        all.insert("meta".to_owned(), Value::Object(self.case.metadata.clone()));
        for name in MEASURED {
            all.insert((*name).to_owned(), self.measured(name).flatten().unwrap_or_default());
        }
        all.extend(self.mapped.clone());
        Value::Object(all)
    }

    /// Everything templates and expressions see: the names of [`Subject::values`] that are known, the variables of
    /// `map:`, and the case's inputs by their own names, which give way to the others.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.context.get_or_init(|| {
            let mut all = self.case.inputs.clone();
            if let Value::Object(values) = self.values() {
                all.extend(values);
            }
            // An unknown value is undefined rather than null, so that templates and expressions name it.
            for name in MEASURED.iter().copied().chain(["expected"]) {
                if all.get(name).is_some_and(Value::is_null) {
                    all.shift_remove(name);
                }
            }
            if let Some(Value::Object(output)) = all.get_mut("output")
                && self.json().is_none()
            {
                output.shift_remove("json");
            }
            template::context(Value::Object(all))
        })
    }
}

/// The names [`Subject::measured`] knows.
const MEASURED: &[&str] =
    &["case_id", "version", "repeat", "latency_s", "ttft_s", "cost_usd", "tokens", "finish_reason"];

/// Only the counts that are known.
fn tokens(run: &Run) -> Value {
    let counts = [("input", run.usage.input), ("output", run.usage.output), ("total", run.usage.total())];
    let known = counts.into_iter().filter_map(|(name, count)| Some((name.to_owned(), Value::from(count?))));
    Value::Object(known.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::domain::Verdict;
    use crate::evaluators::Resolved;
    use crate::evaluators::tests::{Fixture, evaluator};

    #[test]
    fn plain_comparisons_never_build_the_context() {
        let fixture = Fixture::answering(r#"{"kind": "bug"}"#).expected(json!({"kind": "bug"}));
        let subject = fixture.subject();
        for (kind, options) in [
            ("equals", json!({})),
            ("contains", json!({"expected": "bug"})),
            ("equals", json!({"actual": "{{ output.json.kind }}", "expected": "{{ expected.kind }}"})),
            ("numeric", json!({})),
            ("json-equals", json!({})),
            ("latency-limit", json!({"max": 1})),
        ] {
            drop(evaluator(kind, options).judge(&subject, None));
            assert!(subject.context.get().is_none(), "{kind}");
        }
        assert!(subject.context().get_attr("output").is_ok());
        assert!(subject.context.get().is_some());
    }

    #[test]
    fn the_run_has_its_names_before_the_inputs_and_map_before_both() {
        let fixture = Fixture::answering("hi").input("version", json!("mine")).input("ttft_s", json!(9));
        let value = |text: &str, subject: &super::Subject<'_>| {
            let resolved = Resolved::parse(&json!(text)).unwrap();
            resolved.find(subject).map(|found| found.value().into_owned())
        };
        let subject = fixture.subject();
        assert_eq!(value("{{ version ~ '' }}", &subject), Ok(json!("candidate")));
        assert_eq!(value("{{ version }}", &subject), Ok(json!("candidate")));
        assert_eq!(value("{{ input.version }}", &subject), Ok(json!("mine")));
        assert!(matches!(value("x{{ ttft_s }}", &subject), Err(Verdict::NotApplicable(_))));
        let map = [("version".to_owned(), Resolved::parse_path("input.version").unwrap())];
        let mapped = subject.with_map(&map).unwrap();
        assert_eq!(value("{{ version }}", &mapped), Ok(json!("mine")));
        assert_eq!(value("{{ version ~ '' }}", &mapped), Ok(json!("mine")));
        assert_eq!(mapped.values()["version"], json!("mine"));
    }
}
