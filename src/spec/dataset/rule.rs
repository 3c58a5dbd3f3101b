//! One expression over rows: `where`, a slice or a stratum. Binds names, and finds those that no row has.
use serde_json::Value;

use super::row::Shape;
use super::{DatasetError, Place};
use crate::domain::Map;
use crate::registry::nearest;
use crate::template::{Context, Expression, GLOBALS, TemplateError, context};

/// An expression, what it reads, and what went wrong so far.
#[derive(Debug)]
pub(super) struct Rule {
    role: String,
    expression: Expression,
    /// Each root it reads, and whether a row had it.
    roots: Vec<(String, bool)>,
    /// The first row it failed for. Told last: a name that no row has explains it better.
    failed: Option<DatasetError>,
}

impl Rule {
    pub(super) fn new(role: impl Into<String>, text: &str) -> Result<Self, DatasetError> {
        let role = role.into();
        let expression = Expression::parse(text).map_err(|error| DatasetError::Expression {
            role: role.clone(),
            text: text.to_owned(),
            place: None,
            message: error.message,
        })?;
        let roots = expression.variables().into_iter().map(|name| (name, false)).collect();
        Ok(Self { role, expression, roots, failed: None })
    }

    /// As written.
    pub(super) fn text(&self) -> &str {
        self.expression.text()
    }

    /// Whether it holds for a row; a failure counts as no and is told by `finish`.
    pub(super) fn holds(&mut self, shape: &Shape, row: &Map, place: &Place) -> bool {
        let context = self.bind(shape, row);
        let result = self.expression.holds(&context);
        self.kept(result, place).unwrap_or(false)
    }

    /// Its value for a row; a failure counts as null and is told by `finish`.
    pub(super) fn value(&mut self, shape: &Shape, row: &Map, place: &Place) -> Value {
        let context = self.bind(shape, row);
        let result = self.expression.value(&context);
        self.kept(result, place).unwrap_or(Value::Null)
    }

    /// Only the roots it reads: binding whole rows would cost more than the expression does.
    fn bind(&mut self, shape: &Shape, row: &Map) -> Context {
        let mut bound = Map::new();
        for (name, seen) in &mut self.roots {
            if let Some(value) = shape.named(row, name) {
                *seen = true;
                bound.insert(name.clone(), value.into_owned());
            } else if !GLOBALS.contains(&name.as_str()) {
                bound.insert(name.clone(), Value::Null);
            }
        }
        context(bound)
    }

    fn kept<T>(&mut self, result: Result<T, TemplateError>, place: &Place) -> Option<T> {
        let (role, text) = (&self.role, self.expression.text());
        result
            .map_err(|error| {
                self.failed.get_or_insert_with(|| DatasetError::Expression {
                    role: role.clone(),
                    text: text.to_owned(),
                    place: Some(place.clone()),
                    message: error.message,
                });
            })
            .ok()
    }

    /// After the last row.
    ///
    /// # Errors
    /// It reads a name that no row has, or failed for a row.
    pub(super) fn finish(self, fields: &[String]) -> Result<(), DatasetError> {
        let known = |name: &str| GLOBALS.contains(&name) || fields.iter().any(|field| field == name);
        if let Some((name, _)) = self.roots.into_iter().find(|(name, seen)| !seen && !known(name)) {
            return Err(unknown(self.role, name, fields));
        }
        self.failed.map_or(Ok(()), Err)
    }
}

/// The error for a name that no row has.
pub(super) fn unknown(role: String, name: String, fields: &[String]) -> DatasetError {
    let nearest = nearest(&name, fields.iter().map(String::as_str)).map(str::to_owned);
    DatasetError::UnknownField { role, name, nearest, fields: fields.to_vec() }
}
