//! `proto diff`: two outputs of one case, and every way to ask for what is not there.
use serde_json::json;

use crate::harness::Project;

const FILE: &str = r#"project: p
dataset:
  cases:
    - { id: t01, q: one, expected: x }
    - { id: t02, q: two, expected: x }
    - { id: t03, q: three, expected: x }
versions:
  a: { command: [sh, a.sh] }
  b: { command: [sh, b.sh] }
evaluators: [ { contains: x } ]
"#;

/// Two programs whose answers differ by case: lines, JSON, an error.
fn project() -> Project {
    let project = Project::with("x.yaml", FILE);
    let script = |first: &str, second: &str, third: &str| {
        format!(
            "read -r case\ncase \"$case\" in\n*t01*) {first} ;;\n*t02*) {second} ;;\n*) {third} ;;\nesac\n"
        )
    };
    let said = |text: &str| format!("printf '%s\\n' '{text}'");
    project.write(
        "a.sh",
        script("printf 'x\\nsame\\nold\\n'", &said("[{\"label\": \"bug\", \"n\": 1}]"), "exit 3"),
    );
    project.write(
        "b.sh",
        script("printf 'x\\nsame\\nnew\\n'", &said("[{\"n\": 1, \"label\": \"x\"}]"), &said("x")),
    );
    assert_eq!(project.proto(&["run", "x.yaml"]).code, 4);
    project
}

#[test]
fn outputs_differ_by_line_by_part_or_by_failing() {
    let project = project();
    let lines = project.ok(&["diff", "a", "b", "--case", "t01"]).out;
    assert!(lines.starts_with("case t01\n  q: one\n  expected: x\n"), "{lines}");
    assert!(lines.contains("--- a@1.0\n+++ b@1.0\n") && lines.contains("\n-old\n+new\n"), "{lines}");
    let parts = project.ok(&["diff", "a@1.0", "b@latest", "--case", "t02"]).out;
    assert!(parts.ends_with("a@1.0 → b@1.0\n  $[0].label: \"bug\" → \"x\"\n"), "{parts}");
    let score = parts.lines().find(|line| line.starts_with("contains")).expect("a row of scores");
    assert_eq!(score.split_whitespace().collect::<Vec<_>>(), ["contains", "0.00", "1.00"]);
    let failed = project.ok(&["diff", "a", "b", "--case", "t03"]).out;
    assert!(
        failed
            .lines()
            .any(|line| line.starts_with("status") && line.contains("exit") && line.ends_with("ok")),
        "{failed}"
    );
    let (_, document) = project.json(&["diff", "a", "b", "--case", "t02"]);
    assert_eq!(document["schema"], json!("proto.diff/1"));
    assert_eq!(document["changes"], json!([{"path": "$[0].label", "kind": "changed", "a": "bug", "b": "x"}]));
    assert_eq!((&document["same"], &document["a"]["version"]), (&json!(false), &json!("a")));
}

#[test]
fn what_is_not_there_says_what_to_type() {
    let project = project();
    let told = |args: &[&str]| {
        let said = project.proto(args);
        assert_eq!(said.code, 2, "{}", said.out);
        said.err
    };
    let no_case = told(&["diff", "a", "b"]);
    assert!(no_case.contains("compare --regressions") && no_case.contains("version diff a b"), "{no_case}");
    assert!(told(&["diff", "a", "b", "--case", "t0l"]).contains("did you mean `t01`?"));
    assert!(told(&["diff", "a", "c", "--case", "t01"]).contains("no version `c` is registered"));
    assert!(
        told(&["diff", "a", "b", "--case", "t01", "--repeat", "2"])
            .contains("runs --case t01 --version a@1.0")
    );
}
