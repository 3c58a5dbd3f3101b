//! What a model thought before it spoke, in a form that its own provider alone understands.
use serde_json::Value;

use super::Digest;

/// A piece of an answer that goes back to its provider unchanged when the conversation goes on: a thought with its
/// signature, an encrypted one, a mark on the part after it. A run never changes its provider, so nobody else sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Thought {
    /// What people may read of it; empty where the provider hides it.
    pub text: String,
    /// Of `raw` as JSON: what stands for it where only records are kept.
    pub digest: Digest,
    /// As the provider wrote it; null in a record, whose request and reply hold it.
    pub raw: Value,
}

impl Thought {
    /// A thought as it came.
    #[must_use]
    pub fn new(text: String, raw: Value) -> Self {
        Self { text, digest: Digest::of(raw.to_string().as_bytes()), raw }
    }
}
