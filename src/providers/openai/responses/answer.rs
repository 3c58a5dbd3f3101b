//! A response, and the events of its stream, as a growing answer.
use serde_json::{Value, json};

use crate::domain::{ErrorType, FinishReason, Usage};
use crate::providers::growing::Growing;
use crate::providers::{Failure, error_body};

/// Takes a whole response.
///
/// # Errors
/// It is an error object, or it failed.
pub(super) fn whole(growing: &mut Growing, response: &Value) -> Result<(), Failure> {
    growing.refuse_error(response)?;
    for item in response.get("output").and_then(Value::as_array).into_iter().flatten() {
        growing.seen = true;
        mark(growing, item);
        think(growing, item);
        for part in item.get("content").and_then(Value::as_array).into_iter().flatten() {
            let text = |key: &str| part.get(key).and_then(Value::as_str).unwrap_or_default();
            match text("type") {
                "output_text" => growing.text(text("text")),
                "refusal" => refusal(growing, text("refusal")),
                _ => {}
            }
        }
        if item.get("type").and_then(Value::as_str) == Some("function_call") {
            let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
            growing.call(text("id"), text("call_id"), text("name"));
            growing.arguments(text("id"), text("arguments"));
        }
    }
    end(growing, response)
}

/// Takes one event of a stream.
///
/// # Errors
/// It is an error, or the response failed.
pub(super) fn event(growing: &mut Growing, _name: &str, event: &Value) -> Result<(), Failure> {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    match text("/type") {
        "response.output_text.delta" => growing.text(text("/delta")),
        "response.refusal.delta" => refusal(growing, text("/delta")),
        kind if kind.starts_with("response.reasoning") && kind.ends_with(".delta") => {
            growing.thought(text("/delta"));
        }
        "response.output_item.added" if text("/item/type") == "function_call" => {
            growing.call(text("/item/id"), text("/item/call_id"), text("/item/name"));
        }
        "response.output_item.added" => mark(growing, event.get("item").unwrap_or(&Value::Null)),
        "response.output_item.done" if text("/item/type") == "function_call" => {
            // Some servers give the arguments here alone.
            growing.whole_arguments(text("/item/id"), text("/item/arguments"));
        }
        "response.output_item.done" => think(growing, event.get("item").unwrap_or(&Value::Null)),
        "response.function_call_arguments.delta" => growing.arguments(text("/item_id"), text("/delta")),
        "response.completed" | "response.incomplete" | "response.failed" => {
            return end(growing, event.get("response").unwrap_or(&Value::Null));
        }
        "error" => {
            let Failure { kind, message, .. } = error_body::of_object(event);
            return Err(growing.failure(kind, message));
        }
        // A server that does not stream answers with the whole of it, or with an error object.
        "" => return whole(growing, event),
        _ => {}
    }
    Ok(())
}

/// A thought comes whole. Only what the API takes again is kept of it: it refuses a status and the text in the open.
fn think(growing: &mut Growing, item: &Value) {
    if item.get("type").and_then(Value::as_str) != Some("reasoning") {
        return;
    }
    let kept = ["type", "id", "summary", "encrypted_content"];
    let kept = kept.iter().filter_map(|key| Some(((*key).to_owned(), item.get(*key)?.clone())));
    growing.think("", Value::Object(kept.collect()), said);
}

/// What of a thought people may read.
fn said(item: &Value) -> String {
    let parts = item.get("summary").and_then(Value::as_array).into_iter().flatten();
    let texts: Vec<&str> = parts.filter_map(|part| part.get("text")?.as_str()).collect();
    texts.join("\n\n")
}

/// Newer models say of a message whether it is the answer or a word on the way to it, and want to hear that again.
fn mark(growing: &mut Growing, item: &Value) {
    if let Some(phase) = item.get("phase").filter(|phase| phase.is_string()) {
        growing.think("", json!({"phase": phase}), said);
    }
}

/// A refusal is an answer, in the model's words: evaluators score it as any other.
fn refusal(growing: &mut Growing, said: &str) {
    growing.text(said);
    growing.completion.metadata.insert("refusal".to_owned(), Value::Bool(true));
}

fn end(growing: &mut Growing, response: &Value) -> Result<(), Failure> {
    let text = |pointer: &str| response.pointer(pointer).and_then(Value::as_str);
    growing.completion.model = text("/model").map(str::to_owned);
    growing.completion.id = text("/id").map(str::to_owned);
    if let Some(counts) = response.get("usage") {
        growing.completion.usage = usage(counts);
    }
    match text("/status") {
        Some("completed") => growing.stop(FinishReason::Stop),
        Some("incomplete") => growing.stop(match text("/incomplete_details/reason") {
            Some("max_output_tokens") => FinishReason::Length,
            Some("content_filter") => FinishReason::ContentFilter,
            other => FinishReason::Other(other.unwrap_or("incomplete").to_owned()),
        }),
        Some("failed") => {
            let error = response.get("error").filter(|error| error.is_object());
            let failure = error.map_or_else(
                || Failure::new(ErrorType::Other("provider_error".to_owned()), "the response failed"),
                error_body::of_object,
            );
            return Err(growing.failure(failure.kind, failure.message));
        }
        _ => {}
    }
    Ok(())
}

fn usage(counts: &Value) -> Usage {
    let at = |pointer: &str| counts.pointer(pointer).and_then(Value::as_u64);
    Usage {
        input: at("/input_tokens"),
        output: at("/output_tokens"),
        cached_input: at("/input_tokens_details/cached_tokens"),
        cache_write: at("/input_tokens_details/cache_write_tokens"),
        reasoning: at("/output_tokens_details/reasoning_tokens"),
    }
}
