//! What is said to a model and what it says back, in no provider's spelling.
use serde_json::Value;

use super::{Attachment, Thought};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Instructions that stand above the conversation.
    System,
    /// The person, or the program that plays one.
    User,
    /// The model.
    Assistant,
    /// A tool's answer.
    Tool,
}

impl Role {
    /// The word used in YAML, in closures and in traces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::System, Self::User, Self::Assistant, Self::Tool].into_iter().find(|role| role.name() == name)
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order.
    pub parts: Vec<Part>,
}

impl Message {
    /// A message of one text.
    #[must_use]
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self { role, parts: vec![Part::Text(text.into())] }
    }

    /// The text parts joined: what a provider without parts is sent.
    #[must_use]
    pub fn joined_text(&self) -> String {
        self.parts
            .iter()
            .filter_map(|part| if let Part::Text(text) = part { Some(text.as_str()) } else { None })
            .collect()
    }
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Plain text.
    Text(String),
    /// An image or a file.
    Attachment(Attachment),
    /// What the model thought before what follows.
    Thought(Thought),
    /// A tool the model wants called.
    ToolCall(ToolCall),
    /// A tool's answer to the call with that id.
    ToolResult {
        /// The id of the call it answers.
        id: String,
        /// What the tool answered, as text.
        content: String,
    },
}

impl Part {
    /// Bytes of its texts. What an attachment holds is no part's own.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Attachment(_) => 0,
            Self::Thought(thought) => thought.text.len(),
            Self::ToolCall(call) => texts(&call.arguments),
            Self::ToolResult { content, .. } => content.len(),
        }
    }
}

/// Bytes of the texts in a value.
pub(super) fn texts(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(all) => all.iter().map(texts).sum(),
        Value::Object(all) => all.values().map(texts).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// A call the model wants made.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall {
    /// The provider's id of the call.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// Its arguments: an object, or the text the model wrote when that is not JSON.
    pub arguments: Value,
}

/// A tool a version offers to its model, in JSON-Schema function form.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolSpec {
    /// Its name.
    pub name: String,
    /// What it does, as the model is told.
    pub description: Option<String>,
    /// JSON Schema of its arguments.
    pub parameters: Value,
    /// What it answers when the model calls it, as declared; without one a call of it ends the run.
    pub mock: Option<Value>,
}
