//! Reads one mapping by its section of the key table: unknown and missing keys, plain values decoded. What comes out
//! is asked by name; a key that was not written, is null, or was wrong, is absent.
use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::diagnostic::Diagnostic;
use super::super::keys::{Field, Section, Shape};
use super::super::yaml::{Entry, Node, Span};
use super::context::{Lowering, listed};
use crate::domain::{Map, Money};
use crate::registry::{self, Key};
use std::time::Duration;

/// What a mapping held.
#[derive(Debug, Default)]
pub(super) struct Fields {
    entries: BTreeMap<String, Entry>,
    values: Map,
}

impl Fields {
    /// The value of a key that is written and not null.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.entries.get(name).map(|entry| &entry.value).filter(|node| !node.is_null() && !node.is_invalid())
    }

    /// Whether a key is written as null.
    pub fn is_null(&self, name: &str) -> bool {
        self.entries.get(name).is_some_and(|entry| entry.value.is_null())
    }

    /// Where a key's value stands, or its name when it has none.
    pub fn span(&self, name: &str) -> Option<Span> {
        self.entries.get(name).map(|entry| value_span(entry))
    }

    /// A decoded value.
    pub fn value(&self, name: &str) -> Option<&Json> {
        self.values.get(name)
    }

    /// A decoded text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.values.get(name)?.as_str().map(str::to_owned)
    }

    /// A decoded number.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.values.get(name)?.as_f64()
    }

    /// A decoded whole number, within the bounds its key declares.
    pub fn int<T: TryFrom<i64>>(&self, name: &str) -> Option<T> {
        self.values.get(name)?.as_i64().and_then(|int| T::try_from(int).ok())
    }

    /// A decoded boolean.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.values.get(name)?.as_bool()
    }

    /// A decoded list of texts.
    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        let items = self.values.get(name)?.as_array()?;
        Some(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
    }

    /// A decoded duration.
    pub fn duration(&self, name: &str) -> Option<Duration> {
        Duration::try_from_secs_f64(self.number(name)?).ok()
    }

    /// Decoded dollars.
    pub fn money(&self, name: &str) -> Option<Money> {
        Money::from_usd(self.number(name)?)
    }

    /// A mapping of anything, by a key whose shape is open.
    pub fn open(&self, name: &str) -> Option<Map> {
        self.values.get(name)?.as_object().cloned()
    }

    /// All decoded values.
    pub fn into_values(self) -> Map {
        self.values
    }
}

impl Lowering<'_> {
    /// Reads a mapping by a section; `at` is what to point at when something is missing.
    pub(super) fn fields(&mut self, section: &'static Section, node: &Node, at: Span) -> Fields {
        self.fields_with(section.what, section.fields, &[], node, at)
    }

    /// The same with the keys of a family's member beside the section's own.
    pub(super) fn fields_with(
        &mut self,
        what: &str,
        fields: &'static [Field],
        extra: &'static [Key],
        node: &Node,
        at: Span,
    ) -> Fields {
        let mut read = Fields::default();
        let Some(mapping) = node.as_mapping() else {
            if !node.is_invalid() {
                self.error(node.span, format!("{what} is a mapping of keys to values, found {}", node.found()));
            }
            return read;
        };
        for entry in &mapping.entries {
            let name = entry.key.text.as_str();
            let field = fields.iter().find(|field| field.key.name == name);
            match (field, extra.iter().find(|key| key.name == name)) {
                (Some(field), _) => self.take(&mut read, &field.key, field.shape, entry),
                (None, Some(key)) => self.take(&mut read, key, Shape::Plain, entry),
                (None, None) => self.unknown_key(what, fields, extra, entry),
            }
        }
        for key in fields.iter().map(|field| &field.key).chain(extra).filter(|key| key.required) {
            if read.entries.get(key.name).is_none_or(|entry| entry.value.is_null()) {
                let place = self.place(at);
                let hint = format!("add `{}:` ({})", key.name, lower_first(key.doc));
                self.report(
                    Diagnostic::error(format!("{what} needs the key `{}`", key.name)).at(place).hint(hint),
                );
            }
        }
        read
    }

    fn take(&mut self, read: &mut Fields, key: &Key, shape: Shape, entry: &Entry) {
        let value = match shape {
            _ if entry.value.is_null() => None,
            Shape::Plain => self.decode(key, &entry.value),
            Shape::Open => self.open(key, &entry.value),
            Shape::One(_) | Shape::Each(_) | Shape::Own(_) => None,
        };
        if let Some(value) = value {
            read.values.insert(key.name.to_owned(), value);
        }
        read.entries.insert(key.name.to_owned(), entry.clone());
    }

    fn open(&mut self, key: &Key, node: &Node) -> Option<Json> {
        if node.as_mapping().is_none() && !node.is_invalid() {
            self.error(node.span, format!("`{}` takes a mapping, found {}", key.name, node.found()));
        }
        node.as_mapping().map(|_| node.to_json())
    }

    fn unknown_key(&mut self, what: &str, fields: &[Field], extra: &[Key], entry: &Entry) {
        let known = || fields.iter().map(|field| field.key.name).chain(extra.iter().map(|key| key.name));
        let name = &entry.key.text;
        let place = self.place(entry.key.span);
        let diagnostic = Diagnostic::error(format!("unknown key `{name}`")).at(place).label(format!("not a key of {what}"));
        let nearest = registry::nearest(name, known());
        self.report(match nearest {
            Some(nearest) => diagnostic.did_you_mean(Some(nearest)),
            None => diagnostic.hint(format!("the keys of {what} are {}", listed(known()))),
        });
    }

    /// The entries of a mapping of names to something, with their names checked to be written once by YAML.
    pub(super) fn entries(&mut self, what: &str, node: &Node) -> Vec<Entry> {
        match node.as_mapping() {
            Some(mapping) => mapping.entries.clone(),
            None => {
                if !node.is_invalid() {
                    self.error(node.span, format!("`{what}` takes a mapping of names, found {}", node.found()));
                }
                Vec::new()
            }
        }
    }

    /// The items of a list.
    pub(super) fn items(&mut self, what: &str, node: &Node, example: &str) -> Vec<Node> {
        match node.as_sequence() {
            Some(items) => items.to_vec(),
            None => {
                if !node.is_invalid() {
                    let message = format!("`{what}` takes a list, found {}", node.found());
                    self.error_hint(node.span, message, format!("begin each item with `- `, such as `- {example}`"));
                }
                Vec::new()
            }
        }
    }

    /// A mapping of names to texts (headers, `env`, `map`).
    pub(super) fn named_texts(&mut self, what: &str, node: &Node) -> Vec<(String, String)> {
        let mut texts = Vec::new();
        for entry in self.entries(what, node) {
            match entry.value.as_text() {
                Some(text) => texts.push((entry.key.text.clone(), text.to_owned())),
                None if entry.value.is_invalid() => {}
                None => {
                    let message = format!("`{}` takes a text, found {}", entry.key.text, entry.value.found());
                    self.error(value_span(&entry), message);
                }
            }
        }
        texts
    }
}

/// The value's span, or the key's where nothing is written.
pub(super) fn value_span(entry: &Entry) -> Span {
    if entry.value.is_null() && entry.value.as_scalar().is_some_and(|s| s.text.is_empty()) {
        entry.key.span
    } else {
        entry.value.span
    }
}

/// For a documentation line inside a sentence.
fn lower_first(doc: &str) -> String {
    let mut chars = doc.chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
