//! Stored answers: off unless asked for, exact, marked, free to use again, and forgotten on demand.
use crate::harness::Project;
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
