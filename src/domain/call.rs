//! What came back from one call, before and after a provider has read it.
use serde_json::Value;

use super::{Map, Money, Part, ToolCall, Usage};

/// Why a model stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FinishReason {
    /// It was done.
    Stop,
    /// It reached a token limit: the answer may be cut.
    Length,
    /// It wants tools called.
    ToolCalls,
    /// The provider's filter intervened.
    ContentFilter,
    /// Anything else, as the provider spelt it.
    Other(String),
}

impl FinishReason {
    /// The name stored and traced (GenAI conventions spelling).
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
            Self::Other(name) => name,
        }
    }

    /// The reason of that stored name.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        match name {
            "stop" => Self::Stop,
            "length" => Self::Length,
            "tool_calls" => Self::ToolCalls,
            "content_filter" => Self::ContentFilter,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// One whole answer, as any provider gives it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completion {
    /// The text of the answer; empty when the model only called tools.
    pub text: String,
    /// Tools it wants called.
    pub tool_calls: Vec<ToolCall>,
    /// The whole answer in its order, where thoughts are part of it; empty where text and tools say it all.
    pub parts: Vec<Part>,
    /// Why it stopped; `None` where the source has no such notion (a program).
    pub finish_reason: Option<FinishReason>,
    /// Tokens, as counted by the provider.
    pub usage: Usage,
    /// The model that really answered.
    pub model: Option<String>,
    /// The provider's id of the answer.
    pub id: Option<String>,
    /// The provider's fingerprint of its configuration.
    pub fingerprint: Option<String>,
    /// A cost the source itself reported.
    pub cost: Option<Money>,
    /// Anything else a program or endpoint returned beside its output.
    pub metadata: Map,
}

impl Completion {
    /// What was said, as the parts of a message.
    #[must_use]
    pub fn said(&self) -> Vec<Part> {
        if !self.parts.is_empty() {
            return self.parts.clone();
        }
        let text = Some(self.text.clone()).filter(|text| !text.is_empty()).map(Part::Text);
        text.into_iter().chain(self.tool_calls.iter().cloned().map(Part::ToolCall)).collect()
    }

    /// The answer parsed as JSON, where it is JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.text).ok()
    }
}

/// A whole reply off the wire, not yet read.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// An HTTP reply with its body complete.
    Http {
        /// Status code.
        status: u16,
        /// Header names in lower case, without secrets.
        headers: Vec<(String, String)>,
        /// The body, decoded from its transfer and content encodings.
        body: Vec<u8>,
    },
    /// A program that ended.
    Process {
        /// Exit status; `None` when a signal ended it.
        exit: Option<i32>,
        /// All it wrote to standard output.
        stdout: Vec<u8>,
        /// All it wrote to standard error.
        stderr: Vec<u8>,
    },
}
