//! How far a reply has come: kept outside the future that reads it, so that a deadline does not lose what arrived.
use std::time::Duration;

use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use hyper::http::response::Parts;

use super::super::scrub::Scrubber;
use super::super::stopwatch::Stopwatch;
use crate::domain::{Completion, ErrorType, Reply};
use crate::providers::{Failure, Provider, StreamDecoder};

/// A reply so far.
#[derive(Default)]
pub(super) struct Progress {
    /// The status, once the head is there.
    pub(super) status: Option<u16>,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    /// As received.
    pub(super) body: Vec<u8>,
    /// Sent → first token.
    pub(super) ttft: Option<Duration>,
    decoder: Option<Box<dyn StreamDecoder>>,
}

impl Progress {
    /// Takes the head; a streamed success is read by the provider's stream decoder.
    pub(super) fn head(
        &mut self,
        head: &Parts,
        provider: &dyn Provider,
        stream: bool,
        cap: usize,
    ) -> Result<(), Failure> {
        self.status = Some(head.status.as_u16());
        self.headers = head
            .headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        if stream && head.status.is_success() {
            self.decoder = provider.stream();
        }
        let text = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(encoding) =
            text(CONTENT_ENCODING).filter(|encoding| *encoding != "identity" && head.status.is_success())
        {
            let message = format!("the reply is encoded as `{encoding}`, although none was asked for");
            return Err(Failure::new(ErrorType::Malformed, message));
        }
        match text(CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok()) {
            Some(length) if length > cap as u64 => Err(too_large(cap)),
            Some(length) => {
                // Reserved as announced, but not more than a usual reply on the server's word alone.
                self.body.reserve(usize::try_from(length).unwrap_or(cap).min(1 << 20));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Takes the next bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8], clock: &Stopwatch, cap: usize) -> Result<(), Failure> {
        if self.body.len() + bytes.len() > cap {
            return Err(too_large(cap));
        }
        self.body.extend_from_slice(bytes);
        if let Some(decoder) = &mut self.decoder {
            let arrived = clock.elapsed();
            if decoder.push(bytes)? && self.ttft.is_none() {
                self.ttft = Some(arrived);
            }
        }
        Ok(())
    }

    /// Reads the reply that came whole. A refusal is scrubbed before: its words may be cut short, in the middle of a secret.
    pub(super) fn decode(
        &mut self,
        provider: &dyn Provider,
        scrubber: &Scrubber,
    ) -> Result<Completion, Failure> {
        if let Some(decoder) = self.decoder.take() {
            return decoder.finish();
        }
        if !self.status.is_some_and(|status| (200..300).contains(&status)) {
            self.body = scrubber.bytes(std::mem::take(&mut self.body));
        }
        let reply = Reply::Http {
            status: self.status.unwrap_or_default(),
            headers: std::mem::take(&mut self.headers),
            body: std::mem::take(&mut self.body),
        };
        let decoded = provider.decode(&reply);
        if let Reply::Http { headers, body, .. } = reply {
            (self.headers, self.body) = (headers, body);
        }
        decoded
    }

    /// A failure of the transport, with what a stream had given until then.
    pub(super) fn give_up(&mut self, mut failure: Failure) -> Failure {
        match self.decoder.take().map(StreamDecoder::finish) {
            Some(Ok(completion)) => {
                failure.usage = completion.usage;
                failure.partial = Some(Box::new(completion));
            }
            Some(Err(partial)) => {
                failure.usage = partial.usage;
                failure.partial = partial.partial;
            }
            None => {}
        }
        failure
    }
}

fn too_large(cap: usize) -> Failure {
    Failure::new(ErrorType::TooLarge, format!("the reply is larger than {} MB", cap >> 20))
}
