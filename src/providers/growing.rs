//! An answer as it grows, whatever protocol it comes in: text, thoughts and tool calls by a key, counts, a reason to
//! stop; and what becomes of it in the end. Shared by all that speak an API, who differ in spelling alone.
mod stream;

use serde_json::Value;

use crate::domain::{Completion, ErrorType, FinishReason, Part, Thought};

use super::{Failure, error_body, tool_call};

pub use stream::{Frames, Stream};

/// How the ids begin that we give calls; a number follows.
const OURS: &str = "call_";

/// Whether an id is one of those we give, not a provider's own.
#[must_use]
pub fn is_ours(id: &str) -> bool {
    id.strip_prefix(OURS).is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What has been read so far.
#[derive(Clone, Debug, Default)]
pub struct Growing {
    /// Whether the first token (text, reasoning, a tool call) has come.
    pub started: bool,
    /// Whether anything that belongs to an answer has come at all.
    pub seen: bool,
    /// The answer, its tool calls and parts excepted.
    pub completion: Completion,
    calls: Vec<OpenCall>,
    pieces: Vec<Piece>,
}

/// What came, in order; the texts and the calls themselves are elsewhere.
#[derive(Clone, Debug)]
enum Piece {
    /// So many bytes of the text.
    Text(usize),
    /// The next call.
    Call,
    Thought(OpenThought),
}

/// A thought as it grows.
#[derive(Clone, Debug)]
struct OpenThought {
    key: String,
    raw: Value,
    said: Said,
}

/// What people may read of a thought in the provider's form.
pub type Said = fn(&Value) -> String;

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
        match self.pieces.last_mut() {
            Some(Piece::Text(bytes)) => *bytes += part.len(),
            _ if part.is_empty() => {}
            _ => self.pieces.push(Piece::Text(part.len())),
        }
    }

    /// Reasoning has come: the first token, but no part of the answer.
    pub fn thought(&mut self, part: &str) {
        self.seen = true;
        self.started |= !part.is_empty();
    }

    /// A text that is a part of its own, even an empty one: what comes before it marks it, and nothing is added to it.
    pub fn marked_text(&mut self, part: &str) {
        self.pieces.push(Piece::Text(0));
        self.text(part);
        self.pieces.push(Piece::Text(0));
    }

    /// A thought begins that goes back to the provider; `key` is what later parts of it are known by.
    pub fn think(&mut self, key: &str, raw: Value, said: Said) {
        self.thought(&said(&raw));
        self.pieces.push(Piece::Thought(OpenThought { key: key.to_owned(), raw, said }));
    }

    /// What came last, where that is a thought of that key.
    pub fn last_thought(&mut self, key: &str) -> Option<&mut Value> {
        match self.pieces.last_mut() {
            Some(Piece::Thought(thought)) if thought.key == key => Some(&mut thought.raw),
            _ => None,
        }
    }

    /// The last thought of that key, for more of it.
    pub fn open_thought(&mut self, key: &str) -> Option<&mut Value> {
        self.pieces.iter_mut().rev().find_map(|piece| match piece {
            Piece::Thought(thought) if thought.key == key => Some(&mut thought.raw),
            _ => None,
        })
    }

    /// A tool call begins; `key` is what later parts of it are known by.
    pub fn call(&mut self, key: &str, id: &str, name: &str) {
        (self.seen, self.started) = (true, true);
        let arguments = String::new();
        self.pieces.push(Piece::Call);
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

    /// The arguments of the last call of that key, where they came whole after all.
    pub fn whole_arguments(&mut self, key: &str, arguments: &str) {
        let call = self.calls.iter_mut().rev().find(|call| call.key == key);
        if let Some(call) = call.filter(|_| !arguments.is_empty()) {
            arguments.clone_into(&mut call.arguments);
        }
    }

    /// A part of a tool call in a protocol whose parts may leave out what they belong to: the number of its call, that of
    /// that index. Some servers give all calls one index: a name with another id begins a new call; without an index a
    /// new id or a name alone does. Id and name may come late.
    pub fn part_of_call(&mut self, index: Option<u64>, id: &str, name: &str) -> usize {
        (self.seen, self.started) = (true, true);
        let key = index.map(|index| index.to_string()).unwrap_or_default();
        let goes_on = |call: &OpenCall| match index {
            Some(_) => {
                let another = !id.is_empty() && !call.id.is_empty() && id != call.id && !name.is_empty();
                call.key == key && !another
            }
            None if id.is_empty() => name.is_empty(),
            None => id == call.id,
        };
        let known = match index {
            Some(_) => self.calls.iter().rposition(goes_on),
            None => self.calls.len().checked_sub(1).filter(|last| goes_on(&self.calls[*last])),
        };
        let number = known.unwrap_or_else(|| {
            self.pieces.push(Piece::Call);
            self.calls.push(OpenCall { key, ..OpenCall::default() });
            self.calls.len() - 1
        });
        let call = &mut self.calls[number];
        for (slot, part) in [(&mut call.id, id), (&mut call.name, name)] {
            if !part.is_empty() {
                part.clone_into(slot);
            }
        }
        number
    }

    /// The arguments so far of the call with that number.
    pub fn arguments_of(&mut self, number: usize) -> &mut String {
        &mut self.calls[number].arguments
    }

    /// A thought that belongs to the call with that number: it stands right before it, in place of an earlier one.
    pub fn mark_call(&mut self, number: usize, key: &str, raw: Value, said: Said) {
        let mut calls =
            self.pieces.iter().enumerate().filter(|(_, piece)| matches!(piece, Piece::Call)).skip(number);
        let Some((at, _)) = calls.next() else { return };
        match at.checked_sub(1).and_then(|before| self.pieces.get_mut(before)) {
            Some(Piece::Thought(thought)) if thought.key == key => thought.raw = raw,
            _ => self.pieces.insert(at, Piece::Thought(OpenThought { key: key.to_owned(), raw, said })),
        }
    }

    /// A tool call that comes whole. Without an id of the provider's it is numbered, so that its answer finds it.
    pub fn whole_call(&mut self, id: Option<&str>, name: &str, arguments: &Value) {
        let id = id.map_or_else(|| format!("{OURS}{}", self.calls.len()), str::to_owned);
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
                    Some(FinishReason::Other(reason)) => {
                        &format!("the answer is empty: it ended with `{reason}`")
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
        let completion = Completion { tool_calls: calls.collect(), ..self.completion.clone() };
        let thinks = self.pieces.iter().any(|piece| matches!(piece, Piece::Thought(_)));
        if thinks { Completion { parts: self.parts(&completion), ..completion } } else { completion }
    }

    /// The pieces with what they stand for.
    fn parts(&self, completion: &Completion) -> Vec<Part> {
        let (mut text, mut calls) = (completion.text.as_str(), completion.tool_calls.iter());
        let mut marked = false;
        let part = |piece: &Piece| match piece {
            Piece::Text(bytes) => {
                let (said, rest) = text.split_at(*bytes);
                text = rest;
                (std::mem::take(&mut marked) || !said.is_empty()).then(|| Part::Text(said.to_owned()))
            }
            Piece::Call => calls.next().cloned().map(Part::ToolCall),
            Piece::Thought(OpenThought { raw, said, .. }) => {
                marked = true;
                Some(Part::Thought(Thought::new(said(raw), raw.clone())))
            }
        };
        self.pieces.iter().filter_map(part).collect()
    }
}

/// Appends to the text in that field of an object, making it where there is none. Nothing changes nothing.
pub fn append(object: &mut Value, field: &str, part: &str) {
    if part.is_empty() {
        return;
    }
    if let Some(Value::String(text)) = object.get_mut(field) {
        text.push_str(part);
    } else if let Value::Object(fields) = object {
        fields.insert(field.to_owned(), part.into());
    }
}
