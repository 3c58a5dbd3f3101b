//! A message, and the events of its stream, as a growing answer.
use serde_json::Value;

use crate::domain::{FinishReason, Usage};
use crate::providers::Failure;
use crate::providers::growing::{Growing, append};

/// The field of a delta that holds a part of a tool's input.
const PARTIAL: &str = "partial_json";

/// Takes a whole message.
///
/// # Errors
/// It is an error object.
pub(super) fn whole(growing: &mut Growing, message: &Value) -> Result<(), Failure> {
    growing.refuse_error(message)?;
    start(growing, message);
    let blocks = message.get("content").and_then(Value::as_array).into_iter().flatten();
    for (index, block) in blocks.enumerate() {
        open(growing, &index.to_string(), block);
    }
    end(growing, message);
    Ok(())
}

/// Takes one event of a stream.
///
/// # Errors
/// It is an error event.
pub(super) fn event(growing: &mut Growing, _name: &str, event: &Value) -> Result<(), Failure> {
    let part = |key: &str| event.get(key).unwrap_or(&Value::Null);
    let key = part("index").as_u64().unwrap_or(0).to_string();
    match part("type").as_str() {
        Some("message_start") => start(growing, part("message")),
        Some("content_block_start") => open(growing, &key, part("content_block")),
        Some("content_block_delta") => extend(growing, &key, part("delta")),
        Some("content_block_stop") => close(growing, &key),
        Some("message_delta") => {
            count(&mut growing.completion.usage, part("usage"));
            end(growing, part("delta"));
        }
        Some("message") => return whole(growing, event),
        // `ping`, `message_stop` and whatever is added later carry nothing of the answer.
        _ => return growing.refuse_error(event),
    }
    Ok(())
}

fn start(growing: &mut Growing, message: &Value) {
    growing.seen = message.get("content").is_some_and(Value::is_array);
    let text = |key: &str| message.get(key).and_then(Value::as_str).map(str::to_owned);
    (growing.completion.model, growing.completion.id) = (text("model"), text("id"));
    count(&mut growing.completion.usage, message.get("usage").unwrap_or(&Value::Null));
}

fn open(growing: &mut Growing, key: &str, block: &Value) {
    let text = |key: &str| block.get(key).and_then(Value::as_str).unwrap_or_default();
    match text("type") {
        "text" => growing.text(text("text")),
        "tool_use" => {
            growing.call(key, text("id"), text("name"));
            // A stream begins with an empty one, whose parts follow.
            let input = block.get("input").and_then(Value::as_object).filter(|input| !input.is_empty());
            if let Some(input) = input {
                growing.arguments(key, &Value::Object(input.clone()).to_string());
            }
        }
        // Thinking, what the provider's own tools were asked and answered: no part of the answer, but of what goes back.
        _ => growing.think(key, block.clone(), said),
    }
}

fn extend(growing: &mut Growing, key: &str, delta: &Value) {
    let text = |key: &str| delta.get(key).and_then(Value::as_str).unwrap_or_default();
    growing.text(text("text"));
    growing.thought(text("thinking"));
    match growing.open_thought(key) {
        Some(block) => {
            for field in ["thinking", "signature", PARTIAL] {
                append(block, field, text(field));
            }
        }
        None => growing.arguments(key, text(PARTIAL)),
    }
}

/// The parts of what one of the provider's own tools was asked become what it was asked.
fn close(growing: &mut Growing, key: &str) {
    let Some(Value::Object(block)) = growing.open_thought(key) else { return };
    let input = block.shift_remove(PARTIAL).and_then(|parts| serde_json::from_str(parts.as_str()?).ok());
    if let Some(input) = input {
        block.insert("input".to_owned(), input);
    }
}

/// What of a block of thinking people may read.
fn said(block: &Value) -> String {
    block.get("thinking").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn end(growing: &mut Growing, holder: &Value) {
    if let Some(reason) = holder.get("stop_reason").and_then(Value::as_str) {
        growing.stop(finish_reason(reason));
    }
}

/// The word for a stop.
fn finish_reason(written: &str) -> FinishReason {
    match written {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::ContentFilter,
        other => FinishReason::parse(other),
    }
}

/// Takes counts in, ours being: input is the sum, since the API's `input_tokens` leaves out what its cache read and
/// wrote. Later counts replace earlier ones: those at the end of a stream are cumulative.
fn count(usage: &mut Usage, given: &Value) {
    let at = |pointer: &str| given.pointer(pointer).and_then(Value::as_u64);
    let cached =
        |usage: &Usage| usage.cached_input.unwrap_or(0).saturating_add(usage.cache_write.unwrap_or(0));
    let apart = at("/input_tokens").or(usage.input.map(|input| input.saturating_sub(cached(usage))));
    usage.cached_input = at("/cache_read_input_tokens").or(usage.cached_input);
    usage.cache_write = at("/cache_creation_input_tokens").or(usage.cache_write);
    usage.input = apart.map(|apart| apart.saturating_add(cached(usage)));
    usage.output = at("/output_tokens").or(usage.output);
    usage.reasoning = at("/output_tokens_details/thinking_tokens").or(usage.reasoning);
}
