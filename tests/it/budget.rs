//! A budget: nothing starts that could cross the line, and a resume with a higher one makes exactly the rest.
use std::time::Duration;

use crate::harness::Project;
use crate::server::{Response, Server};

const CASES: usize = 60;

/// Two versions whose calls cost 0.0001 dollars each (20 tokens in at 1, 40 out at 2 dollars a million).
fn project(url: &str) -> Project {
    let project = Project::new();
    let rows: Vec<String> = (0..CASES)
        .map(|i| format!("{{\"id\": \"c{i}\", \"q\": \"q{i}\", \"expected\": \"q{i}\"}}"))
        .collect();
    project.write("cases.jsonl", rows.join("\n"));
    let file = format!(
        "project: p\nprompt: \"{{{{ q }}}}\"\ndataset: {{ path: cases.jsonl, id: id }}\n\
         providers: {{ mock: {{ type: openai, base_url: \"{url}/v1\", api_key_env: null }} }}\n\
         base: {{ params: {{ max_tokens: 200 }} }}\nversions: {{ a: mock/one, b: mock/two }}\nevaluators: [ equals ]\n\
         pricing: {{ mock/*: {{ input: 1, output: 2 }} }}\nrun: {{ budget_usd: 0.01 }}\n"
    );
    project.write("x.yaml", file);
    project
}

fn server() -> Server {
    Server::start(|request, _| {
        Response::chat(&request.last_message(), 20, 40).after(Duration::from_millis(3))
    })
}

#[test]
fn one_cent_stops_before_the_line_and_a_higher_budget_makes_exactly_the_rest() {
    let server = server();
    let project = project(&server.url);
    let said = project.proto(&["run", "x.yaml"]);
    assert_eq!(said.code, 4, "{}\n{}", said.out, said.err);
    for part in ["stopped before the budget of $0.01", "spent", "left", "--resume --budget-usd"] {
        assert!(said.err.contains(part), "{part}: {}", said.err);
    }
    let made = server.requests();
    // The worst case of a call is 0.0004 and its body's bytes: the last that fits leaves less than that.
    assert!((90..=100).contains(&made), "{made}");
    let spent = project.count("SELECT CAST(round(sum(spent_usd) * 1e6) AS INTEGER) FROM runs");
    assert_eq!(spent, 100 * made as i64);
    assert_eq!(project.text("SELECT status FROM batches"), "stopped");

    let again = project.proto(&["run", "x.yaml", "--resume"]);
    assert_eq!((again.code, server.requests()), (4, made), "what was spent before a resume counts");

    project.ok(&["run", "x.yaml", "--resume", "--budget-usd", "0.02"]);
    assert_eq!(server.requests(), 2 * CASES, "nothing is made twice");
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE status = 'ok'"), 2 * CASES as i64);
    assert_eq!(project.count("SELECT count(*) FROM batches"), 1);
    assert_eq!(project.text("SELECT status FROM batches"), "done");
}

#[test]
fn a_budget_given_by_hand_is_kept_by_the_resume_and_said_in_json() {
    let server = server();
    let project = project(&server.url);
    let (code, first) = project.json(&["run", "x.yaml", "--budget-usd", "0.004"]);
    assert_eq!((code, first["resumable"].as_bool()), (4, Some(true)));
    let budget = &first["budget"];
    assert_eq!(budget["budget_usd"].as_f64(), Some(0.004), "{budget}");
    let left = budget["left_usd"].as_f64().expect("a number");
    assert!(left > 0.0 && left < budget["needed_usd"].as_f64().expect("a number"), "{budget}");
    let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    project.write("x.yaml", file.replace("run: { budget_usd: 0.01 }\n", ""));
    let before = server.requests();
    assert_eq!(project.proto(&["run", "x.yaml", "--resume"]).code, 4);
    assert_eq!(server.requests(), before);
}

#[test]
fn what_nobody_can_price_beforehand_cannot_be_bounded() {
    let server = server();
    let project = project(&server.url);
    let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    project.write("x.yaml", file.replace("pricing: { mock/*: { input: 1, output: 2 } }\n", ""));
    let said = project.proto(&["run", "x.yaml"]);
    assert_eq!((said.code, server.requests()), (2, 0));
    assert!(said.err.contains("mock/one: { input: USD, output: USD }"), "{}", said.err);
}

#[test]
fn what_no_byte_of_a_call_bounds_is_warned_of() {
    let said = |content: &str, pricing: &str| {
        let file = format!(
            "project: p\ndataset: {{ cases: [ {{ id: a, photo: \"https://example.org/a.png\" }} ] }}\n\
             versions: {{ v: {{ model: openai/m, params: {{ max_tokens: 20 }}, messages: [ {{ user: [ {{ text: \"{{{{ photo }}}}\" }}{content} ] }} ] }} }}\n\
             pricing: {{ openai/*: {{ input: 1, output: 1 }} }}\n{pricing}"
        );
        Project::with("x.yaml", &file).ok(&["check", "x.yaml"]).err
    };
    let (image, budget) = (", { image: \"{{ photo }}\" }", "run: { budget_usd: 1 }\n");
    let warned = said(image, budget);
    assert!(warned.contains("`v` sends images or files at URLs, and nobody knows beforehand"), "{warned}");
    assert_eq!((said(image, ""), said("", budget)), (String::new(), String::new()), "no budget, or no image");
}
