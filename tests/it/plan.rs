//! `proto plan`: what a batch would take, of the versions and of the judges, from texts or from a few real calls.
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Project, Said, flat};
use crate::server::{Request, Response, Server};

/// Two versions over twenty cases of one prompt of 40 characters (ten tokens), and a judge.
fn project(url: &str, rest: &str) -> Project {
    let project = Project::new();
    let rows: Vec<String> = (10..30).map(|i| format!("{{\"id\": \"c{i}\", \"q\": \"q{i}\"}}")).collect();
    project.write("cases.jsonl", rows.join("\n"));
    let file = format!(
        "project: p\nprompt: \"A prompt of forty characters it is: {{{{ q }}}}.\"\n\
         dataset: {{ path: cases.jsonl, id: id }}\n\
         providers: {{ mock: {{ type: openai, base_url: \"{url}/v1\", api_key_env: null, requests_per_minute: 120 }} }}\n\
         base: {{ params: {{ max_tokens: 100 }} }}\nversions: {{ a: mock/one, b: mock/two }}\n\
         pricing: {{ mock/judge: {{ input: 10, output: 20 }}, mock/*: {{ input: 1, output: 2 }} }}\n{rest}\n"
    );
    project.write("x.yaml", file);
    project
}

const JUDGE: &str =
    "evaluators: [ { type: judge, name: polite, model: mock/judge, criterion: The answer is polite } ]";

/// Where no test listens.
const NOWHERE: &str = "http://127.0.0.1:9";

/// A pair of dollars, in millionths.
fn micro(pair: &Value) -> [i64; 2] {
    [&pair[0], &pair[1]].map(|usd| (usd.as_f64().expect("dollars") * 1e6).round() as i64)
}

#[test]
fn versions_and_judges_are_counted_apart_low_to_high() {
    let (code, plan) = project(NOWHERE, JUDGE).json(&["plan", "x.yaml"]);
    assert_eq!((code, &plan["runs"], &plan["cached"]), (0, &json!(40), &json!(0)));
    let version = &plan["versions"][1];
    assert_eq!((&version["runs"], &version["calls"]), (&json!(20), &json!([20, 20])));
    assert_eq!(version["tokens"], json!([20 * 11, 20 * 110]), "ten in; one to a hundred out");
    assert_eq!(micro(&version["cost_usd"]), [20 * 12, 20 * 210]);
    assert_eq!(plan["total"]["tokens"], json!([40 * 11, 40 * 110]));
    assert_eq!(micro(&plan["total"]["cost_usd"]), [40 * 12, 40 * 210]);
    let judge = &plan["judges"]["evaluators"][0];
    assert_eq!((&judge["name"], &judge["model"]), (&json!("polite"), &json!("mock/judge")));
    assert_eq!(judge["calls"], json!([40, 40]), "one a run");
    let (low, high) = (judge["tokens"][0].as_i64().expect("low"), judge["tokens"][1].as_i64().expect("high"));
    assert_eq!(high - low, 40 * (100 + 1023), "the answer may be at its longest, and so may the verdict");
    assert_eq!(micro(&judge["cost_usd"])[0], (low - 40) * 10 + 40 * 20);
    let all = micro(&plan["with_judges"]["cost_usd"]);
    assert_eq!(all[0], micro(&plan["total"]["cost_usd"])[0] + micro(&judge["cost_usd"])[0]);
    assert_eq!((&plan["calibration"], &plan["budget"]), (&Value::Null, &Value::Null));
}

#[test]
fn declared_limits_bound_the_time_from_below_and_the_rest_is_not_known() {
    let project = project(NOWHERE, "");
    let (_, plan) = project.json(&["plan", "x.yaml"]);
    assert_eq!(plan["minutes"], json!([39.0 / 120.0, null]), "the first goes at once");
    let provider = &plan["providers"][0];
    assert_eq!((&provider["concurrency"], &provider["latency_s"]), (&json!([8, 256]), &Value::Null));
    let said = project.ok(&["plan", "x.yaml"]).out;
    assert!(said.contains("mock  at least 19.50 s (120 requests a minute; no latency measured)"), "{said}");
    let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    project.write("x.yaml", file.replace(", requests_per_minute: 120", ""));
    assert_eq!(project.json(&["plan", "x.yaml"]).1["minutes"], json!([null, null]));
    assert!(
        project
            .ok(&["plan", "x.yaml"])
            .out
            .contains("mock  not known (no limit declared; no latency measured)")
    );
}

#[test]
fn a_budget_below_the_estimate_is_warned_of() {
    let project = project(NOWHERE, "");
    let told = |budget: &str| {
        let (_, plan) = project.json(&["plan", "x.yaml", "--budget-usd", budget]);
        (plan["budget"]["below"].clone(), project.ok(&["plan", "x.yaml", "--budget-usd", budget]).err)
    };
    let (below, said) = told("0.0004");
    assert_eq!(below, json!("low"));
    assert!(
        flat(&said).contains("the budget of $0.0004 is below the low estimate, $0.00048: the batch will end")
    );
    let (below, said) = told("0.005");
    assert_eq!(below, json!("high"));
    assert!(flat(&said).contains("below the high estimate, $0.0084: the batch may end"), "{said}");
    assert_eq!(told("0.01"), (Value::Null, String::new()));
}

#[test]
fn what_the_cache_answers_costs_nothing_more() {
    let server = Server::start(|request, _| Response::chat(&request.last_message(), 20, 40));
    let project = project(&server.url, "");
    project.ok(&["run", "x.yaml", "--cache", "write", "--first", "15", "--versions", "a"]);
    let (_, plan) = project.json(&["plan", "x.yaml", "--cache", "read"]);
    assert_eq!((&plan["cached"], &plan["versions"][0]["cached"]), (&json!(15), &json!(15)));
    assert_eq!(plan["versions"][0]["calls"], json!([5, 5]));
    assert_eq!(micro(&plan["total"]["cost_usd"]), [25 * 12, 25 * 210]);
    let said = project.ok(&["plan", "x.yaml", "--cache", "read"]).out;
    assert!(
        said.contains("version  model  runs  cached") && said.contains("15 of 40 runs come from"),
        "{said}"
    );
}

#[test]
fn calibrating_makes_a_few_calls_measures_them_and_records_nothing() {
    let server = Server::start(|request, _| Response::chat(&request.last_message(), 20, 40));
    let project = project(&server.url, JUDGE);
    let (code, plan) = project.json(&["plan", "x.yaml", "--calibrate", "4"]);
    assert_eq!((code, server.requests()), (0, 16), "four cases, two versions, and the judge of each answer");
    let is_of_version = |request: &&Request| request.json()["model"] != "judge";
    let seen = server.seen.lock().expect("requests").clone();
    let mut asked: Vec<String> = seen.iter().filter(is_of_version).map(Request::last_message).collect();
    asked.sort();
    asked.dedup();
    let cases = ["q10", "q15", "q20", "q25"].map(|q| format!("A prompt of forty characters it is: {q}."));
    assert_eq!(asked, cases, "from end to end");
    assert_eq!(plan["versions"][0]["tokens"], json!([20 * 60, 20 * 60]));
    assert_eq!(micro(&plan["total"]["cost_usd"]), [40 * 100, 40 * 100]);
    let told = &plan["calibration"];
    assert_eq!((&told["cases"], &told["calls"], &told["failed"]), (&json!(4), &json!(8), &json!(0)));
    assert_eq!((told["spent_usd"].as_f64().expect("dollars") * 1e6).round(), 800.0 + 8.0 * 1000.0);
    assert_eq!((&told["questions"], &told["unanswered"]), (&json!(8), &json!(0)));
    assert!(
        plan["minutes"][1].as_f64().expect("a time") >= 39.0 / 120.0
            && plan["versions"][0]["latency_s"].is_f64()
    );
    let judge = &plan["judges"]["evaluators"][0];
    assert_eq!((&judge["calls"], &judge["tokens"]), (&json!([40, 40]), &json!([40 * 60, 40 * 60])));
    assert_eq!(micro(&judge["cost_usd"]), [40 * 1000, 40 * 1000]);
    assert!(judge["measured"] == json!(true) && judge["latency_s"].is_f64());
    assert!(!project.path(".proto").exists(), "nothing was registered or recorded");
    let said = project.ok(&["plan", "x.yaml", "--calibrate", "4"]).out;
    let basis =
        "calibrated on 8 calls (4 cases a version) and 8 questions of judges, $0.0088 spent and nothing";
    assert!(flat(&said).contains(basis), "{said}");
}

#[test]
fn calibrating_keeps_to_the_budget_and_says_what_failed() {
    let server = Server::start(|request, number| match number {
        0 => Response::new(400, "{\"error\": {\"message\": \"no\"}}"),
        _ => Response::chat(&request.last_message(), 20, 40),
    });
    let project = project(&server.url, "run: { concurrency: 1 }");
    // One call may cost 200 millionths for its answer and one for each byte of its body.
    let said = project.proto(&["plan", "x.yaml", "--calibrate", "20", "--budget-usd", "0.001"]);
    assert_eq!(said.code, 4, "{}\n{}", said.out, said.err);
    assert!(said.err.contains("stopped before the budget of $0.001 is crossed"), "{}", said.err);
    let made = server.requests();
    assert!((3..=10).contains(&made), "{made}");
    let basis = format!("calibrated on {made} calls (20 cases a version, 1 without an answer)");
    assert!(flat(&said.out).contains(&basis), "{}", said.out);
}

#[test]
fn a_version_that_never_answers_is_said_and_estimated_from_its_texts() {
    let server = Server::start(|request, _| match request.json()["model"].as_str() {
        Some("two") => Response::new(404, "{\"error\": {\"message\": \"no such model\"}}"),
        _ => Response::chat(&request.last_message(), 20, 40),
    });
    let project = project(&server.url, "");
    let said = project.proto(&["plan", "x.yaml", "--calibrate", "3"]);
    assert_eq!(said.code, 4, "{}\n{}", said.out, said.err);
    assert!(
        said.err.contains("version `b` was stopped") && said.err.contains("no such model"),
        "{}",
        said.err
    );
    assert!(flat(&said.out).contains("Of b nothing was measured: its tokens are counted"), "{}", said.out);
    let (_, plan) = project.json(&["plan", "x.yaml", "--calibrate", "3"]);
    let measured = |version: usize| &plan["versions"][version]["measured"];
    assert_eq!((measured(0), measured(1)), (&json!(true), &json!(false)));
    assert_eq!(plan["versions"][1]["tokens"], json!([20 * 11, 20 * 110]));
    assert_eq!(project.proto(&["plan", "x.yaml", "--calibrate", "3", "--versions", "b"]).code, 3);
}

#[test]
fn what_was_never_sent_cost_nothing_and_what_was_spent_is_known() {
    let server = Server::start(|request, _| match request.json()["model"].as_str() {
        Some("two") => Response::new(404, "{\"error\": {\"message\": \"no such model\"}}"),
        _ => Response::chat(&request.last_message(), 20, 40),
    });
    let project = project(&server.url, "run: { concurrency: 1 }");
    let (_, plan) = project.json(&["plan", "x.yaml", "--calibrate", "3"]);
    let told = &plan["calibration"];
    assert_eq!(
        (&told["calls"], &told["failed"]),
        (&json!(4), &json!(3)),
        "version `b` is stopped by its first"
    );
    assert_eq!(told["spent_usd"].as_f64().map(|usd| (usd * 1e6).round()), Some(300.0));
}

#[test]
fn a_judge_without_an_answer_is_said_and_estimated_from_its_texts() {
    let server = Server::start(|request, _| match request.json()["model"].as_str() {
        Some("judge") => Response::new(404, "{\"error\": {\"message\": \"no such model\"}}"),
        _ => Response::chat(&request.last_message(), 20, 40),
    });
    let project = project(&server.url, JUDGE);
    let said = project.proto(&["plan", "x.yaml", "--calibrate", "2"]);
    assert_eq!(said.code, 4, "{}\n{}", said.out, said.err);
    let why = "warning: the judge `polite` did not answer: ";
    assert!(said.err.contains(why) && flat(&said.err).contains("no such model"), "{}", said.err);
    let told = flat(&said.out);
    assert!(told.contains("and 4 questions of judges (4 without an answer)"), "{}", said.out);
    assert!(told.contains("Of polite nothing was measured: its tokens are counted"), "{}", said.out);
    assert!(
        told.contains("8 – 256 at once,") && told.contains("40 questions of judges, no latency measured")
    );
}

#[test]
fn ctrl_c_ends_a_calibration_and_what_was_measured_is_shown() {
    let server = Server::start(|request, _| {
        Response::chat(&request.last_message(), 20, 40).after(Duration::from_millis(200))
    });
    let project = project(&server.url, "run: { concurrency: 1 }");
    let mut child = project
        .command(&["plan", "x.yaml", "--calibrate", "20"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a start");
    while server.requests() < 3 && child.try_wait().expect("its state").is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    let said = Said::of(child.wait_with_output().expect("an end"));
    assert_eq!(said.code, 130, "{}\n{}", said.out, said.err);
    assert!(server.requests() < 40 && said.out.contains("calibrated on "), "{}", said.out);
    assert!(!project.path(".proto").exists());
}

#[test]
fn simulated_models_calibrate_without_a_key() {
    let project = Project::with_experiments();
    let said = project.ok(&["plan", "experiments/quickstart.yaml", "--calibrate", "2"]).out;
    assert!(flat(&said).contains("calibrated on 6 calls (2 cases a version), $0.00 spent"), "{said}");
    assert!(
        said.contains("sim  0 ms (its answers are at hand)"),
        "a latency that is drawn takes no time: {said}"
    );
}

#[test]
fn every_line_of_a_plan_fits_its_screen() {
    let name = "a-version-whose-name-goes-on-and-on";
    let rest = JUDGE.replace("polite,", "polite-and-to-the-point-in-every-case,");
    let project = project(NOWHERE, &rest);
    let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    let file = file.replace("a: mock/one", &format!("{name}: mock/a-model-with-a-long-name-of-2026-11-28"));
    project.write("x.yaml", file + "run: { repeats: 900, cache: read }\n");
    let mut command = project.command(&["plan", "x.yaml"]);
    let said = Said::of(command.env("COLUMNS", "80").output().expect("it starts"));
    for line in said.out.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(said.out.contains('$') && !said.out.contains("$…"), "numbers are not clipped: {}", said.out);
}
