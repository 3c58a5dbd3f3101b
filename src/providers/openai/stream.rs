//! A streamed chat completion: framed events into the growing answer.
use crate::domain::{Completion, ErrorType};
use crate::providers::sse::{Decoder, Event};
use crate::providers::{Failure, StreamDecoder};

use super::answer::Answer;

/// Reads the stream of one call.
#[derive(Debug, Default)]
pub(super) struct Stream {
    frames: Decoder,
    answer: Answer,
}

impl StreamDecoder for Stream {
    fn push(&mut self, bytes: &[u8]) -> Result<bool, Failure> {
        for event in self.frames.push(bytes)? {
            take(&mut self.answer, &event)?;
        }
        Ok(self.answer.started)
    }

    fn finish(self: Box<Self>) -> Result<Completion, Failure> {
        let Self { frames, mut answer } = *self;
        match frames.finish().map(|event| take(&mut answer, &event)) {
            // Half a chunk at the end is a cut stream, which the missing finish reason says better.
            Some(Err(failure)) if failure.kind != ErrorType::Malformed => Err(failure),
            _ => answer.streamed(),
        }
    }
}

fn take(answer: &mut Answer, event: &Event) -> Result<(), Failure> {
    let data = event.data.trim_ascii();
    if data.is_empty() || data == b"[DONE]" {
        return Ok(());
    }
    match serde_json::from_slice(data) {
        Ok(chunk) => answer.add(&chunk),
        Err(error) => {
            Err(answer.failure(ErrorType::Malformed, format!("a chunk of the stream is not JSON: {error}")))
        }
    }
}
