//! Bodies against what Amazon's own SDK sends (`fixtures/providers/bedrock`), replies against what servers answer.
use serde_json::{Value, json};

use super::*;
use crate::domain::{ErrorType, FinishReason, Message, Role, Usage};
use crate::providers::{HeaderValue, sample};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../fixtures/providers/bedrock/", $name))
    };
}

const STREAM: &[u8] = include_bytes!("../../../fixtures/providers/bedrock/reply.bin");
const TOOLS: &[u8] = include_bytes!("../../../fixtures/providers/bedrock/reply_tools.bin");

const THOUGHT: &[u8] = include_bytes!("../../../fixtures/providers/bedrock/reply_thought.bin");

fn provider() -> Arc<dyn Provider> {
    make(&sample::endpoint("bedrock")).unwrap()
}

fn model() -> Version {
    sample::model("bedrock", "anthropic.claude-3-haiku-20240307-v1:0")
}

#[test]
fn bodies_are_what_the_sdk_sends() {
    let params = sample::map(json!({"max_tokens": 64, "temperature": 0.2, "top_p": 0.9, "stop": "END"}));
    sample::sends(&*provider(), &Version { params, ..model() }, &sample::terse(), fixture!("request_1.json"));
    sample::sends(&*provider(), &model(), &sample::terse()[1..], fixture!("request_2.json"));
    let (tool, messages) = sample::weather();
    let version = Version { tools: vec![tool], ..model() };
    sample::sends(&*provider(), &version, &messages[..1], fixture!("request_3.json"));
    let body: Value = serde_json::from_slice(&sample::http(&*provider(), &version, &messages).body).unwrap();
    assert_eq!(body["messages"][1]["content"][0]["toolUse"]["input"], json!({"city": "Paris"}));
    assert_eq!(body["messages"][2]["content"][0]["toolResult"]["content"], json!([{"text": "sunny"}]));
}

#[test]
fn schemas_are_text_and_other_parameters_are_the_models() {
    let params = sample::map(json!({"top_k": 5}));
    let version = Version { params, response_schema: Some(json!({"type": "object"})), ..model() };
    assert_eq!(provider().check(&version)[0].key, "params.top_k");
    let body: Value =
        serde_json::from_slice(&sample::http(&*provider(), &version, &[Message::text(Role::User, "x")]).body)
            .unwrap();
    assert_eq!(body["additionalModelRequestFields"], json!({"top_k": 5}));
    let schema = &body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"];
    assert_eq!(schema, &json!("{\"type\":\"object\"}"));
}

#[test]
fn the_address_holds_region_and_escaped_model() {
    let mut endpoint = sample::endpoint("bedrock");
    endpoint.options = sample::map(json!({"region": "eu-central-1"}));
    let http = sample::http(&*make(&endpoint).unwrap(), &Version { stream: true, ..model() }, &[]);
    assert_eq!(
        http.url,
        "https://bedrock-runtime.eu-central-1.amazonaws.com/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse-stream"
    );
    assert_eq!(http.sign, Some(Signing { service: "bedrock", region: "eu-central-1".into() }));
    let key = http.headers.iter().find(|header| header.name == "authorization").unwrap();
    assert_eq!(key.value, HeaderValue::Key { prefix: "Bearer " });
}

#[test]
fn the_region_is_the_addresss_own_or_the_environments() {
    let region = |base_url: Option<&str>| {
        let endpoint = Endpoint { base_url: base_url.map(str::to_owned), ..sample::endpoint("bedrock") };
        let http = sample::http(&*make(&endpoint).unwrap(), &model(), &[]);
        (http.url.split("/model").next().unwrap().to_owned(), http.sign.unwrap().region)
    };
    let own = "https://bedrock-runtime.${AWS_REGION}.amazonaws.com".to_owned();
    assert_eq!(region(None), (own, "${AWS_REGION}".to_owned()));
    let written = "https://bedrock-runtime.eu-west-3.amazonaws.com";
    assert_eq!(region(Some(written)), (written.to_owned(), "eu-west-3".to_owned()));
    let gateway = "http://127.0.0.1:1";
    assert_eq!(region(Some(gateway)), (gateway.to_owned(), "${AWS_REGION}".to_owned()));
}

#[test]
fn a_reply_is_read_whole() {
    let answer = sample::reads(&*provider(), fixture!("reply_1.json")).unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.finish_reason),
        ("The answer is 4. Ünïcödé ✓", Some(FinishReason::Stop))
    );
    let answer = sample::reads(&*provider(), fixture!("reply_3.json")).unwrap();
    assert_eq!(
        (answer.tool_calls[0].name.as_str(), answer.finish_reason),
        ("get_weather", Some(FinishReason::ToolCalls))
    );
    let filtered = json!({"output": {"message": {"content": [{"text": "half"}]}}, "stopReason": "guardrail_intervened",
        "usage": {"inputTokens": 3, "outputTokens": 1, "cacheReadInputTokens": 5, "cacheWriteInputTokens": 2}});
    let failure = sample::reads(&*provider(), &filtered.to_string()).unwrap_err();
    let counted = Usage {
        input: Some(10),
        output: Some(1),
        cached_input: Some(5),
        cache_write: Some(2),
        ..Usage::default()
    };
    assert_eq!((failure.kind, failure.usage), (ErrorType::ContentFilter, counted));
    let refused = r#"{"output": {"message": {"content": []}}, "stopReason": "refusal"}"#;
    assert_eq!(sample::reads(&*provider(), refused).unwrap_err().kind, ErrorType::ContentFilter);
    assert_eq!(sample::reads(&*provider(), "{}").unwrap_err().kind, ErrorType::Malformed);
}

#[test]
fn a_binary_stream_in_any_chunks_is_the_same_answer_and_a_cut_one_is_none() {
    let stop = STREAM.windows(11).position(|window| window == b"messageStop").unwrap();
    let answer = sample::streams_alike(&*provider(), STREAM, stop);
    assert_eq!((answer.text.as_str(), answer.usage.input), ("ok", Some(1234)));
    let calls = sample::streams(&*provider(), TOOLS, 10).1.unwrap().tool_calls;
    assert_eq!(calls[0].arguments, json!({"city": "Paris"}));
    let no_stream = sample::streams(&*provider(), fixture!("reply_1.json").as_bytes(), 10).1.unwrap();
    assert_eq!(no_stream.text, "The answer is 4. Ünïcödé ✓");
    assert_eq!(
        sample::streams(&*provider(), b"<html>no stream</html>", 5).1.unwrap_err().kind,
        ErrorType::Malformed
    );
}

/// A message of the stream that is an exception of that name.
fn exception(name: &str, payload: &[u8]) -> Vec<u8> {
    let header = |name: &str, value: &str| {
        let mut out = vec![u8::try_from(name.len()).unwrap()];
        out.extend(name.bytes());
        out.push(7);
        out.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        out.extend(value.bytes());
        out
    };
    let headers = [header(":message-type", "exception"), header(":exception-type", name)].concat();
    let total = u32::try_from(16 + headers.len() + payload.len()).unwrap();
    let length = u32::try_from(headers.len()).unwrap();
    [&total.to_be_bytes()[..], &length.to_be_bytes(), &[0; 4], &headers, payload, &[0; 4]].concat()
}

#[test]
fn an_exception_in_the_stream_is_a_failure_of_its_kind() {
    for (name, kind) in [
        ("throttlingException", ErrorType::Status(429)),
        ("modelTimeoutException", ErrorType::Status(408)),
        ("modelStreamErrorException", ErrorType::Cut),
        ("internalServerException", ErrorType::Status(500)),
    ] {
        let message = exception(name, b"{\"message\": \"slow down\"}");
        let failure = sample::streams(&*provider(), &message, 6).1.unwrap_err();
        assert_eq!((failure.kind, failure.message.as_str()), (kind, "slow down"));
    }
}

#[test]
fn thoughts_go_back_as_they_came() {
    let version = sample::goes_on(
        "bedrock",
        "m",
        json!({"max_tokens": 2048, "thinking": {"type": "enabled", "budget_tokens": 1024}}),
    );
    let reply = (fixture!("reply_thought.json"), THOUGHT);
    sample::remembers(&*provider(), &version, reply, fixture!("thought_history.json"));
}
