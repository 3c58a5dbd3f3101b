//! Every way an API fails, end to end: what is retried, what is an answer, what is an error, and what it is called.
use std::time::Duration;

use serde_json::json;

use crate::harness::Project;
use crate::server::{Response, Server};

fn project(url: &str, kind: &str, questions: &[&str], version: &str) -> Project {
    let cases: Vec<String> =
        questions.iter().map(|word| format!("{{ id: {word}, q: {word}, expected: {word} }}")).collect();
    let file = format!(
        "project: p\nbase: {{ messages: [ {{ user: \"{{{{ q }}}}\" }} ] }}\ndataset: {{ cases: [ {} ] }}\n\
         providers: {{ mine: {{ type: {kind}, base_url: \"{url}\", api_key_env: null, concurrency: 1 }} }}\n\
         evaluators: [ equals ]\nversions: {{ v: {{ model: mine/m{version} }} }}\n",
        cases.join(", ")
    );
    Project::with("x.yaml", &file)
}

#[test]
fn every_spelling_of_later_is_waited_for() {
    let server = Server::start(|request, number| match number {
        0 => Response::new(429, "{\"error\": {\"message\": \"slow down\"}}").header("retry-after-ms", "300"),
        1 => Response::new(429, "{\"error\": {\"message\": \"slow down\"}}")
            .header("date", "Wed, 21 Oct 2026 07:28:00 GMT")
            .header("retry-after", "Wed, 21 Oct 2026 07:28:01 GMT"),
        _ => Response::chat(&request.last_message(), 1, 1),
    });
    let project = project(&server.url, "openai", &["a"], "");
    project.ok(&["run", "x.yaml"]);
    assert_eq!(project.count("SELECT attempts FROM runs"), 3);
    assert_eq!(project.count("SELECT backoff_s >= 1.3 AND latency_s < backoff_s FROM runs"), 1);
    assert_eq!(project.text("SELECT output FROM runs"), "a");
}

#[test]
fn what_is_no_answer_has_a_name_and_is_never_a_short_success() {
    let choice = |content: &str, finish: &str| {
        let message = json!({"role": "assistant", "content": content});
        Response::new(200, &json!({"choices": [{"index": 0, "finish_reason": finish, "message": message}]}))
    };
    let server = Server::start(move |request, _| match request.last_message().as_str() {
        "malformed" => Response::new(200, "{\"choices\": [{\"message\": {\"con"),
        "html" => Response::new(200, "<html>a proxy's login</html>"),
        "empty" => choice("", "stop"),
        "nothing" => Response::new(200, ""),
        "filter" => choice("half", "content_filter"),
        "length" => choice("cut", "length"),
        "huge" => choice(&"x".repeat(10 * 1024 * 1024), "stop"),
        "late" => Response::chat("late", 1, 1).after(Duration::from_secs(20)),
        other => Response::chat(other, 1, 1),
    });
    let questions = ["ok", "malformed", "html", "empty", "nothing", "filter", "length", "huge", "late"];
    let project = project(&server.url, "openai", &questions, ", timeout: 5s");
    // One that never answers is not asked again: its deadline is what the test waits for.
    let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    project.write("x.yaml", file + "run: { retries: { max: 0 } }\n");
    let said = project.proto(&["run", "x.yaml"]);
    assert_eq!(said.code, 4, "{}\n{}", said.out, said.err);
    let error = |case: &str| {
        project.text(&format!("SELECT coalesce(error_type, status) FROM runs WHERE case_id = '{case}'"))
    };
    let named: Vec<String> = questions.iter().map(|case| error(case)).collect();
    let expected = [
        "ok",
        "malformed_reply",
        "malformed_reply",
        "empty_reply",
        "malformed_reply",
        "content_filter",
        "ok",
        "ok",
        "timeout",
    ];
    assert_eq!(named, expected);
    assert_eq!(project.text("SELECT finish_reason FROM runs WHERE case_id = 'length'"), "length");
    assert_eq!(project.count("SELECT length(output) FROM runs WHERE case_id = 'huge'"), 10 * 1024 * 1024);
    assert_eq!(server.requests(), questions.len(), "none of these is retried");
}

#[test]
fn a_run_that_is_out_of_time_is_a_timeout_with_its_attempts_and_never_tried_again() {
    let server = Server::start(|request, _| match request.last_message().as_str() {
        "broken" => Response::new(500, "{\"error\": {\"message\": \"broken\"}}").header("retry-after", "60"),
        "silent" => Response::chat("late", 1, 1).after(Duration::from_secs(30)),
        other => Response::chat(other, 1, 1),
    });
    let project = project(&server.url, "openai", &["ok", "broken", "silent"], ", run_timeout: 3s");
    let said = project.proto(&["run", "x.yaml"]);
    assert_eq!(said.code, 4, "{}\n{}", said.out, said.err);
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE status = 'ok'"), 1);
    assert_eq!(
        project.count(
            "SELECT count(*) FROM runs WHERE status = 'error' AND error_type = 'timeout' AND attempts = 1"
        ),
        2
    );
    assert_eq!(server.requests(), 3);
    let of =
        |case: &str, what: &str| project.count(&format!("SELECT {what} FROM runs WHERE case_id = '{case}'"));
    assert_eq!(
        of("silent", "latency_s > 2.0 AND backoff_s < latency_s"),
        1,
        "the time it took is a lower bound"
    );
    assert_eq!(of("broken", "latency_s IS NULL AND backoff_s > 0"), 1, "a wait is no latency");
    let shown = project.ok(&["trace", &project.text("SELECT run_id FROM runs WHERE case_id = 'broken'")]).out;
    assert!(shown.contains("no answer within the run's 3s; its last attempt:"), "{shown}");
    assert!(shown.contains("broken"), "{shown}");
}

#[test]
fn a_conversation_that_runs_out_of_time_keeps_what_it_paid_for() {
    let server = Server::start(|request, _| match request.last_message().as_str() {
        "one" => Response::chat("first", 10, 2),
        _ => Response::chat("late", 1, 1).after(Duration::from_secs(30)),
    });
    let project = project(&server.url, "openai", &["a"], ", run_timeout: 2s");
    let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    project.write(
        "x.yaml",
        file.replace("{ user: \"{{ q }}\" }", "{ turns: said }").replace("q: a", "said: [ one, two ]")
            + "pricing: { mine/*: { input: 1, output: 2 } }\n",
    );
    assert_eq!(project.proto(&["run", "x.yaml"]).code, 4);
    assert_eq!(project.text("SELECT status || ' ' || error_type FROM runs"), "error timeout");
    assert_eq!(project.count("SELECT attempts = 2 AND input_tokens = 10 AND latency_s > 1.0 FROM runs"), 1);
    assert_eq!(project.count("SELECT CAST(round(spent_usd * 1e6) AS INTEGER) FROM runs"), 14);
}

#[test]
fn a_stream_that_is_cut_every_time_is_an_error_in_every_protocol() {
    let streams = [
        ("openai", "data: {\"choices\":[{\"delta\":{\"content\":\"ha\"}}]}\n\n"),
        ("anthropic", "data: {\"type\":\"message_start\",\"message\":{\"content\":[]}}\n\n"),
        ("gemini", "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"ha\"}]}}]}\n\n"),
        ("azure-openai", "data: {\"choices\":[{\"delta\":{\"content\":\"ha\"}}]}\n\n"),
        ("ollama", "{\"message\":{\"content\":\"ha\"},\"done\":false}\n"),
    ];
    for (kind, stream) in streams {
        // The first ends politely, as if that were all; the second breaks off.
        let server = Server::start(move |_, number| {
            let cut = (number > 0).then_some(stream.len() / 2);
            Response { cut, ..Response::new(200, stream) }
        });
        let project = project(&server.url, kind, &["a"], ", stream: true, params: { max_tokens: 9 }");
        let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
        project.write("x.yaml", file + "run: { retries: { max: 1 } }\n");
        assert_eq!(project.proto(&["run", "x.yaml"]).code, 4, "{kind}");
        assert_eq!(project.text("SELECT error_type FROM runs"), "stream_cut", "{kind}");
        assert_eq!(server.requests(), 2, "{kind}: tried again once");
    }
}

#[test]
fn large_answers_are_recorded_and_judged_however_few_fit_in_a_page() {
    // Seven megabytes a version: more than one group of the recorder and one page of the evaluation take.
    let server = Server::start(|_, _| Response::chat(&"a".repeat(1 << 20), 10, 10));
    let project = Project::new();
    project.write(
        "x.yaml",
        format!(
            "project: p\nprompt: \"{{{{ q }}}}\"\n\
             dataset: {{ cases: [ {{q: 1}}, {{q: 2}}, {{q: 3}}, {{q: 4}}, {{q: 5}}, {{q: 6}}, {{q: 7}} ] }}\n\
             providers: {{ mock: {{ type: openai, base_url: \"{}/v1\", api_key_env: null }} }}\n\
             versions: {{ a: mock/one, b: mock/two }}\nevaluators: [ contains: aaa ]\n",
            server.url
        ),
    );
    project.ok(&["run", "x.yaml"]);
    let counts = ["SELECT count(*) FROM runs", "SELECT count(*) FROM scores WHERE score = 1"];
    assert_eq!(counts.map(|sql| project.count(sql)), [14, 14]);
}
