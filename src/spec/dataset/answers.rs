//! The distinct expected answers of a dataset: what a simulated model answers when it is to be wrong.
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::row::value_text;

/// Answers that are kept: the first of them in text order.
const KEPT: usize = 1024;

/// Longest answer that is kept, in bytes: whole documents are no plausible slip.
const LONGEST: usize = 4096;

/// A bounded, sorted set of answers.
#[derive(Debug, Default)]
pub(super) struct Answers(BTreeSet<Arc<str>>);

impl Answers {
    pub(super) fn add(&mut self, expected: &Value) {
        let text = value_text(expected);
        if text.len() <= LONGEST && !self.0.contains(text.as_str()) {
            self.0.insert(Arc::from(text));
            if self.0.len() > KEPT {
                self.0.pop_last();
            }
        }
    }

    pub(super) fn first(&self, cap: usize) -> Vec<Arc<str>> {
        self.0.iter().take(cap).cloned().collect()
    }
}
