//! Thoughts in conversations: what a provider needs back is sent back, through a tool and into the next turn, by every
//! protocol, streamed or whole.
use serde_json::Value;

use crate::harness::{Project, repository};
use crate::server::{Request, Response, Server};

/// A protocol: its settings, its folder of fixtures, its replies without thoughts (whole and streamed), the ending of a
/// stream's fixture, what of a thought must go back.
pub struct Protocol {
    pub settings: &'static str,
    pub params: &'static str,
    folder: &'static str,
    plain: (&'static str, &'static str),
    ending: &'static str,
    secret: &'static str,
}

/// Chat completions come last: its thoughts are additions to OpenAI's protocol.
pub const PROTOCOLS: [Protocol; 6] = [
    Protocol {
        settings: "type: anthropic, version: \"2026-10-21\"",
        params: "max_tokens: 2048, thinking: { type: enabled, budget_tokens: 1024 }",
        folder: "anthropic",
        plain: ("reply.json", "reply.sse"),
        ending: "sse",
        secret: "EmwKAhgBEgy3va3==",
    },
    Protocol {
        settings: "type: openai, api: responses",
        params: "reasoning: { effort: low }",
        folder: "responses",
        plain: ("reply_1.json", "reply.sse"),
        ending: "sse",
        secret: "gAAAAABo",
    },
    Protocol {
        settings: "type: gemini",
        params: "thinking_config: { includeThoughts: true }",
        folder: "gemini",
        plain: ("reply_1.json", "reply.sse"),
        ending: "sse",
        secret: "CiEBAcR==",
    },
    Protocol {
        settings: "type: bedrock, region: eu-central-1",
        params: "max_tokens: 2048, thinking: { type: enabled, budget_tokens: 1024 }",
        folder: "bedrock",
        plain: ("reply_1.json", "reply.bin"),
        ending: "bin",
        secret: "EqQBCkYIARgCKkBh==",
    },
    Protocol {
        settings: "type: ollama",
        params: "think: true",
        folder: "ollama",
        plain: ("reply_1.json", "reply.jsonl"),
        ending: "jsonl",
        secret: "I look it up.",
    },
    Protocol {
        settings: "type: openrouter",
        params: "max_tokens: 2048",
        folder: "openai",
        plain: ("reply.json", "reply.sse"),
        ending: "sse",
        secret: "EmwK==",
    },
];

/// Answers each protocol's first call with a thought and tool calls, every later one plainly.
pub fn server() -> Server {
    Server::start(|request, _| {
        let protocol =
            PROTOCOLS.iter().find(|protocol| protocol.is_spoken_at(&request.path)).expect("a protocol");
        let is_stream = request.path.contains("stream") || request.json()["stream"] == Value::Bool(true);
        let thought = ["reply_thought.json".to_owned(), format!("reply_thought.{}", protocol.ending)];
        let name = match (request.body.contains("sunny"), is_stream) {
            (false, _) => &*thought[usize::from(is_stream)],
            (true, false) => protocol.plain.0,
            (true, true) => protocol.plain.1,
        };
        let file = repository().join("fixtures/providers").join(protocol.folder).join(name);
        Response::bytes(200, std::fs::read(file).expect("a fixture"))
    })
}

impl Protocol {
    fn is_spoken_at(&self, path: &str) -> bool {
        let end = match self.folder {
            "anthropic" => "/messages",
            "responses" => "/responses",
            "gemini" => "enerateContent",
            "bedrock" => "/converse",
            "ollama" => "/api/chat",
            _ => "/chat/completions",
        };
        path.contains(end)
    }
}

/// Every protocol, whole and streamed: a tool that is answered, and a second turn of the person.
pub fn file(url: &str, protocols: &[Protocol], key: &str) -> String {
    let (mut providers, mut versions) = (String::new(), String::new());
    for (index, Protocol { settings, params, folder, .. }) in protocols.iter().enumerate() {
        let path = if ["anthropic", "responses", "openai"].contains(folder) { "/v1" } else { "" };
        providers +=
            &format!("  p{index}: {{ {settings}, api_key_env: {key}, base_url: \"{url}{path}\" }}\n");
        for (stream, name) in [(false, "whole"), (true, "stream")] {
            versions += &format!(
                "  {folder}-{name}: {{ model: p{index}/m, stream: {stream}, params: {{ {params} }} }}\n"
            );
        }
    }
    format!(
        "project: p\nbase:\n  messages: [ {{ turns: said }} ]\n  tools:\n    - name: get_weather\n\
         \x20     parameters: {{ type: object, properties: {{ city: {{ type: string }} }} }}\n      mock: sunny\n\
         dataset: {{ cases: [ {{ id: a, said: [ WEATHER, And now? ] }} ] }}\n\
         evaluators: [ {{ contains: a }} ]\nproviders:\n{providers}versions:\n{versions}"
    )
}

/// Checks the runs of that file: three calls each, the thought in the last one still.
pub fn check(project: &Project, server: &Server, protocols: &[Protocol]) {
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE status <> 'ok'"), 0);
    let calls = "SELECT count(*) FROM spans WHERE name = 'chat m'";
    assert_eq!(project.count(calls), i64::try_from(protocols.len() * 2 * 3).expect("few"));
    let seen: Vec<Request> = server.seen.lock().expect("requests").clone();
    for protocol in protocols {
        let last =
            |request: &&Request| protocol.is_spoken_at(&request.path) && request.body.contains("And now?");
        let last: Vec<&Request> = seen.iter().filter(last).collect();
        assert_eq!(last.len(), 2, "{}", protocol.folder);
        for request in last {
            assert!(request.body.contains(protocol.secret), "{}: {}", protocol.folder, request.body);
        }
    }
}

#[test]
fn thoughts_go_back_through_tools_and_turns_and_are_seen_in_traces() {
    let server = server();
    let project = Project::with("x.yaml", &file(&server.url, &PROTOCOLS, "null"));
    project.ok(&["run", "x.yaml"]);
    check(&project, &server, &PROTOCOLS);
    let spans = "SELECT count(*) FROM spans s, json_each(s.attributes ->> '$.\"gen_ai.output.messages\"', '$[0].parts') p \
                 WHERE s.name = 'chat m' AND p.value ->> 'type' = 'reasoning' AND p.value ->> 'content' = 'I look it up.'";
    assert_eq!(project.count(spans), 12, "one in the first answer of each run");
    let trace = project.ok(&["trace", "--version", "anthropic-whole"]).out;
    let said = "[assistant]\nthought I look it up.\nthought (hidden)\nLet me look.\nthought (hidden)\ntool call get_weather";
    assert!(trace.contains(said), "{trace}");
}
