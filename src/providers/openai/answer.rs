//! An answer as it grows: a whole reply is one chunk whose `message` is the `delta`, so both are read by the same
//! code. Tolerates the deviations of services that speak the protocol: text as parts, no `index`, counts elsewhere.
use serde_json::Value;

use crate::domain::{Completion, ErrorType, FinishReason, Money, Usage};
use crate::providers::{Failure, error_body, tool_call};

/// What has been read so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    /// Whether the first token (text, reasoning, a tool call) has come.
    pub(super) started: bool,
    text: String,
    refusal: String,
    calls: Vec<CallParts>,
    finish: Option<String>,
    usage: Usage,
    cost: Option<Money>,
    model: Option<String>,
    id: Option<String>,
    fingerprint: Option<String>,
    has_choices: bool,
}

/// A tool call as it grows.
#[derive(Clone, Debug, Default)]
struct CallParts {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
}

impl Answer {
    /// Takes a whole reply or a chunk of a stream.
    ///
    /// # Errors
    /// It is or holds an error object.
    pub(super) fn add(&mut self, chunk: &Value) -> Result<(), Failure> {
        self.refuse_error(chunk)?;
        for (key, slot) in
            [("model", &mut self.model), ("id", &mut self.id), ("system_fingerprint", &mut self.fingerprint)]
        {
            if let Some(text) = chunk.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()) {
                *slot = Some(text.to_owned());
            }
        }
        for counts in [chunk.get("usage"), chunk.pointer("/x_groq/usage")].into_iter().flatten() {
            if counts.is_object() {
                self.usage = usage(counts);
                self.cost =
                    counts.get("cost").and_then(Value::as_f64).and_then(Money::from_usd).or(self.cost);
            }
        }
        let Some(choices) = chunk.get("choices").and_then(Value::as_array) else { return Ok(()) };
        self.has_choices = true;
        let first = |choice: &&Value| choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0;
        choices.iter().filter(first).try_for_each(|choice| self.add_choice(choice))
    }

    /// The answer of a whole reply.
    ///
    /// # Errors
    /// It is empty, withheld, or no chat completion at all.
    pub(super) fn whole(self) -> Result<Completion, Failure> {
        if !self.has_choices {
            return Err(self.failure(ErrorType::Malformed, "the reply has no `choices`"));
        }
        self.judged()
    }

    /// The answer of a stream that ended.
    ///
    /// # Errors
    /// As `whole`, or the stream ended before its finish reason.
    pub(super) fn streamed(self) -> Result<Completion, Failure> {
        if self.finish.is_none() {
            let read = self.text.chars().count();
            let message = format!("the stream ended before its finish reason, after {read} characters");
            return Err(self.failure(ErrorType::Cut, message));
        }
        self.judged()
    }

    /// A failure that keeps what was read and counted.
    pub(super) fn failure(&self, kind: ErrorType, message: impl Into<String>) -> Failure {
        let partial = self.has_choices.then(|| Box::new(self.completion()));
        Failure { kind, message: message.into(), usage: self.usage, partial }
    }

    fn refuse_error(&self, holder: &Value) -> Result<(), Failure> {
        match holder.get("error") {
            None | Some(Value::Null) => Ok(()),
            Some(error) => {
                let Failure { kind, message, .. } = error_body::of_object(error);
                Err(self.failure(kind, message))
            }
        }
    }

    fn add_choice(&mut self, choice: &Value) -> Result<(), Failure> {
        self.refuse_error(choice)?;
        if let Some(delta) = choice.get("delta").or_else(|| choice.get("message")) {
            self.add_delta(delta);
        }
        if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
            self.finish = Some(reason.to_owned());
        }
        Ok(())
    }

    fn add_delta(&mut self, delta: &Value) {
        if let Some(content) = delta.get("content") {
            append_text(&mut self.text, content);
        }
        if let Some(refusal) = delta.get("refusal").and_then(Value::as_str) {
            self.refusal.push_str(refusal);
        }
        for call in delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            self.add_call(call, call.get("function").unwrap_or(&Value::Null));
        }
        if let Some(call) = delta.get("function_call").filter(|call| call.is_object()) {
            self.add_call(&Value::Null, call);
        }
        let thought = ["reasoning_content", "reasoning"]
            .into_iter()
            .any(|key| delta.get(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty()));
        let thinks = thought || delta.get("content").is_some_and(|content| content.get(0).is_some());
        self.started |= thinks || !self.text.is_empty() || !self.refusal.is_empty() || !self.calls.is_empty();
    }

    /// A part belongs to the call of its index; without an index, a new id begins a new call.
    fn add_call(&mut self, outer: &Value, function: &Value) {
        let text = |holder: &Value, key: &str| {
            holder.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let index = outer.get("index").and_then(Value::as_u64);
        let (id, name) = (text(outer, "id"), text(function, "name"));
        let known = match index {
            Some(_) => self.calls.iter().position(|call| call.index == index),
            None => self.calls.len().checked_sub(1).filter(|last| {
                let last = &self.calls[*last];
                id.as_ref().map_or(name.is_none(), |id| *id == last.id)
            }),
        };
        let at = known.unwrap_or_else(|| {
            self.calls.push(CallParts { index, ..CallParts::default() });
            self.calls.len() - 1
        });
        let call = &mut self.calls[at];
        if let Some(id) = id {
            call.id = id;
        }
        if let Some(name) = name {
            call.name = name;
        }
        match function.get("arguments") {
            Some(Value::String(part)) => call.arguments.push_str(part),
            Some(Value::Null) | None => {}
            Some(value) => call.arguments = value.to_string(),
        }
    }

    fn judged(self) -> Result<Completion, Failure> {
        let completion = self.completion();
        match &completion.finish_reason {
            Some(FinishReason::ContentFilter) => {
                Err(self.failure(ErrorType::ContentFilter, "the provider's filter withheld the answer"))
            }
            Some(FinishReason::Other(name)) if name == "error" => Err(self.failure(
                ErrorType::Other("provider_error".to_owned()),
                "the provider stopped with `finish_reason: error`",
            )),
            reason if completion.text.is_empty() && completion.tool_calls.is_empty() => {
                let why = match reason {
                    Some(FinishReason::Length) => {
                        "the answer is empty: the token limit was reached before any text"
                    }
                    _ => "the answer is empty",
                };
                Err(self.failure(ErrorType::Empty, why))
            }
            _ => Ok(completion),
        }
    }

    fn completion(&self) -> Completion {
        let refused = self.text.is_empty() && !self.refusal.is_empty();
        let mut completion = Completion {
            text: if refused { self.refusal.clone() } else { self.text.clone() },
            tool_calls: self
                .calls
                .iter()
                .map(|call| tool_call(&call.id, &call.name, &call.arguments))
                .collect(),
            finish_reason: self.finish.as_deref().map(finish_reason),
            usage: self.usage,
            model: self.model.clone(),
            id: self.id.clone(),
            fingerprint: self.fingerprint.clone(),
            cost: self.cost,
            ..Completion::default()
        };
        if refused {
            // A refusal is an answer, in the model's words: evaluators score it as any other.
            completion.metadata.insert("refusal".to_owned(), Value::Bool(true));
        }
        completion
    }
}

/// Text as it is, or the text parts of a list (reasoning parts are no part of the answer).
fn append_text(into: &mut String, content: &Value) {
    match content {
        Value::String(text) => into.push_str(text),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part.get("text")?.as_str()).for_each(|text| into.push_str(text));
        }
        _ => {}
    }
}

/// The word for a stop, in the spellings of the services that speak the protocol.
fn finish_reason(written: &str) -> FinishReason {
    match written {
        "stop" | "eos" | "end_turn" | "stop_sequence" => FinishReason::Stop,
        "length" | "max_tokens" | "model_length" => FinishReason::Length,
        "tool_calls" | "function_call" | "tool_use" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        other => FinishReason::Other(other.to_owned()),
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
        cached_input: at("/prompt_tokens_details/cached_tokens").or_else(|| at("/prompt_cache_hit_tokens")),
        cache_write: at("/prompt_tokens_details/cache_write_tokens"),
        reasoning,
    }
}
