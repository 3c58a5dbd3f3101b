//! Killed and resumed: every run exactly once, every score too, and at most what was in flight paid for twice.
use std::process::Stdio;
use std::time::Duration;

use crate::harness::{Project, Said};
use crate::server::{Response, Server};

const CASES: usize = 300;
const CONCURRENCY: usize = 8;

fn project(url: &str) -> Project {
    let project = Project::new();
    let rows: Vec<String> = (0..CASES)
        .map(|i| format!("{{\"id\": \"c{i}\", \"q\": \"q{i}\", \"expected\": \"q{i}\"}}"))
        .collect();
    project.write("cases.jsonl", rows.join("\n"));
    let file = format!(
        "project: p\nprompt: \"{{{{ q }}}}\"\ndataset: {{ path: cases.jsonl, id: id }}\n\
         providers: {{ mock: {{ type: openai, base_url: \"{url}/v1\", api_key_env: null, concurrency: {CONCURRENCY} }} }}\n\
         versions: {{ a: mock/one, b: mock/two }}\nevaluators: [ equals, contains: q ]\n\
         pricing: {{ mock/*: {{ input: 1, output: 2 }} }}\n"
    );
    project.write("x.yaml", file);
    project
}

#[test]
fn killed_again_and_again_every_run_is_there_exactly_once() {
    let server = Server::start(|request, _| {
        Response::chat(&request.last_message(), 4, 2).after(Duration::from_millis(4))
    });
    let project = project(&server.url);
    let mut kills = 0;
    for pause in [60, 130, 20, 170, 100] {
        let args: &[&str] = if kills == 0 { &["run", "x.yaml"] } else { &["run", "x.yaml", "--resume"] };
        let mut child =
            project.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a start");
        let before = server.requests();
        while server.requests() == before && child.try_wait().expect("its state").is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(pause));
        // A run that ended by itself is no kill, and nothing is wrong with it.
        kills += usize::from(child.kill().is_ok());
        child.wait().expect("an end");
    }
    let last = project.proto(&["run", "x.yaml", "--resume"]);
    assert_eq!(last.code, 0, "{}\n{}", last.out, last.err);
    let total = 2 * CASES as i64;
    assert_eq!(project.count("SELECT count(*) FROM batches"), 1);
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE status = 'ok'"), total);
    assert_eq!(project.count("SELECT count(DISTINCT version || case_id) FROM runs"), total);
    assert_eq!(project.count("SELECT count(*) FROM scores WHERE status = 'scored'"), 2 * total);
    assert_eq!(project.text("PRAGMA integrity_check"), "ok");
    assert_eq!(project.text("SELECT status FROM batches"), "done");
    let twice = server.requests() as i64 - total;
    assert!(twice <= kills as i64 * (CONCURRENCY as i64 + 256 + 256), "{twice} answers were paid for twice");
}

#[test]
fn resuming_what_is_done_makes_nothing() {
    let server = Server::start(|request, _| Response::chat(&request.last_message(), 4, 2));
    let project = project(&server.url);
    project.ok(&["run", "x.yaml", "--first", "10"]);
    let before = server.requests();
    project.ok(&["run", "x.yaml", "--first", "10", "--resume"]);
    assert_eq!(server.requests(), before);
    assert_eq!(project.count("SELECT count(*) FROM batches"), 1);
}

#[test]
fn an_edited_expected_is_only_evaluated_again_and_an_edited_input_runs_again() {
    let server = Server::start(|request, _| Response::chat(&request.last_message(), 4, 2));
    let project = project(&server.url);
    project.write("cases.jsonl", "{\"id\": \"a\", \"q\": \"q1\", \"expected\": \"q1\"}\n{\"id\": \"b\", \"q\": \"q2\", \"expected\": \"x\"}\n");
    project.ok(&["run", "x.yaml"]);
    assert_eq!(server.requests(), 4);
    project.write("cases.jsonl", "{\"id\": \"a\", \"q\": \"q9\", \"expected\": \"q9\"}\n{\"id\": \"b\", \"q\": \"q2\", \"expected\": \"q2\"}\n");
    project.ok(&["run", "x.yaml", "--resume"]);
    assert_eq!(server.requests(), 6, "only the edited case runs again, once a version");
    let (_, report) = project.json(&["compare"]);
    let equals = &report["versions"][0]["metrics"]["equals"];
    assert_eq!((equals["value"].as_f64(), equals["n"].as_u64()), (Some(1.0), Some(2)), "{equals}");
}

#[test]
fn failed_runs_are_made_again_when_asked() {
    let server = Server::start(|request, number| {
        if number < 2 {
            Response::new(400, "{\"error\": {\"message\": \"bad\"}}")
        } else {
            Response::chat(&request.last_message(), 4, 2)
        }
    });
    let project = project(&server.url);
    let first = project.proto(&["run", "x.yaml", "--first", "10"]);
    assert_eq!(first.code, 4, "{}", first.err);
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE status = 'error'"), 2);
    project.ok(&["run", "x.yaml", "--first", "10", "--rerun-failed"]);
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE status = 'ok'"), 20);
    assert_eq!(server.requests(), 22);
}

#[test]
fn failed_runs_that_fail_again_stop_nothing() {
    let server = Server::start(|request, _| {
        // The first nine of the 24 cases.
        let question: u32 = request.last_message().trim_start_matches('q').parse().unwrap_or(0);
        if question < 9 {
            Response::new(400, "{\"error\": {\"message\": \"bad\"}}")
        } else {
            Response::chat(&request.last_message(), 4, 2)
        }
    });
    let project = project(&server.url);
    let lines: Vec<String> = (0..24)
        .rev()
        .map(|i| format!("{{\"id\": \"c{i}\", \"q\": \"q{i}\", \"expected\": \"q{i}\"}}"))
        .collect();
    project.write("cases.jsonl", lines.join("\n"));
    let failed = || project.count("SELECT count(*) FROM runs WHERE status = 'error'");
    assert_eq!(project.proto(&["run", "x.yaml"]).code, 4);
    assert_eq!(failed(), 18);
    let again = project.proto(&["run", "x.yaml", "--rerun-failed"]);
    assert_eq!((again.code, failed()), (4, 18), "{}", again.err);
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE status = 'not_run'"), 0);
}

/// What a command says that is interrupted, so often, once it is time.
fn interrupted(project: &Project, args: &[&str], times: usize, is_time: impl Fn() -> bool) -> Said {
    let command = &mut project.command(args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a start");
    let pid = i32::try_from(child.id()).expect("a process id");
    let pid = rustix::process::Pid::from_raw(pid).expect("a pid");
    while !is_time() {
        std::thread::sleep(Duration::from_millis(5));
    }
    for time in 0..times {
        std::thread::sleep(Duration::from_millis(if time == 0 { 0 } else { 100 }));
        rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("a signal");
    }
    let said = Said::of(child.wait_with_output().expect("an end"));
    assert_eq!(said.code, 130, "{}\n{}", said.out, said.err);
    said
}

/// Judges that are asked once a minute would keep the program that long.
#[test]
fn a_second_interrupt_ends_the_wait_for_judges_and_a_resume_asks_them() {
    let server = Server::start(|request, _| Response::chat(&request.last_message(), 4, 2));
    let project = project(&server.url);
    let file = format!(
        "project: p\nprompt: \"{{{{ q }}}}\"\ndataset: {{ path: cases.jsonl, id: id }}\n\
         providers: {{ mock: {{ type: openai, base_url: \"{0}/v1\", api_key_env: null }}, \
         slow: {{ type: openai, base_url: \"{0}/v1\", api_key_env: null, requests_per_minute: 1 }} }}\n\
         versions: {{ a: mock/one }}\nevaluators: [ {{ judge: good?, model: slow/j }} ]\n",
        server.url
    );
    project.write("j.yaml", file);
    // Five runs and the first question; the second goes a minute later.
    interrupted(&project, &["run", "j.yaml", "--first", "5"], 2, || server.requests() >= 6);
    assert_eq!(project.count("SELECT count(*) FROM runs"), 5);
    assert_eq!(project.text("SELECT status FROM batches"), "stopped");
    project.write(
        "j.yaml",
        std::fs::read_to_string(project.path("j.yaml")).expect("a file").replace("minute: 1", "minute: 9000"),
    );
    project.ok(&["run", "j.yaml", "--first", "5", "--resume"]);
    assert_eq!(project.count("SELECT count(*) FROM scores"), 5);
    assert!(
        (10..=11).contains(&server.requests()),
        "at most one question twice, and no run: {}",
        server.requests()
    );
}

#[test]
fn an_interrupt_finishes_what_is_in_flight_and_says_how_to_go_on() {
    let server = Server::start(|request, _| {
        Response::chat(&request.last_message(), 4, 2).after(Duration::from_millis(20))
    });
    let project = project(&server.url);
    let said = interrupted(&project, &["run", "x.yaml"], 1, || server.requests() >= 20);
    assert!(said.err.contains("proto run x.yaml --resume"), "{}", said.err);
    assert_eq!(project.count("SELECT count(*) FROM runs"), server.requests() as i64);
    assert_eq!(project.text("SELECT status FROM batches"), "stopped");
    project.ok(&["run", "x.yaml", "--resume"]);
    assert_eq!(server.requests(), 2 * CASES);
}

#[test]
fn a_resume_over_a_dataset_file_that_nobody_edited_scores_nothing_again() {
    let project = Project::new();
    project
        .write("cases.jsonl", "{\"q\": \"1\", \"expected\": \"x\"}\n{\"q\": \"2\", \"expected\": \"x\"}\n");
    project.write(
        "x.yaml",
        "project: p\nprompt: \"{{ q }}\"\ndataset: cases.jsonl\nversions: { a: sim/a }\nevaluators: [ equals ]\n",
    );
    project.ok(&["run", "x.yaml"]);
    let before = project.text("SELECT group_concat(run_id) FROM scores");
    let at = project.count("SELECT max(id) FROM run_row");
    let said = project.ok(&["run", "x.yaml", "--resume"]);
    assert!(!said.err.contains("scored again"), "{}", said.err);
    assert_eq!(project.text("SELECT group_concat(run_id) FROM scores"), before);
    assert_eq!(project.count("SELECT max(id) FROM run_row"), at, "no run was stored anew");
}
