//! Which rows become cases, and how many of them fit.
use std::io::Write as _;

use serde_json::json;

use super::*;
use crate::domain::Sample;
use crate::spec::dataset::{DatasetError, Partition};

fn rows(count: u32) -> Vec<Value> {
    (0..count)
        .map(|n| json!({"id": format!("c{n}"), "n": n, "customer plan": if n % 4 == 0 { "pro" } else { "free" }}))
        .collect()
}

fn spec(rows: Vec<Value>) -> DatasetSpec {
    DatasetSpec { id: Some("id".to_owned()), ..inline(rows) }
}

#[test]
fn where_sees_all_fields_and_missing_ones_are_none() {
    let rows = vec![
        json!({"key": "a", "draft": true, "reply": "x"}),
        json!({"key": "b", "reply": "y"}),
        json!({"key": "c", "draft": false, "reply": null, "metadata": {"hard": true}}),
        json!({"reply": "filtered out before its id is missed", "skip": 1}),
    ];
    let kept = |text: &str| {
        let spec =
            DatasetSpec { id: Some("key".to_owned()), expected: "reply".to_owned(), ..inline(rows.clone()) };
        ids(&load(&DatasetSpec { filter: Some(format!("({text}) and not skip")), ..spec }).unwrap())
    };
    assert_eq!(kept("not draft"), ["b", "c"]);
    assert_eq!(kept("reply in ['x', 'y']"), ["a", "b"]);
    assert_eq!(kept("expected == 'y' or id == 'a'"), ["a", "b"]);
    assert_eq!(kept("metadata and metadata.hard"), ["c"]);
    assert_eq!(kept("key in ['a', 'b'] and range(3) | length == 3"), ["a", "b"]);
}

#[test]
fn duplicates_that_where_removes_are_none() {
    let rows = vec![json!({"id": 1, "lang": "de"}), json!({"id": 1, "lang": "en"})];
    assert!(load(&spec(rows.clone())).is_err());
    assert_eq!(load(&DatasetSpec { filter: Some("lang == 'de'".into()), ..spec(rows) }).unwrap().len(), 1);
}

#[test]
fn a_sample_is_stable_and_keeps_shares() {
    let sample = |rows: Vec<Value>, n, by: Option<&str>| {
        let sample = Some(Sample { n, seed: 7, stratify_by: by.map(str::to_owned) });
        load(&DatasetSpec { sample, ..spec(rows) }).unwrap()
    };
    let (mut reversed, all) = (rows(200), rows(200));
    reversed.reverse();
    let (a, b) = (sample(all, 40, None), sample(reversed, 40, None));
    assert_eq!((a.len(), a.hash()), (40, b.hash()));
    for by in ["customer plan", "n % 4 == 0"] {
        let stratified = sample(rows(200), 40, Some(by));
        let pro = cases(&stratified).iter().filter(|case| case.inputs["customer plan"] == "pro").count();
        assert_eq!(pro, 10, "{by}");
    }
    assert_eq!(sample(rows(10), 400, None).len(), 10);
}

#[test]
fn a_few_cases_are_spread_from_end_to_end_with_their_files() {
    let dataset = load(&spec(rows(10))).unwrap();
    assert_eq!(ids(&dataset.spread(4)), ["c0", "c2", "c5", "c7"]);
    assert_eq!((ids(&dataset.spread(0)), dataset.spread(99).len()), (vec!["c0".to_owned()], 10));
    let marked = |at: usize| (at == 5).then(|| crate::domain::Digest::of(b"photo"));
    let pictured = dataset.clone().with_files((0..10).map(marked).collect()).spread(4);
    let differs =
        |at: usize| pictured.get(at).unwrap().inputs_hash != dataset.spread(4).get(at).unwrap().inputs_hash;
    assert_eq!([0, 1, 2, 3].map(differs), [false, false, true, false]);
}

#[test]
fn narrowing_composes_and_partitions_add_up() {
    let dataset = load(&spec(rows(100))).unwrap();
    let narrow = |filter, first, sample, partition| dataset.narrow(filter, first, sample, partition);
    assert_eq!(narrow(None, None, None, None).unwrap().hash(), dataset.hash());
    assert_eq!(ids(&narrow(Some("n > 50 and id != 'c51'"), Some(2), None, None).unwrap()), ["c52", "c53"]);
    let part = |m| ids(&narrow(Some("n < 60"), None, Some((30, 1)), Partition::new(m, 3)).unwrap());
    let mut parts = [part(1), part(2), part(3)].concat();
    let mut whole = ids(&narrow(Some("n < 60"), None, Some((30, 1)), None).unwrap());
    parts.sort();
    whole.sort();
    assert_eq!(parts, whole);
    // A declared sample and the same one of the command line are one sample.
    let declared =
        DatasetSpec { sample: Some(Sample { n: 9, seed: 3, stratify_by: None }), ..spec(rows(100)) };
    assert_eq!(load(&declared).unwrap().hash(), narrow(None, None, Some((9, 3)), None).unwrap().hash());
    let told = |result: Result<Dataset, DatasetError>| result.unwrap_err().to_string();
    assert_eq!(
        told(narrow(Some("n < 0"), None, None, None)),
        "no case is left: `where: n < 0` holds for none of 100"
    );
    assert_eq!(told(narrow(Some("nn < 0"), None, None, None)), "`where` reads `nn`, which no row has");
    assert_eq!(told(narrow(None, Some(0), None, None)), "no case is left: the first 0 of 100");
    assert_eq!(told(narrow(None, None, Some((0, 1)), None)), "no case is left: a sample of 0 out of 100");
    let empty =
        (1..=2).map(|m| narrow(None, Some(1), None, Partition::new(m, 2))).find_map(Result::err).unwrap();
    assert_eq!(empty.to_string(), "no case is left: none of 1 falls into this partition");
}

#[test]
fn many_rows_leave_memory_and_any_can_be_read_from_any_thread() {
    const ROWS: usize = 200_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.jsonl");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    for n in 0..ROWS {
        writeln!(out, "{{\"id\":{n},\"text\":\"{:0>90}\",\"expected\":\"{}\"}}", n, n % 7).unwrap();
    }
    out.into_inner().unwrap();
    let dataset = load(&spec_of(path)).unwrap();
    assert_eq!((dataset.len(), dataset.is_on_disk()), (ROWS, true));
    assert_eq!(dataset.distinct_expected(99).len(), 7);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let dataset = &dataset;
            scope.spawn(move || {
                for step in 0..250 {
                    let at = (thread * 7919 + step * 104_729) % ROWS;
                    let case = dataset.get(at).unwrap();
                    assert_eq!(case.id, at.to_string());
                    assert_eq!(case.inputs["text"], format!("{at:0>90}"));
                }
            });
        }
    });
    assert!(dataset.get(ROWS).is_err());
    assert!(!load(&spec(rows(10))).unwrap().is_on_disk());
}

fn spec_of(path: PathBuf) -> DatasetSpec {
    DatasetSpec { id: Some("id".to_owned()), ..files(&[path]) }
}
