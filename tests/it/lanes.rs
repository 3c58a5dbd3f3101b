//! Providers beside each other: a slow one holds nobody back, and what that lets drift apart is said.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use crate::harness::Project;
use crate::server::{Response, Server};

const CASES: usize = 40;

/// A version at each of two providers.
fn project(fast: &str, slow: &str) -> Project {
    let cases: String =
        (0..CASES).map(|i| format!("{{\"id\":\"c{i}\",\"q\":\"q{i}\",\"expected\":\"q{i}\"}}\n")).collect();
    let provider = |name: &str, url: &str| {
        format!("  {name}: {{ type: openai, base_url: \"{url}\", api_key_env: null, concurrency: 2 }}\n")
    };
    let file = format!(
        "project: p\nexperiment: x\ndataset: cases.jsonl\nproviders:\n{}{}\
         pricing: {{ one/m: {{ input: 1, output: 1 }}, two/m: {{ input: 1, output: 1 }} }}\n\
         versions:\n  fast: {{ model: one/m, prompt: \"{{{{ q }}}}\" }}\n  slow: {{ model: two/m, prompt: \"{{{{ q }}}}\" }}\n\
         evaluators: [ equals ]\n",
        provider("one", fast),
        provider("two", slow)
    );
    let project = Project::with("x.yaml", &file);
    project.write("cases.jsonl", cases);
    project
}

#[test]
fn a_provider_that_answers_nothing_until_the_other_is_done_holds_it_up_in_nothing() {
    let (done, is_done) = mpsc::channel();
    let answered = AtomicUsize::new(0);
    let fast = Server::start(move |request, _| {
        if answered.fetch_add(1, Ordering::SeqCst) + 1 == CASES {
            done.send(()).expect("somebody waits");
        }
        Response::chat(&request.last_message(), 1, 1)
    });
    let is_done = Arc::new(std::sync::Mutex::new((is_done, false)));
    let slow = Server::start(move |request, _| {
        let mut waiting = is_done.lock().expect("nobody panicked");
        if !waiting.1 {
            waiting.1 = waiting.0.recv_timeout(Duration::from_secs(60)).is_ok();
        }
        if waiting.1 {
            Response::chat(&request.last_message(), 1, 1)
        } else {
            Response::new(400, "held back")
        }
    });
    let project = project(&fast.url, &slow.url);
    project.ok(&["run", "x.yaml"]);
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE status = 'ok'"), 2 * CASES as i64);
}

#[test]
fn versions_measured_at_different_times_are_said_to_be() {
    let echo = || Server::start(|request, _| Response::chat(&request.last_message(), 1, 1));
    let (fast, slow) = (echo(), echo());
    let project = project(&fast.url, &slow.url);
    project.ok(&["run", "x.yaml"]);
    let codes = |report: &serde_json::Value| {
        let caveats = report["caveats"].as_array().expect("caveats");
        caveats.iter().filter(|caveat| caveat["code"] == "drift").count()
    };
    assert_eq!(codes(&project.json(&["compare"]).1), 0, "within seconds");
    // What a slow provider does to its runs, without waiting for it: one every minute.
    let store = rusqlite::Connection::open(project.path(".proto/proto.db")).expect("a store");
    let late = "UPDATE run_row SET started_ns = started_ns + 60000000000 * (SELECT count(*) FROM run_row AS other \
         WHERE other.version = run_row.version AND other.id < run_row.id) \
         WHERE version = (SELECT id FROM version_row WHERE name = 'slow')";
    assert_eq!(store.execute(late, []).expect("an update"), CASES);
    drop(store);
    let (_, report) = project.json(&["compare"]);
    let (_, decision) = project.json(&["choose-winner", "--weights", "equals=1"]);
    assert_eq!((codes(&report), codes(&decision)), (1, 1));
    let mut command = project.command(&["compare"]);
    let out = crate::harness::Said::of(command.env("COLUMNS", "80").output().expect("it starts")).out;
    let note: Vec<&str> = out
        .lines()
        .skip_while(|line| !line.contains("`slow`: "))
        .take_while(|line| !line.is_empty())
        .collect();
    let note = note.join("\n");
    assert!(note.lines().all(|line| line.chars().count() <= 80), "{note}");
    assert!(
        note.contains("`fast`") && note.contains("of 40 cases") && note.contains("requests_per_minute"),
        "{note}"
    );
}
