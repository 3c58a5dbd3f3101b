//! JSON rows: an object a line, or one list of objects read element by element. Decides nothing about fields.
use std::cell::RefCell;
use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::lines::{LIMIT, Lines};
use super::source::{Input, Sink, hand_on, skip_mark};
use super::{DatasetError, Place};

/// Keys under which an object may hold its list of rows.
pub(super) const LISTS: [&str; 3] = ["cases", "data", "rows"];

/// What a file of one value must hold.
pub(super) const SHAPE: &str =
    "a list of objects, or an object with one list under `cases`, `data` or `rows`";

/// Reads an object a line; blank lines are skipped.
pub(super) fn read_lines(input: Input, sink: &mut Sink<'_>) -> Result<(), DatasetError> {
    let file = input.file;
    let mut lines = Lines::new(input.reader, Arc::clone(&file));
    let mut row = 0;
    loop {
        let number = lines.number() + 1;
        let Some(line) = lines.next_line()? else { return Ok(()) };
        if line.trim().is_empty() {
            continue;
        }
        row += 1;
        let place = Place { file: Arc::clone(&file), line: Some(number), row };
        let value = serde_json::from_str(line).map_err(|error| DatasetError::Malformed {
            place: place.clone(),
            column: Some(characters(line, error.column())),
            message: bare(&error),
        })?;
        hand_on(place, value, sink)?;
    }
}

/// Column in characters of a column in bytes, both from 1.
fn characters(line: &str, bytes: usize) -> usize {
    line.char_indices().take_while(|(at, _)| *at < bytes).count().max(1)
}

/// The parser's message without its own position.
fn bare(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
}

/// Reads one list of rows without ever holding two of them.
pub(super) fn read_list(mut input: Input, sink: &mut Sink<'_>) -> Result<(), DatasetError> {
    skip_mark(&mut input)?;
    let state = RefCell::new(State { line: 1, row: 0, row_line: 1, taken: 0, stopped: None });
    let file = Arc::clone(&input.file);
    let place = |line| Place { file: Arc::clone(&file), line: Some(line), row: state.borrow().row };
    let mut metered = Metered { input, state: &state };
    let mut parser = serde_json::Deserializer::from_reader(&mut metered);
    let result =
        Top { state: &state, file: &file, sink }.deserialize(&mut parser).and_then(|()| parser.end());
    let Err(error) = result else { return Ok(()) };
    let (stopped, row_line, taken) = {
        let mut state = state.borrow_mut();
        (state.stopped.take(), state.row_line, state.taken)
    };
    if let Some(stopped) = stopped {
        return Err(stopped);
    }
    if error.is_io() && taken > LIMIT {
        return Err(DatasetError::TooLong { place: place(row_line), unit: "row" });
    }
    if error.is_io() {
        return Err(DatasetError::Unreadable { file: Arc::clone(&file), reason: bare(&error) });
    }
    if error.is_eof() && taken == 0 {
        // An empty file holds no rows; that is said by whoever counts them.
        return Ok(());
    }
    let column = (error.column() > 0).then(|| error.column());
    Err(DatasetError::Malformed { place: place(error.line().max(1)), column, message: bare(&error) })
}

/// What the reader below and the visitors above the parser share.
struct State {
    line: usize,
    row: usize,
    row_line: usize,
    /// Bytes read since the row began.
    taken: usize,
    /// The sink's error, which the parser cannot carry.
    stopped: Option<DatasetError>,
}

/// Counts lines and refuses a row beyond the limit. The parser asks for one byte at a time, so the count is exact.
struct Metered<'a> {
    input: Input,
    state: &'a RefCell<State>,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.reader.read(buffer)?;
        let mut state = self.state.borrow_mut();
        state.line += buffer[..read].iter().filter(|byte| **byte == b'\n').count();
        state.taken += read;
        if state.taken > LIMIT {
            return Err(io::Error::other("the row is too long"));
        }
        Ok(read)
    }
}

/// The whole document.
struct Top<'a, 's> {
    state: &'a RefCell<State>,
    file: &'a Arc<str>,
    sink: &'a mut Sink<'s>,
}

impl<'de> DeserializeSeed<'de> for Top<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHAPE)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        List { state: self.state, file: self.file, sink: self.sink }.visit_seq(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut found: Option<String> = None;
        while let Some(key) = map.next_key::<String>()? {
            if !LISTS.contains(&key.as_str()) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if let Some(first) = found {
                return Err(A::Error::custom(format!("both `{first}` and `{key}` hold rows")));
            }
            map.next_value_seed(List { state: self.state, file: self.file, sink: &mut *self.sink })?;
            found = Some(key);
        }
        found.map(|_| ()).ok_or_else(|| A::Error::custom(format!("expected {SHAPE}")))
    }
}

/// The list under one of the known keys.
struct List<'a, 's> {
    state: &'a RefCell<State>,
    file: &'a Arc<str>,
    sink: &'a mut Sink<'s>,
}

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list
            .next_element_seed(Element { state: self.state, file: self.file, sink: self.sink })?
            .is_some()
        {}
        Ok(())
    }
}

/// One row.
struct Element<'a, 's> {
    state: &'a RefCell<State>,
    file: &'a Arc<str>,
    sink: &'a mut Sink<'s>,
}

impl<'de> DeserializeSeed<'de> for Element<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let place = {
            let mut state = self.state.borrow_mut();
            state.row += 1;
            (state.row_line, state.taken) = (state.line, 1);
            Place { file: Arc::clone(self.file), line: Some(state.line), row: state.row }
        };
        let value: Value = serde::Deserialize::deserialize(deserializer)?;
        hand_on(place, value, self.sink).map_err(|error| {
            self.state.borrow_mut().stopped = Some(error);
            D::Error::custom("stopped")
        })
    }
}
