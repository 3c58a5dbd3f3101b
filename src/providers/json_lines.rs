//! JSON lines out of arbitrary chunks of bytes. Owns framing and its byte cap; knows no provider.
use crate::domain::ErrorType;

use super::Failure;
use super::growing::Frames;
use super::sse::{Event, MAX_BYTES};

/// Takes chunks, gives lines as events without a name. Any chunking of the same bytes gives the same lines.
#[derive(Debug, Default)]
pub struct Lines {
    taken: usize,
    line: Vec<u8>,
}

impl Frames for Lines {
    fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, Failure> {
        self.taken += bytes.len();
        if self.taken > MAX_BYTES {
            let message = format!("the stream is larger than {} MB", MAX_BYTES >> 20);
            return Err(Failure::new(ErrorType::TooLarge, message));
        }
        let mut events = Vec::new();
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.line.extend_from_slice(&rest[..end]);
            events.extend(event(std::mem::take(&mut self.line)));
            rest = &rest[end + 1..];
        }
        self.line.extend_from_slice(rest);
        Ok(events)
    }

    fn finish(self) -> Option<Event> {
        event(self.line)
    }
}

fn event(line: Vec<u8>) -> Option<Event> {
    (!line.trim_ascii().is_empty()).then(|| Event { name: String::new(), data: line })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_chunking_gives_the_same_lines() {
        let stream = b"{\"a\":1}\r\n\n{\"b\":2}\n{\"c\"";
        for size in 1..=stream.len() {
            let mut lines = Lines::default();
            let mut events: Vec<Event> =
                stream.chunks(size).flat_map(|chunk| lines.push(chunk).unwrap()).collect();
            events.extend(lines.finish());
            let read: Vec<&[u8]> = events.iter().map(|event| event.data.trim_ascii()).collect();
            assert_eq!(read, [b"{\"a\":1}".as_slice(), b"{\"b\":2}", b"{\"c\""]);
        }
    }
}
