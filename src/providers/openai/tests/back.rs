//! What of an answer goes back to the service with the next call: thoughts, parts that are no text, marks of tool calls.
use super::*;

macro_rules! own {
    ($name:literal) => {
        include_str!(concat!("../../../../fixtures/providers/openai/", $name))
    };
}

macro_rules! mistral {
    ($name:literal) => {
        include_str!(concat!("../../../../fixtures/providers/mistral/", $name))
    };
}

#[test]
fn thoughts_go_back_as_they_came() {
    let version = sample::goes_on("openrouter", "m-1", json!({}));
    let reply = (own!("reply_thought.json"), own!("reply_thought.sse").as_bytes());
    sample::remembers(&*provider("openrouter"), &version, reply, own!("thought_history.json"));
}

#[test]
fn a_thought_that_is_one_text_goes_back_even_an_empty_one() {
    let back = |message: Value| {
        let reply = json!({"choices": [{"finish_reason": "tool_calls", "message": message}]}).to_string();
        let answer = provider("deepseek").decode(&Reply::Http {
            status: 200,
            headers: Vec::new(),
            body: reply.into(),
        });
        let said = Message { role: Role::Assistant, parts: answer.unwrap().said() };
        let sent: Value = serde_json::from_slice(&encode("deepseek", &model(), &[said]).body).unwrap();
        sent["messages"][0].clone()
    };
    let call = json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    for thought in ["", "hm"] {
        let message =
            json!({"role": "assistant", "content": null, "reasoning_content": thought, "tool_calls": [call]});
        assert_eq!(back(message.clone()), message);
    }
    let plain =
        json!({"role": "assistant", "content": null, "reasoning_content": null, "tool_calls": [call]});
    assert_eq!(back(plain).get("reasoning_content"), None);
    let details = json!([{"type": "reasoning.encrypted", "data": "x"}]);
    let answer =
        json!({"role": "assistant", "content": "4", "reasoning": "hm", "reasoning_details": details});
    let without = json!({"role": "assistant", "content": "4", "reasoning_details": details});
    assert_eq!(back(answer), without, "a bare text after which no tool was called stays here");
}

#[test]
fn parts_of_the_content_that_are_no_text_go_back_where_they_stood() {
    let version = sample::goes_on("mistral", "magistral-medium-latest", json!({}));
    let reply = (mistral!("reply_thought.json"), mistral!("reply_thought.sse").as_bytes());
    sample::remembers(&*provider("mistral"), &version, reply, mistral!("thought_history.json"));
    let chunks = json!([{"type": "thinking", "thinking": "hm", "text": "no answer"},
        {"type": "text", "text": "4"}, {"type": "reference", "reference_ids": [1]}]);
    let answer = choice(json!({"content": chunks}), "stop").unwrap();
    assert_eq!(answer.text, "4");
    let said = Message { role: Role::Assistant, parts: answer.said() };
    let sent: Value = serde_json::from_slice(&encode("mistral", &model(), &[said]).body).unwrap();
    assert_eq!(sent["messages"][0], json!({"role": "assistant", "content": chunks}));
}

/// What the API is told of the calls of a streamed answer whose deltas these are.
fn calls_back(deltas: &[Value]) -> Value {
    let event = |calls: &Value| json!({"choices": [{"delta": {"tool_calls": calls}}]});
    let end = json!({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]});
    let events = deltas.iter().map(event).chain([end]);
    let stream: String = events.map(|event| format!("data: {event}\n\n")).collect();
    let said = Message { role: Role::Assistant, parts: feed(&stream, 9).1.unwrap().said() };
    let sent: Value = serde_json::from_slice(&encode("openai", &model(), &[said]).body).unwrap();
    sent["messages"][0]["tool_calls"].clone()
}

#[test]
fn the_mark_of_a_call_stays_with_it_whichever_part_brings_it() {
    let mark = |name: &str| json!({"google": {"thought_signature": name}});
    let call = |id: &str, mark: Value| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}, "extra_content": mark});
    let both = json!([call("a", mark("A")), call("b", mark("B"))]);
    let begins = |index: u64, id: &str| json!({"index": index, "id": id, "function": {"name": "f", "arguments": "{}"}});
    let marks = |index: u64, name: &str| json!({"index": index, "extra_content": mark(name)});
    let late = [begins(0, "a"), marks(0, "A"), begins(1, "b"), marks(1, "B")];
    assert_eq!(calls_back(&late.map(|one| json!([one]))), both);
    let crossed = [begins(0, "a"), begins(1, "b"), marks(1, "B"), marks(0, "A")];
    assert_eq!(calls_back(&crossed.map(|one| json!([one]))), both);
    let again = [
        json!([begins(0, "a"), begins(1, "b")]),
        json!([marks(0, "x"), marks(1, "B")]),
        json!([marks(0, "A")]),
    ];
    assert_eq!(calls_back(&again), both);
}

#[test]
fn calls_that_share_an_index_are_told_apart_by_id_and_name() {
    let call = |id: &str, name: &str, arguments: &str| json!([{"index": 0, "id": id, "function": {"name": name, "arguments": arguments}}]);
    let calls = calls_back(&[call("a", "f", "{\"x\":1}"), call("b", "g", ""), call("", "", "{}")]);
    let arguments = |at: usize| (calls[at]["id"].clone(), calls[at]["function"]["arguments"].clone());
    assert_eq!([arguments(0), arguments(1)], [(json!("a"), json!("{\"x\":1}")), (json!("b"), json!("{}"))]);
    // And others give every part an id of its own.
    let calls = calls_back(&[call("a", "f", "{\"x\":"), call("b", "", "1}")]);
    assert_eq!(
        (calls.as_array().unwrap().len(), &calls[0]["function"]["arguments"]),
        (1, &json!("{\"x\":1}"))
    );
}
