//! `proto run --race` end to end: fewer runs, the same winner, the same eliminations after a kill.
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Project, flat};

fn project(cases: usize, params: &str) -> Project {
    let project = Project::new();
    let rows: Vec<String> = (0..cases)
        .map(|i| format!("{{\"id\": \"c{i}\", \"q\": \"q{i}\", \"expected\": \"{}\"}}", i % 7))
        .collect();
    project.write("cases.jsonl", rows.join("\n"));
    let file = format!(
        "project: p\nprompt: \"{{{{ q }}}}\"\ndataset: {{ path: cases.jsonl, id: id }}\n\
         base: {{ params: {{ {params} }} }}\nversions:\n  good: {{ model: sim/a, params: {{ accuracy: 0.93 }} }}\n  \
         fair: {{ model: sim/b, params: {{ accuracy: 0.75 }} }}\n  poor: {{ model: sim/c, params: {{ accuracy: 0.4 }} }}\n\
         evaluators: [ equals ]\nrun: {{ concurrency: 8 }}\nwinner: {{ weights: {{ score: 0.8, cost: 0.2 }} }}\n"
    );
    project.write("x.yaml", file);
    project
}

fn out(project: &Project) -> Value {
    let settings = project.text("SELECT settings FROM batch_row");
    let settings: Value = serde_json::from_str(&settings).expect("settings");
    settings["race"].clone()
}

#[test]
fn a_race_makes_fewer_runs_and_finds_the_same_winner() {
    let (raced, full) = (project(400, ""), project(400, ""));
    let said = raced.ok(&["run", "x.yaml", "--race"]);
    assert!(said.err.contains("race: `poor` is out after"), "{}\n{}", said.out, said.err);
    assert!(said.err.contains("the race spared"), "{}", said.err);
    full.ok(&["run", "x.yaml"]);
    let made = raced.count("SELECT count(*) FROM runs");
    assert_eq!(full.count("SELECT count(*) FROM runs"), 1200);
    assert!((100..1000).contains(&made), "{made}");
    assert_eq!(raced.text("SELECT status FROM batches"), "done");
    let (code, decision) = raced.json(&["choose-winner"]);
    let (full_code, full_decision) = full.json(&["choose-winner"]);
    assert_eq!((code, full_code), (0, 0), "{decision}");
    assert_eq!(decision["winner"], full_decision["winner"]);
    assert_eq!(decision["confidence"], 0.9875, "alpha/4 after looking again and again");
    let poor = decision["ranking"].as_array().expect("a ranking").iter().find(|r| r["version"] == "poor");
    assert_eq!(poor.expect("listed")["standing"], "raced_out");
    let notes = decision["caveats"].to_string();
    assert!(notes.contains("`poor`: the race stopped it after"), "{notes}");
    assert!(!notes.contains("were not made"), "{notes}");
    let margins = decision["margins"].to_string();
    assert!(margins.contains("poor"), "{margins}");
    assert!(raced.ok(&["choose-winner"]).out.contains("raced out"));
}

#[test]
fn a_killed_race_is_resumed_with_the_same_eliminations() {
    let params = "latency_ms: 6, latency_sigma: 0.2, sleep: true";
    let (whole, killed) = (project(200, params), project(200, params));
    whole.ok(&["run", "x.yaml", "--race"]);
    for (kill, pause) in [60, 150, 100].into_iter().enumerate() {
        let args: &[&str] =
            if kill == 0 { &["run", "x.yaml", "--race"] } else { &["run", "x.yaml", "--resume"] };
        let mut child =
            killed.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a start");
        // Killed once the batch is there: before that, there is nothing to resume.
        while killed.ok_rows("SELECT count(*) FROM runs") == 0
            && child.try_wait().expect("its state").is_none()
        {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(pause));
        let _ = child.kill();
        child.wait().expect("an end");
    }
    // Resumed without the option: the batch remembers that it is a race.
    killed.ok(&["run", "x.yaml", "--resume"]);
    assert_eq!(out(&killed), out(&whole));
    assert!(!out(&whole)["out"].as_array().expect("a list").is_empty());
    assert_eq!(killed.count("SELECT count(*) FROM batches"), 1);
    let made = killed.count("SELECT count(*) FROM runs");
    assert!(made < 600, "{made}");
    assert_eq!(killed.count("SELECT count(DISTINCT version || case_id) FROM runs"), made);
}

#[test]
fn a_kept_version_runs_on_and_too_few_cases_are_no_race() {
    let kept = project(200, "");
    kept.ok(&["run", "x.yaml", "--race", "--race-keep", "poor,baseline"]);
    let poor = kept.count("SELECT count(*) FROM runs WHERE version = 'poor'");
    let fair = kept.count("SELECT count(*) FROM runs WHERE version = 'fair'");
    assert!(fair < poor, "{fair} {poor}");
    let few = project(59, "");
    let said = few.ok(&["run", "x.yaml", "--race"]);
    assert!(said.err.contains("no race: 3 versions and 59 cases"), "{}", said.err);
    assert_eq!(few.count("SELECT count(*) FROM runs"), 177);
    let wrong = few.proto(&["run", "x.yaml", "--race", "--race-keep", "pore"]);
    assert_eq!(wrong.code, 2, "{}", wrong.err);
    assert!(wrong.err.contains("no version `pore`"), "{}", wrong.err);
}

#[test]
fn a_budget_that_ends_a_race_ends_the_batch_and_a_resume_decides_the_same() {
    let paid = |budget: &str| {
        let project = project(70, "");
        let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
        let (head, _) = file.split_once("base:").expect("versions");
        let versions = "versions:\n  one: { command: [echo, \"1\"], cost_per_run_usd: 0.01 }\n  \
            two: { command: [cat], cost_per_run_usd: 0.02 }\n  free: { model: sim/a, params: { accuracy: 0.2 } }\n\
            evaluators: [ equals ]\nrun: { concurrency: 2 }\n";
        project.write("x.yaml", format!("{head}{versions}"));
        let said = project.proto(&["run", "x.yaml", "--race", "--budget-usd", budget]);
        (project, said)
    };
    let (whole, said) = paid("9");
    assert_eq!(said.code, 0, "{}", said.err);
    let (ended, said) = paid("1");
    assert_eq!(said.code, 4, "{}", said.err);
    assert!(said.err.contains("to go"), "{}", said.err);
    ended.ok(&["run", "x.yaml", "--resume", "--budget-usd", "9"]);
    assert_eq!(out(&ended), out(&whole));
}

#[test]
fn what_cannot_be_raced_is_refused_before_anything_is_stored() {
    let project = project(100, "latency_ms: 40, latency_sigma: 0, sleep: true");
    let refused = |args: &[&str], why: &str| {
        let said = project.proto(args);
        assert_eq!(said.code, 2, "{}", said.err);
        assert!(flat(&said.err).contains(why), "{}", said.err);
    };
    let part = ["run", "x.yaml", "--race", "--partition", "hash:1/2"];
    refused(&part, "a race decides over all cases, and `--partition` runs hash:1/2 of them");
    let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    project.write("y.yaml", file.replace("winner: {", "winner: { formula: minmax,"));
    refused(&["run", "y.yaml", "--race"], "a race ranks by the formula `ratio`, and `winner:` by `minmax`");
    project.write("z.yaml", file.replace("cost: 0.2", "latency.p95: 0.2"));
    refused(&["run", "z.yaml", "--race"], "a race needs metrics that are means over cases");
    assert_eq!(project.ok_rows("SELECT count(*) FROM batches"), 0);
    let mut child =
        project.command(&["run", "x.yaml", "--race"]).stderr(Stdio::null()).spawn().expect("a start");
    while project.ok_rows("SELECT count(*) FROM runs") == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("still running");
    child.wait().expect("an end");
    refused(
        &["run", "x.yaml", "--resume", "--no-evaluate"],
        "the batch is a race, and a race is run on scores",
    );
}

/// The project with its file changed.
fn edited(cases: usize, change: impl Fn(&str) -> String) -> Project {
    let project = project(cases, "");
    let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    project.write("x.yaml", change(&file));
    project
}

#[test]
fn a_version_that_a_gate_excludes_stops_nobody() {
    let gates = "gates: [ \"error_rate <= 0.02\" ]\n";
    let project =
        edited(200, |file| file.replace("accuracy: 0.93", "accuracy: 0.93, error_rate: 0.1") + gates);
    project.proto(&["run", "x.yaml", "--race"]);
    assert!(!out(&project).to_string().contains("\"by\":\"good\""), "{}", out(&project));
    let (_, decision) = project.json(&["choose-winner"]);
    assert_eq!(decision["winner"], "fair", "{decision}");
}

#[test]
fn a_version_that_never_answers_takes_no_part() {
    let project = edited(200, |file| file.replace("accuracy: 0.75", "error_rate: 1"));
    let said = project.proto(&["run", "x.yaml", "--race"]);
    assert!(said.err.contains("race: `poor` is out after"), "{}", said.err);
    assert!(!said.err.contains("race: `fair`"), "{}", said.err);
    let (_, decision) = project.json(&["choose-winner"]);
    assert_eq!(decision["winner"], "good", "{decision}");
}

#[test]
fn a_race_that_cannot_be_says_so() {
    let project = edited(60, |file| {
        let (head, tail) = file.split_once("base:").expect("versions");
        let (_, tail) = tail.split_once("evaluators:").expect("evaluators");
        let two = "  a: { command: [echo, \"1\"] }\n  b: { model: sim/b }\n";
        format!("{head}versions:\n{two}evaluators:{tail}")
    });
    let said = project.proto(&["run", "x.yaml", "--race"]);
    assert!(
        flat(&said.err).contains("race: called off: after the warm-up fewer than two versions"),
        "{}",
        said.err
    );
    assert_eq!(project.count("SELECT count(*) FROM runs"), 120);
}
