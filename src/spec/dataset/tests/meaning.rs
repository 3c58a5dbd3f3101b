//! What the fields of a row become.
use serde_json::json;

use super::*;
use crate::domain::inputs_hash;

#[test]
fn a_row_is_taken_apart() {
    let row = json!({"key": 12, "q": "?", "answer": {"a": 1}, "metadata": {"from": "x"}, "user": 7});
    let spec = DatasetSpec {
        id: Some("key".to_owned()),
        expected: "answer".to_owned(),
        cluster_by: Some("user".to_owned()),
        slices: vec![
            ("seven".to_owned(), "user == 7".to_owned()),
            ("none".to_owned(), "key > 99".to_owned()),
        ],
        ..inline(vec![row])
    };
    let dataset = load(&spec).unwrap();
    let case = dataset.get(0).unwrap();
    assert_eq!(case.id, "12");
    assert_eq!(Value::Object(case.inputs.clone()), json!({"q": "?", "user": 7}));
    assert_eq!(case.inputs_hash, inputs_hash(&case.inputs));
    assert_eq!((case.expected, case.cluster.as_deref()), (Some(json!({"a": 1})), Some("7")));
    assert_eq!((Value::Object(case.metadata), case.slices), (json!({"from": "x"}), vec!["seven".to_owned()]));
    assert_eq!(dataset.fields(), ["key", "q", "answer", "metadata", "user"]);
    assert_eq!(dataset.input_fields().collect::<Vec<_>>(), ["q", "user"]);
    assert_eq!(dataset.slices(), ["seven", "none"]);
    assert!(dataset.clustered());
}

#[test]
fn a_weight_is_a_number_above_zero_also_as_text_and_no_input() {
    let spec = |weight: Value| DatasetSpec {
        weight_by: Some("traffic".to_owned()),
        ..inline(vec![json!({"q": "?", "traffic": weight})])
    };
    for (weight, is) in [(json!(3), 3.0), (json!(0.25), 0.25), (json!(" 12.5 "), 12.5)] {
        let dataset = load(&spec(weight)).unwrap();
        let case = dataset.get(0).unwrap();
        assert_eq!((case.weight, case.inputs.contains_key("traffic")), (Some(is), false));
        assert_eq!(dataset.input_fields().collect::<Vec<_>>(), ["q"]);
    }
    assert_eq!(load(&inline(vec![json!({"q": "?"})])).unwrap().get(0).unwrap().weight, None);
}

#[test]
fn without_a_declared_id_it_is_the_field_id_else_the_inputs() {
    let first = |row: Value| load(&inline(vec![row])).unwrap().get(0).unwrap();
    let named = first(json!({"id": "mine", "q": 1, "expected": "a"}));
    assert_eq!((named.id.as_str(), named.inputs.contains_key("id")), ("mine", false));
    let unnamed = first(json!({"q": 1, "expected": "a"}));
    assert_eq!(unnamed.id, inputs_hash(&unnamed.inputs).hex()[..16]);
    let absent = load(&inline(vec![json!({"id": "a", "q": 1}), json!({"q": 2})]));
    assert!(absent.unwrap_err().to_string().contains("has no `id`"));
}

#[test]
fn the_hash_follows_contents_not_order() {
    let row =
        |id: &str, q: &str, expected: &str| json!({"id": id, "q": q, "expected": expected, "metadata": {}});
    let hash = |rows: &[Value]| {
        load(&DatasetSpec { id: Some("id".to_owned()), ..inline(rows.to_vec()) }).unwrap().hash()
    };
    let base = hash(&[row("a", "1", "x"), row("b", "2", "y")]);
    assert_eq!(base, hash(&[row("b", "2", "y"), row("a", "1", "x")]));
    assert_ne!(base, hash(&[row("a", "1", "x")]));
    assert_ne!(base, hash(&[row("a", "1", "x"), row("c", "2", "y")]));
    assert_ne!(base, hash(&[row("a", "1", "x"), row("b", "3", "y")]));
    assert_ne!(base, hash(&[row("a", "1", "x"), row("b", "2", "z")]));
    assert_ne!(base, hash(&[row("a", "1", "y"), row("b", "2", "x")]));
    let metadata = json!({"id": "a", "q": "1", "expected": "x", "metadata": {"note": 1}});
    assert_eq!(base, hash(&[metadata, row("b", "2", "y")]));
}

#[test]
fn no_answer_and_null_are_the_same_and_an_empty_text_is_one() {
    let rows = vec![json!({"q": 1}), json!({"q": 2, "expected": null}), json!({"q": 3, "expected": ""})];
    let expected: Vec<_> =
        cases(&load(&inline(rows)).unwrap()).into_iter().map(|case| case.expected).collect();
    assert_eq!(expected, [None, None, Some(json!(""))]);
}

#[test]
fn distinct_answers_are_sorted_texts() {
    let row = |q: u32, expected: Value| json!({"q": q, "expected": expected});
    let rows = vec![
        row(1, json!("b")),
        row(2, json!({"a": 1})),
        row(3, json!("b")),
        row(4, json!("a")),
        row(5, json!("x".repeat(5000))),
    ];
    let dataset = load(&inline(rows)).unwrap();
    let texts = |cap| dataset.distinct_expected(cap).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(texts(9), ["a", "b", "{\"a\":1}"]);
    assert_eq!(texts(2), ["a", "b"]);
    let narrowed = dataset.narrow(None, Some(1), None, None).unwrap();
    assert_eq!(narrowed.distinct_expected(9), dataset.distinct_expected(9));
}
