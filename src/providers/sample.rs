//! The smallest values the tests of this family build on.
use serde_json::Value;

use crate::domain::{
    Case, Completion, Digest, Endpoint, ErrorType, Map, Message, Part, Reply, Role, Target, ToolCall,
    ToolSpec, Version, inputs_hash,
};

use super::{Call, Failure, HttpCall, Provider, Wire};

/// A version of that target and nothing else.
pub(super) fn version(target: Target) -> Version {
    Version {
        name: "v".into(),
        hash: Digest::of(b"v"),
        signature_hash: Digest::of(b"s"),
        closure: Value::Null,
        description: None,
        tags: Vec::new(),
        metadata: Map::new(),
        target,
        messages: Vec::new(),
        includes: Vec::new(),
        params: Map::new(),
        tools: Vec::new(),
        tool_choice: None,
        response_schema: None,
        stream: false,
        max_turns: 1,
        timeout: None,
        run_timeout: None,
        cost_per_run: None,
    }
}

/// A version of a model.
pub(super) fn model(provider: &str, model: &str) -> Version {
    version(Target::Model { provider: provider.into(), model: model.into() })
}

/// A case of those inputs.
pub(super) fn case(id: &str, inputs: Value, expected: Option<Value>) -> Case {
    let inputs = map(inputs);
    Case {
        id: id.into(),
        inputs_hash: inputs_hash(&inputs),
        inputs,
        expected,
        metadata: Map::new(),
        cluster: None,
        weight: None,
        slices: Vec::new(),
        file: "".into(),
    }
}

/// The first repeat of that case.
pub(super) fn call<'a>(version: &'a Version, case: &'a Case, messages: &'a [Message]) -> Call<'a> {
    Call { version, case, repeat: 0, messages, seed: 42, wrong: &[] }
}

/// An endpoint of that kind with nothing configured.
pub(super) fn endpoint(kind: &str) -> Endpoint {
    Endpoint::plain(kind, kind)
}

/// The HTTP call a provider makes of it.
pub(super) fn http(provider: &dyn Provider, version: &Version, messages: &[Message]) -> HttpCall {
    let case = case("c", Value::Null, None);
    match provider.encode(&call(version, &case, messages)).unwrap() {
        Wire::Http(http) => http,
        other => panic!("{other:?}"),
    }
}

/// Checks the body a provider sends against a golden one.
pub(super) fn sends(provider: &dyn Provider, version: &Version, messages: &[Message], golden: &str) {
    let sent: Value = serde_json::from_slice(&http(provider, version, messages).body).unwrap();
    assert_eq!(sent, serde_json::from_str::<Value>(golden).unwrap());
}

/// Reads a successful reply.
pub(super) fn reads(provider: &dyn Provider, body: &str) -> Result<Completion, Failure> {
    provider.decode(&Reply::Http { status: 200, headers: Vec::new(), body: body.as_bytes().to_vec() })
}

/// Reads a stream in chunks of `size` bytes; also whether the first token had come before the end.
pub(super) fn streams(
    provider: &dyn Provider,
    stream: &[u8],
    size: usize,
) -> (bool, Result<Completion, Failure>) {
    let mut decoder = provider.stream().unwrap();
    let mut started = false;
    for chunk in stream.chunks(size) {
        match decoder.push(chunk) {
            Ok(now) => started |= now,
            Err(failure) => return (started, Err(failure)),
        }
    }
    (started, decoder.finish())
}

/// Checks that any chunks give one answer, and that no part of the stream is a short success.
pub(super) fn streams_alike(provider: &dyn Provider, stream: &[u8], last: usize) -> Completion {
    let whole = streams(provider, stream, stream.len()).1.unwrap();
    for size in [1, 2, 7, 100] {
        assert_eq!(streams(provider, stream, size), (true, Ok(whole.clone())));
    }
    for at in (0..last).step_by(13) {
        let failure = streams(provider, &stream[..at], 50).1.unwrap_err();
        assert_eq!(failure.kind, ErrorType::Cut, "cut at byte {at}");
    }
    whole
}

/// Checks that a thought comes back as it was: a whole reply and its stream, in any chunks, are one answer in parts, and
/// the call after its tools were answered has the golden body.
pub(super) fn remembers(
    provider: &dyn Provider,
    version: &Version,
    (whole, stream): (&str, &[u8]),
    golden: &str,
) {
    let answer = reads(provider, whole).unwrap();
    for size in [1, 7, stream.len()] {
        assert_eq!(streams(provider, stream, size).1.unwrap().parts, answer.parts);
    }
    let result = |call: &ToolCall| Part::ToolResult { id: call.id.clone(), content: "sunny".into() };
    let messages = [
        Message::text(Role::User, "WEATHER"),
        Message { role: Role::Assistant, parts: answer.said() },
        Message { role: Role::Tool, parts: answer.tool_calls.iter().map(result).collect() },
    ];
    sends(provider, version, &messages, golden);
}

/// A version of that model whose tool is answered, so that its runs go on.
pub(super) fn goes_on(provider: &str, name: &str, params: Value) -> Version {
    let tool = ToolSpec { mock: Some(Value::Null), ..weather().0 };
    Version { tools: vec![tool], max_turns: 2, params: map(params), ..model(provider, name) }
}

/// The conversation of the golden bodies.
pub(super) fn terse() -> [Message; 2] {
    [Message::text(Role::System, "You are terse."), Message::text(Role::User, "What is 2+2? Ünïcödé ✓")]
}

/// A tool, asked for and answered.
pub(super) fn weather() -> (ToolSpec, [Message; 3]) {
    let parameters = serde_json::json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let arguments = serde_json::json!({"city": "Paris"});
    let called = Part::ToolCall(ToolCall { id: "c1".into(), name: "get_weather".into(), arguments });
    let answered = Part::ToolResult { id: "c1".into(), content: "sunny".into() };
    let messages = [
        Message::text(Role::User, "WEATHER"),
        Message { role: Role::Assistant, parts: vec![called] },
        Message { role: Role::Tool, parts: vec![answered] },
    ];
    (ToolSpec { name: "get_weather".into(), description: None, parameters, mock: None }, messages)
}

/// The schema of the golden bodies.
pub(super) fn schema() -> Value {
    serde_json::json!({"type": "object", "properties": {"label": {"type": "string", "enum": ["a", "b"]},
        "n": {"type": "integer"}}, "required": ["label", "n"], "additionalProperties": false})
}

/// `value` as an object.
pub(super) fn map(value: Value) -> Map {
    if let Value::Object(map) = value { map } else { Map::new() }
}
