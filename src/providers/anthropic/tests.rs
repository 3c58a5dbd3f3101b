//! Bodies against what Anthropic's own SDK sends (`fixtures/providers/anthropic`), replies against what the API answers.
use serde_json::{Value, json};

use super::*;
use crate::domain::{ErrorType, FinishReason, Map, Message, Part, ToolCall, ToolSpec, Usage};
use crate::providers::{HeaderValue, HttpCall, sample};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../fixtures/providers/anthropic/", $name))
    };
}

fn provider(version: Option<&str>) -> Arc<dyn Provider> {
    let mut endpoint = sample::endpoint("anthropic");
    if let Some(version) = version {
        endpoint.options.insert("version".into(), json!(version));
    }
    make(&endpoint).unwrap()
}

fn encode(version: &Version, messages: &[Message]) -> HttpCall {
    let case = sample::case("c", json!({}), None);
    match provider(None).encode(&sample::call(version, &case, messages)).unwrap() {
        Wire::Http(http) => http,
        other => panic!("{other:?}"),
    }
}

fn check(version: &Version, messages: &[Message], golden: &str) {
    let sent: Value = serde_json::from_slice(&encode(version, messages).body).unwrap();
    assert_eq!(sent, serde_json::from_str::<Value>(golden).unwrap());
}

fn with(params: Value) -> Version {
    Version { params: sample::map(params), ..sample::model("anthropic", "claude-sonnet-5-5") }
}

fn small() -> Version {
    with(json!({"max_tokens": 64}))
}

fn user(text: &str) -> Message {
    Message::text(Role::User, text)
}

const QUESTION: &str = "What is 2+2? Ünïcödé ✓";

#[test]
fn bodies_are_what_the_sdk_sends() {
    check(&small(), &[user(QUESTION)], fixture!("text.json"));
    let system = [Message::text(Role::System, "You are terse."), user(QUESTION)];
    check(&with(json!({"max_tokens": 64, "stop_sequences": ["END"]})), &system, fixture!("system.json"));
    check(
        &with(json!({"max_tokens": 64, "temperature": 0.2})),
        &[user(QUESTION)],
        fixture!("temperature.json"),
    );
    check(&Version { stream: true, ..small() }, &[user(QUESTION)], fixture!("stream.json"));
    let schema = json!({"type": "object", "required": ["label", "n"], "additionalProperties": false,
        "properties": {"label": {"type": "string", "enum": ["a", "b"]}, "n": {"type": "integer"}}});
    check(&Version { response_schema: Some(schema), ..small() }, &[user("JSON")], fixture!("schema.json"));
    let thinking = json!({"max_tokens": 2048, "thinking": {"type": "enabled", "budget_tokens": 1024}});
    check(&with(thinking), &[user("REASON")], fixture!("thinking.json"));
}

#[test]
fn tools_and_their_answers_are_what_the_sdk_sends() {
    let parameters =
        json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let tools = vec![ToolSpec { name: "get_weather".into(), description: None, parameters, mock: None }];
    let version = Version { tools, tool_choice: Some(json!("auto")), ..small() };
    check(&version, &[user("WEATHER")], fixture!("tools.json"));
    let call = |id: &str, city: &str| {
        Part::ToolCall(ToolCall {
            id: id.into(),
            name: "get_weather".into(),
            arguments: json!({"city": city}),
        })
    };
    let answer = |id: &str, content: &str| Message {
        role: Role::Tool,
        parts: vec![Part::ToolResult { id: id.into(), content: content.into() }],
    };
    let said = vec![Part::Text("Let me look.".into()), call("call_1", "Paris"), call("call_2", "Rome")];
    let turns = [
        user("WEATHER"),
        Message { role: Role::Assistant, parts: said },
        answer("call_1", "sunny"),
        answer("call_2", "rain"),
    ];
    check(&Version { tool_choice: None, ..version }, &turns, fixture!("tool_result.json"));
}

#[test]
fn tool_choice_is_taken_in_either_spelling() {
    let choice = |written: Value| {
        let version = Version { tool_choice: Some(written), ..small() };
        serde_json::from_slice::<Value>(&encode(&version, &[]).body).unwrap()["tool_choice"].clone()
    };
    assert_eq!(choice(json!("required")), json!({"type": "any"}));
    assert_eq!(
        choice(json!({"type": "function", "function": {"name": "f"}})),
        json!({"type": "tool", "name": "f"})
    );
    assert_eq!(choice(json!({"type": "any"})), json!({"type": "any"}));
}

#[test]
fn headers_name_the_key_and_the_version() {
    let http = encode(&small(), &[]);
    assert_eq!(http.url, "https://api.anthropic.com/v1/messages");
    let value = |name: &str| http.headers.iter().find(|header| header.name == name).map(|h| h.value.clone());
    assert_eq!(value("x-api-key"), Some(HeaderValue::Key { prefix: "" }));
    assert_eq!(value("anthropic-version"), Some(HeaderValue::Text("2023-06-01".into())));
    let mut endpoint = sample::endpoint("anthropic");
    endpoint.base_url = Some("http://127.0.0.1:9".into());
    let (case, version) = (sample::case("c", json!({}), None), small());
    let Ok(Wire::Http(http)) = make(&endpoint).unwrap().encode(&sample::call(&version, &case, &[])) else {
        panic!()
    };
    assert_eq!(http.url, "http://127.0.0.1:9/v1/messages");
}

#[test]
fn sampling_parameters_are_refused_where_the_api_has_none() {
    let remarks = |api: Option<&str>, params: Value| -> Vec<(String, bool)> {
        let found = provider(api).check(&with(params));
        found.into_iter().map(|remark| (remark.key, remark.fatal)).collect()
    };
    let sampled = json!({"max_tokens": 1, "temperature": 0});
    assert_eq!(remarks(None, sampled.clone()), []);
    assert_eq!(remarks(Some("2026-10-21"), sampled), [("params.temperature".into(), true)]);
    assert_eq!(remarks(None, json!({})), [("params.max_tokens".into(), false)]);
    let foreign = provider(None).check(&with(json!({"max_tokens": 1, "stop": ["x"]})));
    assert_eq!(foreign[0].message, "this API has no `stop`: write `stop_sequences`");
    let body: Value = serde_json::from_slice(&encode(&with(json!({})), &[]).body).unwrap();
    assert_eq!(body["max_tokens"], json!(1024));
    assert_eq!(Map::new(), with(json!({})).params);
}

fn read(status: u16, body: &str) -> Result<Completion, Failure> {
    provider(None).decode(&Reply::Http { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
}

fn stopped(reason: &str, content: Value) -> Result<Completion, Failure> {
    let usage = json!({"input_tokens": 10, "output_tokens": 7, "cache_read_input_tokens": 80,
        "cache_creation_input_tokens": 5, "output_tokens_details": {"thinking_tokens": 3}});
    let mut reply = json!({"type": "message", "stop_reason": reason, "usage": usage});
    reply["content"] = content;
    read(200, &reply.to_string())
}

#[test]
fn a_reply_is_read_whole() {
    let answer = read(200, fixture!("reply.json")).unwrap();
    assert_eq!(answer.text, "The answer is 4. Ünïcödé ✓");
    assert_eq!(answer.model.as_deref(), Some("claude-sonnet-5-5"));
    assert_eq!(answer.usage, Usage { input: Some(0), output: Some(0), ..Usage::default() });
    assert_eq!(read(200, fixture!("reply_thinking.json")).unwrap().text, "42");
    let answer = read(200, fixture!("reply_tools.json")).unwrap();
    assert_eq!(answer.finish_reason, Some(FinishReason::ToolCalls));
    assert_eq!(answer.tool_calls[0].arguments, json!({"city": "Paris"}));
}

#[test]
fn input_is_the_sum_and_stops_have_their_words() {
    let text = json!([{"type": "text", "text": "x"}]);
    let usage = stopped("end_turn", text.clone()).unwrap().usage;
    let expected = Usage {
        input: Some(95),
        output: Some(7),
        cached_input: Some(80),
        cache_write: Some(5),
        reasoning: Some(3),
    };
    assert_eq!(usage, expected);
    let finish = |reason| stopped(reason, text.clone()).unwrap().finish_reason.unwrap();
    assert_eq!(finish("stop_sequence"), FinishReason::Stop);
    assert_eq!(finish("max_tokens"), FinishReason::Length);
    assert_eq!(finish("pause_turn"), FinishReason::Other("pause_turn".into()));
    assert_eq!(finish("length"), FinishReason::Length, "by its common name, as gateways spell it");
    for withheld in ["refusal", "content_filter"] {
        assert_eq!(stopped(withheld, text.clone()).unwrap_err().kind, ErrorType::ContentFilter);
    }
    assert_eq!(stopped("end_turn", json!([])).unwrap_err().kind, ErrorType::Empty);
    assert_eq!(read(200, "{}").unwrap_err().kind, ErrorType::Malformed);
    let words = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    assert_eq!(read(529, words).unwrap_err(), Failure::new(ErrorType::Status(529), "Overloaded"));
}

fn feed(stream: &str, size: usize) -> Result<Completion, Failure> {
    let mut decoder = provider(None).stream().unwrap();
    for chunk in stream.as_bytes().chunks(size) {
        decoder.push(chunk)?;
    }
    decoder.finish()
}

#[test]
fn a_stream_in_any_chunks_is_the_same_answer() {
    let stream = fixture!("reply.sse");
    let whole = feed(stream, stream.len()).unwrap();
    assert_eq!(whole.text, "The answer is 4. Ünïcödé ✓");
    assert_eq!(whole.finish_reason, Some(FinishReason::Stop));
    for size in [1, 3, 64] {
        assert_eq!(feed(stream, size).as_ref(), Ok(&whole));
    }
    assert_eq!(feed(fixture!("reply.json"), 17).unwrap().text, whole.text);
    let cut = feed(&stream[..stream.find("message_delta").unwrap()], 20).unwrap_err();
    assert_eq!((cut.kind, cut.partial.unwrap().text), (ErrorType::Cut, whole.text));
}

#[test]
fn tool_use_thinking_and_counts_come_in_pieces() {
    let events = [
        json!({"type": "message_start", "message": {"id": "m", "model": "c", "content": [],
            "usage": {"input_tokens": 4, "cache_read_input_tokens": 6, "output_tokens": 1}}}),
        json!({"type": "ping"}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}}),
        json!({"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}}}),
        json!({"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "{\"a\":"}}),
        json!({"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "1}"}}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 20}}),
    ];
    let stream: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    let answer = feed(&stream, 31).unwrap();
    assert_eq!(answer.tool_calls[0].arguments, json!({"a": 1}));
    assert_eq!((answer.usage.input, answer.usage.output), (Some(10), Some(20)));
    let mut decoder = provider(None).stream().unwrap();
    let started: Vec<bool> =
        stream.split_inclusive("\n\n").map(|event| decoder.push(event.as_bytes()).unwrap()).collect();
    assert_eq!(started[..4], [false, false, false, true]);
}

#[test]
fn an_error_in_a_stream_has_the_status_it_is_known_by() {
    let stream = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    assert_eq!(feed(stream, 5).unwrap_err(), Failure::new(ErrorType::Status(529), "Overloaded"));
}

#[test]
fn thoughts_go_back_as_they_came() {
    let version = sample::goes_on(
        "anthropic",
        "claude-sonnet-5-5",
        json!({"max_tokens": 2048, "thinking": {"type": "enabled", "budget_tokens": 1024}}),
    );
    let reply = (fixture!("reply_thought.json"), fixture!("reply_thought.sse").as_bytes());
    sample::remembers(&*provider(None), &version, reply, fixture!("thought_history.json"));
}
