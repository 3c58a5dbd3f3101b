//! Lines of a text file: numbered, bounded, valid UTF-8, without byte order mark and line ends. Knows no format.
use std::io::{BufRead, Read as _};
use std::sync::Arc;

use super::{DatasetError, Place};

/// Most bytes of one line or row: 16 MB.
pub(super) const LIMIT: usize = 16 << 20;

/// The mark some editors put before UTF-8 text.
pub(super) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// A reader of lines; one buffer serves them all.
pub(super) struct Lines<R> {
    reader: R,
    file: Arc<str>,
    number: usize,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, file: Arc<str>) -> Self {
        Self { reader, file, number: 0, buffer: Vec::new() }
    }

    /// Number of the line read last, from 1.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// The next line without its end; `None` after the last one.
    pub(super) fn next_line(&mut self) -> Result<Option<&str>, DatasetError> {
        self.buffer.clear();
        self.number += 1;
        let mut bounded = (&mut self.reader).take(LIMIT as u64 + 2);
        bounded.read_until(b'\n', &mut self.buffer).map_err(|error| DatasetError::Unreadable {
            file: Arc::clone(&self.file),
            reason: error.to_string(),
        })?;
        if self.buffer.is_empty() {
            return Ok(None);
        }
        let place = || Place { file: Arc::clone(&self.file), line: Some(self.number), row: 0 };
        let mut line = self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer);
        line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > LIMIT {
            return Err(DatasetError::TooLong { place: place(), unit: "line" });
        }
        if self.number == 1 {
            line = line.strip_prefix(BOM).unwrap_or(line);
        }
        let bad_byte = |byte: usize| DatasetError::NotText { place: place(), byte: byte + 1 };
        if let Some(nul) = line.iter().position(|byte| *byte == 0) {
            return Err(bad_byte(nul));
        }
        std::str::from_utf8(line).map(Some).map_err(|error| bad_byte(error.valid_up_to()))
    }
}
