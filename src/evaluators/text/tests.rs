//! The comparisons, each on the answers that tell it from its neighbours.
use serde_json::{Value, json};

use crate::domain::Verdict;
use crate::evaluators::tests::{Fixture, judge, refused};

fn passes(kind: &str, options: Value, answer: &str) -> bool {
    judge(kind, options, &Fixture::answering(answer)).value() == Some(1.0)
}

#[test]
fn equals_takes_the_expected_answer_of_the_case() {
    let case = |answer: &str, expected: Value| {
        judge("equals", json!({}), &Fixture::answering(answer).expected(expected)).value()
    };
    assert_eq!(case(" bug\n", json!("bug")), Some(1.0));
    assert_eq!(case("Bug", json!("bug")), Some(0.0));
    assert_eq!(case("3", json!(3)), Some(1.0));
    assert_eq!(case("3.0", json!(3)), Some(1.0));
    assert_eq!(case("3.0", json!("3")), Some(0.0));
    assert_eq!(case("true", json!(true)), Some(1.0));
    assert_eq!(case("9007199254740993", json!(9_007_199_254_740_992_u64)), Some(0.0));
    assert_eq!(case(r#"{"b": 1.0, "a": 2}"#, json!({"a": 2, "b": 1})), Some(1.0));
    assert_eq!(case("", json!("")), Some(1.0));
}

#[test]
fn a_missing_expected_answer_is_not_a_zero() {
    let missing = Verdict::NotApplicable("`expected` is missing".into());
    assert_eq!(judge("equals", json!({}), &Fixture::answering("x")), missing);
    let null = Fixture::answering("x").expected(Value::Null);
    assert_eq!(judge("contains", json!({}), &null), missing);
    let no_json = Fixture::answering("x").expected(json!("a"));
    let verdict = judge("equals", json!({"actual": "{{ output.json.category }}"}), &no_json);
    assert_eq!(verdict, Verdict::NotApplicable("`output.json.category` is missing".into()));
}

#[test]
fn parts_of_structured_answers_are_compared() {
    let options = json!({"actual": "{{ output.json.kind }}", "expected": "{{ expected.kind }}"});
    let fixture = Fixture::answering(r#"{"kind": "bug"}"#).expected(json!({"kind": "bug"}));
    assert_eq!(judge("equals", options, &fixture).value(), Some(1.0));
    let options = json!({"actual": "{{ output.json.n }}", "expected": "12"});
    assert_eq!(judge("equals", options, &Fixture::answering(r#"{"n": 12.0}"#)).value(), Some(1.0));
}

#[test]
fn options_decide_what_is_left_aside() {
    assert!(passes("equals", json!({"expected": "Yes", "ignore_case": true}), "YES"));
    assert!(passes("equals", json!({"expected": "yes", "normalize": true}), "\"yes\"."));
    assert!(!passes("equals", json!({"expected": "yes", "trim": false}), "yes "));
    assert!(passes("contains", json!({"expected": "a b", "normalize": true}), "x a\n b y"));
}

#[test]
fn lists_are_any_all_or_none() {
    let list = json!({"expected": ["red", "blue"]});
    assert!(passes("equals-any", list.clone(), "blue"));
    assert!(!passes("equals-any", list.clone(), "blue sky"));
    assert!(passes("contains-any", list.clone(), "blue sky"));
    assert!(!passes("contains-all", list.clone(), "blue sky"));
    assert!(passes("contains-all", list.clone(), "blue and red"));
    assert!(passes("not-contains", list.clone(), "green"));
    assert!(!passes("not-contains", list, "red"));
    let fixture = Fixture::answering("blue sky").expected(json!(["red", "blue"]));
    assert_eq!(judge("contains-any", json!({}), &fixture).value(), Some(1.0));
    let none = Fixture::answering("x").expected(json!([]));
    assert_eq!(judge("contains-all", json!({}), &none).status(), "not_applicable");
}

#[test]
fn ends_are_ends() {
    assert!(passes("starts-with", json!({"value": "Dear"}), " Dear all"));
    assert!(!passes("starts-with", json!({"value": "all"}), "Dear all"));
    assert!(passes("ends-with", json!({"value": "all"}), "Dear all\n"));
}

#[test]
fn explanations_say_what_was_missing() {
    let options = json!({"expected": ["red", "blue"]});
    let verdict = judge("contains-all", options, &Fixture::answering("blue"));
    assert_eq!(verdict, Verdict::pass(false).because("does not contain `red`"));
}

#[test]
fn options_that_would_always_pass_are_refused() {
    assert_eq!(refused("contains", json!({"expected": " "})).key, Some("expected"));
    assert_eq!(refused("contains-any", json!({"expected": []})).key, Some("expected"));
    assert!(refused("contains", json!({"expected": ["a", "b"]})).hint.is_some());
    assert_eq!(refused("equals", json!({"expected": "{{ a"})).key, Some("expected"));
    let empty = Fixture::answering("x").expected(json!(""));
    assert_eq!(judge("contains", json!({}), &empty).status(), "not_applicable");
    let list = Fixture::answering("x").expected(json!(["x"]));
    assert_eq!(judge("contains", json!({}), &list).status(), "failed");
}
