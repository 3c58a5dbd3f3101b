//! An answer as it grows: blocks of text and of tool use, counts that come twice (at the start and at the end).
use serde_json::Value;

use crate::domain::{Completion, ErrorType, FinishReason, Usage};
use crate::providers::{Failure, error_body, tool_call};

/// What has been read so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    /// Whether the first token (text, thinking, a tool call) has come.
    pub(super) started: bool,
    blocks: Vec<Block>,
    stop: Option<String>,
    counts: Counts,
    model: Option<String>,
    id: Option<String>,
    has_message: bool,
}

/// One block of the answer.
#[derive(Clone, Debug)]
struct Block {
    index: u64,
    kind: BlockKind,
}

#[derive(Clone, Debug)]
enum BlockKind {
    Text(String),
    ToolUse {
        id: String,
        name: String,
        input: Value,
        parts: String,
    },
    /// Thinking, results of the provider's own tools: no part of the answer.
    Other,
}

/// Counts as the API gives them: input apart from what its cache read and wrote.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    input: Option<u64>,
    output: Option<u64>,
    cache_read: Option<u64>,
    cache_write: Option<u64>,
    thinking: Option<u64>,
}

impl Answer {
    /// Takes a whole message.
    ///
    /// # Errors
    /// It is an error object.
    pub(super) fn add_whole(&mut self, message: &Value) -> Result<(), Failure> {
        self.refuse_error(message)?;
        self.start(message);
        let blocks = message.get("content").and_then(Value::as_array).into_iter().flatten();
        for (index, block) in (0_u64..).zip(blocks) {
            self.open(index, block);
        }
        self.end(message);
        Ok(())
    }

    /// Takes one event of a stream.
    ///
    /// # Errors
    /// It is an error event.
    pub(super) fn add_event(&mut self, event: &Value) -> Result<(), Failure> {
        let part = |key: &str| event.get(key).unwrap_or(&Value::Null);
        let index = part("index").as_u64().unwrap_or(0);
        match part("type").as_str() {
            Some("message_start") => self.start(part("message")),
            Some("content_block_start") => self.open(index, part("content_block")),
            Some("content_block_delta") => self.extend(index, part("delta")),
            Some("message_delta") => {
                self.end(part("delta"));
                self.counts.take(part("usage"));
            }
            Some("message") => return self.add_whole(event),
            // `ping`, `content_block_stop`, `message_stop` and whatever is added later carry nothing of the answer.
            _ => return self.refuse_error(event),
        }
        Ok(())
    }

    /// The answer of a whole reply.
    ///
    /// # Errors
    /// It is empty, withheld, or no message at all.
    pub(super) fn whole(self) -> Result<Completion, Failure> {
        if !self.has_message {
            return Err(self.failure(ErrorType::Malformed, "the reply has no `content`"));
        }
        self.judged()
    }

    /// The answer of a stream that ended.
    ///
    /// # Errors
    /// As `whole`, or the stream ended before its stop reason.
    pub(super) fn streamed(self) -> Result<Completion, Failure> {
        if self.stop.is_none() {
            let read = self.completion().text.chars().count();
            let message = format!("the stream ended before its stop reason, after {read} characters");
            return Err(self.failure(ErrorType::Cut, message));
        }
        self.judged()
    }

    /// A failure that keeps what was read and counted.
    pub(super) fn failure(&self, kind: ErrorType, message: impl Into<String>) -> Failure {
        let partial = self.has_message.then(|| Box::new(self.completion()));
        Failure { kind, message: message.into(), usage: self.counts.usage(), partial }
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

    fn start(&mut self, message: &Value) {
        self.has_message = message.get("content").is_some_and(Value::is_array);
        let text = |key: &str| message.get(key).and_then(Value::as_str).map(str::to_owned);
        self.model = text("model");
        self.id = text("id");
        self.counts.take(message.get("usage").unwrap_or(&Value::Null));
    }

    fn open(&mut self, index: u64, block: &Value) {
        let text = |key: &str| block.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let kind = match block.get("type").and_then(Value::as_str) {
            Some("text") => BlockKind::Text(text("text")),
            Some("tool_use") => BlockKind::ToolUse {
                id: text("id"),
                name: text("name"),
                input: block.get("input").cloned().unwrap_or(Value::Null),
                parts: String::new(),
            },
            _ => BlockKind::Other,
        };
        self.started |= match &kind {
            BlockKind::Text(text) => !text.is_empty(),
            BlockKind::ToolUse { .. } => true,
            BlockKind::Other => false,
        };
        self.blocks.push(Block { index, kind });
    }

    fn extend(&mut self, index: u64, delta: &Value) {
        let text = |key: &str| delta.get(key).and_then(Value::as_str).unwrap_or_default();
        let block = self.blocks.iter_mut().rev().find(|block| block.index == index);
        match block.map(|block| &mut block.kind) {
            Some(BlockKind::Text(grown)) => grown.push_str(text("text")),
            Some(BlockKind::ToolUse { parts, .. }) => parts.push_str(text("partial_json")),
            Some(BlockKind::Other) | None => {}
        }
        self.started |= ["text", "thinking", "partial_json"].into_iter().any(|key| !text(key).is_empty());
    }

    fn end(&mut self, holder: &Value) {
        if let Some(reason) = holder.get("stop_reason").and_then(Value::as_str) {
            self.stop = Some(reason.to_owned());
        }
    }

    fn judged(self) -> Result<Completion, Failure> {
        let completion = self.completion();
        match &completion.finish_reason {
            Some(FinishReason::ContentFilter) => Err(self
                .failure(ErrorType::ContentFilter, "the provider's filter withheld the answer (`refusal`)")),
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
        let mut completion = Completion {
            finish_reason: self.stop.as_deref().map(finish_reason),
            usage: self.counts.usage(),
            model: self.model.clone(),
            id: self.id.clone(),
            ..Completion::default()
        };
        for block in &self.blocks {
            match &block.kind {
                BlockKind::Text(text) => completion.text.push_str(text),
                BlockKind::ToolUse { id, name, input, parts } => {
                    let mut call = tool_call(id, name, parts);
                    if parts.is_empty() && input.is_object() {
                        call.arguments = input.clone();
                    }
                    completion.tool_calls.push(call);
                }
                BlockKind::Other => {}
            }
        }
        completion
    }
}

impl Counts {
    /// Later counts replace earlier ones: those at the end of a stream are cumulative.
    fn take(&mut self, usage: &Value) {
        let at =
            |pointer: &str, before: Option<u64>| usage.pointer(pointer).and_then(Value::as_u64).or(before);
        *self = Self {
            input: at("/input_tokens", self.input),
            output: at("/output_tokens", self.output),
            cache_read: at("/cache_read_input_tokens", self.cache_read),
            cache_write: at("/cache_creation_input_tokens", self.cache_write),
            thinking: at("/output_tokens_details/thinking_tokens", self.thinking),
        };
    }

    /// In our sense: input is the sum, since the API's `input_tokens` leaves out what its cache read and wrote.
    fn usage(self) -> Usage {
        let cached = self.cache_read.unwrap_or(0).saturating_add(self.cache_write.unwrap_or(0));
        Usage {
            input: self.input.map(|input| input.saturating_add(cached)),
            output: self.output,
            cached_input: self.cache_read,
            cache_write: self.cache_write,
            reasoning: self.thinking,
        }
    }
}

/// The word for a stop.
fn finish_reason(written: &str) -> FinishReason {
    match written {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::ContentFilter,
        other => FinishReason::Other(other.to_owned()),
    }
}
