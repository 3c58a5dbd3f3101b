//! Version -> closure, hash and signature hash. Pure.
use serde_json::{Value, json};

use super::SCHEMA;
use super::signature::signature;
use crate::domain::{
    Command, Digest, FixedFile, HttpTarget, Map, MessageTemplate, Target, ToolSpec, Version,
};
use crate::template::ENGINE_ID;

/// Fills `closure`, `hash` and `signature_hash` from everything else. Line ends of messages and includes become LF
/// first, so that what is hashed is what is sent.
pub fn seal(version: &mut Version) {
    let texts = version.messages.iter_mut().map(|message| &mut message.text);
    for text in texts.chain(version.includes.iter_mut().map(|(_, text)| text)) {
        if text.contains('\r') {
            *text = text.replace("\r\n", "\n").replace('\r', "\n");
        }
    }
    version.closure = closure(version);
    version.hash = Digest::of_json(&version.closure);
    version.signature_hash = Digest::of_json(&signature(version));
}

fn closure(version: &Version) -> Value {
    let mut map = Map::new();
    let mut put = |key: &str, value: Value| map.insert(key.to_owned(), value);
    put("schema", json!(SCHEMA));
    put("engine", json!(ENGINE_ID));
    if !version.messages.is_empty() {
        let messages = version.messages.iter();
        let message = |message: &MessageTemplate| match message.kind.name() {
            None => json!({"role": message.role.name(), "text": message.text}),
            Some(kind) => match &message.fixed {
                Some(FixedFile { digest, media_type }) => {
                    json!({ kind: {"content": digest.to_string(), "media_type": media_type} })
                }
                None => json!({ kind: message.text }),
            },
        };
        put("messages", messages.map(message).collect());
    }
    if !version.includes.is_empty() {
        put("includes", texts(&version.includes));
    }
    match &version.target {
        Target::Model { provider, model } => {
            put("provider", json!(provider));
            put("model", json!(model));
        }
        Target::Command(target) => {
            put("command", command(target));
        }
        Target::Http(target) => {
            put("http", http(target));
        }
        Target::Replay { digest, .. } => {
            put("replay", json!({"content": digest.to_string()}));
        }
    }
    if !version.params.is_empty() {
        put("params", Value::Object(version.params.clone()));
    }
    if !version.tools.is_empty() {
        put("tools", version.tools.iter().map(tool).collect());
        put("max_turns", json!(version.max_turns));
    }
    if let Some(choice) = &version.tool_choice {
        put("tool_choice", choice.clone());
    }
    if let Some(schema) = &version.response_schema {
        put("response_schema", schema.clone());
    }
    if version.stream {
        put("stream", json!(true));
    }
    Value::Object(map)
}

fn tool(tool: &ToolSpec) -> Value {
    let mut map = Map::from_iter([("name".to_owned(), json!(tool.name))]);
    if let Some(description) = &tool.description {
        map.insert("description".to_owned(), json!(description));
    }
    map.insert("parameters".to_owned(), tool.parameters.clone());
    if let Some(mock) = &tool.mock {
        map.insert("mock".to_owned(), mock.clone());
    }
    Value::Object(map)
}

fn command(command: &Command) -> Value {
    let mut map = Map::from_iter([("argv".to_owned(), json!(command.argv))]);
    if !command.env.is_empty() {
        map.insert("env".to_owned(), texts(&command.env));
    }
    if !command.files.is_empty() {
        let files = command.files.iter().map(|(name, digest)| (name.clone(), json!(digest.to_string())));
        map.insert("files".to_owned(), Value::Object(files.collect()));
    }
    if command.persistent {
        map.insert("persistent".to_owned(), json!(true));
    }
    Value::Object(map)
}

fn http(http: &HttpTarget) -> Value {
    let mut map = Map::new();
    map.insert("url".to_owned(), json!(http.url));
    map.insert("method".to_owned(), json!(http.method));
    if !http.headers.is_empty() {
        map.insert("headers".to_owned(), texts(&http.headers));
    }
    if let Some(body) = &http.body {
        map.insert("body".to_owned(), body.clone());
    }
    if let Some(output) = &http.output {
        map.insert("output".to_owned(), json!(output));
    }
    if !http.usage.is_empty() {
        map.insert("usage".to_owned(), texts(&http.usage));
    }
    Value::Object(map)
}

/// A mapping of the file: the order of its keys means nothing.
fn texts(pairs: &[(String, String)]) -> Value {
    Value::Object(pairs.iter().map(|(name, text)| (name.clone(), json!(text))).collect())
}
