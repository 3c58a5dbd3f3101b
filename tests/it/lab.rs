//! Against third-party servers, where their scripts are at hand: `PROTO_LAB` names the folder that holds them. Without
//! it, and where a server cannot be started, these tests say so and end. Each server is stopped when its test ends.
#![expect(clippy::print_stdout, reason = "a skipped test says so")]
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::harness::{Project, repository};
use crate::thoughts;

/// One server of the lab.
struct Server {
    script: PathBuf,
    port: u16,
}

impl Server {
    /// Starts it on a free port; says why not. Only what the script prints is dropped: a server would hold a pipe open.
    fn start(name: &str, variables: &[(&str, String)]) -> Option<Self> {
        let Some(lab) = std::env::var_os("PROTO_LAB").filter(|lab| !lab.is_empty()) else {
            println!("skipped: PROTO_LAB names no folder of servers");
            return None;
        };
        let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let server = Self { script: PathBuf::from(lab).join(format!("{name}.sh")), port: free };
        if server.says("start", variables) {
            return Some(server);
        }
        println!(
            "skipped: {} does not start (not installed, or no network to install it from)",
            server.script.display()
        );
        None
    }

    fn says(&self, verb: &str, variables: &[(&str, String)]) -> bool {
        // What installs itself at its start may hang where the network does.
        let mut command = Command::new("timeout");
        command.args(["120", "bash"]).arg(&self.script).arg(verb).arg(self.port.to_string());
        command.envs(variables.iter().map(|(name, value)| (*name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.says("stop", &[]);
    }
}

/// A provider of one type with its settings, whether its address ends in `/v1`, parameters worth checking.
struct Adapter {
    settings: &'static str,
    v1: bool,
    params: &'static str,
}

const fn adapter(settings: &'static str, v1: bool, params: &'static str) -> Adapter {
    Adapter { settings, v1, params }
}

/// Every way a body is written.
const ADAPTERS: [Adapter; 10] = [
    adapter(
        "type: openai, api_key_env: LAB_API_KEY",
        true,
        "temperature: 0.2, seed: 7, stop: [END], max_completion_tokens: 64, reasoning_effort: low",
    ),
    adapter(
        "type: openai, api_key_env: LAB_API_KEY, api: responses",
        true,
        "temperature: 0.2, max_output_tokens: 64, reasoning: { effort: low }",
    ),
    adapter(
        "type: anthropic, api_key_env: LAB_API_KEY, version: \"2023-06-01\"",
        true,
        "max_tokens: 64, temperature: 0.2, top_k: 5",
    ),
    adapter(
        "type: anthropic, api_key_env: LAB_API_KEY, version: \"2026-10-21\"",
        true,
        "max_tokens: 2000, thinking: { type: enabled, budget_tokens: 1024 }",
    ),
    adapter(
        "type: gemini, api_key_env: LAB_API_KEY",
        false,
        "temperature: 0.2, top_p: 0.9, max_tokens: 64, stop: END, seed: 7",
    ),
    adapter(
        "type: azure-openai, api_key_env: LAB_API_KEY, api_version: \"2024-10-21\"",
        false,
        "max_tokens: 64",
    ),
    adapter("type: bedrock, api_key_env: LAB_API_KEY", false, "temperature: 0.2, max_tokens: 64, stop: END"),
    // Signed by the pair of keys, which the server knows too.
    adapter("type: bedrock, region: eu-central-1", false, "temperature: 0.2, max_tokens: 64"),
    adapter("type: bedrock", false, "max_tokens: 64"),
    adapter(
        "type: ollama, api_key_env: LAB_API_KEY",
        false,
        "temperature: 0.2, max_tokens: 64, seed: 7, think: true",
    ),
];

const SCHEMA: &str = "response_schema: { type: object, properties: { label: { type: string } }, required: [label], additionalProperties: false }";
const TOOLS: &str =
    "tools: [ { name: get_weather, parameters: { type: object, properties: { city: { type: string } } } } ]";

/// A message with an image, and with a file where the API takes it.
fn image(settings: &str) -> String {
    let file = if settings.contains("ollama") { "" } else { ", { file: terms.pdf }" };
    format!(", messages: [ {{ user: [ {{ text: \"{{{{ q }}}}\" }}, {{ image: dot.png }}{file} ] }} ]")
}

/// The experiment file: every adapter, whole and streamed, plain, with a schema, with a tool and with an image.
fn every_body(gate: &str) -> String {
    let (mut providers, mut versions) = (String::new(), String::new());
    for (index, Adapter { settings, v1, params }) in ADAPTERS.iter().enumerate() {
        let path = if *v1 { "/v1" } else { "" };
        providers += &format!("  p{index}: {{ {settings}, base_url: \"{gate}{path}\" }}\n");
        // A model's id of Bedrock's holds a colon, which is signed encoded twice.
        let model = if settings.contains("bedrock") { "a.m-v1:0" } else { "m" };
        for (stream, name) in [(false, "whole"), (true, "stream")] {
            for (what, more) in [
                ("text", String::new()),
                ("schema", format!(", {SCHEMA}")),
                ("tools", format!(", {TOOLS}")),
                ("image", image(settings)),
            ] {
                versions += &format!(
                    "  v{index}-{name}-{what}: {{ model: \"p{index}/{model}\", stream: {stream}, params: {{ {params} }}{more} }}\n"
                );
            }
        }
    }
    format!(
        "project: lab\nbase: {{ messages: [ {{ system: Be terse. }}, {{ user: \"{{{{ q }}}}\" }} ] }}\n\
         dataset: {{ cases: [ {{ id: a, q: hello }}, {{ id: b, q: USAGE }}, {{ id: c, q: WEATHER }} ] }}\n\
         evaluators: [ {{ contains: a }} ]\nproviders:\n{providers}versions:\n{versions}"
    )
}

/// Runs the file; every run must be `ok`.
fn all_ok(file: &str, runs: usize) -> Project {
    let project = Project::with("x.yaml", file);
    let fixtures = repository().join("fixtures/right/photos");
    for name in ["dot.png", "terms.pdf"] {
        project.write(name, std::fs::read(fixtures.join(name)).expect("a fixture"));
    }
    let mut command = project.command(&["run", "x.yaml"]);
    command.env("LAB_API_KEY", "sk-lab").env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    command.env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let said = command.output().expect("the program starts");
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let failed = project.proto(&["runs", "--status", "error"]);
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE status <> 'ok'"), 0, "{said}\n{}", failed.out);
    assert_eq!(project.count("SELECT count(*) FROM runs"), i64::try_from(runs).expect("few"));
    project
}

#[test]
fn every_body_of_every_adapter_is_accepted_and_every_answer_read() {
    let Some(mock) = Server::start("aimock", &[]) else { return };
    let Some(gate) = Server::start("contract-gate", &[("UPSTREAM", mock.url())]) else { return };
    let project = all_ok(&every_body(&gate.url()), ADAPTERS.len() * 8 * 3);
    let called = project.count("SELECT count(*) FROM runs WHERE finish_reason = 'tool_calls'");
    assert_eq!(called, i64::try_from(ADAPTERS.len() * 8).expect("few"), "a tool call comes from each");
    let untimed = "SELECT count(*) FROM runs WHERE version LIKE '%-stream-%' AND ttft_s IS NULL";
    assert_eq!(project.count(untimed), 0, "each stream has a time to its first token");
}

#[test]
fn thoughts_that_go_back_are_as_each_provider_takes_them() {
    let server = thoughts::server();
    let Some(gate) = Server::start("contract-gate", &[("UPSTREAM", server.url.clone())]) else { return };
    // Those of chat completions are other services' additions, which OpenAI's own types do not know.
    let protocols = &thoughts::PROTOCOLS[..5];
    let project = all_ok(&thoughts::file(&gate.url(), protocols, "LAB_API_KEY"), 10);
    thoughts::check(&project, &server, protocols);
}

#[test]
fn a_real_model_answers_in_each_protocol_its_server_speaks() {
    // Its weights are random: at temperature 0 it at least says the same each time.
    let Some(model) = Server::start("tiny-llm", &[]) else { return };
    let url = model.url();
    let file = format!(
        "project: lab\nprompt: \"{{{{ q }}}}\"\ndataset: {{ cases: [ {{ id: a, q: hello }}, {{ id: b, q: more }} ] }}\n\
         evaluators: [ {{ contains: a }} ]\nproviders:\n\
         \x20 chat: {{ type: openai, base_url: \"{url}/v1\", api_key_env: null }}\n\
         \x20 responses: {{ type: openai, base_url: \"{url}/v1\", api_key_env: null, api: responses }}\n\
         \x20 messages: {{ type: anthropic, base_url: \"{url}\", api_key_env: null, version: \"2023-06-01\" }}\nversions:\n\
         \x20 a: {{ model: chat/t, params: {{ temperature: 0, max_tokens: 5 }} }}\n\
         \x20 b: {{ model: chat/t, stream: true, params: {{ temperature: 0, max_tokens: 5 }} }}\n\
         \x20 c: {{ model: responses/t, params: {{ temperature: 0, max_output_tokens: 5 }} }}\n\
         \x20 d: {{ model: responses/t, stream: true, params: {{ temperature: 0, max_output_tokens: 5 }} }}\n\
         \x20 e: {{ model: messages/t, params: {{ temperature: 0, max_tokens: 5 }} }}\n\
         \x20 f: {{ model: messages/t, stream: true, params: {{ temperature: 0, max_tokens: 5 }} }}\n"
    );
    let project = all_ok(&file, 12);
    let counted = "SELECT count(*) FROM runs WHERE output_tokens BETWEEN 1 AND 5";
    assert_eq!(project.count(counted), 12, "its counts are read");
}

#[test]
fn the_vendors_own_schema_finds_nothing_wrong_with_our_bodies() {
    let Some(model) = Server::start("tiny-llm", &[]) else { return };
    let upstream = format!("{}/v1", model.url());
    let Some(judge) = Server::start("prism-openai", &[("UPSTREAM", upstream)]) else { return };
    let url = judge.url();
    // It compiles the schema at its first calls, for half a minute.
    let file = format!(
        "project: lab\nbase: {{ messages: [ {{ system: Be terse. }}, {{ user: \"{{{{ q }}}}\" }} ] }}\n\
         dataset: {{ cases: [ {{ id: a, q: hello }}, {{ id: b, q: more }} ] }}\nevaluators: [ {{ contains: a }} ]\nproviders:\n\
         \x20 chat: {{ type: openai, base_url: \"{url}\", api_key_env: LAB_API_KEY }}\n\
         \x20 responses: {{ type: openai, base_url: \"{url}\", api_key_env: LAB_API_KEY, api: responses }}\nversions:\n\
         \x20 a: {{ model: chat/t, params: {{ temperature: 0, max_tokens: 5 }} }}\n\
         \x20 b: {{ model: chat/t, stream: true, params: {{ temperature: 0, max_tokens: 5 }} }}\n\
         \x20 c: {{ model: responses/t, params: {{ temperature: 0, max_output_tokens: 16 }} }}\n\
         \x20 d: {{ model: responses/t, stream: true, params: {{ temperature: 0, max_output_tokens: 16 }} }}\n\
         run: {{ timeout: 5m }}\n"
    );
    all_ok(&file, 8);
    // Its verdicts are in its log, which its script keeps below `LAB`.
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/proto-servers");
    let lab = std::env::var_os("LAB").map_or_else(home, PathBuf::from);
    let log = lab.join(format!("logs/prism-{}.log", judge.port));
    let log = std::fs::read_to_string(&log).expect("the log of the server");
    assert!(log.contains("/chat/completions") && log.contains("/responses"), "{log}");
    let wrong: Vec<&str> = log.lines().filter(|line| line.contains("Violation: request")).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
