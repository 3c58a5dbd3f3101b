//! What a command fails with: a kind that decides the exit code, the cause, and what to type next.
use std::io::{self, Write};

use serde_json::{Value, json};

use super::Exit;
use crate::domain::Origin;
use crate::stores::StoreError;

/// A command's failure.
#[derive(Debug)]
pub struct CommandError {
    /// Decides the exit code.
    pub exit: Exit,
    /// A stable word for `--json`.
    pub kind: &'static str,
    /// What happened, lower case, the thing in backticks, without a full stop.
    pub message: String,
    /// What to type.
    pub hints: Vec<String>,
    /// Where, in a file the person wrote.
    pub at: Option<Origin>,
    /// Text already rendered with a snippet, in place of `message` on a terminal.
    pub rendered: Option<String>,
}

impl CommandError {
    /// What the person wrote cannot be done.
    #[must_use]
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(Exit::Input, "input", message)
    }

    /// The world is in the way.
    #[must_use]
    pub fn world(message: impl Into<String>) -> Self {
        Self::new(Exit::World, "world", message)
    }

    fn new(exit: Exit, kind: &'static str, message: impl Into<String>) -> Self {
        Self { exit, kind, message: message.into(), hints: Vec::new(), at: None, rendered: None }
    }

    /// Adds what to type.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds what to type, where that is known.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hints.extend(hint);
        self
    }

    /// Writes it for people, or as `proto.error/1`.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn write(&self, json: bool, err: &mut dyn Write) -> io::Result<()> {
        if json {
            return writeln!(err, "{}", self.to_json());
        }
        if let Some(text) = &self.rendered {
            return write!(err, "{text}");
        }
        writeln!(err, "error: {}", self.message)?;
        for hint in &self.hints {
            writeln!(err, "  hint: {hint}")?;
        }
        Ok(())
    }

    fn to_json(&self) -> Value {
        json!({
            "schema": "proto.error/1",
            "error": self.message,
            "kind": self.kind,
            "hints": self.hints,
            "at": self.at.as_ref().map(|at| json!({"file": at.file, "line": at.line, "column": at.column})),
        })
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self { kind: "store", ..Self::world(error.to_string()) }
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        Self { kind: "output", ..Self::world(format!("cannot write the output: {error}")) }
    }
}
