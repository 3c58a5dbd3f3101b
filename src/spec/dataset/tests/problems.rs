//! Every error names the place, what is wrong and what to do.
use std::path::Path;

use serde_json::json;

use super::*;
use crate::domain::Sample;
use crate::spec::dataset::lines::LIMIT;

/// Writes a file and gives its error, the folder left out.
fn told_of(name: &str, contents: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, contents).unwrap();
    without_folder(&told(&DatasetSpec { id: Some("id".to_owned()), ..files(&[path]) }), folder.path())
}

fn without_folder(text: &str, folder: &Path) -> String {
    text.replace(&format!("{}/", folder.display()), "")
}

/// File, contents, and what is told: the error, then its hint.
const WRONG: &[(&str, &[u8], &str)] = &[
    ("a.jsonl", b"{\"id\": 1}\n\n{\"id\": \xC3\xA4}", "a.jsonl:3:8: expected value"),
    (
        "a.jsonl",
        b"{\"id\": 1}\r\n[1]",
        "a.jsonl:2: a row must be an object of named fields, this is a list | a file that is one list of objects is named .json",
    ),
    ("a.jsonl", b"{\"id\": 1} x", "a.jsonl:1:11: trailing characters"),
    ("a.jsonl", b"{\"id\": 1,\n", "a.jsonl:1:9: EOF while parsing a value"),
    (
        "a.jsonl",
        b"{\"id\": 1}\n{\"id\": \"\xFF\"}",
        "a.jsonl:2, byte 9: not UTF-8 text | save the file as UTF-8",
    ),
    ("a.jsonl", b"{\"id\": 1}\n\0", "a.jsonl:2, byte 1: not UTF-8 text | save the file as UTF-8"),
    ("a.jsonl", b"\n{\"id\": 1}\n{\"q\": 1}", "a.jsonl:3: the row has no `id`, which `dataset.id` names"),
    (
        "a.jsonl",
        b"{\"di\": 1}",
        "a.jsonl:1: the row has no `id`, which `dataset.id` names; did you mean `di`?",
    ),
    ("a.jsonl", b"{\"id\": null}", "a.jsonl:1: the row has no `id`, which `dataset.id` names"),
    ("a.jsonl", b"{\"id\": 1.5}", "a.jsonl:1: `id` is a fraction; a case id is a text or a whole number"),
    ("a.jsonl", b"{\"id\": [1]}", "a.jsonl:1: `id` is a list; a case id is a text or a whole number"),
    (
        "a.jsonl",
        b"{\"id\": 1, \"metadata\": \"x\"}",
        "a.jsonl:1: `metadata` must be an object, this is a text | rename the field to make it an input",
    ),
    (
        "a.jsonl",
        b"{\"id\": 1}\n\n{\"id\": \"1\"}",
        "a.jsonl:3: the case id `1` is also that of a.jsonl:1 (dataset declared at experiment.yaml:4) | give every case an id of its own",
    ),
    ("a.jsonl", b"\n \n", "the dataset holds no rows"),
    ("a.jsonl", b"\x1F\x8B\x08", "the dataset `a.jsonl` is compressed | unpack it first"),
    ("a.jsonl.gz", b"", "the dataset `a.jsonl.gz` is compressed | unpack it first"),
    (
        "a.parquet",
        b"PAR1",
        "the dataset `a.parquet` is of a kind not supported by this build: `parquet` | convert it to jsonl, for example with `duckdb -c \"copy 'x.parquet' to 'x.jsonl' (format json)\"`",
    ),
    (
        "a.txt",
        b"x",
        "the dataset `a.txt` is of a kind not supported by this build: `txt` | name it .jsonl, .ndjson, .csv, .tsv, .json, .yaml or .yml",
    ),
    ("a.csv", b"", "the dataset holds no rows"),
    ("a.csv", b"id,q\n", "the dataset holds no rows"),
    (
        "a.csv",
        b"\r\nid,q\r\n\r\n1,x\r\n\r\n2,x,y\r\n",
        "a.csv:6: the number of fields is 3, the header has 2 | quote a field that holds the separator or a line end",
    ),
    (
        "a.csv",
        b"id,q\n1,\"x\ny\"\n2\n",
        "a.csv:4: the number of fields is 1, the header has 2 | quote a field that holds the separator or a line end",
    ),
    (
        "a.csv",
        b"id,q\n1,x\n2,\"never\n3,x\n",
        "a.csv:3: a quoted field that begins in this row is never closed",
    ),
    (
        "a.csv",
        b"id,q,q\n",
        "a.csv:1: two columns are named `q` | the first line names every column, each once",
    ),
    ("a.csv", b"id,,q\n", "a.csv:1: column 2 has no name | the first line names every column, each once"),
    ("a.csv", b"id,q\n1,\xFF\n", "a.csv:2, byte 3: not UTF-8 text | save the file as UTF-8"),
    ("a.csv", b"\xFF\xFEi\0d\0", "a.csv:1, byte 4: not UTF-8 text | save the file as UTF-8"),
    ("a.csv", b"id,q\n,x\n", "a.csv:2: the row has no `id`, which `dataset.id` names"),
    (
        "a.json",
        b"[\n {\"id\": 1},\n 2]",
        "a.json:3: a row must be an object of named fields, this is a number",
    ),
    (
        "a.json",
        b"[\n {\"id\": 1},\n {\"id\": }]",
        "a.json:3:9: expected value | a .json file is one list of objects; a file with an object a line is named .jsonl",
    ),
    (
        "a.json",
        b"{\"id\": 1}\n{\"id\": 2}",
        "a.json:1:9: expected a list of objects, or an object with one list under `cases`, `data` or `rows` | a .json file is one list of objects; a file with an object a line is named .jsonl",
    ),
    (
        "a.json",
        b"{\"cases\": [], \"rows\": []}",
        "a.json:1:21: both `cases` and `rows` hold rows | a .json file is one list of objects; a file with an object a line is named .jsonl",
    ),
    (
        "a.json",
        b"{\"cases\": {}}",
        "a.json:1:11: invalid type: map, expected a list of objects | a .json file is one list of objects; a file with an object a line is named .jsonl",
    ),
    ("a.json", b"", "the dataset holds no rows"),
    ("a.json", b"[]", "the dataset holds no rows"),
    (
        "a.json",
        b"[\n{\"id\": 1},\n\n{\n\"id\": 1}]",
        "a.json:4: the case id `1` is also that of a.json:2 (dataset declared at experiment.yaml:4) | give every case an id of its own",
    ),
    ("a.yaml", b"", "the dataset holds no rows"),
    (
        "a.yaml",
        b"- id: 1\n-\n  id: 2\n- 3\n",
        "a.yaml:4: a row must be an object of named fields, this is a number",
    ),
    (
        "a.yaml",
        b"rows:\n  - {id: 1}\n  - {q: [1, {x: 2}]}\n",
        "a.yaml:3: the row has no `id`, which `dataset.id` names",
    ),
    ("a.yaml", b"- id: 1\n  q: .nan\n", "a.yaml:1: `.nan` is no number that JSON knows; quote it"),
    ("a.yaml", b"- id: !x 1\n", "a.yaml:1: the tag `!x` means nothing here"),
    ("a.yaml", b"- id: 1\n- id: [\n", "a.yaml:3:1: did not find expected node content"),
    (
        "a.yaml",
        b"x: 1\n",
        "a.yaml:1: expected a list of objects, or an object with one list under `cases`, `data` or `rows`",
    ),
    ("a.yaml", b"- id: 1\n- id: \xFF\n", "a.yaml:2, byte 7: not UTF-8 text | save the file as UTF-8"),
];

#[test]
fn a_wrong_file_is_told_with_its_place() {
    let told: Vec<String> = WRONG.iter().map(|(name, contents, _)| told_of(name, contents)).collect();
    let expected: Vec<&str> = WRONG.iter().map(|(_, _, expected)| *expected).collect();
    assert_eq!(told, expected);
}

#[test]
fn what_is_too_large_ends_early() {
    let long = "x".repeat(LIMIT);
    let told = told_of("a.jsonl", format!("{{\"id\": 1}}\n{{\"id\": \"{long}\"}}\n").as_bytes());
    assert_eq!(
        told,
        "a.jsonl:2: a line of more than 16 MB | put what is that large into a file and its path into the row"
    );
    let told = told_of("a.json", format!("[{{\"id\": 1}},\n{{\"id\": \"{long}\"}}]").as_bytes());
    assert!(told.starts_with("a.json:2: a row of more than 16 MB"), "{told}");
    let rows = format!("id\n1\n\"{}\"\n", "line\n".repeat(LIMIT / 5));
    assert!(told_of("a.csv", rows.as_bytes()).starts_with("a.csv:3: a row of more than 16 MB"));
    assert!(
        told_of("a.yaml", format!("- {long}").as_bytes())
            .starts_with("a.yaml:1: a YAML file of more than 16 MB")
    );
    let deep = format!("{{\"id\": 1, \"x\": {}{}}}", "[".repeat(110), "]".repeat(110));
    assert_eq!(told_of("a.jsonl", deep.as_bytes()), "a.jsonl:1: the row is nested more than 100 levels deep");
}

#[test]
fn a_yaml_document_that_explodes_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{}, ", level - 1).repeat(9);
        text.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    text.push_str("cases: [{id: *a11}]\n");
    assert!(told_of("a.yaml", text.as_bytes()).contains("repetition limit exceeded"));
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let told_of_path = |path: &Path| without_folder(&told(&files(&[path.to_owned()])), folder.path());
    let missing = told_of_path(&folder.path().join("no.jsonl"));
    assert!(missing.starts_with("cannot read the dataset `no.jsonl`: "), "{missing}");
    assert!(told(&files(&[folder.path().to_owned()])).contains("it is a folder; name its files"));
}

#[test]
fn inline_rows_are_told_by_number() {
    assert_eq!(
        told(&inline(vec![json!({"q": 1}), json!("text")])),
        "experiment.yaml, row 2: a row must be an object of named fields, this is a text"
    );
    assert_eq!(
        told(&inline(vec![
            json!({"q": 1, "expected": "a"}),
            json!({"q": 2}),
            json!({"q": 1, "expected": "b"})
        ])),
        "experiment.yaml, row 3: the case id `6ae0f660046dadcf` is also that of experiment.yaml, row 1 (dataset \
         declared at experiment.yaml:4) | the inputs are the same; remove one row, or name a field with `dataset: { \
         id: FIELD }`"
    );
    let clustered = DatasetSpec { cluster_by: Some("user".to_owned()), ..inline(vec![json!({"usr": 1})]) };
    assert_eq!(
        told(&clustered),
        "experiment.yaml, row 1: the row has no `user`, which `dataset.cluster_by` names; did you mean `usr`?"
    );
    let weighed = |row| told(&DatasetSpec { weight_by: Some("traffic".to_owned()), ..inline(vec![row]) });
    assert_eq!(
        weighed(json!({"trafic": 1})),
        "experiment.yaml, row 1: the row has no `traffic`, which `dataset.weight_by` names; did you mean `trafic`?"
    );
    assert!(weighed(json!({"traffic": null})).contains("the row has no `traffic`"));
    for (weight, found) in
        [(json!(0), "0"), (json!(-1.5), "-1.5"), (json!("many"), "`many`"), (json!(true), "true or false")]
    {
        assert_eq!(
            weighed(json!({"traffic": weight})),
            format!(
                "experiment.yaml, row 1: `traffic` is how much the case counts (`dataset.weight_by`): a number above \
                 0, not {found}"
            )
        );
    }
}

#[test]
fn a_name_that_no_row_has_is_an_error_with_the_nearest() {
    let rows = || inline(vec![json!({"lang": "de", "q": 1}), json!({"lang": "en", "draft": true, "q": 2})]);
    let filter = |text: &str| told(&DatasetSpec { filter: Some(text.to_owned()), ..rows() });
    assert_eq!(filter("lnag == 'de'"), "`where` reads `lnag`, which no row has; did you mean `lang`?");
    // The failure of `length` follows from the name, so the name is told.
    assert_eq!(filter("lnag | length > 1"), "`where` reads `lnag`, which no row has; did you mean `lang`?");
    assert_eq!(
        filter("customer == 1"),
        "`where` reads `customer`, which no row has | the fields are: lang, q, draft"
    );
    assert!(filter("q | length > 1").starts_with("`where: q | length > 1` at experiment.yaml, row 1: "));
    assert!(filter("q >").starts_with("`where: q >`: "));
    assert_eq!(filter("q > 5"), "no case is left: `where: q > 5` holds for none of 2");
    let slices = vec![("x".to_owned(), "expected == 'a'".to_owned())];
    assert!(
        told(&DatasetSpec { slices, ..rows() }).starts_with("`slices.x` reads `expected`, which no row has")
    );
    let sample = |n, by: Option<&str>| Some(Sample { n, seed: 1, stratify_by: by.map(str::to_owned) });
    assert_eq!(
        told(&DatasetSpec { sample: sample(1, Some("lnag")), ..rows() }),
        "`sample.stratify_by` reads `lnag`, which no row has; did you mean `lang`?"
    );
    assert_eq!(
        told(&DatasetSpec { sample: sample(0, None), ..rows() }),
        "no case is left: a sample of 0 out of 2"
    );
    assert_eq!(
        told(&DatasetSpec { expected: "lagn".to_owned(), ..rows() }),
        "`expected` reads `lagn`, which no row has; did you mean `lang`?"
    );
}
