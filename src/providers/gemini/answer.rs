//! A reply of `generateContent`, or one event of its stream: both have the same shape.
use serde_json::{Value, json};

use crate::domain::{ErrorType, FinishReason, Usage};
use crate::providers::Failure;
use crate::providers::growing::{Growing, append};

/// Takes it.
///
/// # Errors
/// It is an error object, or the prompt was blocked.
pub(super) fn take(growing: &mut Growing, _name: &str, chunk: &Value) -> Result<(), Failure> {
    growing.refuse_error(chunk)?;
    let text = |key: &str| chunk.get(key).and_then(Value::as_str).map(str::to_owned);
    growing.completion.model = text("modelVersion").or(growing.completion.model.take());
    growing.completion.id = text("responseId").or(growing.completion.id.take());
    if let Some(counts) = chunk.get("usageMetadata") {
        growing.completion.usage = usage(counts);
    }
    if let Some(reason) = chunk.pointer("/promptFeedback/blockReason").and_then(Value::as_str) {
        return Err(growing.failure(
            ErrorType::ContentFilter,
            format!("the provider's filter refused the prompt (`{reason}`)"),
        ));
    }
    let Some(candidate) = chunk.pointer("/candidates/0") else { return Ok(()) };
    for part in candidate.pointer("/content/parts").and_then(Value::as_array).into_iter().flatten() {
        take_part(growing, part);
    }
    if let Some(reason) = candidate.get("finishReason").and_then(Value::as_str) {
        growing.stop(finish_reason(reason));
    }
    Ok(())
}

fn take_part(growing: &mut Growing, part: &Value) {
    let signature = part.get("thoughtSignature");
    // A thought's summary is no part of the answer.
    if part.get("thought") == Some(&Value::Bool(true)) {
        return think(growing, part, signature.is_some());
    }
    if let Some(signature) = signature {
        growing.think(SIGNED, json!({"thoughtSignature": signature}), said);
    }
    match part.get("text").and_then(Value::as_str) {
        Some(text) if signature.is_some() => growing.marked_text(text),
        Some(text) => growing.text(text),
        None => {}
    }
    if let Some(call) = part.get("functionCall") {
        let text = |key: &str| call.get(key).and_then(Value::as_str);
        let none = Value::Object(crate::domain::Map::new());
        growing.whole_call(text("id"), text("name").unwrap_or_default(), call.get("args").unwrap_or(&none));
    }
}

/// The key of thoughts that nothing is added to.
const SIGNED: &str = "signed";
/// The key of thoughts that come in pieces.
const OPEN: &str = "open";

/// Pieces of a thought are one, but a signed piece is none of them: its signature is for it alone.
fn think(growing: &mut Growing, part: &Value, is_signed: bool) {
    let text = said(part);
    match growing.last_thought(OPEN) {
        Some(open) if !is_signed => {
            append(open, "text", &text);
            growing.thought(&text);
        }
        _ => growing.think(if is_signed { SIGNED } else { OPEN }, part.clone(), said),
    }
}

/// What of a part people may read.
fn said(part: &Value) -> String {
    part.get("text").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The word for a stop.
fn finish_reason(written: &str) -> FinishReason {
    match written {
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        "FUNCTION_CALL" => FinishReason::ToolCalls,
        "SAFETY"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => FinishReason::ContentFilter,
        other => FinishReason::parse(&other.to_lowercase()),
    }
}

/// Counts: thinking stands beside the answer's tokens, ours includes it; the prompt's include what a cache gave.
fn usage(counts: &Value) -> Usage {
    let at = |key: &str| counts.get(key).and_then(Value::as_u64);
    let add = |a: Option<u64>, b: Option<u64>| a.map(|a| a.saturating_add(b.unwrap_or(0)));
    let thoughts = at("thoughtsTokenCount");
    Usage {
        input: add(at("promptTokenCount"), at("toolUsePromptTokenCount")),
        output: add(at("candidatesTokenCount").or(thoughts.map(|_| 0)), thoughts),
        cached_input: at("cachedContentTokenCount"),
        cache_write: None,
        reasoning: thoughts,
    }
}
