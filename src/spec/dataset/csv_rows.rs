//! Rows of csv and tsv files. Every value stays the text it is written as, numbers included: what looks like a number
//! may be a zip code. Line ends inside a quoted field become LF, white space around a column's name is dropped.
use std::io::{self, Read};
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder, Terminator};
use serde_json::Value;

use super::lines::{LIMIT, Lines};
use super::source::{Input, Sink};
use super::{DatasetError, HeaderProblem, Place};
use crate::domain::Map;

/// Reads a header and rows; an empty cell of an `optional` column is no field.
pub(super) fn read(
    input: Input,
    delimiter: u8,
    optional: &[&str],
    sink: &mut Sink<'_>,
) -> Result<(), DatasetError> {
    let file = Arc::clone(&input.file);
    let mut records = Records::new(input, delimiter);
    let Some((line, header)) = records.next_record()? else { return Ok(()) };
    let names =
        names(header).map_err(|problem| DatasetError::Header { file: Arc::clone(&file), line, problem })?;
    let mut row = 0;
    while let Some((line, record)) = records.next_record()? {
        row += 1;
        let place = Place { file: Arc::clone(&file), line: Some(line), row };
        if record.len() != names.len() {
            return Err(DatasetError::Ragged { place, found: record.len(), expected: names.len() });
        }
        let mut map = Map::with_capacity(names.len());
        for (name, cell) in names.iter().zip(record) {
            if !(cell.is_empty() && optional.contains(&name.as_str())) {
                map.insert(name.clone(), Value::String(String::from_utf8_lossy(cell).into_owned()));
            }
        }
        sink(place, map)?;
    }
    Ok(())
}

fn names(header: &ByteRecord) -> Result<Vec<String>, HeaderProblem> {
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    for (index, cell) in header.iter().enumerate() {
        let name = String::from_utf8_lossy(cell).trim().to_owned();
        if name.is_empty() {
            return Err(HeaderProblem::Nameless(index + 1));
        }
        if names.contains(&name) {
            return Err(HeaderProblem::Twice(name));
        }
        names.push(name);
    }
    Ok(names)
}

/// The csv parser, fed one whole record at a time: so a record's line is exact, its length bounded, and a quote that
/// is never closed found instead of swallowing the rest of the file.
struct Records {
    parser: csv::Reader<Feed>,
    record: ByteRecord,
}

impl Records {
    fn new(input: Input, delimiter: u8) -> Self {
        let file = Arc::clone(&input.file);
        let feed = Feed {
            lines: Lines::new(input.reader, Arc::clone(&file)),
            file,
            delimiter,
            pending: Vec::new(),
            given: 0,
            line: 0,
            failed: None,
        };
        let parser = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .terminator(Terminator::Any(b'\n'))
            .from_reader(feed);
        Self { parser, record: ByteRecord::new() }
    }

    /// The next record and the line it starts on.
    fn next_record(&mut self) -> Result<Option<(usize, &ByteRecord)>, DatasetError> {
        match self.parser.read_byte_record(&mut self.record) {
            Ok(true) => Ok(Some((self.parser.get_ref().line, &self.record))),
            Ok(false) => Ok(None),
            Err(error) => {
                let feed = self.parser.get_mut();
                let file = Arc::clone(&feed.file);
                let unreadable = || DatasetError::Unreadable { file, reason: error.to_string() };
                Err(feed.failed.take().unwrap_or_else(unreadable))
            }
        }
    }
}

/// Gives the parser one record of the file, then waits to be asked for the next.
struct Feed {
    lines: Lines<io::BufReader<std::fs::File>>,
    file: Arc<str>,
    delimiter: u8,
    pending: Vec<u8>,
    given: usize,
    line: usize,
    failed: Option<DatasetError>,
}

impl Read for Feed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.pending.len() {
            (self.given, self.line) = (0, self.lines.number() + 1);
            self.pending.clear();
            if let Err(error) = self.gather() {
                self.failed = Some(error);
                return Err(io::Error::other("the record is not usable"));
            }
        }
        let count = (&self.pending[self.given..]).read(buffer)?;
        self.given += count;
        Ok(count)
    }
}

impl Feed {
    /// Reads lines up to the end of a record; leaves nothing pending at the end of the file.
    fn gather(&mut self) -> Result<(), DatasetError> {
        let mut quotes = Quotes::Start;
        loop {
            let Some(line) = self.lines.next_line()? else {
                if quotes == Quotes::Inside {
                    let message = "a quoted field that begins in this row is never closed".to_owned();
                    return Err(DatasetError::Malformed { place: self.place(), column: None, message });
                }
                return Ok(());
            };
            if self.pending.is_empty() && line.trim_matches([' ', '\t']).is_empty() && quotes == Quotes::Start
            {
                self.line = self.lines.number() + 1;
                continue;
            }
            quotes = line.bytes().fold(quotes, |state, byte| state.after(byte, self.delimiter));
            self.pending.extend_from_slice(line.as_bytes());
            self.pending.push(b'\n');
            if self.pending.len() > LIMIT {
                return Err(DatasetError::TooLong { place: self.place(), unit: "row" });
            }
            if quotes != Quotes::Inside {
                return Ok(());
            }
        }
    }

    fn place(&self) -> Place {
        Place { file: Arc::clone(&self.file), line: Some(self.line), row: 0 }
    }
}

/// Where in a record the reader stands, as far as quotes go; follows the parser's own rules.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    /// At the start of a field.
    Start,
    /// In a field without quotes.
    Plain,
    /// Between quotes.
    Inside,
    /// After a quote that closes the field, or is the first of a doubled one.
    Closing,
}

impl Quotes {
    fn after(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::Start | Self::Closing, b'"') => Self::Inside,
            (Self::Inside, b'"') => Self::Closing,
            (Self::Inside, _) => Self::Inside,
            (_, byte) if byte == delimiter => Self::Start,
            _ => Self::Plain,
        }
    }
}
