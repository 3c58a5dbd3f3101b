//! An evaluator turns one run into a verdict: scored, not applicable or failed. Pure: what must be asked of a model
//! or a program is *returned* as an [`Ask`], and the `evaluate` stage does the asking.
//!
//! To add one: write `src/evaluators/NAME.rs` with a type that implements [`Evaluator`], a `make` function and a
//! `ROW`, then add its `mod` line and its `NAME::ROW` below [`EVALUATORS`]: the conformance tests find the rest.
use std::time::Duration;

use crate::domain::{Map, Message, Verdict};
use crate::registry::{Row, Table};

// What members are written with.
mod formula;
mod normal;
mod options;
mod path;
mod resolved;
mod rule;
mod subject;

// The members.
mod command;
mod expr;
mod finish_reason;
mod is_json;
mod json_equals;
mod judge;
mod length;
mod levenshtein;
mod limits;
mod numeric;
mod one_line;
mod regex;
mod text;

pub use path::Path;
pub use resolved::{Found, Resolved};
pub use rule::Rule;
pub use subject::Subject;

/// Judges runs.
pub trait Evaluator: Send + Sync + std::fmt::Debug {
    /// What must be asked before judging; nothing for most.
    ///
    /// # Errors
    /// The verdict, when the run cannot be asked about (an input of the question is missing).
    fn ask(&self, subject: &Subject<'_>) -> Result<Ask, Verdict> {
        let _ = subject;
        Ok(Ask::Nothing)
    }

    /// The verdict; `answer` is what came back for the ask.
    fn judge(&self, subject: &Subject<'_>, answer: Option<&Answer>) -> Verdict;
}

/// What an evaluator wants asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// Nothing: it judges by itself.
    Nothing,
    /// A model.
    Model(Question),
    /// A program: argv, and the JSON for its standard input.
    Program {
        /// Program and arguments.
        argv: Vec<String>,
        /// Written to its standard input, which is then closed.
        stdin: Vec<u8>,
        /// Added to the minimal environment; values may hold `${NAME}`, filled when it is started.
        env: Vec<(String, String)>,
        /// How long it may take.
        timeout: Duration,
    },
}

/// A question to a judge's model.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// `provider/model`.
    pub model: String,
    /// What is said.
    pub messages: Vec<Message>,
    /// Parameters, temperature 0 unless the person said otherwise.
    pub params: Map,
    /// JSON Schema of the answer, where the API takes one.
    pub schema: Option<serde_json::Value>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The model's or program's words.
    Text(String),
    /// It could not be asked, and why.
    Failed(String),
}

/// What is wrong with an evaluator's options.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct OptionError {
    /// The key, where one is to blame.
    pub key: Option<&'static str>,
    /// What is wrong, lower case, without a full stop.
    pub message: String,
    /// What to type instead, where that is known.
    pub hint: Option<String>,
}

/// What the table knows of an evaluator.
#[derive(Debug)]
pub struct Member {
    /// Builds one from its decoded options (durations in seconds, files read).
    pub make: fn(&Map) -> Result<Box<dyn Evaluator>, OptionError>,
    /// The least options it can be made of, as a JSON object; the conformance tests make it of them.
    pub example: &'static str,
    /// The option a bare value stands for: `equals: X` is `{type: equals, VALUE: X}`.
    pub shorthand: Option<&'static str>,
    /// Default weight in the `score` group: 0 for limits, since latency and cost are metrics of their own.
    pub weight: f64,
    /// Whether every verdict is a pass or a fail.
    pub binary: bool,
}

/// Every evaluator.
pub static EVALUATORS: Table<Member> = Table { family: "evaluator", rows: ROWS };

/// One row each.
const ROWS: &[Row<Member>] = &[
    text::EQUALS,
    text::EQUALS_ANY,
    text::CONTAINS,
    text::CONTAINS_ANY,
    text::CONTAINS_ALL,
    text::NOT_CONTAINS,
    text::STARTS_WITH,
    text::ENDS_WITH,
    regex::ROW,
    one_line::ROW,
    length::ROW,
    is_json::ROW,
    json_equals::ROW,
    numeric::ROW,
    levenshtein::ROW,
    finish_reason::ROW,
    limits::LATENCY,
    limits::TTFT,
    limits::COST,
    limits::TOKENS,
    expr::ROW,
    command::ROW,
    judge::ROW,
];

#[cfg(test)]
mod tests;
