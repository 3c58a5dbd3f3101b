//! The tree: values with the bytes they were written in. Cloning is cheap (shared), so merging copies nothing.
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value as Json;

use super::plain::{Plain, plain};

/// A range of bytes in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// As a range.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it is.
    pub span: Span,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text, a number, true, false or nothing: decided by who reads it.
    Scalar(Arc<Scalar>),
    /// A list.
    Sequence(Arc<Vec<Node>>),
    /// Names and values, in order.
    Mapping(Arc<Mapping>),
    /// Something that was already reported: read as anything, said nothing more about.
    Invalid,
}

/// A scalar as written: what it means is decided where it is read, so that a label `no` can stay a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// Its text, escapes and folding applied.
    pub text: String,
    /// How it was written.
    pub style: Style,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: may be a number, a boolean or nothing.
    Plain,
    /// In quotes, or tagged `!!str`: always text.
    Quoted,
    /// A block (`|` or `>`): always text.
    Block,
}

/// Entries in the order written; no name twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    /// The entries.
    pub entries: Vec<Entry>,
}

/// One name and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The name.
    pub key: Key,
    /// The value.
    pub value: Node,
}

/// The name of an entry, always text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// As written.
    pub text: String,
    /// Where.
    pub span: Span,
}

impl Mapping {
    /// The entry of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.text == name)
    }
}

impl Node {
    /// A scalar that was not written in the file, standing for what is at `span`.
    #[must_use]
    pub fn text(text: impl Into<String>, span: Span) -> Self {
        let scalar = Scalar { text: text.into(), style: Style::Quoted };
        Self { value: Value::Scalar(Arc::new(scalar)), span }
    }

    /// A mapping made of entries.
    #[must_use]
    pub fn mapping(entries: Vec<Entry>, span: Span) -> Self {
        Self { value: Value::Mapping(Arc::new(Mapping { entries })), span }
    }

    /// The entries, where it is a mapping.
    #[must_use]
    pub fn as_mapping(&self) -> Option<&Mapping> {
        if let Value::Mapping(mapping) = &self.value { Some(mapping) } else { None }
    }

    /// The items, where it is a list.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Node]> {
        if let Value::Sequence(items) = &self.value { Some(items) } else { None }
    }

    /// The scalar, where it is one.
    #[must_use]
    pub fn as_scalar(&self) -> Option<&Scalar> {
        if let Value::Scalar(scalar) = &self.value { Some(scalar) } else { None }
    }

    /// The text of a scalar that is something.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        self.as_scalar().filter(|_| !self.is_null()).map(|scalar| scalar.text.as_str())
    }

    /// The value of a mapping's entry.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.as_mapping().and_then(|mapping| mapping.get(name)).map(|entry| &entry.value)
    }

    /// Whether it is nothing: `null`, `~` or empty.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(|scalar| plain(scalar) == Plain::Null)
    }

    /// Whether it was already reported.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        matches!(self.value, Value::Invalid)
    }

    /// As JSON, by the YAML 1.2 core schema; numbers JSON cannot hold stay text.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Scalar(scalar) => plain(scalar).to_json(),
            Value::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Value::Mapping(mapping) => Json::Object(
                mapping.entries.iter().map(|e| (e.key.text.clone(), e.value.to_json())).collect(),
            ),
            Value::Invalid => Json::Null,
        }
    }

    /// What it is, for "expected …, found …".
    #[must_use]
    pub fn found(&self) -> String {
        match &self.value {
            Value::Sequence(_) => "a list".to_owned(),
            Value::Mapping(_) => "a mapping".to_owned(),
            Value::Invalid => "something unreadable".to_owned(),
            Value::Scalar(scalar) => match plain(scalar) {
                Plain::Null => "nothing".to_owned(),
                Plain::Bool(value) => format!("`{value}`"),
                Plain::Int(_) | Plain::Float(_) => format!("the number `{}`", scalar.text),
                Plain::Text(text) => format!("the text `{}`", shorten(text)),
            },
        }
    }
}

/// The first words of a text, on one line.
fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut cut: String = line.chars().take(40).collect();
    if cut.len() < text.trim_end().len() {
        cut.push('…');
    }
    cut
}
