//! An evaluator turns one run into a verdict: scored, not applicable or failed. Pure: what must be asked of a model
//! or a program is *returned* as an [`Ask`], and the `evaluate` stage does the asking.
//!
//! To add one: write `src/evaluators/NAME.rs` with a type that implements [`Evaluator`] and a `make` function, then
//! add its `mod` line and its row in [`EVALUATORS`] below.
use crate::domain::Map;
use crate::domain::{Message, Verdict};
use crate::registry::{Row, Table};

mod subject;

pub use subject::{Resolved, Subject};

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
        /// Written to its standard input.
        stdin: Vec<u8>,
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
const ROWS: &[Row<Member>] = &[];
