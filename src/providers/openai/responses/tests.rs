//! Bodies beside what OpenAI's own SDK sends (`fixtures/providers/responses`), replies against what servers answer.
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::make;
use super::*;
use crate::domain::{ErrorType, FinishReason, Message, Role, Usage};
use crate::providers::sample;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../fixtures/providers/responses/", $name))
    };
}

fn provider() -> Arc<dyn Provider> {
    let mut endpoint = sample::endpoint("openai");
    endpoint.options.insert("api".into(), json!("responses"));
    make(&endpoint).unwrap()
}

fn model() -> Version {
    sample::model("openai", "gpt-4o-mini")
}

/// The SDK was given a plain text and `instructions`, we write both as items; and we ask that nothing be stored.
fn check(version: &Version, golden: &str, name: &str) {
    let mut golden: Value = serde_json::from_str(golden).unwrap();
    let user = json!({"role": "user", "content": golden["input"]});
    let system = golden.as_object_mut().unwrap().remove("instructions");
    golden["input"] =
        system.map_or_else(|| json!([user]), |said| json!([{"role": "system", "content": said}, user]));
    golden["store"] = json!(false);
    if let Some(format) = golden.pointer_mut("/text/format/name") {
        *format = json!(name);
    }
    let all = sample::terse();
    let messages = if golden["input"].as_array().unwrap().len() == 2 { &all[..] } else { &all[1..] };
    sample::sends(&*provider(), version, messages, &golden.to_string());
}

#[test]
fn bodies_are_what_the_sdk_sends() {
    let params = sample::map(json!({"max_output_tokens": 64, "temperature": 0.2}));
    check(&Version { params, ..model() }, fixture!("request_1.json"), "");
    check(&Version { stream: true, ..model() }, fixture!("request_2.json"), "");
    check(
        &Version { response_schema: Some(sample::schema()), ..model() },
        fixture!("request_3.json"),
        "answer",
    );
    assert_eq!(sample::http(&*provider(), &model(), &[]).url, "https://api.openai.com/v1/responses");
}

#[test]
fn tools_and_their_answers_are_items() {
    let (tool, messages) = sample::weather();
    let version = Version { tools: vec![tool], ..model() };
    let body: Value = serde_json::from_slice(&sample::http(&*provider(), &version, &messages).body).unwrap();
    assert_eq!(body["tools"][0]["name"], "get_weather");
    let call = json!({"type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": "{\"city\":\"Paris\"}"});
    let answer = json!({"type": "function_call_output", "call_id": "c1", "output": "sunny"});
    assert_eq!(body["input"].as_array().unwrap()[1..], [call, answer]);
    let said = [Message::text(Role::Assistant, "Hi")];
    let body: Value = serde_json::from_slice(&sample::http(&*provider(), &version, &said).body).unwrap();
    assert_eq!(body["input"], json!([{"type": "message", "role": "assistant", "content": "Hi"}]));
}

#[test]
fn names_of_chat_completions_are_warned_of() {
    let params = sample::map(json!({"max_tokens": 5, "input": "x", "temprature": 1}));
    let remarks = provider().check(&Version { params, ..model() });
    let keys: Vec<_> = remarks.iter().map(|one| (one.key.as_str(), one.fatal)).collect();
    let params = sample::map(json!({"temperature": 0}));
    let thinking = Version { params, ..sample::model("openai", "o4-mini") };
    assert_eq!(
        provider().check(&thinking)[0].message,
        "`o4-mini` refuses `temperature` while it thinks: leave it out"
    );
    assert_eq!(keys, [("params.input", true), ("params.max_tokens", false), ("params.temprature", false)]);
}

#[test]
fn a_reply_is_read_whole() {
    let answer = sample::reads(&*provider(), fixture!("reply_1.json")).unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.finish_reason),
        ("The answer is 4. Ünïcödé ✓", Some(FinishReason::Stop))
    );
    let cut = json!({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": [
        {"type": "reasoning", "summary": []}, {"type": "message", "content": [{"type": "output_text", "text": "ha"}]}],
        "usage": {"input_tokens": 9, "output_tokens": 7, "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 3},
        "output_tokens_details": {"reasoning_tokens": 5}}});
    let answer = sample::reads(&*provider(), &cut.to_string()).unwrap();
    let counted = Usage {
        input: Some(9),
        output: Some(7),
        cached_input: Some(4),
        cache_write: Some(3),
        reasoning: Some(5),
    };
    assert_eq!((answer.finish_reason, answer.usage), (Some(FinishReason::Length), counted));
    let withheld =
        r#"{"status": "incomplete", "incomplete_details": {"reason": "content_filter"}, "output": []}"#;
    assert_eq!(sample::reads(&*provider(), withheld).unwrap_err().kind, ErrorType::ContentFilter);
    let failed =
        r#"{"status": "failed", "output": [], "error": {"code": "server_error", "message": "gone"}}"#;
    assert_eq!(sample::reads(&*provider(), failed).unwrap_err().message, "gone");
    assert_eq!(sample::reads(&*provider(), "{}").unwrap_err().kind, ErrorType::Malformed);
}

#[test]
fn a_stream_in_any_chunks_is_the_same_answer_and_a_cut_one_is_none() {
    let stream = fixture!("reply.sse");
    let answer = sample::streams_alike(
        &*provider(),
        stream.as_bytes(),
        stream.find("event: response.completed").unwrap(),
    );
    assert_eq!(
        (answer.text.as_str(), answer.model.as_deref()),
        ("The answer is 4. Ünïcödé ✓", Some("gpt-4o-mini"))
    );
    let tools = sample::streams(&*provider(), fixture!("reply_tools.sse").as_bytes(), 30).1.unwrap();
    assert_eq!(
        (&tools.tool_calls[0].arguments, tools.finish_reason),
        (&json!({"city": "Paris"}), Some(FinishReason::ToolCalls))
    );
    let error = b"event: error\ndata: {\"type\": \"error\", \"code\": \"rate_limit_exceeded\", \"message\": \"slow down\"}\n\n";
    assert_eq!(sample::streams(&*provider(), error, 9).1.unwrap_err().message, "slow down");
}

#[test]
fn thoughts_go_back_as_they_came() {
    let version = sample::goes_on("openai", "gpt-5.4", json!({"reasoning": {"effort": "low"}}));
    let reply = (fixture!("reply_thought.json"), fixture!("reply_thought.sse").as_bytes());
    sample::remembers(&*provider(), &version, reply, fixture!("thought_history.json"));
}

#[test]
fn thoughts_are_asked_for_where_they_can_go_back_and_sent_back_where_they_came_encrypted() {
    let body = |version: &Version, messages: &[Message]| -> Value {
        serde_json::from_slice(&sample::http(&*provider(), version, messages).body).unwrap()
    };
    let included = |name: &str, params: Value| {
        body(&sample::goes_on("openai", name, params), &[]).get("include").cloned()
    };
    let wanted = "reasoning.encrypted_content";
    assert_eq!(included("gpt-5-mini", json!({})), Some(json!([wanted])));
    assert_eq!(included("m", json!({"reasoning": {}, "include": ["x"]})), Some(json!(["x", wanted])));
    for name in ["gpt-4o", "gpt-5-chat-latest"] {
        assert_eq!(included(name, json!({})), None, "the API refuses it for models that do not think");
    }
    assert_eq!(included("openai/o3", json!({})), Some(json!([wanted])), "as routers name it");
    let once = Version { max_turns: 1, ..sample::goes_on("openai", "gpt-5-mini", json!({})) };
    assert_eq!(body(&once, &[]).get("include"), None, "nothing comes after the only call");
    let open = json!({"status": "completed", "output": [
        {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]},
        {"type": "message", "content": [{"type": "output_text", "text": "4"}]}]});
    let said = sample::reads(&*provider(), &open.to_string()).unwrap().said();
    let input = &body(&model(), &[Message { role: Role::Assistant, parts: said }])["input"];
    assert_eq!(input, &json!([{"type": "message", "role": "assistant", "content": "4"}]));
}

#[test]
fn xai_is_asked_for_its_thoughts_wherever_the_model_has_some() {
    let mut endpoint = sample::endpoint("xai");
    endpoint.options.insert("api".into(), json!("responses"));
    let xai = make(&endpoint).unwrap();
    let included = |version: &Version| -> Option<Value> {
        let body: Value = serde_json::from_slice(&sample::http(&*xai, version, &[]).body).unwrap();
        body.get("include").cloned()
    };
    let goes_on = |name: &str| sample::goes_on("xai", name, json!({}));
    assert_eq!(included(&goes_on("grok-4")), Some(json!(["reasoning.encrypted_content"])));
    assert_eq!(included(&goes_on("grok-4-fast-non-reasoning")), None);
    assert_eq!(
        included(&Version { max_turns: 1, ..goes_on("grok-4") }),
        None,
        "nothing comes after the only call"
    );
}

#[test]
fn arguments_that_come_whole_at_the_end_of_their_item_are_read() {
    let item = |arguments: &str| json!({"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": arguments});
    let events = [
        json!({"type": "response.output_item.added", "item": item("")}),
        json!({"type": "response.output_item.done", "item": item("{\"x\":1}")}),
        json!({"type": "response.completed", "response": {"status": "completed"}}),
    ];
    let stream: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    let answer = sample::streams(&*provider(), stream.as_bytes(), 20).1.unwrap();
    assert_eq!(answer.tool_calls[0].arguments, json!({"x": 1}));
}
