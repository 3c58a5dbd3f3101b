//! What is known of one attempt after it. Holds no secret: it leaves the transport scrubbed.
use std::time::Duration;

use jiff::Timestamp;

use super::scrub::Scrubber;
use super::stopwatch::Stopwatch;
use crate::domain::Completion;
use crate::providers::Failure;

/// What is kept of a reply that would tell a secret to whoever reads it.
const WITHHELD: &[u8] = b"[redacted: this reply tells a secret once it is read]";

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

    /// The same without secrets, and with no more of the reply than is kept. A reply that tells a secret only when it is
    /// read, its parts joined or its escapes resolved, is not kept: `read` says what it comes to.
    pub(super) fn scrubbed(
        mut self,
        scrubber: &Scrubber,
        reply_cap: usize,
        read: impl Fn(&[u8]) -> Vec<Result<Completion, Failure>>,
    ) -> Self {
        let (result, told) = scrubber.takes_from(self.result);
        self.result = result;
        self.headers = scrubber.headers(self.headers);
        self.request = scrubber.bytes(self.request);
        self.reply = self.reply.map(|reply| {
            let mut reply = scrubber.bytes(reply);
            let tells = |result| scrubber.takes_from(result).1;
            if told && read(&reply).into_iter().any(tells) {
                reply = WITHHELD.to_vec();
            }
            reply.truncate(reply_cap);
            reply
        });
        self
    }
}
