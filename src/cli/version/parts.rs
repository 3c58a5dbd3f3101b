//! The parts of a closure as people name them: what `diff` and `explain` walk. Pure.
use serde_json::Value;

/// Keys whose own keys are parts.
const OPEN: &[&str] = &["params", "includes", "command", "http"];

/// Every part with its path and value, in the closure's order.
pub(super) fn parts(closure: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (key, value) in closure.as_object().into_iter().flatten() {
        match value {
            Value::Object(map) if OPEN.contains(&key.as_str()) => {
                found.extend(map.iter().map(|(name, value)| (format!("{key}.{name}"), value.clone())));
            }
            Value::Array(list) if key == "messages" || key == "tools" => {
                let path = |i: usize| format!("{key}[{i}]");
                found.extend(list.iter().enumerate().map(|(i, value)| (path(i), value.clone())));
            }
            value => found.push((key.clone(), value.clone())),
        }
    }
    found
}

/// A part that differs: what it was and is; `None` where it is not there.
#[derive(Debug)]
pub(super) struct Change {
    /// The part's path.
    pub path: String,
    /// In the first.
    pub a: Option<Value>,
    /// In the second.
    pub b: Option<Value>,
}

impl Change {
    /// The texts to compare line by line, where the part is one: of a message or an include.
    pub fn texts(&self) -> Option<(String, String)> {
        let is_text = self.path.starts_with("messages[") || self.path.starts_with("includes.");
        let text = |value: &Option<Value>| {
            let value = value.as_ref();
            let text = value.and_then(|value| value.get("text")).or(value).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        is_text.then(|| (text(&self.a), text(&self.b)))
    }

    /// Added, removed or changed.
    pub fn kind(&self) -> &'static str {
        match (&self.a, &self.b) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        }
    }
}

/// The parts in which two closures differ.
pub(super) fn changes(a: &Value, b: &Value) -> Vec<Change> {
    let (before, after) = (parts(a), parts(b));
    let value = |parts: &[(String, Value)], path: &str| {
        parts.iter().find(|(known, _)| known == path).map(|(_, value)| value.clone())
    };
    let mut paths: Vec<&String> = before.iter().map(|(path, _)| path).collect();
    paths.extend(after.iter().map(|(path, _)| path).filter(|path| value(&before, path).is_none()));
    let change = |path: &String| {
        let (a, b) = (value(&before, path), value(&after, path));
        (a != b).then(|| Change { path: path.clone(), a, b })
    };
    paths.into_iter().filter_map(change).collect()
}
