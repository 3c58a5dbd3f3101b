//! Where everything of a loaded experiment is written, by path: `versions.short.messages[0]`, `evaluators.tone.when`,
//! `dataset.where`. For errors that are found later, and for `proto show`, which names the line of every key.
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::source::{Place, Source};
use super::yaml::{Node, Value};
use crate::domain::Origin;

/// The map from paths to places of one experiment file.
#[derive(Clone, Debug)]
pub struct Origins {
    source: Arc<Source>,
    places: BTreeMap<String, Range<usize>>,
}

impl Origins {
    /// An empty map of a source.
    #[must_use]
    pub fn new(source: &Arc<Source>) -> Self {
        Self { source: Arc::clone(source), places: BTreeMap::new() }
    }

    /// The experiment file.
    #[must_use]
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The place of a path, or of the nearest thing around it that is written (a default has no place of its own).
    #[must_use]
    pub fn place(&self, path: &str) -> Option<Place> {
        let mut path = path;
        loop {
            if let Some(range) = self.places.get(path) {
                return Some(Place::new(&self.source, range.clone()));
            }
            path = &path[..path.rfind(['.', '['])?];
        }
    }

    /// File, line and column of a path.
    #[must_use]
    pub fn origin(&self, path: &str) -> Option<Origin> {
        self.place(path).map(|place| place.origin())
    }

    /// Every path at or under a prefix, with its place, sorted by path.
    pub fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, Place)> + 'a {
        self.places
            .range(prefix.to_owned()..)
            .take_while(move |(path, _)| path.starts_with(prefix))
            .map(|(path, range)| (path.as_str(), Place::new(&self.source, range.clone())))
    }

    /// Records a node and everything in it under a path; what was recorded there before is replaced.
    pub(super) fn record(&mut self, path: &str, node: &Node) {
        self.places.insert(path.to_owned(), node.span.range());
        match &node.value {
            Value::Mapping(mapping) => {
                for entry in &mapping.entries {
                    self.record(&format!("{path}.{}", entry.key.text), &entry.value);
                }
            }
            Value::Sequence(items) => {
                for (i, item) in items.iter().enumerate() {
                    self.record(&format!("{path}[{i}]"), item);
                }
            }
            Value::Scalar(_) | Value::Invalid => {}
        }
    }
}
