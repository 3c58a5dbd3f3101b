//! Providers over the wire, end to end: retries apart from latency, streams, cuts, Anthropic, stopped versions.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::harness::Project;
use crate::server::{Response, Server};

fn project(url: &str, kind: &str, more: &str) -> Project {
    let file = format!(
        "project: p\nmessages: [ {{ system: Be brief. }}, {{ user: \"{{{{ q }}}}\" }} ]\n\
         dataset: {{ cases: [ {{ id: a, q: one, expected: one }}, {{ id: b, q: two, expected: two }} ] }}\n\
         providers: {{ mine: {{ type: {kind}, base_url: \"{url}\", api_key_env: null, concurrency: 1 }} }}\n\
         evaluators: [ equals ]\n{more}\n"
    );
    Project::with("x.yaml", &file.replacen("messages:", "base:\n  messages:", 1))
}

#[test]
fn retries_wait_as_asked_and_stay_out_of_the_latency() {
    let tries = AtomicUsize::new(0);
    let server = Server::start(move |request, _| {
        let message = request.last_message();
        match (message.as_str(), if message == "one" { tries.fetch_add(1, Ordering::Relaxed) } else { 0 }) {
            ("one", 0) => {
                Response::new(429, "{\"error\": {\"message\": \"slow down\"}}").header("retry-after", "1")
            }
            ("one", 1) => Response::new(500, "oops"),
            (message, _) => Response::chat(message, 5, 1),
        }
    });
    let project =
        project(&server.url, "openai", "versions: { v: { model: mine/m, params: { temperature: 0 } } }");
    project.ok(&["run", "x.yaml"]);
    let first = "(SELECT run_id FROM runs ORDER BY attempts DESC LIMIT 1)";
    assert_eq!(project.count(&format!("SELECT attempts FROM runs WHERE run_id = {first}")), 3);
    assert_eq!(project.count(&format!("SELECT backoff_s >= 1.0 FROM runs WHERE run_id = {first}")), 1);
    assert_eq!(project.count(&format!("SELECT latency_s < 1.0 FROM runs WHERE run_id = {first}")), 1);
    assert_eq!(project.count("SELECT sum(input_tokens) FROM runs"), 10);
    let sent = server.seen.lock().expect("requests")[0].json();
    assert_eq!(sent["messages"][0], json!({"role": "system", "content": "Be brief."}));
    assert_eq!(sent["temperature"], json!(0));
    let said = project.ok(&["compare"]);
    assert!(said.out.contains("retries") || said.out.contains("back-off"), "{}", said.out);
}

#[test]
fn a_stream_gives_its_first_token_and_a_cut_one_is_tried_again() {
    let chunk = |text: &str, end: &str| {
        format!(
            "data: {}\n\n",
            json!({"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": text},
            "finish_reason": if end.is_empty() { json!(null) } else { json!(end) }}]})
        )
    };
    let whole = chunk("o", "")
        + &chunk("ne", "stop")
        + &format!(
            "data: {}\n\n",
            json!({"id": "c", "model": "m", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}})
        )
        + "data: [DONE]\n\n";
    let server = Server::start(move |_, number| {
        let response = Response::new(200, &whole).header("content-type", "text/event-stream");
        if number == 0 { Response { cut: Some(whole.len() / 3), ..response } } else { response }
    });
    let project = project(&server.url, "openai", "versions: { v: { model: mine/m, stream: true } }");
    project.ok(&["run", "x.yaml", "--first", "1"]);
    assert_eq!(project.text("SELECT output FROM runs"), "one");
    assert_eq!(project.count("SELECT attempts FROM runs"), 2);
    assert_eq!(project.count("SELECT ttft_s IS NOT NULL AND ttft_s <= latency_s FROM runs"), 1);
    assert_eq!(project.text("SELECT finish_reason FROM runs"), "stop");
}

#[test]
fn anthropic_messages() {
    let server = Server::start(|_, _| {
        Response::new(
            200,
            &json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x",
            "content": [{"type": "text", "text": "one"}], "stop_reason": "end_turn",
            "usage": {"input_tokens": 4, "cache_read_input_tokens": 6, "cache_creation_input_tokens": 0, "output_tokens": 2}}),
        )
    });
    let project = project(
        &server.url,
        "anthropic",
        "versions: { v: { model: mine/claude-x, params: { max_tokens: 50 } } }",
    );
    project.ok(&["run", "x.yaml", "--first", "1"]);
    assert_eq!(project.count("SELECT input_tokens FROM runs"), 10, "the total includes what the cache read");
    assert_eq!(project.count("SELECT cached_tokens FROM runs"), 6);
    let seen = server.seen.lock().expect("requests")[0].clone();
    assert!(seen.path.ends_with("/messages"), "{}", seen.path);
    assert_eq!(seen.header("anthropic-version"), Some("2023-06-01"));
    assert_eq!(seen.json()["system"], json!("Be brief."));
}

#[test]
fn a_wrong_key_stops_its_version_with_one_message_and_spares_the_others() {
    let server = Server::start(|request, _| {
        if request.json()["model"] == json!("bad") {
            Response::new(403, "{\"error\": {\"message\": \"not yours\"}}")
        } else {
            Response::chat(&request.last_message(), 1, 1)
        }
    });
    let project = project(&server.url, "openai", "versions: { good: mine/good, bad: mine/bad }");
    let said = project.proto(&["run", "x.yaml"]);
    assert_eq!(said.code, 4, "{}\n{}", said.out, said.err);
    assert_eq!(said.err.matches("not yours").count(), 1, "{}", said.err);
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE version = 'bad' AND status = 'not_run'"), 2);
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE version = 'good' AND status = 'ok'"), 2);
}

#[test]
fn nobody_waits_for_a_server_that_is_not_there() {
    let project = project("http://127.0.0.1:9/v1", "openai", "versions: { v: mine/m }");
    let said = project.proto(&["run", "x.yaml"]);
    assert_eq!(said.code, 3, "{}\n{}", said.out, said.err);
    assert!(said.err.contains("127.0.0.1:9"), "{}", said.err);
}

#[test]
fn a_timeout_is_an_error_that_counts_with_its_time() {
    let server = Server::start(|request, _| {
        Response::chat(&request.last_message(), 1, 1).after(Duration::from_millis(700))
    });
    let project = project(
        &server.url,
        "openai",
        "versions: { v: { model: mine/m, timeout: 150ms } }\nrun: { retries: { max: 0 } }",
    );
    let said = project.proto(&["run", "x.yaml", "--first", "1"]);
    assert_eq!(said.code, 4, "{}", said.err);
    assert_eq!(project.text("SELECT error_type FROM runs"), "timeout");
    assert_eq!(project.count("SELECT latency_s >= 0.15 AND latency_s < 0.7 FROM runs"), 1);
    let (_, report) = project.json(&["compare"]);
    assert_eq!(
        report["versions"][0]["metrics"]["equals"]["value"],
        json!(0.0),
        "an error scores worst, visibly"
    );
}

#[test]
fn a_price_makes_a_cost_and_no_price_makes_a_question_mark() {
    let server = Server::start(|request, _| Response::chat(&request.last_message(), 1_000_000, 500_000));
    let project = project(
        &server.url,
        "openai",
        "versions: { priced: mine/dear, unpriced: mine/unknown-model }\npricing: { mine/dear: { input: 1, output: 4 } }",
    );
    project.ok(&["run", "x.yaml"]);
    assert_eq!(project.count("SELECT cost_usd = 3.0 FROM runs WHERE version = 'priced' LIMIT 1"), 1);
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE version = 'unpriced' AND cost_usd IS NULL AND cost_source = 'none'"), 2);
    assert!(project.ok(&["compare"]).out.contains('?'));
}

#[test]
fn a_judge_is_asked_priced_apart_and_its_nonsense_is_no_zero() {
    let server = Server::start(|request, _| {
        let body = request.json();
        if body["model"] == json!("judge") {
            let about_one = request.body.contains("zebra");
            let said = if about_one {
                "{\"explanation\": \"fits\", \"choice\": \"good\"}"
            } else {
                "well, who knows"
            };
            return Response::chat(said, 100, 10);
        }
        Response::chat(&request.last_message(), 10, 1)
    });
    let more = "versions: { v: mine/m }\npricing: { mine/*: { input: 1, output: 1 } }\n";
    let project = project(&server.url, "openai", more);
    let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file").replace("q: one", "q: zebra").replace(
        "evaluators: [ equals ]",
        "evaluators:\n  - type: judge\n    name: helpful\n    model: mine/judge\n    prompt: \"Is {{ output.text }} good?\"\n    choices: { good: 1, bad: 0 }",
    );
    project.write("x.yaml", file);
    project.ok(&["run", "x.yaml"]);
    assert_eq!(
        project
            .count("SELECT count(*) FROM scores WHERE status = 'scored' AND score = 1.0 AND label = 'good'"),
        1
    );
    assert_eq!(project.count("SELECT count(*) FROM scores WHERE status = 'failed' AND score IS NULL"), 1);
    assert_eq!(project.count("SELECT count(*) FROM scores WHERE source = 'judge'"), 2);
    assert_eq!(
        project.count("SELECT sum(input_tokens) FROM runs"),
        20,
        "the judge's tokens are not the version's"
    );
}

#[test]
fn a_program_that_judges_is_found_beside_the_file_wherever_that_is_called_from() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new();
    for folder in ["", "below/"] {
        let script = format!("{folder}judge.sh");
        project.write(&script, "#!/bin/sh\ncat > /dev/null; echo 1\n");
        std::fs::set_permissions(project.path(&script), PermissionsExt::from_mode(0o755)).expect("a mode");
        let judges = "evaluators: [ { type: command, name: a, command: [./judge.sh] }, \
            { type: command, name: b, command: [sh, judge.sh] } ]\n";
        let file = format!(
            "project: p\nprompt: hi\ndataset: {{ cases: [ {{ id: a }} ] }}\nversions: {{ v: {{ model: sim/x }} }}\n{judges}"
        );
        project.write(&format!("{folder}x.yaml"), file);
        project.ok(&["run", &format!("{folder}x.yaml")]);
    }
    assert_eq!(project.count("SELECT count(*) FROM scores WHERE status = 'scored' AND score = 1"), 4);
}
