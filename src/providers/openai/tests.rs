//! Bodies against what OpenAI's own SDK sends (`fixtures/providers/openai`), replies against what servers answer.
mod back;

use serde_json::{Value, json};

use super::*;
use crate::domain::{ErrorType, FinishReason, Map, Message, Money, Part, Role, ToolCall, ToolSpec, Usage};
use crate::providers::{HeaderValue, HttpCall, sample};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../fixtures/providers/openai/", $name))
    };
}

fn provider(kind: &str) -> Arc<dyn Provider> {
    make(&sample::endpoint(kind)).unwrap()
}

fn encode(kind: &str, version: &Version, messages: &[Message]) -> HttpCall {
    let case = sample::case("c", json!({}), None);
    match provider(kind).encode(&sample::call(version, &case, messages)).unwrap() {
        Wire::Http(http) => http,
        other => panic!("{other:?}"),
    }
}

fn check(version: &Version, messages: &[Message], golden: &str) {
    let sent: Value = serde_json::from_slice(&encode("openai", version, messages).body).unwrap();
    assert_eq!(sent, serde_json::from_str::<Value>(golden).unwrap());
}

fn model() -> Version {
    sample::model("openai", "gpt-4o-mini")
}

fn terse() -> [Message; 2] {
    [Message::text(Role::System, "You are terse."), Message::text(Role::User, "What is 2+2? Ünïcödé ✓")]
}

fn weather() -> ToolSpec {
    let parameters =
        json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    ToolSpec { name: "get_weather".into(), description: None, parameters, mock: None }
}

#[test]
fn bodies_are_what_the_sdk_sends() {
    check(&model(), &terse()[1..], fixture!("text.json"));
    let params =
        json!({"max_completion_tokens": 64, "seed": 7, "stop": ["END"], "temperature": 0.2, "top_p": 0.9});
    check(&Version { params: sample::map(params), ..model() }, &terse(), fixture!("system_and_params.json"));
    check(&Version { stream: true, ..model() }, &terse(), fixture!("stream.json"));
    let schema = json!({"type": "object", "required": ["label", "n"], "additionalProperties": false,
        "properties": {"label": {"type": "string", "enum": ["a", "b"]}, "n": {"type": "integer"}}});
    check(&Version { response_schema: Some(schema), ..model() }, &terse(), fixture!("schema.json"));
}

#[test]
fn tools_and_their_answers_are_what_the_sdk_sends() {
    let version = Version { tools: vec![weather()], tool_choice: Some(json!("auto")), ..model() };
    let question = Message::text(Role::User, "WEATHER");
    check(&version, std::slice::from_ref(&question), fixture!("tools.json"));
    let call = |id: &str, arguments| {
        Part::ToolCall(ToolCall { id: id.into(), name: "get_weather".into(), arguments })
    };
    let calls = vec![call("call_1", json!({"city": "Paris"})), call("call_2", json!("{\"city\":"))];
    let result = |id: &str, content: &str| Part::ToolResult { id: id.into(), content: content.into() };
    let results = vec![result("call_1", "sunny"), result("call_2", "bad arguments")];
    let turns = [
        question,
        Message { role: Role::Assistant, parts: calls },
        Message { role: Role::Tool, parts: results },
    ];
    check(&version, &turns, fixture!("tool_result.json"));
}

#[test]
fn the_key_is_named_never_held_and_a_written_header_replaces_it() {
    let http = encode("openai", &model(), &[]);
    assert_eq!(
        (http.method.as_str(), http.url.as_str()),
        ("POST", "https://api.openai.com/v1/chat/completions")
    );
    let key = http.headers.iter().find(|header| header.name == "authorization").unwrap();
    assert_eq!(key.value, HeaderValue::Key { prefix: "Bearer " });
    let mut endpoint = sample::endpoint("openai");
    endpoint.headers = vec![("Authorization".into(), "Basic ${TOKEN}".into())];
    endpoint.base_url = Some("http://127.0.0.1:8080/v1/".into());
    let case = sample::case("c", json!({}), None);
    let version = model();
    let Ok(Wire::Http(http)) = make(&endpoint).unwrap().encode(&sample::call(&version, &case, &[])) else {
        panic!()
    };
    assert_eq!(http.url, "http://127.0.0.1:8080/v1/chat/completions");
    let keys: Vec<_> = http.headers.iter().filter(|header| header.name == "authorization").collect();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].value, HeaderValue::Text("Basic ${TOKEN}".into()));
}

#[test]
fn dialects_differ_in_what_they_are_sent() {
    let version = Version { stream: true, response_schema: Some(json!({"type": "object"})), ..model() };
    let body = |kind| -> Value { serde_json::from_slice(&encode(kind, &version, &[]).body).unwrap() };
    assert_eq!(body("mistral").get("stream_options"), None);
    assert_eq!(body("deepseek")["response_format"], json!({"type": "json_object"}));
    assert_eq!(body("vllm")["stream_options"], json!({"include_usage": true}));
    let mut endpoint = sample::endpoint("vllm");
    endpoint.base_url = Some("127.0.0.1:8000".into());
    assert_eq!(make(&endpoint).unwrap_err().key.as_deref(), Some("base_url"));
}

#[test]
fn remarks_warn_of_typos_and_refuse_what_the_call_fills() {
    let remarks = |kind: &str, model: &str, params: Value| -> Vec<(String, bool)> {
        let version = Version { params: sample::map(params), ..sample::model(kind, model) };
        provider(kind).check(&version).into_iter().map(|remark| (remark.key, remark.fatal)).collect()
    };
    assert_eq!(remarks("openai", "gpt-4o", json!({"temprature": 0})), [("params.temprature".into(), false)]);
    assert_eq!(remarks("openai", "gpt-4o", json!({"n": 2})), [("params.n".into(), true)]);
    assert_eq!(
        remarks("openai", "gpt-5-mini", json!({"max_tokens": 2})),
        [("params.max_tokens".into(), false)]
    );
    let mut azure = sample::endpoint("azure-openai");
    azure.base_url = Some("https://x.openai.azure.com".into());
    let azure = (PROVIDERS.find("azure-openai").unwrap().make.make)(&azure).unwrap();
    let params = sample::map(json!({"max_tokens": 2}));
    let version = Version { params, ..sample::model("azure-openai", "gpt-5-mini") };
    let azure: Vec<_> = azure.check(&version).into_iter().map(|remark| (remark.key, remark.fatal)).collect();
    let refused = [("params.temperature".to_owned(), false)];
    assert_eq!(remarks("openai", "gpt-5-mini", json!({"temperature": 0, "top_p": 1})), refused);
    assert_eq!(remarks("openai", "gpt-5.2", json!({"temperature": 0, "reasoning_effort": "low"})), refused);
    assert_eq!(remarks("openai", "gpt-5.2", json!({"temperature": 0})), []);
    assert_eq!(azure, [("params.max_tokens".into(), false)]);
    assert_eq!(remarks("vllm", "o3-mine", json!({"temperature": 0})), []);
    assert_eq!(remarks("mistral", "m", json!({"seed": 2, "max_tokens": 3})), [("params.seed".into(), false)]);
    assert_eq!(remarks("openai", "gpt-4o", json!({"top_k": 2})), [("params.top_k".into(), false)]);
    assert_eq!(remarks("vllm", "m", json!({"top_k": 2, "max_tokens": 3})), []);
    let version = Version {
        response_schema: Some(json!({"type": "object", "properties": {}})),
        params: sample::map(json!({"response_format": {}})),
        ..model()
    };
    assert!(provider("openai").check(&version).iter().any(|remark| remark.fatal));
    let open = Version { params: Map::new(), ..version };
    assert_eq!(provider("openai").check(&open)[0].key, "response_schema");
}

fn read(status: u16, body: &str) -> Result<Completion, Failure> {
    decode(&Reply::Http { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
}

fn choice(message: Value, finish: &str) -> Result<Completion, Failure> {
    let usage = json!({"prompt_tokens": 9, "completion_tokens": 7});
    let mut reply = json!({"choices": [{"index": 0, "finish_reason": finish}], "usage": usage});
    reply["choices"][0]["message"] = message;
    read(200, &reply.to_string())
}

#[test]
fn a_reply_is_read_whole() {
    let answer = read(200, fixture!("reply.json")).unwrap();
    assert_eq!(answer.text, "The answer is 4. Ünïcödé ✓");
    assert_eq!(answer.finish_reason, Some(FinishReason::Stop));
    assert_eq!(answer.usage, Usage { input: Some(9), output: Some(7), ..Usage::default() });
    assert_eq!(answer.model.as_deref(), Some("gpt-4o-mini"));
    let answer = read(200, fixture!("reply_tools.json")).unwrap();
    assert_eq!((answer.text.as_str(), answer.finish_reason), ("", Some(FinishReason::ToolCalls)));
    assert_eq!(answer.tool_calls[0].arguments, json!({"city": "Paris"}));
}

#[test]
fn counts_are_kept_apart_and_absent_is_not_zero() {
    let usage = |counts: Value| {
        let body =
            json!({"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}], "usage": counts});
        read(200, &body.to_string()).unwrap()
    };
    let full = usage(json!({"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150, "cost": 0.5,
        "prompt_tokens_details": {"cached_tokens": 80, "cache_write_tokens": 5},
        "completion_tokens_details": {"reasoning_tokens": 0}}));
    let expected = Usage {
        input: Some(100),
        output: Some(50),
        cached_input: Some(80),
        cache_write: Some(5),
        reasoning: Some(0),
    };
    assert_eq!((full.usage, full.cost), (expected, Money::from_usd(0.5)));
    assert_eq!(usage(Value::Null).usage, Usage::default());
    assert_eq!(usage(json!({"prompt_tokens": 9, "cached_tokens": 4})).usage.cached_input, Some(4));
    let apart = usage(json!({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 35,
        "completion_tokens_details": {"reasoning_tokens": 20}}));
    assert_eq!((apart.usage.output, apart.usage.reasoning), (Some(25), Some(20)));
}

#[test]
fn every_way_to_stop_has_its_word() {
    let text = json!({"content": "x"});
    let finish = |name| choice(text.clone(), name).unwrap().finish_reason.unwrap();
    assert_eq!(finish("length"), FinishReason::Length);
    assert_eq!(finish("function_call"), FinishReason::ToolCalls);
    assert_eq!(finish("weird"), FinishReason::Other("weird".into()));
    let parts = json!({"content": [{"type": "thinking", "thinking": "…"}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]});
    assert_eq!(choice(parts, "stop").unwrap().text, "ab");
    let legacy =
        choice(json!({"content": null, "function_call": {"name": "f", "arguments": "{}"}}), "function_call");
    assert_eq!(legacy.unwrap().tool_calls[0].name, "f");
    let refused = choice(json!({"content": null, "refusal": "I cannot."}), "stop").unwrap();
    assert_eq!((refused.text.as_str(), &refused.metadata["refusal"]), ("I cannot.", &json!(true)));
}

#[test]
fn what_is_no_answer_is_a_failure_that_keeps_what_was_counted() {
    let empty = choice(json!({"content": null}), "length").unwrap_err();
    assert_eq!((empty.kind, empty.usage.output), (ErrorType::Empty, Some(7)));
    let filtered = choice(json!({"content": "half"}), "content_filter").unwrap_err();
    assert_eq!(filtered.kind, ErrorType::ContentFilter);
    assert_eq!(filtered.partial.unwrap().text, "half");
    let text = json!({"content": "half"});
    let starved = choice(text, "insufficient_system_resource").unwrap_err();
    assert_eq!((starved.kind, starved.partial.unwrap().text.as_str()), (ErrorType::Status(503), "half"));
    assert_eq!(
        read(200, r#"{"error": {"code": 429, "message": "slow"}}"#).unwrap_err().kind,
        ErrorType::Status(429)
    );
    assert_eq!(read(401, r#"{"error": {"message": "Bad key"}}"#).unwrap_err().message, "Bad key");
    assert_eq!(read(200, "{\"choices\"").unwrap_err().kind, ErrorType::Malformed);
    assert_eq!(read(200, "{}").unwrap_err().kind, ErrorType::Malformed);
    assert_eq!(read(200, r#"{"choices": []}"#).unwrap_err().kind, ErrorType::Empty);
}

/// Feeds a stream in chunks of `size` bytes; the number of chunks after which the first token had come, the result.
fn feed(stream: &str, size: usize) -> (Option<usize>, Result<Completion, Failure>) {
    let mut decoder = provider("openai").stream().unwrap();
    let mut first = None;
    for (count, chunk) in (1..).zip(stream.as_bytes().chunks(size)) {
        match decoder.push(chunk) {
            Ok(started) => first = first.or(started.then_some(count)),
            Err(failure) => return (first, Err(failure)),
        }
    }
    (first, decoder.finish())
}

#[test]
fn a_stream_in_any_chunks_is_the_same_answer() {
    let stream = fixture!("reply.sse");
    let whole = feed(stream, stream.len()).1.unwrap();
    assert_eq!(whole.text, "The answer is 4. Ünïcödé ✓");
    assert_eq!(whole.usage, Usage { input: Some(9), output: Some(7), ..Usage::default() });
    for size in [1, 2, 7, 100] {
        assert_eq!(feed(stream, size).1.as_ref(), Ok(&whole));
    }
    let lines: Vec<&str> = stream.split_inclusive("\n\n").collect();
    let mut decoder = provider("openai").stream().unwrap();
    assert_eq!(decoder.push(lines[0].as_bytes()), Ok(false), "the role alone is no token");
    assert_eq!(decoder.push(lines[1].as_bytes()), Ok(true));
}

#[test]
fn a_cut_stream_is_a_failure_with_its_part() {
    let stream = fixture!("reply.sse");
    let finish = stream.find("\"finish_reason\":\"stop\"").unwrap();
    for at in [0, 1, stream.find("\n\n").unwrap(), finish] {
        let (_, result) = feed(&stream[..at], 50);
        assert_eq!(result.unwrap_err().kind, ErrorType::Cut, "cut at byte {at}");
    }
    let partial = feed(&stream[..finish], 50).1.unwrap_err().partial.unwrap();
    assert_eq!(partial.text, "The answer is 4. Ünïcödé ✓");
}

#[test]
fn tool_calls_grow_by_index_or_by_id() {
    let events = |deltas: &[Value]| {
        let mut stream: String = deltas
            .iter()
            .map(|calls| format!("data: {}\n\n", json!({"choices": [{"delta": {"tool_calls": calls}}]})))
            .collect();
        stream.push_str(
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n",
        );
        feed(&stream, 9).1.unwrap().tool_calls
    };
    let calls = events(&[
        json!([{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}]),
        json!([{"index": 1, "id": "b", "function": {"name": "g", "arguments": "{\"x\""}}]),
        json!([{"index": 0, "function": {"arguments": "{\"y\":1}"}}, {"index": 1, "function": {"arguments": ":2}"}}]),
    ]);
    assert_eq!((calls[0].id.as_str(), &calls[0].arguments), ("a", &json!({"y": 1})));
    assert_eq!((calls[1].name.as_str(), &calls[1].arguments), ("g", &json!({"x": 2})));
    let calls = events(&[
        json!([{"id": "a", "function": {"name": "f", "arguments": "{"}}]),
        json!([{"id": "a", "function": {"arguments": "}"}}]),
        json!([{"id": "b", "function": {"name": "f", "arguments": {"z": 1}}}]),
    ]);
    assert_eq!(
        calls.iter().map(|call| call.arguments.clone()).collect::<Vec<_>>(),
        [json!({}), json!({"z": 1})]
    );
}

#[test]
fn errors_and_bodies_that_are_no_stream_are_read_too() {
    let broken = "data: {\"choices\":[{\"delta\":{\"content\":\"ha\"}}]}\n\ndata: {\"error\":{\"message\":\"gone\",\"type\":\"server_error\"}}\n\n";
    let failure = feed(broken, 11).1.unwrap_err();
    assert_eq!((failure.kind, failure.message.as_str()), (ErrorType::Status(500), "gone"));
    assert_eq!(failure.partial.unwrap().text, "ha");
    assert_eq!(feed("data: {]\n\n", 3).1.unwrap_err().kind, ErrorType::Malformed);
    assert_eq!(feed(fixture!("reply.json"), 13).1.unwrap().text, "The answer is 4. Ünïcödé ✓");
    let thought = "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n";
    assert_eq!(feed(thought, thought.len()).0, Some(1));
}

#[test]
fn a_quota_is_money_where_openai_says_so_and_may_be_a_rate_elsewhere() {
    let refused = || Reply::Http {
        status: 429,
        headers: Vec::new(),
        body: br#"{"error":{"code":"insufficient_quota","message":"later"}}"#.to_vec(),
    };
    let kind = |name: &str| provider(name).decode(&refused()).unwrap_err().kind;
    assert_eq!(kind("openai"), ErrorType::Status(402));
    assert_eq!(kind("vllm"), ErrorType::Status(429));
}
