//! Every row that speaks an API against what the vendors' own clients send (`fixtures/providers/bodies`): a text, a
//! stream, a tool, a schema, an image, reasoning.
use serde_json::{Value, json};

use crate::domain::{Attachment, AttachmentKind, Message, Part, Role, Version};

use super::{PROVIDERS, ProviderKind, sample};

/// What is asked for.
const KINDS: [&str; 6] = ["text", "stream", "tools", "schema", "image", "reasoning"];

/// The bodies of a protocol by their kind, the model they name, and the parameters of each kind.
struct Protocol {
    bodies: &'static str,
    model: &'static str,
    params: fn(&str) -> Value,
}

macro_rules! protocol {
    ($name:literal, $model:literal, $params:expr) => {
        Protocol {
            bodies: include_str!(concat!("../../fixtures/providers/bodies/", $name, ".json")),
            model: $model,
            params: $params,
        }
    };
}

fn none(_: &str) -> Value {
    json!({})
}

fn thinking(kind: &str, otherwise: Value) -> Value {
    let thinks = json!({"max_tokens": 2048, "thinking": {"type": "enabled", "budget_tokens": 1024}});
    if kind == "reasoning" { thinks } else { otherwise }
}

/// The protocol of a row.
fn protocol(row: &str, responses: bool) -> Protocol {
    match row {
        _ if responses => protocol!("responses", "gpt-4o-mini", |kind| match kind {
            "reasoning" => json!({"reasoning": {"effort": "low"}, "max_output_tokens": 64}),
            _ => none(kind),
        }),
        "anthropic" => {
            protocol!("anthropic", "claude-sonnet-5-5", |kind| thinking(kind, json!({"max_tokens": 64})))
        }
        "bedrock" => {
            protocol!("bedrock", "anthropic.claude-3-haiku-20240307-v1:0", |kind| thinking(kind, none(kind)))
        }
        "gemini" => protocol!("gemini", "gemini-2.5-flash", |kind| match kind {
            "reasoning" => json!({"thinking_config": {"includeThoughts": true, "thinkingBudget": 1024}}),
            _ => none(kind),
        }),
        "ollama" => protocol!("ollama", "llama3", |kind| match kind {
            "reasoning" => json!({"think": true}),
            _ => none(kind),
        }),
        _ => protocol!("openai", "gpt-4o-mini", |kind| match kind {
            "reasoning" => json!({"reasoning_effort": "low", "max_completion_tokens": 64}),
            _ => none(kind),
        }),
    }
}

/// A version and what is said to it.
fn asked(row: &str, protocol: &Protocol, kind: &str) -> (Version, Message) {
    let mut version = sample::model(row, protocol.model);
    version.params = sample::map((protocol.params)(kind));
    version.stream = kind == "stream";
    let text = match kind {
        "tools" => {
            version.tools = vec![sample::weather().0];
            "WEATHER"
        }
        "schema" => {
            version.response_schema = Some(sample::schema());
            "JSON"
        }
        "image" => "IMAGE",
        "reasoning" => "REASON",
        _ => "What is 2+2? Ünïcödé ✓",
    };
    let mut message = Message::text(Role::User, text);
    if kind == "image" {
        let image = Attachment::of(AttachmentKind::Image, "a.png", "image/png", b"PNG".to_vec());
        message.parts.push(Part::Attachment(image));
    }
    (version, message)
}

/// A client's body without what it says twice: empty objects and lists; Google's, spelt as its documents spell it.
fn plain(bodies: &str) -> Value {
    let camel = [
        ("parameters_json_schema", "parametersJsonSchema"),
        ("mime_type", "mimeType"),
        ("include_thoughts", "includeThoughts"),
        ("thinking_budget", "thinkingBudget"),
    ];
    let text = camel.iter().fold(bodies.to_owned(), |text, (snake, camel)| text.replace(snake, camel));
    let mut all: Value = serde_json::from_str(&text).unwrap();
    for body in all.as_object_mut().unwrap().values_mut() {
        body.as_object_mut().unwrap().retain(|_, value| *value != json!({}) && *value != json!([]));
    }
    all
}

/// What a service is known to be sent otherwise.
fn told_otherwise(row: &str, kind: &str, body: &mut Value) {
    let body = body.as_object_mut().unwrap();
    match (row, kind) {
        ("mistral" | "fireworks", "stream") => drop(body.remove("stream_options")),
        ("deepseek", "schema") => drop(body.insert("response_format".into(), json!({"type": "json_object"}))),
        _ => {}
    }
}

#[test]
fn every_row_sends_what_the_vendors_client_sends() {
    let mut checked = 0;
    for row in PROVIDERS.rows.iter().filter(|row| row.make.kind == ProviderKind::Api) {
        for responses in [false, true] {
            let mut endpoint = sample::endpoint(row.name);
            endpoint.base_url = Some("http://h/v1".into());
            if responses {
                if !row.keys.iter().any(|key| key.name == "api") {
                    continue;
                }
                endpoint.options.insert("api".into(), json!("responses"));
            }
            let (provider, protocol) = ((row.make.make)(&endpoint).unwrap(), protocol(row.name, responses));
            let bodies = plain(protocol.bodies);
            for kind in KINDS {
                let (version, message) = asked(row.name, &protocol, kind);
                let mut wanted = bodies[kind].clone();
                if !responses {
                    told_otherwise(row.name, kind, &mut wanted);
                }
                let sent = sample::http(&*provider, &version, &[message]).body;
                let sent: Value = serde_json::from_slice(&sent).unwrap();
                assert_eq!(sent, wanted, "{}, {kind}, responses: {responses}", row.name);
                checked += 1;
            }
        }
    }
    assert_eq!(checked, (4 + 2 * 13) * 6, "every row, and the second protocol of those that have it");
}
