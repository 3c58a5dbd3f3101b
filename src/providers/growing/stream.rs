//! The stream of one call, whatever frames it: events into the growing answer.
use serde_json::Value;

use crate::domain::{Completion, ErrorType};
use crate::providers::sse::{self, Event};
use crate::providers::{Failure, StreamDecoder};

use super::Growing;

/// How a protocol cuts its stream into events.
pub trait Frames: Default + Send {
    /// The events that are complete after these bytes.
    ///
    /// # Errors
    /// The stream is too large, or is not framed so.
    fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, Failure>;

    /// What the stream ended in the middle of, if it can be an event.
    fn finish(self) -> Option<Event>;
}

impl Frames for sse::Decoder {
    fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, Failure> {
        Self::push(self, bytes)
    }

    fn finish(self) -> Option<Event> {
        Self::finish(self)
    }
}

/// Takes one event (its name, its JSON) into the answer.
pub type Take = fn(&mut Growing, &str, &Value) -> Result<(), Failure>;

/// The stream of one call: framed events into the growing answer.
pub struct Stream<F> {
    frames: F,
    growing: Growing,
    take: Take,
}

impl<F: Frames> Stream<F> {
    /// Nothing read yet.
    #[must_use]
    pub fn new(take: Take) -> Self {
        Self { frames: F::default(), growing: Growing::default(), take }
    }
}

impl<F: Frames> StreamDecoder for Stream<F> {
    fn push(&mut self, bytes: &[u8]) -> Result<bool, Failure> {
        for event in self.frames.push(bytes)? {
            take(&mut self.growing, self.take, &event)?;
        }
        Ok(self.growing.started)
    }

    fn finish(self: Box<Self>) -> Result<Completion, Failure> {
        let Self { frames, mut growing, take: by } = *self;
        match frames.finish().map(|event| take(&mut growing, by, &event)) {
            // Half an event at the end is a cut stream, which the missing finish reason says better.
            Some(Err(failure)) if failure.kind != ErrorType::Malformed => Err(failure),
            _ => growing.streamed(),
        }
    }
}

fn take(growing: &mut Growing, by: Take, event: &Event) -> Result<(), Failure> {
    let data = event.data.trim_ascii();
    // The mark of the end in OpenAI's family; some servers send it behind other protocols too.
    if data.is_empty() || data == b"[DONE]" {
        return Ok(());
    }
    match serde_json::from_slice(data) {
        Ok(value) => by(growing, &event.name, &value),
        Err(error) => {
            Err(growing.failure(ErrorType::Malformed, format!("an event of the stream is not JSON: {error}")))
        }
    }
}
