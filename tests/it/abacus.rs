//! The replies of a real server, recorded, through the whole line: tokens as it counted them, scores as they were.
use std::fs;

use serde_json::Value;

use crate::harness::{Project, repository};

#[test]
fn recorded_replies_of_a_real_model_are_replayed() {
    let project = Project::with_experiments();
    let recorded =
        fs::read_to_string(repository().join("fixtures/replies/abacus.jsonl")).expect("the replies");
    let lines: Vec<Value> = recorded.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let mut versions: Vec<String> =
        lines.iter().map(|line| line["version"].as_str().expect("a name").to_owned()).collect();
    versions.sort();
    versions.dedup();
    let declared: String = versions
        .iter()
        .map(|name| format!("  {name}: {{ replay: fixtures/replies/abacus.jsonl }}\n"))
        .collect();
    project.write(
        "replay.yaml",
        format!(
            "project: abacus\ndataset: {{ path: fixtures/abacus/sums.jsonl, id: id }}\nversions:\n{declared}evaluators: [ numeric ]\n"
        ),
    );
    project.ok(&["check", "replay.yaml"]);
    project.ok(&["run", "replay.yaml", "--first", "60"]);
    let total = |key: &str| {
        lines.iter().map(|line| line["reply"]["usage"][key].as_i64().expect("a count")).sum::<i64>()
    };
    assert_eq!(project.count("SELECT sum(input_tokens) FROM runs"), total("prompt_tokens"));
    assert_eq!(project.count("SELECT sum(output_tokens) FROM runs"), total("completion_tokens"));
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE status = 'ok'"), lines.len() as i64);
    let right = project.count("SELECT CAST(sum(score) AS INTEGER) FROM scores");
    assert!(
        right > 0 && right < lines.len() as i64,
        "some are right, some are wrong: {right} of {}",
        lines.len()
    );
}
