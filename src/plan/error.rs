//! What planning can find wrong, as data with the key it concerns: whoever holds the file points into it.
use crate::spec::dataset::DatasetError;

/// A plan that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The dataset cannot be read, or selects nothing.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// Everything else, all at once.
    #[error("{} problem(s) found while planning", .0.len())]
    Problems(Vec<Problem>),
}

/// One thing that is wrong, or worth a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key it concerns, dotted from the file's top (`versions.short.params.temperature`).
    pub key: String,
    /// What is wrong, lower case, without a full stop.
    pub message: String,
    /// What to type.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem without a hint.
    #[must_use]
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into(), hint: None }
    }

    /// The same with what to type.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
