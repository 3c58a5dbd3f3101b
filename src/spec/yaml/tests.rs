//! What the tree keeps of a document: values, places, and everything that is refused.
use super::super::super::source::Source;
use super::*;
use serde_json::json;

fn read(text: &str) -> Tree {
    parse(&Source::new("t.yaml", text))
}

fn json_of(text: &str) -> serde_json::Value {
    let tree = read(text);
    assert!(tree.problems.is_empty(), "{:?}", tree.problems);
    tree.root.unwrap().to_json()
}

fn first_problem(text: &str) -> String {
    read(text).problems.first().map(|problem| problem.message.clone()).unwrap_or_default()
}

#[test]
fn a_document_keeps_its_values_and_its_order() {
    assert_eq!(
        json_of("b: [1, 0.5, yes, 'no', null]\na:\n  x: |\n    two\n    lines\n"),
        json!({"b": [1, 0.5, "yes", "no", null], "a": {"x": "two\nlines\n"}})
    );
}

#[test]
fn every_node_knows_its_bytes_beyond_ascii() {
    let text = "ñ: 1\nprompt: \"héllo\"\n";
    let tree = read(text);
    let root = tree.root.unwrap();
    let entry = root.as_mapping().unwrap().get("prompt").unwrap();
    assert_eq!(&text[entry.key.span.range()], "prompt");
    assert_eq!(&text[entry.value.span.range()], "\"héllo\"");
}

#[test]
fn anchors_and_merge_keys_apply_and_own_keys_win() {
    let text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], x: 9}\nd: *a";
    assert_eq!(
        json_of(text),
        json!({"a": {"x": 1, "y": 2}, "b": {"y": 3, "z": 4}, "c": {"x": 9, "y": 2, "z": 4}, "d": {"x": 1, "y": 2}})
    );
    let tree = read(text);
    let merged = tree.root.unwrap().get("c").unwrap().get("z").unwrap().clone();
    assert_eq!(merged.span.start, text.find("4}").unwrap());
}

#[test]
fn duplicates_templates_and_second_documents_are_errors() {
    assert_eq!(first_problem("a: 1\nb: 2\na: 3"), "the key `a` is written twice");
    let unquoted = "a template without quotes is read as a YAML mapping";
    assert_eq!(first_problem("p: {{ ticket }}\n"), unquoted);
    assert_eq!(first_problem("p: {{ ticket }} and more\n"), unquoted);
    assert_eq!(first_problem("- {{ a.b | upper }}\n"), unquoted);
    assert_eq!(first_problem("p: {% if x %}a{% endif %}\n"), unquoted);
    assert!(first_problem("a: 1\n---\nb: 2\n").contains("second one"));
    assert_eq!(first_problem("a: &a [*a]"), "this alias stands inside the value it refers to");
    assert!(first_problem("a: !include x").contains("tag `!include`"));
}

#[test]
fn hostile_documents_end_quickly_with_a_clear_error() {
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let row = vec![format!("*a{}", i - 1); 10].join(", ");
        laughs.push_str(&format!("a{i}: &a{i} [{row}]\n"));
    }
    assert!(first_problem(&laughs).contains("expands to more than"));
    assert!(first_problem(&"[".repeat(100_000)).contains("nested deeper"));
    assert!(first_problem(&"{a: ".repeat(100_000)).contains("nested deeper"));
    assert!(first_problem(&"- ".repeat(100_000)).contains("nested deeper"));
    assert!(!first_problem("a:\n\tb: 1\n").is_empty());
    assert!(read("").root.is_none_or(|root| root.is_null()));
}
