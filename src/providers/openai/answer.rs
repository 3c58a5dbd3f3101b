//! A chat completion, or a chunk of its stream, as a growing answer: a whole reply is one chunk whose `message` is the
//! `delta`, so both are read by the same code. Tolerates the deviations of services that speak the protocol: text as
//! parts, no `index`, counts elsewhere.
use serde_json::Value;

use crate::domain::{ErrorType, FinishReason, Money, Usage};
use crate::providers::Failure;
use crate::providers::growing::Growing;

use super::thoughts;

/// Takes it.
///
/// # Errors
/// It is or holds an error object.
pub(super) fn take(growing: &mut Growing, _name: &str, chunk: &Value) -> Result<(), Failure> {
    growing.refuse_error(chunk)?;
    let answer = &mut growing.completion;
    for (key, slot) in [
        ("model", &mut answer.model),
        ("id", &mut answer.id),
        ("system_fingerprint", &mut answer.fingerprint),
    ] {
        if let Some(text) = chunk.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()) {
            *slot = Some(text.to_owned());
        }
    }
    for counts in [chunk.get("usage"), chunk.pointer("/x_groq/usage")].into_iter().flatten() {
        if counts.is_object() {
            answer.usage = usage(counts);
            answer.cost =
                counts.get("cost").and_then(Value::as_f64).and_then(Money::from_usd).or(answer.cost);
        }
    }
    let Some(choices) = chunk.get("choices").and_then(Value::as_array) else { return Ok(()) };
    growing.seen = true;
    let first = |choice: &&Value| choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0;
    choices.iter().filter(first).try_for_each(|choice| take_choice(growing, choice))
}

fn take_choice(growing: &mut Growing, choice: &Value) -> Result<(), Failure> {
    growing.refuse_error(choice)?;
    if let Some(delta) = choice.get("delta").or_else(|| choice.get("message")) {
        let whole = choice.get("delta").is_none();
        thoughts::take(growing, delta, whole);
        take_delta(growing, delta, whole);
    }
    match choice.get("finish_reason").and_then(Value::as_str) {
        Some("error") => {
            let kind = ErrorType::Other("provider_error".to_owned());
            Err(growing.failure(kind, "the provider stopped with `finish_reason: error`"))
        }
        // DeepSeek's word for what others answer with a 503.
        Some("insufficient_system_resource") => Err(growing.failure(
            ErrorType::Status(503),
            "the provider ran out of resources in the middle of the answer",
        )),
        Some(reason) => {
            growing.stop(finish_reason(reason));
            Ok(())
        }
        None => Ok(()),
    }
}

fn take_delta(growing: &mut Growing, delta: &Value, whole: bool) {
    let text = |key: &str| delta.get(key).and_then(Value::as_str).unwrap_or_default();
    take_content(growing, delta.get("content").unwrap_or(&Value::Null), whole);
    let refusal = text("refusal");
    if !refusal.is_empty() {
        // A refusal is an answer, in the model's words: evaluators score it as any other.
        growing.text(refusal);
        growing.completion.metadata.insert("refusal".to_owned(), Value::Bool(true));
    }
    for call in delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
        take_call(growing, call, call.get("function").unwrap_or(&Value::Null));
    }
    if let Some(call) = delta.get("function_call").filter(|call| call.is_object()) {
        take_call(growing, &Value::Null, call);
    }
}

/// Text as it is, or a list of parts: those that are no text go back to the service as they came.
fn take_content(growing: &mut Growing, content: &Value, whole: bool) {
    match content {
        Value::String(text) => growing.text(text),
        Value::Array(parts) => {
            for part in parts.iter().filter(|part| part.is_object()) {
                match thoughts::answered(part) {
                    Some(text) => growing.text(text),
                    None => thoughts::take_chunk(growing, part, whole),
                }
            }
        }
        _ => {}
    }
}

fn take_call(growing: &mut Growing, outer: &Value, function: &Value) {
    let text =
        |holder: &Value, key: &str| holder.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let index = outer.get("index").and_then(Value::as_u64);
    let number = growing.part_of_call(index, &text(outer, "id"), &text(function, "name"));
    thoughts::mark(growing, number, outer);
    let arguments = growing.arguments_of(number);
    match function.get("arguments") {
        Some(Value::String(part)) => arguments.push_str(part),
        Some(Value::Null) | None => {}
        Some(value) => *arguments = value.to_string(),
    }
}

/// The word for a stop, in the spellings of the services that speak the protocol.
fn finish_reason(written: &str) -> FinishReason {
    match written {
        "stop" | "eos" | "end_turn" | "stop_sequence" => FinishReason::Stop,
        "length" | "max_tokens" | "model_length" => FinishReason::Length,
        "tool_calls" | "function_call" | "tool_use" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        other => FinishReason::parse(other),
    }
}

/// Token counts. A service whose total exceeds input and output by exactly the reasoning tokens counts those apart
/// (xAI); our output always includes them.
fn usage(counts: &Value) -> Usage {
    let at = |pointer: &str| counts.pointer(pointer).and_then(Value::as_u64);
    let (input, output) = (at("/prompt_tokens"), at("/completion_tokens"));
    let reasoning = at("/completion_tokens_details/reasoning_tokens");
    let apart = match (input, output, reasoning, at("/total_tokens")) {
        (Some(input), Some(output), Some(reasoning), Some(total))
            if total.checked_sub(input).and_then(|rest| rest.checked_sub(output)) == Some(reasoning) =>
        {
            reasoning
        }
        _ => 0,
    };
    Usage {
        input,
        output: output.map(|output| output.saturating_add(apart)),
        cached_input: at("/prompt_tokens_details/cached_tokens")
            .or_else(|| at("/prompt_cache_hit_tokens"))
            .or_else(|| at("/cached_tokens")),
        cache_write: at("/prompt_tokens_details/cache_write_tokens"),
        reasoning,
    }
}
