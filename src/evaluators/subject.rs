//! What an evaluator sees of a run: its answer, its case, its measurements; and how texts with `{{ }}` are filled
//! from them. Owns the names that templates, expressions and `map:` paths may use.
use std::cell::OnceCell;

use serde_json::{Value, json};

use crate::domain::{Case, Run};
use crate::template::{self, Context, Expression, TemplateError, Templates};

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
    json: OnceCell<Option<Value>>,
    context: OnceCell<Context>,
}

impl<'a> Subject<'a> {
    /// A subject; nothing is computed before it is asked for.
    #[must_use]
    pub fn new(case: &'a Case, run: &'a Run, version: &'a str, folder: &'a std::path::Path) -> Self {
        Self { case, run, version, folder, json: OnceCell::new(), context: OnceCell::new() }
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

    /// Everything templates, expressions and `map:` see: `input.*`, `expected`, `output.{text,json,tool_calls}`,
    /// `meta.*`, `case_id`, `version`, `repeat`, `latency_s`, `ttft_s`, `cost_usd`, `tokens.*`, `finish_reason`.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.context.get_or_init(|| template::context(self.values()))
    }

    /// The same as plain JSON: what a `command` evaluator is given on its standard input.
    #[must_use]
    pub fn values(&self) -> Value {
        let run = self.run;
        let completion = run.completion.as_ref();
        let calls: Vec<Value> = completion
            .map(|c| {
                c.tool_calls
                    .iter()
                    .map(|call| json!({"name": call.name, "arguments": call.arguments}))
                    .collect()
            })
            .unwrap_or_default();
        json!({
            "input": self.case.inputs,
            "expected": self.case.expected,
            "output": { "text": self.text(), "json": self.json(), "tool_calls": calls },
            "meta": self.case.metadata,
            "case_id": self.case.id,
            "version": self.version,
            "repeat": run.key.repeat,
            "latency_s": run.latency.map(|t| t.as_secs_f64()),
            "ttft_s": run.ttft.map(|t| t.as_secs_f64()),
            "cost_usd": run.cost.cost.map(crate::domain::Money::usd),
            "tokens": { "input": run.usage.input, "output": run.usage.output },
            "finish_reason": completion.and_then(|c| c.finish_reason.as_ref()).map(crate::domain::FinishReason::name),
        })
    }
}

/// An option that may be a literal or be filled from the run.
#[derive(Debug)]
pub enum Resolved {
    /// Always the same.
    Literal(Value),
    /// `{{ expression }}` alone: keeps the value's own type.
    Expression(Expression),
    /// A text with something filled in.
    Template(Templates),
}

impl Resolved {
    /// Compiles an option's value.
    ///
    /// # Errors
    /// It looks like a template and does not parse.
    pub fn parse(value: &Value) -> Result<Self, TemplateError> {
        let Some(text) = value.as_str().filter(|text| template::is_template(text)) else {
            return Ok(Self::Literal(value.clone()));
        };
        if let Some(inner) = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"))
            && !inner.contains("{{")
            && !inner.contains("}}")
        {
            return Expression::parse(inner.trim()).map(Self::Expression);
        }
        let mut templates = Templates::default();
        templates.add("option", text)?;
        Ok(Self::Template(templates))
    }

    /// Its value for one run; JSON null where an expression finds nothing.
    ///
    /// # Errors
    /// A variable is undefined or an operation fails.
    pub fn value(&self, subject: &Subject<'_>) -> Result<Value, TemplateError> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Expression(expression) => expression.value(subject.context()),
            Self::Template(templates) => templates.render("option", subject.context()).map(Value::String),
        }
    }
}
