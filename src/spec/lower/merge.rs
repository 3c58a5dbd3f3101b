//! Rule 1: maps merge, everything else replaces, `null` deletes. A null stays in the merged tree, so that it also
//! deletes what a still lower layer says; readers take it for absent.
use std::sync::Arc;

use super::super::yaml::{Entry, Mapping, Node, Value};

/// Keys of which a version has one: the upper layer's choice removes the lower layer's.
const EXCLUSIVE: &[&[&str]] = &[TARGETS, &["prompt", "messages"]];

/// The keys that say who answers.
pub(super) const TARGETS: &[&str] = &["model", "command", "http", "replay"];

/// `over` merged over `under`, level by level.
pub(super) fn merge(under: &Node, over: &Node) -> Node {
    let (Value::Mapping(low), Value::Mapping(high)) = (&under.value, &over.value) else {
        return over.clone();
    };
    let mut entries: Vec<Entry> = Vec::with_capacity(low.entries.len() + high.entries.len());
    for entry in &low.entries {
        entries.push(match high.get(&entry.key.text) {
            Some(upper) => Entry { key: upper.key.clone(), value: merge(&entry.value, &upper.value) },
            None => entry.clone(),
        });
    }
    entries.extend(high.entries.iter().filter(|entry| low.get(&entry.key.text).is_none()).cloned());
    Node { value: Value::Mapping(Arc::new(Mapping { entries })), span: over.span }
}

/// One version merged over what it starts from: the same, but one target and one way to write the prompt.
pub(super) fn merge_version(under: &Node, over: &Node) -> Node {
    let replaced = |name: &str| {
        EXCLUSIVE.iter().any(|group| {
            group.contains(&name) && group.iter().any(|other| *other != name && is_set(over, other))
        })
    };
    merge(&without(under, replaced), over)
}

/// Whether a mapping has that key with a value.
pub(super) fn is_set(node: &Node, name: &str) -> bool {
    node.get(name).is_some_and(|value| !value.is_null())
}

/// A mapping without some of its keys.
pub(super) fn without(node: &Node, leave_out: impl Fn(&str) -> bool) -> Node {
    let Some(mapping) = node.as_mapping() else { return node.clone() };
    let entries = mapping.entries.iter().filter(|entry| !leave_out(&entry.key.text)).cloned().collect();
    Node::mapping(entries, node.span)
}

/// A mapping with a value put at a path of keys, mappings made on the way.
pub(super) fn put(node: &Node, path: &[&str], value: &Node) -> Node {
    let Some((first, rest)) = path.split_first() else { return value.clone() };
    let empty = Node::mapping(Vec::new(), value.span);
    let below = node.get(first).filter(|below| below.as_mapping().is_some()).unwrap_or(&empty);
    let key = super::super::yaml::Key { text: (*first).to_owned(), span: value.span };
    let entry = Entry { key, value: put(below, rest, value) };
    merge_version(node, &Node::mapping(vec![entry], node.span))
}

#[cfg(test)]
mod tests {
    use super::super::super::source::Source;
    use super::super::super::yaml::parse;
    use super::*;
    use serde_json::json;

    fn node(text: &str) -> Node {
        parse(&Source::new("t", text)).root.unwrap()
    }

    #[test]
    fn maps_merge_the_rest_replaces_and_nulls_survive_to_delete() {
        let base = node("params: {temperature: 0, top_p: 1}\ntags: [a]\nmodel: a/b");
        let over = node("params: {temperature: null, seed: 3}\ntags: [b]");
        assert_eq!(
            merge_version(&base, &over).to_json(),
            json!({"params": {"temperature": null, "top_p": 1, "seed": 3}, "tags": ["b"], "model": "a/b"})
        );
        assert_eq!(merge_version(&base, &node("command: [x]")).get("model"), None);
        assert_eq!(merge_version(&node("prompt: x"), &node("messages: []")).to_json(), json!({"messages": []}));
        let set = put(&base, &["params", "temperature"], &Node::text("x", over.span));
        assert_eq!(set.get("params").unwrap().to_json(), json!({"temperature": "x", "top_p": 1}));
    }
}
