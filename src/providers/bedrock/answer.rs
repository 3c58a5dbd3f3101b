//! A reply of Converse, and the events of its stream, as a growing answer.
use serde_json::{Value, json};

use crate::domain::{ErrorType, FinishReason, Usage};
use crate::providers::Failure;
use crate::providers::growing::{Growing, append};

/// Takes a whole reply.
///
/// # Errors
/// It is an error object.
pub(super) fn whole(growing: &mut Growing, reply: &Value) -> Result<(), Failure> {
    growing.refuse_error(reply)?;
    for block in reply.pointer("/output/message/content").and_then(Value::as_array).into_iter().flatten() {
        growing.text(block.get("text").and_then(Value::as_str).unwrap_or_default());
        if block.get("reasoningContent").is_some() {
            growing.think("", block.clone(), said);
        }
        if let Some(call) = block.get("toolUse") {
            let text = |key: &str| call.get(key).and_then(Value::as_str);
            let none = Value::Object(crate::domain::Map::new());
            let input = call.get("input").unwrap_or(&none);
            growing.whole_call(text("toolUseId"), text("name").unwrap_or_default(), input);
        }
    }
    end(growing, reply);
    Ok(())
}

/// Takes one event of a stream, named by its type.
///
/// # Errors
/// It is an exception.
pub(super) fn event(growing: &mut Growing, name: &str, event: &Value) -> Result<(), Failure> {
    let key = event.get("contentBlockIndex").and_then(Value::as_u64).unwrap_or(0).to_string();
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    match name {
        "contentBlockStart" => {
            if let Some(name) = text("/start/toolUse/name") {
                growing.call(&key, text("/start/toolUse/toolUseId").unwrap_or_default(), name);
            }
        }
        "contentBlockDelta" => {
            growing.text(text("/delta/text").unwrap_or_default());
            if let Some(part) = event.pointer("/delta/reasoningContent") {
                reason(growing, &key, part);
            }
            growing.arguments(&key, text("/delta/toolUse/input").unwrap_or_default());
        }
        "messageStop" | "metadata" => end(growing, event),
        _ if name.ends_with("Exception") => {
            let said = text("/message").unwrap_or("the stream broke off with an exception");
            return Err(growing.failure(kind(name), said));
        }
        // A server that does not stream answers with the whole of it.
        "" => return whole(growing, event),
        // `messageStart`, `contentBlockStop` and what is added later carry nothing of the answer.
        _ => {}
    }
    Ok(())
}

/// A part of a block of reasoning: its text or its signature, or all of it where it is encrypted.
fn reason(growing: &mut Growing, key: &str, part: &Value) {
    let text = |key: &str| part.get(key).and_then(Value::as_str).unwrap_or_default();
    growing.thought(text("text"));
    if part.get("redactedContent").is_some() {
        return growing.think(key, json!({"reasoningContent": part}), said);
    }
    if growing.open_thought(key).is_none() {
        growing.think(key, json!({"reasoningContent": {"reasoningText": {"text": ""}}}), said);
    }
    let block = growing.open_thought(key).and_then(|raw| raw.pointer_mut("/reasoningContent/reasoningText"));
    if let Some(block) = block {
        append(block, "text", text("text"));
        append(block, "signature", text("signature"));
    }
}

/// What of a block of reasoning people may read.
fn said(block: &Value) -> String {
    let text = block.pointer("/reasoningContent/reasoningText/text");
    text.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Exceptions of a stream come after its status: each stands for one.
fn kind(name: &str) -> ErrorType {
    match name {
        "throttlingException" => ErrorType::Status(429),
        "validationException" => ErrorType::Status(400),
        "modelTimeoutException" => ErrorType::Status(408),
        "serviceUnavailableException" => ErrorType::Status(503),
        // A 424 where it does not come in a stream; to be tried again, so that it is a cut one here.
        "modelStreamErrorException" => ErrorType::Cut,
        _ => ErrorType::Status(500),
    }
}

fn end(growing: &mut Growing, holder: &Value) {
    if let Some(counts) = holder.get("usage") {
        growing.completion.usage = usage(counts);
    }
    if let Some(reason) = holder.get("stopReason").and_then(Value::as_str) {
        growing.stop(finish_reason(reason));
    }
}

/// The word for a stop.
fn finish_reason(written: &str) -> FinishReason {
    match written {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "content_filtered" | "content_filter" | "guardrail_intervened" | "refusal" => {
            FinishReason::ContentFilter
        }
        other => FinishReason::parse(other),
    }
}

/// In our sense: input is the sum, since `inputTokens` leaves out what the cache read and wrote.
fn usage(counts: &Value) -> Usage {
    let at = |key: &str| counts.get(key).and_then(Value::as_u64);
    let (read, write) = (at("cacheReadInputTokens"), at("cacheWriteInputTokens"));
    let cached = read.unwrap_or(0).saturating_add(write.unwrap_or(0));
    Usage {
        input: at("inputTokens").map(|input| input.saturating_add(cached)),
        output: at("outputTokens"),
        cached_input: read,
        cache_write: write,
        reasoning: None,
    }
}
