//! Nothing secret: a key set to a known string is found nowhere after a run, a failed run and a 401 that echoes it.
use std::fs;

use proto::stores::{Place, RunFilter};

use crate::harness::{Project, Said, files, flat};
use crate::server::{Response, Server};

const KEY: &str = "sk-known-4f9ac1d27e";

fn experiment(url: &str) -> String {
    format!(
        "project: keys\nprompt: \"{{{{ q }}}}\"\ndataset: {{ cases: [ {{ id: a, q: one, expected: one }}, {{ id: b, q: two, expected: two }} ] }}\n\
         providers:\n  mine: {{ type: openai, base_url: \"{url}/v1\", api_key_env: MINE_KEY, headers: {{ x-extra: \"v-${{OTHER_KEY}}\" }} }}\n\
         versions: {{ v: mine/model }}\nevaluators: [ equals ]\nrun: {{ retries: {{ max: 0 }} }}\n"
    )
}

fn run(project: &Project, args: &[&str]) -> Said {
    let mut command = project.command(args);
    command.env("MINE_KEY", KEY).env("OTHER_KEY", "other-secret-value").env("RUST_BACKTRACE", "full");
    Said::of(command.output().expect("the program starts"))
}

fn found_nowhere(project: &Project, said: &[Said]) {
    for secret in [KEY, "other-secret-value"] {
        for said in said {
            assert!(!said.out.contains(secret) && !said.err.contains(secret), "{}\n{}", said.out, said.err);
        }
        for file in files(&project.path(".")) {
            let bytes = fs::read(&file).expect("a file");
            let here = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!here, "{} holds the secret", file.display());
        }
        for body in bodies(project) {
            assert!(
                !body.windows(secret.len()).any(|window| window == secret.as_bytes()),
                "a stored body holds it"
            );
        }
    }
}

/// Every request and reply as stored, decompressed.
fn bodies(project: &Project) -> Vec<Vec<u8>> {
    let store = Place::File(project.path(".proto/proto.db")).open(false).expect("a store");
    let filter = RunFilter { bodies: true, ..RunFilter::default() };
    let mut found = Vec::new();
    let mut each = |stored: proto::stores::StoredRun| {
        found.extend(stored.run.request.into_iter().chain(stored.run.reply));
        Ok(())
    };
    store.reader().expect("a reader").runs(&filter, &mut each).expect("the runs");
    assert!(!found.is_empty(), "there are bodies to look into");
    found
}

#[test]
fn a_key_is_sent_and_kept_nowhere() {
    let server = Server::start(|request, _| Response::chat(&request.last_message(), 3, 1));
    let project = Project::with("x.yaml", &experiment(&server.url));
    let said = [
        run(&project, &["run", "x.yaml"]),
        run(&project, &["compare", "--json"]),
        run(&project, &["trace", "--json"]),
        run(&project, &["runs", "--json"]),
        run(&project, &["doctor", "x.yaml"]),
    ];
    assert!(said.iter().all(|said| said.code == 0), "{said:?}");
    let seen = server.seen.lock().expect("requests");
    assert_eq!(seen[0].header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(seen[0].header("x-extra"), Some("v-other-secret-value"));
    found_nowhere(&project, &said);
}

#[test]
fn a_reply_that_echoes_the_key_is_scrubbed() {
    let server = Server::start(|request, _| {
        let echoed = request.header("authorization").unwrap_or_default().to_owned();
        let body = serde_json::json!({"error": {"message": format!("Incorrect API key provided: {echoed}"), "type": "auth"}});
        Response::new(401, &body).header("x-echo", &echoed)
    });
    let project = Project::with("x.yaml", &experiment(&server.url));
    let said = [
        run(&project, &["run", "x.yaml"]),
        run(&project, &["runs", "--json"]),
        run(&project, &["trace", "--json"]),
        run(&project, &["trace"]),
        run(&project, &["run", "x.yaml", "--json"]),
    ];
    assert_eq!(said[0].code, 3, "{}\n{}", said[0].out, said[0].err);
    assert!(said[0].err.contains("Incorrect API key provided: Bearer [redacted]"), "{}", said[0].err);
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE status <> 'not_run'"), 0);
    found_nowhere(&project, &said);
}

#[test]
fn a_failed_run_that_echoes_the_key_is_scrubbed() {
    let server = Server::start(|request, _| {
        let echoed = request.header("authorization").unwrap_or_default();
        Response::new(400, &serde_json::json!({"error": {"message": format!("bad request with {echoed}")}}))
    });
    let project = Project::with("x.yaml", &experiment(&server.url));
    let said =
        [run(&project, &["run", "x.yaml"]), run(&project, &["runs", "--json"]), run(&project, &["trace"])];
    assert_eq!(said[0].code, 4, "{}\n{}", said[0].out, said[0].err);
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE status = 'error'"), 2);
    found_nowhere(&project, &said);
}

#[test]
fn a_missing_key_is_said_before_anything_is_sent() {
    let server = Server::start(|_, _| Response::chat("x", 1, 1));
    let project = Project::with("x.yaml", &experiment(&server.url));
    let said = project.proto(&["run", "x.yaml"]);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("MINE_KEY") && said.err.contains("export MINE_KEY="), "{}", said.err);
    assert_eq!(server.requests(), 0);
}

#[test]
fn keys_that_sign_are_missed_while_planning() {
    let file = "project: keys\nprompt: \"{{ q }}\"\ndataset: { cases: [ { id: a, q: one } ] }\n\
                versions: { v: bedrock/a.m-v1:0 }\nevaluators: [ { contains: a } ]\n";
    let project = Project::with("x.yaml", file);
    let both = "`bedrock` needs the environment variable `AWS_BEARER_TOKEN_BEDROCK` (or `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`), which is not set";
    let planned = project.ok(&["plan", "x.yaml"]);
    assert!(flat(&planned.err).contains(both), "{}", planned.err);
    let said = project.proto(&["doctor", "x.yaml"]);
    assert!(said.code == 3 && flat(&said.out).contains(both), "{}", said.out);
    let said = project.proto(&["run", "x.yaml"]);
    assert!(said.code == 3 && said.err.contains(both), "{}", said.err);
    let mut half = project.command(&["plan", "x.yaml"]);
    let half = Said::of(half.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").output().expect("the program starts"));
    assert!(
        flat(&half.err).contains("needs the environment variable `AWS_SECRET_ACCESS_KEY`, which"),
        "{}",
        half.err
    );
}
