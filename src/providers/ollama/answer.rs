//! A reply of `/api/chat`, or one line of its stream: both have the same shape.
use serde_json::{Value, json};

use crate::domain::{FinishReason, Usage};
use crate::providers::Failure;
use crate::providers::growing::{Growing, append};

/// Times the server measured itself, in nanoseconds.
const DURATIONS: [&str; 4] = ["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"];

/// The field of a message that holds what the model thought.
const THINKING: &str = "thinking";

/// Takes it.
///
/// # Errors
/// It is an error object.
pub(super) fn take(growing: &mut Growing, _name: &str, chunk: &Value) -> Result<(), Failure> {
    growing.refuse_error(chunk)?;
    if let Some(model) = chunk.get("model").and_then(Value::as_str) {
        growing.completion.model = Some(model.to_owned());
    }
    let Some(message) = chunk.get("message").filter(|message| message.is_object()) else { return Ok(()) };
    let text = |key: &str| message.get(key).and_then(Value::as_str).unwrap_or_default();
    think(growing, text("thinking"));
    growing.text(text("content"));
    for call in message.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
        let id = call.get("id").and_then(Value::as_str);
        let name = call.pointer("/function/name").and_then(Value::as_str).unwrap_or_default();
        let none = Value::Object(crate::domain::Map::new());
        growing.whole_call(id, name, call.pointer("/function/arguments").unwrap_or(&none));
    }
    if chunk.get("done") == Some(&Value::Bool(true)) {
        let reason = chunk.get("done_reason").and_then(Value::as_str).unwrap_or("stop");
        growing.stop(match reason {
            "stop" => FinishReason::Stop,
            "length" => FinishReason::Length,
            other => FinishReason::parse(other),
        });
        let at = |key: &str| chunk.get(key).and_then(Value::as_u64);
        growing.completion.usage = Usage {
            input: at("prompt_eval_count"),
            output: at("eval_count"),
            cached_input: at("prompt_eval_cached_count"),
            ..Usage::default()
        };
        for name in DURATIONS {
            if let Some(value) = chunk.get(name) {
                growing.completion.metadata.insert(name.to_owned(), value.clone());
            }
        }
    }
    Ok(())
}

/// Thinking goes back with the message it came with.
fn think(growing: &mut Growing, part: &str) {
    match growing.open_thought(THINKING) {
        Some(fields) => append(fields, THINKING, part),
        None if !part.is_empty() => growing.think(THINKING, json!({THINKING: part}), said),
        None => {}
    }
    growing.thought(part);
}

/// What people may read of it.
fn said(fields: &Value) -> String {
    fields[THINKING].as_str().unwrap_or_default().to_owned()
}
