//! One workload in every format is one dataset.
use super::*;

#[test]
fn every_format_gives_the_same_cases_and_hash() {
    let load_one =
        |name: &str| load(&DatasetSpec { id: Some("id".to_owned()), ..files(&[fixture(name)]) }).unwrap();
    let reference = load_one("tickets.jsonl");
    assert_eq!(ids(&reference), ["t1", "t2", "t3", "t4"]);
    assert_eq!(reference.get(1).unwrap().inputs["ticket"], "Die App stürzt ab\nbeim Start");
    for name in [
        "tickets.csv",
        "tickets-excel.csv",
        "tickets.tsv",
        "tickets.json",
        "tickets-wrapped.json",
        "tickets.yaml",
    ] {
        let dataset = load_one(name);
        let of = |mut case: Case| {
            assert!(case.file.ends_with(name) || case.file.ends_with("tickets.jsonl"));
            case.file = "".into();
            case
        };
        let [found, wanted] =
            [&dataset, &reference].map(|one| cases(one).into_iter().map(of).collect::<Vec<_>>());
        assert_eq!(found, wanted, "{name}");
        assert_eq!(dataset.hash(), reference.hash(), "{name}");
    }
}

#[test]
fn several_files_are_read_in_order_and_the_hash_ignores_it() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.ndjson"), folder.path().join("B.CSV"));
    std::fs::write(&a, "{\"k\":\"1\",\"x\":\"one\"}").unwrap();
    std::fs::write(&b, "k,x\n2,two\n").unwrap();
    let spec = |paths: &[PathBuf]| DatasetSpec { id: Some("k".to_owned()), ..files(paths) };
    let (ab, ba) = (load(&spec(&[a.clone(), b.clone()])).unwrap(), load(&spec(&[b, a])).unwrap());
    assert_eq!((ids(&ab), ids(&ba)), (vec!["1".into(), "2".into()], vec!["2".into(), "1".into()]));
    assert_eq!(ab.hash(), ba.hash());
    let last = |dataset: &Dataset| cases(dataset)[1].file.clone();
    assert!(last(&ab).ends_with("B.CSV") && last(&ba).ends_with("a.ndjson"), "each knows its own file");
}

#[test]
fn csv_values_stay_text_and_an_empty_reference_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("n.csv");
    std::fs::write(&path, "zip, count ,expected\n01234,7,\n\"\",\"a\"\"b\",x\n").unwrap();
    let dataset = load(&files(&[path])).unwrap();
    let cases = cases(&dataset);
    assert_eq!(Value::Object(cases[0].inputs.clone()), serde_json::json!({"zip": "01234", "count": "7"}));
    assert_eq!((cases[0].expected.clone(), cases[1].expected.clone()), (None, Some("x".into())));
    assert_eq!(Value::Object(cases[1].inputs.clone()), serde_json::json!({"zip": "", "count": "a\"b"}));
    assert_eq!(dataset.input_fields().collect::<Vec<_>>(), ["zip", "count"]);
}

#[test]
fn json_numbers_come_back_as_they_were() {
    let rows = [
        r#"{"f": 0.1, "i": 18446744073709551615, "n": -3, "e": 1e300, "z": 0.0, "deep": [{"a": null}]}"#,
        r#"{"f": 5e-324, "i": 9007199254740993, "n": -9223372036854775808, "e": 123456789.123456789, "z": -0.0}"#,
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("n.jsonl");
    std::fs::write(&path, rows.join("\n")).unwrap();
    let dataset = load(&files(&[path])).unwrap();
    for (case, row) in cases(&dataset).into_iter().zip(rows) {
        assert_eq!(Value::Object(case.inputs), serde_json::from_str::<Value>(row).unwrap());
    }
}
