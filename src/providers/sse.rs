//! Server-sent events out of arbitrary chunks of bytes (WHATWG HTML, "Parsing an event stream"). Owns framing and its
//! byte cap; knows no provider and reads no JSON. A body that is one JSON object where a stream was asked for
//! (servers that ignore `stream`, errors) comes out as one event without a name, so nobody has to look twice.
use crate::domain::ErrorType;

use super::Failure;

/// Bytes one stream may hold; far above any answer, far below the machine's memory.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its `event:` field; empty without one.
    pub name: String,
    /// Its `data:` lines joined by LF. Bytes, so that broken UTF-8 is seen by whoever reads them, not replaced.
    pub data: Vec<u8>,
}

/// Takes chunks, gives events. Any chunking of the same bytes gives the same events.
#[derive(Debug, Default)]
pub struct Decoder {
    mode: Mode,
    taken: usize,
    line: Vec<u8>,
    event: Event,
    has_data: bool,
    after_cr: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Mode {
    /// Nothing but white space so far.
    #[default]
    Undecided,
    /// Lines and fields.
    Events,
    /// The body began with `{`: no event stream.
    Whole,
}

impl Decoder {
    /// The events that are complete after these bytes.
    ///
    /// # Errors
    /// The stream exceeds [`MAX_BYTES`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, Failure> {
        self.taken = self.taken.saturating_add(bytes.len());
        if self.taken > MAX_BYTES {
            let message = format!("the stream is larger than {} MB", MAX_BYTES / (1024 * 1024));
            return Err(Failure::new(ErrorType::TooLarge, message));
        }
        let mut events = Vec::new();
        let mut rest = bytes;
        while let Some((&byte, tail)) = rest.split_first() {
            match self.mode {
                Mode::Whole => {
                    self.line.extend_from_slice(rest);
                    break;
                }
                Mode::Undecided if byte == b'{' && self.line.trim_ascii().is_empty() => {
                    self.line.clear();
                    self.mode = Mode::Whole;
                }
                Mode::Undecided if !byte.is_ascii_whitespace() => self.mode = Mode::Events,
                _ => {
                    rest = tail;
                    events.extend(self.take(byte));
                }
            }
        }
        Ok(events)
    }

    /// The event the stream ended in the middle of, if it holds data: some servers leave out the last blank line.
    #[must_use]
    pub fn finish(mut self) -> Option<Event> {
        if self.mode == Mode::Whole {
            return Some(Event { name: String::new(), data: self.line });
        }
        if !self.line.is_empty() {
            self.end_of_line();
        }
        self.dispatch()
    }

    fn take(&mut self, byte: u8) -> Option<Event> {
        let second_of_crlf = byte == b'\n' && std::mem::take(&mut self.after_cr);
        self.after_cr = byte == b'\r';
        match byte {
            b'\n' if second_of_crlf => None,
            b'\n' | b'\r' => self.end_of_line(),
            _ => {
                self.line.push(byte);
                None
            }
        }
    }

    fn end_of_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let line = line.strip_prefix(b"\xEF\xBB\xBF".as_slice()).unwrap_or(&line);
        if line.is_empty() {
            return self.dispatch();
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (field, value) = line.split_at(colon.unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"event" => self.event.name = String::from_utf8_lossy(value).into_owned(),
            b"data" => {
                if self.has_data {
                    self.event.data.push(b'\n');
                }
                self.has_data = true;
                self.event.data.extend_from_slice(value);
            }
            // `id`, `retry`, comments (an empty field name) and unknown fields say nothing about an answer.
            _ => {}
        }
        None
    }

    /// An event without data is not dispatched (the specification's rule); its name is forgotten.
    fn dispatch(&mut self) -> Option<Event> {
        let event = std::mem::take(&mut self.event);
        std::mem::take(&mut self.has_data).then_some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(chunks: &[&[u8]]) -> Vec<(String, String)> {
        let mut decoder = Decoder::default();
        let mut events = Vec::new();
        for chunk in chunks {
            events.extend(decoder.push(chunk).unwrap());
        }
        events.extend(decoder.finish());
        events.into_iter().map(|e| (e.name, String::from_utf8_lossy(&e.data).into_owned())).collect()
    }

    fn check(stream: &str, expected: &[(&str, &str)]) {
        let owned: Vec<(String, String)> =
            expected.iter().map(|(n, d)| ((*n).to_owned(), (*d).to_owned())).collect();
        assert_eq!(all(&[stream.as_bytes()]), owned, "{stream:?}");
    }

    #[test]
    fn events_are_framed_by_blank_lines_of_any_line_end() {
        for end in ["\n", "\r", "\r\n"] {
            let stream = "event: a\ndata: 1\n\ndata: 2\ndata:3\n\n".replace('\n', end);
            check(&stream, &[("a", "1"), ("", "2\n3")]);
        }
    }

    #[test]
    fn comments_ids_and_events_without_data_are_passed_over() {
        check(": ping\n\nid: 7\nretry: 9\nevent: x\n\ndata\n\ndata: y\n\n", &[("", ""), ("", "y")]);
    }

    #[test]
    fn a_byte_order_mark_and_a_missing_last_blank_line_do_not_matter() {
        check("\u{feff}data: a\n\ndata: b", &[("", "a"), ("", "b")]);
    }

    #[test]
    fn a_json_body_instead_of_a_stream_is_one_event() {
        check("\n {\"a\":\n\n1}", &[("", "{\"a\":\n\n1}")]);
    }

    #[test]
    fn the_byte_cap_holds() {
        let mut decoder = Decoder::default();
        let chunk = vec![b'x'; MAX_BYTES];
        assert!(decoder.push(&chunk).is_ok());
        assert_eq!(decoder.push(b"x").unwrap_err().kind, ErrorType::TooLarge);
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_events(
            lines in proptest::collection::vec(
                (prop_oneof!["data: ?[a-zü{:]{0,4}", ": ?[a-z]{0,3}", "event: ?[a-z]{0,3}", Just(String::new())],
                 prop_oneof![Just("\n"), Just("\r"), Just("\r\n")]), 0..24),
            cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..12),
        ) {
            let stream: String = lines.iter().flat_map(|(line, end)| [line.as_str(), end]).collect();
            let bytes = stream.as_bytes();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            let chunks: Vec<&[u8]> = at.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
            prop_assert_eq!(all(&chunks), all(&[bytes]));
        }
    }
}
