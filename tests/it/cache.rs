//! Stored answers: off unless asked for, exact, marked, free to use again, and forgotten on demand.
use crate::harness::{Project, Said};
use crate::server::{Response, Server};

fn project(url: &str) -> Project {
    let project = Project::new();
    let rows: Vec<String> =
        (0..20).map(|i| format!("{{\"id\": \"c{i}\", \"q\": \"q{i}\", \"expected\": \"q{i}\"}}")).collect();
    project.write("cases.jsonl", rows.join("\n"));
    let file = format!(
        "project: p\nprompt: \"{{{{ q }}}}\"\ndataset: {{ path: cases.jsonl, id: id }}\n\
         providers: {{ mock: {{ type: openai, base_url: \"{url}/v1\", api_key_env: null }} }}\n\
         versions: {{ a: mock/one, b: {{ model: mock/two, params: {{ temperature: 0 }} }} }}\nevaluators: [ equals ]\n\
         pricing: {{ mock/*: {{ input: 1, output: 2 }} }}\n"
    );
    project.write("x.yaml", file);
    project
}

#[test]
fn an_answer_is_paid_for_once_and_only_what_changed_is_asked_again() {
    let server = Server::start(|request, _| Response::chat(&request.last_message(), 20, 40));
    let project = project(&server.url);
    project.ok(&["run", "x.yaml"]);
    project.ok(&["run", "x.yaml"]);
    assert_eq!(server.requests(), 80, "off by default");
    project.ok(&["run", "x.yaml", "--cache", "write"]);
    project.ok(&["run", "x.yaml", "--cache", "write"]);
    assert_eq!(server.requests(), 160, "writing does not read");
    assert!(project.ok(&["cache"]).out.starts_with("40 stored answers"));

    let (_, plan) = project.json(&["plan", "x.yaml", "--cache", "read"]);
    assert_eq!((&plan["versions"][0]["cached"], &plan["versions"][1]["cached"]), (&20.into(), &20.into()));
    assert!(
        project.ok(&["plan", "x.yaml", "--cache", "read"]).out.contains("40 of 40 runs come from the cache")
    );
    let (_, ran) = project.json(&["run", "x.yaml", "--cache", "read", "--budget-usd", "0"]);
    assert_eq!((server.requests(), &ran["runs"]["cached"]), (160, &40.into()));
    let latest = "batch_id = (SELECT batch_id FROM batches ORDER BY started_at DESC LIMIT 1)";
    let of_latest = |what: &str| project.count(&format!("SELECT {what} FROM runs WHERE {latest}"));
    assert_eq!(of_latest("count(*) FILTER (WHERE cache_hit AND spent_usd = 0 AND latency_s > 0)"), 40);
    assert_eq!(of_latest("CAST(round(sum(cost_usd) * 1e6) AS INTEGER)"), 4000, "what the answers cost");
    assert!(ran["report"]["caveats"].to_string().contains("\"cached\""), "{}", ran["report"]["caveats"]);

    let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    project.write("x.yaml", file.replace("temperature: 0", "temperature: 1"));
    project.ok(&["run", "x.yaml", "--cache", "read_write"]);
    assert_eq!(server.requests(), 180, "only the edited version is asked");
    project.ok(&["run", "x.yaml", "--cache", "read", "--repeats", "2"]);
    assert_eq!(server.requests(), 220, "another repeat is another answer");
    assert!(project.ok(&["cache", "clear"]).out.starts_with("60 stored answers forgotten"));
    project.ok(&["run", "x.yaml", "--cache", "read"]);
    assert_eq!(server.requests(), 260);
}

#[test]
fn only_good_answers_are_kept() {
    let server = Server::start(|_, _| Response::new(400, "{\"error\": {\"message\": \"bad\"}}"));
    let project = project(&server.url);
    project.proto(&["run", "x.yaml", "--cache", "read_write"]);
    assert!(project.ok(&["cache"]).out.starts_with("0 stored answers"));
}

#[test]
fn another_region_is_another_answer_and_another_key_is_not() {
    let answer =
        serde_json::json!({"output": {"message": {"content": [{"text": "x"}]}}, "stopReason": "end_turn"});
    let server = Server::start(move |_, _| Response::new(200, &answer));
    let file = format!(
        "project: p\nprompt: \"{{{{ q }}}}\"\ndataset: {{ cases: [ {{ id: a, q: one, expected: x }} ] }}\n\
         providers: {{ bedrock: {{ base_url: \"{}/${{AWS_REGION}}\" }} }}\n\
         versions: {{ v: bedrock/m }}\nevaluators: [ equals ]\nrun: {{ cache: read_write }}\n",
        server.url
    );
    let project = Project::with("x.yaml", &file);
    let said = |region: &str, key: &str, args: &[&str]| {
        let mut command = project.command(args);
        command.env("AWS_REGION", region).env("AWS_BEARER_TOKEN_BEDROCK", key);
        let said = Said::of(command.output().expect("the program starts"));
        assert_eq!(said.code, 0, "{}", said.err);
        said.out
    };
    let run = ["run", "x.yaml"];
    for (region, key, requests) in
        [("eu-west-1", "first-key", 1), ("eu-west-1", "second-key", 1), ("us-east-1", "first-key", 2)]
    {
        said(region, key, &run);
        assert_eq!(server.requests(), requests, "{region} {key}");
    }
    assert!(server.seen.lock().expect("requests")[1].path.starts_with("/us-east-1/model/m/"));
    let spared = |region| said(region, "first-key", &["plan", "x.yaml"]).contains("1 of 1 run come");
    assert!(spared("us-east-1"), "{}", said("us-east-1", "first-key", &["plan", "x.yaml"]));
    assert!(!spared("ap-south-1"));
}
