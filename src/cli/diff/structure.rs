//! How two JSON values differ: each place where one says something else, by its path. Pure.
use std::fmt;

use serde_json::{Value, json};

/// One place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    /// From the root: `$.reply.items[2]`.
    pub path: String,
    /// In the first; `None` where it is not there.
    pub a: Option<Value>,
    /// In the second.
    pub b: Option<Value>,
}

impl Change {
    /// In `proto.diff/1`.
    pub(super) fn json(&self) -> Value {
        let kind = match (&self.a, &self.b) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        json!({"path": self.path, "kind": kind, "a": self.a, "b": self.b})
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.a, &self.b) {
            (Some(a), Some(b)) => write!(f, "{}: {a} → {b}", self.path),
            (Some(a), None) => write!(f, "{}: {a} removed", self.path),
            (None, Some(b)) => write!(f, "{}: {b} added", self.path),
            (None, None) => write!(f, "{}", self.path),
        }
    }
}

/// Every place where `b` differs from `a`, in the order of `a`, what only `b` has last. Lists are compared by position.
pub(super) fn changes(a: &Value, b: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    walk("$", Some(a), Some(b), &mut found);
    found
}

fn walk(path: &str, a: Option<&Value>, b: Option<&Value>, found: &mut Vec<Change>) {
    match (a, b) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let added = b.keys().filter(|key| !a.contains_key(*key));
            for key in a.keys().chain(added) {
                walk(&format!("{path}.{key}"), a.get(key), b.get(key), found);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            for i in 0..a.len().max(b.len()) {
                walk(&format!("{path}[{i}]"), a.get(i), b.get(i), found);
            }
        }
        (a, b) if a != b => found.push(Change { path: path.to_owned(), a: a.cloned(), b: b.cloned() }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_its_path_and_key_order_is_none() {
        let a = json!({"label": "bug", "items": [1, {"x": true}], "gone": null});
        let b = json!({"items": [1, {"x": false}, "new"], "label": "billing", "more": 2});
        let told: Vec<String> = changes(&a, &b).iter().map(ToString::to_string).collect();
        let expected = [
            "$.label: \"bug\" → \"billing\"",
            "$.items[1].x: true → false",
            "$.items[2]: \"new\" added",
            "$.gone: null removed",
            "$.more: 2 added",
        ];
        assert_eq!(told, expected);
        assert_eq!(changes(&json!({"a": 1, "b": 2}), &json!({"b": 2, "a": 1})), []);
    }
}
