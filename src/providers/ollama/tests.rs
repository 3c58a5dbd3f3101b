//! Bodies against what Ollama's own client sends (`fixtures/providers/ollama`), replies against what servers answer.
use serde_json::{Value, json};

use super::*;
use crate::domain::{ErrorType, FinishReason, Message, Role, Usage};
use crate::providers::sample;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../fixtures/providers/ollama/", $name))
    };
}

fn provider() -> Arc<dyn Provider> {
    make(&sample::endpoint("ollama")).unwrap()
}

fn model() -> Version {
    sample::model("ollama", "llama3")
}

/// The client sends an empty list of tools; we send none.
fn check(version: &Version, messages: &[Message], golden: &str) {
    let mut golden: Value = serde_json::from_str(golden).unwrap();
    golden.as_object_mut().unwrap().remove("tools");
    sample::sends(&*provider(), version, messages, &golden.to_string());
}

#[test]
fn bodies_are_what_the_client_sends() {
    let params = sample::map(json!({"temperature": 0.2, "max_tokens": 64, "seed": 7}));
    let version = Version { params, ..model() };
    assert!(provider().check(&version).is_empty());
    check(&version, &sample::terse(), fixture!("request_1.json"));
    let version = Version { response_schema: Some(sample::schema()), ..model() };
    check(&version, &[Message::text(Role::User, "JSON")], fixture!("request_2.json"));
    check(&Version { stream: true, ..model() }, &sample::terse(), fixture!("request_3.json"));
}

#[test]
fn what_is_no_option_stands_beside_them_and_any_address_is_the_native_one() {
    let params = sample::map(json!({"think": true, "keep_alive": "5m", "num_ctx": 8192, "stop": "END"}));
    let (tool, messages) = sample::weather();
    let version = Version { params, tools: vec![tool], ..model() };
    let mut endpoint = sample::endpoint("ollama");
    endpoint.base_url = Some("http://127.0.0.1:11434/v1".into());
    let http = sample::http(&*make(&endpoint).unwrap(), &version, &messages);
    assert_eq!(http.url, "http://127.0.0.1:11434/api/chat");
    let body: Value = serde_json::from_slice(&http.body).unwrap();
    assert_eq!((&body["think"], &body["keep_alive"]), (&json!(true), &json!("5m")));
    assert_eq!(body["options"], json!({"num_ctx": 8192, "stop": ["END"]}));
    assert_eq!(body["messages"][1]["tool_calls"][0]["function"]["arguments"], json!({"city": "Paris"}));
    assert_eq!(body["messages"][2], json!({"role": "tool", "tool_name": "get_weather", "content": "sunny"}));
}

#[test]
fn a_reply_is_read_whole_with_the_servers_own_times() {
    let answer = sample::reads(&*provider(), fixture!("reply_1.json")).unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.finish_reason),
        ("The answer is 4. Ünïcödé ✓", Some(FinishReason::Stop))
    );
    let reply = json!({"model": "llama3", "done": true, "done_reason": "length", "prompt_eval_count": 9, "prompt_eval_cached_count": 4, "eval_count": 3,
        "load_duration": 12, "message": {"content": "", "thinking": "hm",
        "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1}}}]}});
    let answer = sample::reads(&*provider(), &reply.to_string()).unwrap();
    assert_eq!(
        answer.usage,
        Usage { input: Some(9), output: Some(3), cached_input: Some(4), ..Usage::default() }
    );
    assert_eq!(
        (&answer.metadata["load_duration"], answer.finish_reason),
        (&json!(12), Some(FinishReason::Length))
    );
    assert_eq!(answer.tool_calls[0].arguments, json!({"x": 1}));
    assert_eq!(sample::reads(&*provider(), r#"{"done": true}"#).unwrap_err().kind, ErrorType::Malformed);
}

#[test]
fn a_stream_in_any_chunks_is_the_same_answer_and_a_cut_one_is_none() {
    let stream = fixture!("reply.jsonl");
    let answer =
        sample::streams_alike(&*provider(), stream.as_bytes(), stream.find("\"done\":true").unwrap());
    assert_eq!(answer.text, "The answer is 4. Ünïcödé ✓");
    let broken = b"{\"message\":{\"content\":\"ha\"},\"done\":false}\n{\"error\":\"out of memory\"}\n";
    let failure = sample::streams(&*provider(), broken, 9).1.unwrap_err();
    assert_eq!((failure.message.as_str(), failure.partial.unwrap().text.as_str()), ("out of memory", "ha"));
}

#[test]
fn thoughts_go_back_as_they_came() {
    let version = sample::goes_on("ollama", "m-1", json!({"think": true}));
    let reply = (fixture!("reply_thought.json"), fixture!("reply_thought.jsonl").as_bytes());
    sample::remembers(&*provider(), &version, reply, fixture!("thought_history.json"));
}
