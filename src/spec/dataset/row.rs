//! What the fields of a row mean: row -> `Case`. Pure; the same row always gives the same case.
use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::source::kind;
use super::{DatasetError, Place};
use crate::domain::{Case, DatasetSpec, Digest, Map, inputs_hash};
use crate::registry::nearest;

/// The field that is kept apart under this name in every dataset.
pub(super) const METADATA: &str = "metadata";

/// Deepest nesting of a row: what is kept is read again by a parser that stops at 128.
const DEPTH: usize = 100;

/// Hex digits of a computed id: 64 bits, so that a million cases do not collide by chance.
const ID_DIGITS: usize = 16;

/// Which field is what.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) id: Option<String>,
    pub(super) expected: String,
    pub(super) cluster_by: Option<String>,
    pub(super) weight_by: Option<String>,
}

impl Shape {
    pub(super) fn new(spec: &DatasetSpec) -> Self {
        let expected = if spec.expected.is_empty() { "expected".to_owned() } else { spec.expected.clone() };
        let (cluster_by, weight_by) = (spec.cluster_by.clone(), spec.weight_by.clone());
        Self { id: spec.id.clone(), expected, cluster_by, weight_by }
    }

    /// Without a declared id, a field called `id` in the first row is the id of every row: nobody who writes one means
    /// an input by it.
    pub(super) fn settle(&mut self, first: &Map) {
        let usable = matches!(first.get("id"), Some(Value::String(_) | Value::Number(_)));
        if self.id.is_none() && usable {
            self.id = Some("id".to_owned());
        }
    }

    /// Whether templates see this field. A weight is none: an edited one is no reason to ask a model again.
    pub(super) fn is_input(&self, field: &str) -> bool {
        let is = |name: &Option<String>| name.as_deref() == Some(field);
        field != METADATA && field != self.expected && !is(&self.id) && !is(&self.weight_by)
    }

    /// The case a row is.
    ///
    /// # Errors
    /// No id, no cluster, no weight, metadata that is no object, or too deep a nesting.
    pub(super) fn case(&self, row: &Map, slices: Vec<String>, place: &Place) -> Result<Case, DatasetError> {
        if row.values().any(|value| deeper_than(value, DEPTH - 1)) {
            return Err(DatasetError::TooDeep { place: place.clone(), limit: DEPTH });
        }
        let inputs = self.inputs(row);
        let inputs_hash = inputs_hash(&inputs);
        let id = match &self.id {
            Some(field) => declared_id(row, field, place)?,
            None => computed_id(&inputs_hash),
        };
        let metadata = match row.get(METADATA) {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(map)) => map.clone(),
            Some(other) => return Err(DatasetError::Metadata { place: place.clone(), found: kind(other) }),
        };
        let cluster = self.cluster(row, place)?;
        let weight = self.weight(row, place)?;
        let expected = self.expected(row).cloned();
        let file = Arc::clone(&place.file);
        Ok(Case { id, inputs, expected, metadata, cluster, weight, slices, inputs_hash, file })
    }

    /// The reference answer; `null` is none.
    pub(super) fn expected<'r>(&self, row: &'r Map) -> Option<&'r Value> {
        row.get(&self.expected).filter(|value| !value.is_null())
    }

    /// A name as expressions see it: the row's field, else `id` and `expected` by what they mean.
    pub(super) fn named<'r>(&self, row: &'r Map, name: &str) -> Option<Cow<'r, Value>> {
        if let Some(value) = row.get(name) {
            return Some(Cow::Borrowed(value));
        }
        match name {
            "expected" => self.expected(row).map(Cow::Borrowed),
            "id" => match &self.id {
                Some(field) => row.get(field).map(Cow::Borrowed),
                None => Some(Cow::Owned(Value::String(computed_id(&inputs_hash(&self.inputs(row)))))),
            },
            _ => None,
        }
    }

    fn inputs(&self, row: &Map) -> Map {
        let inputs = row.iter().filter(|(field, _)| self.is_input(field));
        inputs.map(|(field, value)| (field.clone(), value.clone())).collect()
    }

    fn cluster(&self, row: &Map, place: &Place) -> Result<Option<String>, DatasetError> {
        let Some(field) = &self.cluster_by else { return Ok(None) };
        match row.get(field).map(value_text) {
            Some(text) if !text.is_empty() => Ok(Some(text)),
            _ => Err(DatasetError::MissingCluster {
                place: place.clone(),
                field: field.clone(),
                nearest: near(field, row),
            }),
        }
    }

    fn weight(&self, row: &Map, place: &Place) -> Result<Option<f64>, DatasetError> {
        let Some(field) = &self.weight_by else { return Ok(None) };
        let (place, field) = (|| place.clone(), field.clone());
        match row.get(&field).filter(|value| !value_text(value).is_empty()) {
            None => {
                let nearest = near(&field, row);
                Err(DatasetError::MissingWeight { place: place(), field, nearest })
            }
            Some(value) => weight(value).map(Some).map_err(|found| DatasetError::BadWeight {
                place: place(),
                field,
                found,
            }),
        }
    }
}

/// A number above 0, also where a table's cell writes it as text; what it is otherwise.
fn weight(value: &Value) -> Result<f64, String> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|weight: &f64| weight.is_finite() && *weight > 0.0).ok_or_else(|| match value {
        Value::Number(_) => value.to_string(),
        Value::String(text) => format!("`{text}`"),
        other => kind(other).to_owned(),
    })
}

fn declared_id(row: &Map, field: &str, place: &Place) -> Result<String, DatasetError> {
    match row.get(field) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(Value::Number(number)) if !number.is_f64() => Ok(number.to_string()),
        None | Some(Value::Null | Value::String(_)) => Err(DatasetError::MissingId {
            place: place.clone(),
            field: field.to_owned(),
            nearest: near(field, row),
        }),
        Some(other) => {
            let found = if other.is_f64() { "a fraction" } else { kind(other) };
            Err(DatasetError::BadId { place: place.clone(), field: field.to_owned(), found })
        }
    }
}

fn computed_id(inputs_hash: &Digest) -> String {
    inputs_hash.hex()[..ID_DIGITS].to_owned()
}

/// The field with the nearest other name.
fn near(field: &str, row: &Map) -> Option<String> {
    nearest(field, row.keys().map(String::as_str).filter(|name| *name != field)).map(str::to_owned)
}

/// A value as a text: a text as it is, `null` as nothing, anything else as JSON.
pub(super) fn value_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn deeper_than(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|item| deeper_than(item, levels - 1)),
        Value::Object(map) => levels == 0 || map.values().any(|item| deeper_than(item, levels - 1)),
        _ => false,
    }
}
