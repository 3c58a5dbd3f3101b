//! Parts of a workload run apart, merged, and compared as the whole would be.
use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::harness::Project;

const PARTS: u32 = 8;

/// Two simulated versions, 60 cases, two repeats.
fn project() -> Project {
    let mut rows = String::new();
    for i in 0..60 {
        writeln!(rows, "{{\"id\": \"c{i}\", \"q\": \"q{i}\", \"expected\": \"{}\"}}", i % 7)
            .expect("a string");
    }
    let project = Project::new();
    project.write("cases.jsonl", rows);
    project.write(
        "x.yaml",
        "project: p\nprompt: \"{{ q }}\"\ndataset: { path: cases.jsonl, id: id }\n\
         versions:\n  a: { model: sim/a, params: { accuracy: 0.9 } }\n  b: { model: sim/b, params: { accuracy: 0.6 } }\n\
         run: { repeats: 2 }\nevaluators: [ equals ]\n",
    );
    project
}

fn run_parts(project: &Project, parts: impl Iterator<Item = u32>) -> Vec<String> {
    let mut stores = Vec::new();
    let mut running = Vec::new();
    for m in parts {
        let (part, store) = (format!("hash:{m}/{PARTS}"), format!("part{m}.db"));
        let mut command =
            project.command(&["run", "x.yaml", "--quiet", "--partition", &part, "--store", &store]);
        running.push(command.stdout(std::process::Stdio::null()).spawn().expect("the program starts"));
        stores.push(store);
    }
    for mut part in running {
        assert!(part.wait().expect("it ends").success());
    }
    stores
}

fn merge(project: &Project, stores: &[String], into: &str) -> serde_json::Value {
    let mut args = vec!["merge", "--into", into];
    args.extend(stores.iter().map(String::as_str));
    let (code, document) = project.json(&args);
    assert_eq!(code, 0, "{document}");
    document
}

/// (version, case, repeat) with what was measured of it.
fn runs(project: &Project, store: &str) -> BTreeSet<String> {
    let (_, document) = project.json(&["runs", "--store", store, "--limit", "100000"]);
    let runs = document["runs"].as_array().expect("runs").clone();
    let found: BTreeSet<String> = runs
        .iter()
        .map(|run| {
            let keys =
                ["version", "label", "version_hash", "case_id", "repeat", "status", "latency_s", "output"];
            keys.map(|key| run[key].to_string()).join(" ")
        })
        .collect();
    assert_eq!(found.len(), runs.len());
    found
}

/// The comparison without its batches and without how long runs waited in their process: that is of the clock.
fn compared(project: &Project, args: &[&str]) -> String {
    let (_, mut document) = project.json(args);
    document.as_object_mut().expect("an object").remove("batches").expect("batches");
    for version in document["versions"].as_array_mut().expect("versions") {
        for waited in ["queue_mean_s", "backoff_mean_s"] {
            version.as_object_mut().expect("an object").remove(waited).expect("a field");
        }
    }
    document.to_string()
}

#[test]
fn eight_parts_merged_are_one_whole_run() {
    let project = project();
    project.ok(&["run", "x.yaml", "--store", "whole.db"]);
    let stores = run_parts(&project, 1..=PARTS);
    merge(&project, &stores, "all.db");
    let whole = runs(&project, "whole.db");
    assert_eq!(whole.len(), 240);
    assert_eq!(runs(&project, "all.db"), whole);

    let report = |store: &str| compared(&project, &["compare", "--regressions", "--store", store]);
    assert_eq!(report("all.db"), report("whole.db"));
    let head = project.ok(&["compare", "--store", "all.db"]).out;
    assert!(head.contains("60 cases × 2 repeats · 8 batches"), "{head}");
    let decided = |store: &str| {
        let (code, decision) = project.json(&["choose-winner", "--store", store]);
        let keep = ["verdict", "winner", "ranking", "margins", "weights", "cases", "caveats"];
        (code, keep.map(|key| decision[key].to_string()))
    };
    assert_eq!(decided("all.db"), decided("whole.db"));
    let log = project.ok(&["log", "--store", "all.db"]).out;
    assert!(log.contains("hash:8/8") && log.contains("of 60"), "{log}");
}

#[test]
fn merging_again_changes_nothing_and_what_is_missing_is_said() {
    let project = project();
    let stores = run_parts(&project, 2..=3);
    let before = std::fs::read(project.path(&stores[0])).expect("a store");
    merge(&project, &stores, "all.db");
    let once = runs(&project, "all.db");
    let again = project.ok(&["merge", &stores[0], &stores[1], "--into", "all.db"]);
    assert_eq!(again.out, "part2.db: nothing new\npart3.db: nothing new\n");
    assert_eq!(runs(&project, "all.db"), once);
    assert_eq!(std::fs::read(project.path(&stores[0])).expect("a store"), before, "a source is only read");
    let said = project.ok(&["compare", "--store", "all.db"]).out;
    assert!(said.contains("hash:1/8") && said.contains("hash:8/8") && !said.contains("hash:2/8"), "{said}");

    let itself = project.proto(&["merge", "all.db", "--into", "all.db"]);
    assert_eq!(itself.code, 2, "{}", itself.err);
    let none = project.proto(&["merge", "none.db", "--into", "all.db"]);
    assert!(none.code == 2 && none.err.contains("no store `none.db`"), "{}", none.err);
}

#[test]
fn a_version_numbered_apart_takes_the_label_it_has_here() {
    let project = project();
    let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    project.ok(&["run", "x.yaml", "--store", "here.db"]);
    project.write("x.yaml", file.replace("0.6", "0.7"));
    project.ok(&["run", "x.yaml", "--store", "here.db"]);
    project.ok(&["run", "x.yaml", "--store", "there.db"]);
    project.ok(&["version", "tag", "b@1.0", "live", "--reason", "it is", "--store", "there.db"]);
    let merged = merge(&project, &["there.db".to_owned()], "here.db");
    let relabelled = serde_json::json!([{"name": "b", "there": "1.0", "here": "1.1"}]);
    assert_eq!(
        (&merged["stores"][0]["relabelled"], &merged["stores"][0]["versions"]),
        (&relabelled, &0.into())
    );
    let (_, compared) = project.json(&["compare", "--store", "here.db"]);
    let labels: Vec<_> =
        compared["versions"].as_array().expect("versions").iter().map(|v| &v["label"]).collect();
    assert_eq!(labels, ["1.0", "1.1"]);
    assert!(
        project.ok(&["runs", "--version", "b@live", "--store", "here.db", "-n", "1"]).out.contains("b@1.1")
    );
}

#[test]
fn a_part_that_is_resumed_stays_a_part() {
    let project = project();
    project.ok(&["run", "x.yaml", "--partition", "hash:1/8"]);
    let runs = project.count("SELECT count(*) FROM runs");
    assert!(runs > 0 && runs < 240);
    project.ok(&["run", "x.yaml", "--resume"]);
    assert_eq!(project.count("SELECT count(*) FROM runs"), runs);
    let other = project.proto(&["run", "x.yaml", "--rerun-failed", "--partition", "hash:2/8"]);
    assert!(other.code == 2 && other.err.contains("hash:2/8"), "{}", other.err);
}

#[test]
fn a_store_of_an_earlier_release_is_merged_and_left_as_it_is() {
    let project = project();
    let old = std::fs::read(crate::harness::repository().join("fixtures/stores/0.1.db")).expect("a store");
    project.write("old.db", &old);
    let merged = merge(&project, &["old.db".to_owned()], "all.db");
    assert_eq!(merged["stores"][0]["runs"], 2);
    assert_eq!(std::fs::read(project.path("old.db")).expect("a store"), old);
}
