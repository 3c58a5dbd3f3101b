//! What is known of one attempt after it. Holds no secret: it leaves the transport scrubbed.
use std::time::Duration;

use jiff::Timestamp;

use super::scrub::Scrubber;
use super::stopwatch::Stopwatch;
use crate::domain::Completion;
use crate::providers::Failure;

/// One attempt, done.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// The answer, or why there is none.
    pub result: Result<Completion, Failure>,
    /// Waited before sending: for a connection or a worker, opening it included.
    pub queue: Duration,
    /// Wall-clock moment the request was really sent (or given up, when nothing was).
    pub started: Timestamp,
    /// Request sent → last byte, or → the failure. `None` when nothing was sent.
    pub latency: Option<Duration>,
    /// Request sent → first token of a streamed answer.
    pub ttft: Option<Duration>,
    /// How long the provider asks to be left alone.
    pub retry_after: Option<Duration>,
    /// Headers of the reply, names in lower case, for rate limits and request ids.
    pub headers: Vec<(String, String)>,
    /// The body or standard input as sent; empty for an answer that needed none.
    pub request: Vec<u8>,
    /// The reply as received, as far as it came; cut at [`Settings::reply_cap`](super::Settings::reply_cap).
    /// `None` when nothing came.
    pub reply: Option<Vec<u8>>,
}

impl Sent {
    /// An attempt that failed before anything was sent.
    pub(super) fn unsent(failure: Failure, queue: Duration, request: Vec<u8>) -> Self {
        Self {
            result: Err(failure),
            queue,
            started: Stopwatch::start().wall(),
            latency: None,
            ttft: None,
            retry_after: None,
            headers: Vec::new(),
            request,
            reply: None,
        }
    }

    /// The same without secrets, and with no more of the reply than is kept.
    pub(super) fn scrubbed(mut self, scrubber: &Scrubber, reply_cap: usize) -> Self {
        self.result = match self.result {
            Ok(completion) => Ok(scrubber.completion(completion)),
            Err(failure) => Err(scrubber.failure(failure)),
        };
        self.headers = scrubber.headers(self.headers);
        self.request = scrubber.bytes(self.request);
        self.reply = self.reply.map(|reply| {
            let mut reply = scrubber.bytes(reply);
            reply.truncate(reply_cap);
            reply
        });
        self
    }
}
