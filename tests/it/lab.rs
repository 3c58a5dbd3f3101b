//! Against third-party servers, where somebody started them: `PROTO_LAB_GATE` is the address of a server that checks every
//! request body by the vendors' own types and passes it on to a mock of them all. Without it these tests say so and end.
use crate::harness::Project;

/// Provider, its extra settings, whether its address ends in `/v1`, parameters worth checking.
const ADAPTERS: [(&str, &str, bool, &str); 7] = [
    ("openai", "", true, "temperature: 0.2, seed: 7, stop: [END], max_completion_tokens: 64"),
    (
        "openai",
        ", api: responses",
        true,
        "temperature: 0.2, max_output_tokens: 64, reasoning: { effort: low }",
    ),
    (
        "anthropic",
        ", version: \"2026-10-21\"",
        true,
        "max_tokens: 2000, thinking: { type: enabled, budget_tokens: 1024 }",
    ),
    ("gemini", "", false, "temperature: 0.2, top_p: 0.9, max_tokens: 64, stop: END, seed: 7"),
    ("azure-openai", ", api_version: \"2024-10-21\"", false, "max_tokens: 64"),
    ("bedrock", "", false, "temperature: 0.2, max_tokens: 64, stop: END"),
    ("ollama", "", false, "temperature: 0.2, max_tokens: 64, seed: 7, think: true"),
];

#[test]
fn every_body_of_every_adapter_is_accepted_and_every_answer_read() {
    let Ok(gate) = std::env::var("PROTO_LAB_GATE") else {
        #[expect(clippy::print_stdout, reason = "a skipped test says so")]
        {
            println!("skipped: PROTO_LAB_GATE names no server");
        }
        return;
    };
    let schema = "response_schema: { type: object, properties: { label: { type: string } }, required: [label], additionalProperties: false }";
    let tools = "tools: [ { name: get_weather, parameters: { type: object, properties: { city: { type: string } } } } ]";
    let (mut providers, mut versions) = (String::new(), String::new());
    for (index, (kind, settings, v1, params)) in ADAPTERS.iter().enumerate() {
        let path = if *v1 { "/v1" } else { "" };
        providers += &format!(
            "  p{index}: {{ type: {kind}, base_url: \"{gate}{path}\", api_key_env: LAB_API_KEY{settings} }}\n"
        );
        for (stream, name) in [(false, "whole"), (true, "stream")] {
            for (what, more) in [("text", ""), ("schema", schema), ("tools", tools)] {
                let comma = if more.is_empty() { "" } else { ", " };
                versions += &format!(
                    "  v{index}-{name}-{what}: {{ model: p{index}/m, stream: {stream}, params: {{ {params} }}{comma}{more} }}\n"
                );
            }
        }
    }
    let file = format!(
        "project: lab\nbase: {{ messages: [ {{ system: Be terse. }}, {{ user: \"{{{{ q }}}}\" }} ] }}\n\
         dataset: {{ cases: [ {{ id: a, q: hello }}, {{ id: b, q: USAGE }}, {{ id: c, q: WEATHER }} ] }}\n\
         evaluators: [ {{ contains: a }} ]\nproviders:\n{providers}versions:\n{versions}"
    );
    let project = Project::with("x.yaml", &file);
    let said = project
        .command(&["run", "x.yaml"])
        .env("LAB_API_KEY", "sk-lab")
        .output()
        .expect("the program starts");
    let refused = project.count("SELECT count(*) FROM runs WHERE status <> 'ok'");
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert_eq!(refused, 0, "{said}");
    let (runs, calls) = (ADAPTERS.len() * 6 * 3, ADAPTERS.len() * 6);
    assert_eq!(project.count("SELECT count(*) FROM runs"), i64::try_from(runs).expect("few"));
    let called = project.count("SELECT count(*) FROM runs WHERE finish_reason = 'tool_calls'");
    assert_eq!(called, i64::try_from(calls).expect("few"), "a tool call comes from each");
}
