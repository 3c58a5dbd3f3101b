//! Bodies against what Google's own SDK sends (`fixtures/providers/gemini`), replies against what servers answer.
use serde_json::{Value, json};

use super::*;
use crate::domain::{ErrorType, FinishReason, Usage};
use crate::providers::sample;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../fixtures/providers/gemini/", $name))
    };
}

fn provider() -> Arc<dyn Provider> {
    make(&sample::endpoint("gemini")).unwrap()
}

fn model() -> Version {
    sample::model("gemini", "gemini-2.5-flash")
}

#[test]
fn bodies_are_what_the_sdk_sends() {
    let mut golden: Value = serde_json::from_str(fixture!("request_1.json")).unwrap();
    // The SDK gives the instruction a role, which the API ignores.
    golden["systemInstruction"].as_object_mut().unwrap().remove("role");
    let params =
        sample::map(json!({"temperature": 0.2, "top_p": 0.9, "max_tokens": 64, "stop": "END", "seed": 7}));
    let version = Version { params, ..model() };
    assert!(provider().check(&version).is_empty());
    sample::sends(&*provider(), &version, &sample::terse(), &golden.to_string());
    sample::sends(&*provider(), &model(), &sample::terse()[1..], fixture!("request_2.json"));
    let version = Version { response_schema: Some(sample::schema()), ..model() };
    let asked = [crate::domain::Message::text(crate::domain::Role::User, "JSON")];
    sample::sends(&*provider(), &version, &asked, fixture!("request_3.json"));
}

#[test]
fn tools_and_their_answers_go_by_name() {
    let (tool, messages) = sample::weather();
    let version = Version { tools: vec![tool], tool_choice: Some(json!("required")), ..model() };
    let body: Value = serde_json::from_slice(&sample::http(&*provider(), &version, &messages).body).unwrap();
    assert_eq!(body["tools"][0]["functionDeclarations"][0]["name"], "get_weather");
    assert_eq!(body["toolConfig"]["functionCallingConfig"]["mode"], "ANY");
    assert_eq!(body["contents"][1]["parts"][0]["functionCall"]["args"], json!({"city": "Paris"}));
    let answered =
        json!({"functionResponse": {"name": "get_weather", "response": {"result": "sunny"}, "id": "c1"}});
    assert_eq!(body["contents"][2], json!({"role": "user", "parts": [answered]}));
}

#[test]
fn the_address_holds_version_model_and_method() {
    let url = |base: &str, options: Value, version: &Version| {
        let mut endpoint = sample::endpoint("gemini");
        (endpoint.base_url, endpoint.options) = (Some(base.into()), sample::map(options));
        sample::http(&*make(&endpoint).unwrap(), version, &[]).url
    };
    let streamed = Version { stream: true, ..model() };
    assert_eq!(
        url("http://h", json!({}), &model()),
        "http://h/v1beta/models/gemini-2.5-flash:generateContent"
    );
    assert_eq!(
        url("http://h/v1beta/", json!({"api_version": "v1"}), &streamed),
        "http://h/v1/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
    );
    assert_eq!(
        url("http://h/v1", json!({}), &sample::model("gemini", "tunedModels/mine")),
        "http://h/v1/tunedModels/mine:generateContent"
    );
}

#[test]
fn remarks_name_the_key_as_written() {
    let version = Version { params: sample::map(json!({"temprature": 0, "candidate_count": 2})), ..model() };
    let remarks: Vec<_> = provider().check(&version).into_iter().map(|one| (one.key, one.fatal)).collect();
    assert_eq!(remarks, [("params.candidate_count".into(), true), ("params.temprature".into(), false)]);
}

#[test]
fn a_reply_is_read_whole_and_thinking_is_counted() {
    let answer = sample::reads(&*provider(), fixture!("reply_1.json")).unwrap();
    assert_eq!(answer.text, "The answer is 4. Ünïcödé ✓");
    assert_eq!(answer.finish_reason, Some(FinishReason::Stop));
    let answer = sample::reads(&*provider(), fixture!("reply_4.json")).unwrap();
    assert_eq!(answer.finish_reason, Some(FinishReason::ToolCalls));
    assert_eq!(answer.tool_calls[0].arguments, json!({"city": "Paris"}));
    let thought = json!({"candidates": [{"finishReason": "MAX_TOKENS", "content": {"parts": [
        {"text": "hm", "thought": true}, {"text": "4"}]}}], "modelVersion": "g-1",
        "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 2, "thoughtsTokenCount": 30,
        "cachedContentTokenCount": 4, "totalTokenCount": 42}});
    let answer = sample::reads(&*provider(), &thought.to_string()).unwrap();
    let counted = Usage {
        input: Some(10),
        output: Some(32),
        cached_input: Some(4),
        reasoning: Some(30),
        ..Usage::default()
    };
    assert_eq!((answer.text.as_str(), answer.usage), ("4", counted));
    assert_eq!((answer.finish_reason, answer.model.as_deref()), (Some(FinishReason::Length), Some("g-1")));
}

#[test]
fn what_a_filter_withheld_is_said_so() {
    let blocked =
        r#"{"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 3}}"#;
    let failure = sample::reads(&*provider(), blocked).unwrap_err();
    assert_eq!((failure.kind, failure.usage.input), (ErrorType::ContentFilter, Some(3)));
    let stopped = r#"{"candidates": [{"finishReason": "SAFETY"}]}"#;
    assert_eq!(sample::reads(&*provider(), stopped).unwrap_err().kind, ErrorType::ContentFilter);
    assert_eq!(sample::reads(&*provider(), "{}").unwrap_err().kind, ErrorType::Malformed);
    let broken = r#"{"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL"}]}"#;
    let broken = sample::reads(&*provider(), broken).unwrap_err();
    assert_eq!(broken.message, "the answer is empty: it ended with `malformed_function_call`");
    let empty = r#"{"candidates": [{"finishReason": "STOP"}]}"#;
    assert_eq!(sample::reads(&*provider(), empty).unwrap_err().kind, ErrorType::Empty);
}

#[test]
fn a_stream_in_any_chunks_is_the_same_answer_and_a_cut_one_is_none() {
    let stream = fixture!("reply.sse");
    let answer = sample::streams_alike(&*provider(), stream.as_bytes(), stream.find("finishReason").unwrap());
    assert_eq!(answer.text, "The answer is 4. Ünïcödé ✓");
    let error = b"data: {\"error\": {\"code\": 429, \"message\": \"slow down\"}}\n\n";
    assert_eq!(sample::streams(&*provider(), error, 9).1.unwrap_err().kind, ErrorType::Status(429));
}

#[test]
fn thoughts_go_back_as_they_came() {
    let version = sample::goes_on("gemini", "m", json!({"thinkingConfig": {"includeThoughts": true}}));
    let reply = (fixture!("reply_thought.json"), fixture!("reply_thought.sse").as_bytes());
    sample::remembers(&*provider(), &version, reply, fixture!("thought_history.json"));
}
