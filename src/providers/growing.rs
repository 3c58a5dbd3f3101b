//! An answer as it grows, whatever protocol it comes in: text, tool calls by a key, counts, a reason to stop; and what
//! becomes of it in the end. Shared by the providers that differ only in their spelling; reads no JSON of its own.
mod stream;

use serde_json::Value;

use crate::domain::{Completion, ErrorType, FinishReason};

use super::{Failure, error_body, tool_call};

pub use stream::{Frames, Stream};

/// What has been read so far.
#[derive(Clone, Debug, Default)]
pub struct Growing {
    /// Whether the first token (text, reasoning, a tool call) has come.
    pub started: bool,
    /// Whether anything that belongs to an answer has come at all.
    pub seen: bool,
    /// The answer, its tool calls excepted.
    pub completion: Completion,
    calls: Vec<OpenCall>,
}

/// A tool call as it grows.
#[derive(Clone, Debug, Default)]
struct OpenCall {
    key: String,
    id: String,
    name: String,
    arguments: String,
}

impl Growing {
    /// More of the text.
    pub fn text(&mut self, part: &str) {
        self.seen = true;
        self.started |= !part.is_empty();
        self.completion.text.push_str(part);
    }

    /// Reasoning has come: the first token, but no part of the answer.
    pub fn thought(&mut self, part: &str) {
        self.seen = true;
        self.started |= !part.is_empty();
    }

    /// A tool call begins; `key` is what later parts of it are known by.
    pub fn call(&mut self, key: &str, id: &str, name: &str) {
        (self.seen, self.started) = (true, true);
        let arguments = String::new();
        self.calls.push(OpenCall {
            key: key.to_owned(),
            id: id.to_owned(),
            name: name.to_owned(),
            arguments,
        });
    }

    /// More of the arguments of the last call of that key.
    pub fn arguments(&mut self, key: &str, part: &str) {
        if let Some(call) = self.calls.iter_mut().rev().find(|call| call.key == key) {
            call.arguments.push_str(part);
        }
    }

    /// A part of a tool call in a protocol whose parts may leave out what they belong to: to the call of that index; without
    /// one, a new id or a name begins a new call. Id and name may come late; the parts of its arguments are its own.
    pub fn part_of_call(&mut self, index: Option<u64>, id: &str, name: &str) -> &mut String {
        (self.seen, self.started) = (true, true);
        let key = index.map(|index| index.to_string()).unwrap_or_default();
        let known = match index {
            Some(_) => self.calls.iter().position(|call| call.key == key),
            None => self.calls.len().checked_sub(1).filter(|last| {
                let last = &self.calls[*last].id;
                if id.is_empty() { name.is_empty() } else { id == last }
            }),
        };
        let at = known.unwrap_or_else(|| {
            self.calls.push(OpenCall { key, ..OpenCall::default() });
            self.calls.len() - 1
        });
        let call = &mut self.calls[at];
        for (slot, part) in [(&mut call.id, id), (&mut call.name, name)] {
            if !part.is_empty() {
                part.clone_into(slot);
            }
        }
        &mut call.arguments
    }

    /// A tool call that comes whole. Without an id of the provider's it is numbered, so that its answer finds it.
    pub fn whole_call(&mut self, id: Option<&str>, name: &str, arguments: &Value) {
        let id = id.map_or_else(|| format!("call_{}", self.calls.len()), str::to_owned);
        let key = self.calls.len().to_string();
        self.call(&key, &id, name);
        self.arguments(&key, &arguments.to_string());
    }

    /// Why it stopped. A stop after tool calls is one for them, where the protocol has no word of its own for it.
    pub fn stop(&mut self, reason: FinishReason) {
        self.seen = true;
        self.completion.finish_reason = Some(match reason {
            FinishReason::Stop if !self.calls.is_empty() => FinishReason::ToolCalls,
            other => other,
        });
    }

    /// Refuses a chunk that is or holds an error object.
    ///
    /// # Errors
    /// It does.
    pub fn refuse_error(&self, holder: &Value) -> Result<(), Failure> {
        match holder.get("error") {
            None | Some(Value::Null) => Ok(()),
            Some(error) => {
                let Failure { kind, message, .. } = error_body::of_object(error);
                Err(self.failure(kind, message))
            }
        }
    }

    /// A failure that keeps what was read and counted.
    #[must_use]
    pub fn failure(&self, kind: ErrorType, message: impl Into<String>) -> Failure {
        let partial = self.seen.then(|| Box::new(self.so_far()));
        Failure { kind, message: message.into(), usage: self.completion.usage, partial }
    }

    /// The answer of a whole reply.
    ///
    /// # Errors
    /// It is empty, withheld, or no answer at all (`missing` names what should have been there).
    pub fn whole(self, missing: &str) -> Result<Completion, Failure> {
        if !self.seen {
            return Err(self.failure(ErrorType::Malformed, format!("the reply has no {missing}")));
        }
        self.judged()
    }

    /// The answer of a stream that ended.
    ///
    /// # Errors
    /// It is empty or withheld, or the stream ended before its reason to stop.
    pub fn streamed(self) -> Result<Completion, Failure> {
        if self.completion.finish_reason.is_none() {
            let read = self.completion.text.chars().count();
            let message = format!("the stream ended before its finish reason, after {read} characters");
            return Err(self.failure(ErrorType::Cut, message));
        }
        self.judged()
    }

    fn judged(self) -> Result<Completion, Failure> {
        let completion = self.so_far();
        match &completion.finish_reason {
            Some(FinishReason::ContentFilter) => {
                Err(self.failure(ErrorType::ContentFilter, "the provider's filter withheld the answer"))
            }
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

    fn so_far(&self) -> Completion {
        let calls = self.calls.iter().map(|call| tool_call(&call.id, &call.name, &call.arguments));
        Completion { tool_calls: calls.collect(), ..self.completion.clone() }
    }
}
