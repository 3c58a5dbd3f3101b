//! The keys of the experiment file, each once: what decodes it, names the unknown key's neighbour, misses the required
//! one, and writes the JSON Schema. Holds no procedure but the constructors of its rows.
//!
//! To add a key: a line in its section's file; one that takes more than a plain value also gets its reader in `lower`
//! and its shape in `schema`.
mod dataset;
mod evaluator;
mod experiment;
mod provider;
mod version;

pub use dataset::{DATASET, SAMPLE};
pub use evaluator::EVALUATOR;
pub use experiment::{EXPERIMENT, MATRIX, PRICE, RETRIES, RUN, WINNER};
pub use provider::PROVIDER;
pub use version::{HTTP, TOOL, VERSION};

use crate::registry::{Key, Kind};

/// The keys of one mapping.
#[derive(Debug)]
pub struct Section {
    /// What has these keys, for messages: `a version`.
    pub what: &'static str,
    /// The keys, in the order the schema lists them.
    pub fields: &'static [Field],
}

/// A key, and what it takes beyond plain values.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Name, kind and documentation.
    pub key: Key,
    /// What it takes.
    pub shape: Shape,
}

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// What `key.kind` says.
    Plain,
    /// A mapping with these keys.
    One(&'static Section),
    /// A mapping of names to mappings with these keys.
    Each(&'static Section),
    /// A mapping of names to anything.
    Open,
    /// Read by code of its own; the schema's definition has this name.
    Own(&'static str),
}

/// An optional key with a plain value.
const fn plain(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { key: Key::optional(name, kind, doc), shape: Shape::Plain }
}

/// A required key with a plain value.
const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { key: Key::required(name, kind, doc), shape: Shape::Plain }
}

/// An optional key of another shape.
const fn shaped(name: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { key: Key::optional(name, Kind::Any, doc), shape }
}

/// A required key of another shape.
const fn shaped_required(name: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { key: Key::required(name, Kind::Any, doc), shape }
}
