//! Amazon's binary event stream (`application/vnd.amazon.eventstream`): length, length of the headers, checksum, headers,
//! payload, checksum; numbers big-endian. The name of an event is its header `:event-type` or `:exception-type`. The
//! checksums are left to TLS and TCP below.
use crate::domain::ErrorType;
use crate::providers::sse::{Event, MAX_BYTES};
use crate::providers::{Failure, growing};

/// Bytes before the headers: two lengths and their checksum.
const PRELUDE: usize = 12;
/// Bytes behind the payload: its checksum.
const TRAILER: usize = 4;
/// No message is longer (the format's own limit is 16 MB of payload and 128 kB of headers).
const LONGEST: usize = 17 << 20;

/// Takes chunks, gives events. Any chunking of the same bytes gives the same events.
#[derive(Debug, Default)]
pub(super) struct Frames {
    taken: usize,
    held: Vec<u8>,
}

impl growing::Frames for Frames {
    fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, Failure> {
        self.taken += bytes.len();
        if self.taken > MAX_BYTES {
            let message = format!("the stream is larger than {} MB", MAX_BYTES >> 20);
            return Err(Failure::new(ErrorType::TooLarge, message));
        }
        self.held.extend_from_slice(bytes);
        // A whole reply in JSON, where a stream was asked for: one event at the end.
        if self.held.first() == Some(&b'{') {
            return Ok(Vec::new());
        }
        let mut events = Vec::new();
        let mut at = 0;
        while let Some(total) = number(&self.held[at..], 0) {
            if !(PRELUDE + TRAILER..=LONGEST).contains(&total) {
                return Err(broken());
            }
            let Some(message) = self.held.get(at..at + total) else { break };
            events.push(event(message).ok_or_else(broken)?);
            at += total;
        }
        self.held.drain(..at);
        Ok(events)
    }

    fn finish(self) -> Option<Event> {
        (!self.held.is_empty()).then(|| Event { name: String::new(), data: self.held })
    }
}

fn broken() -> Failure {
    Failure::new(ErrorType::Malformed, "the reply is no event stream of Amazon's")
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(four)).ok()
}

/// One whole message.
fn event(message: &[u8]) -> Option<Event> {
    let end_of_headers = PRELUDE.checked_add(number(message, 4)?)?;
    let payload = message.get(end_of_headers..message.len() - TRAILER)?;
    let name = name(message.get(PRELUDE..end_of_headers)?)?;
    Some(Event { name, data: payload.to_vec() })
}

/// The type among the headers; each is a name, the kind of its value, the value.
fn name(mut headers: &[u8]) -> Option<String> {
    let mut found = String::new();
    while let Some((length, rest)) = headers.split_first() {
        let (key, rest) = rest.split_at_checked(usize::from(*length))?;
        let (kind, rest) = rest.split_first()?;
        let (value, rest) = match kind {
            0 | 1 => rest.split_at_checked(0)?,
            2 => rest.split_at_checked(1)?,
            3 => rest.split_at_checked(2)?,
            4 => rest.split_at_checked(4)?,
            5 | 8 => rest.split_at_checked(8)?,
            6 | 7 => {
                let (length, rest) = rest.split_at_checked(2)?;
                rest.split_at_checked(usize::from(u16::from_be_bytes(length.try_into().ok()?)))?
            }
            9 => rest.split_at_checked(16)?,
            _ => return None,
        };
        if key == b":event-type" || key == b":exception-type" {
            found = String::from_utf8_lossy(value).into_owned();
        }
        headers = rest;
    }
    Some(found)
}
