//! Rows kept out of memory: a buffer up to 16 MB, then a temporary file without a name. Knows bytes and offsets only,
//! beside the one layout of a record: the file's number, a line end, slice numbers, a line end, the row as JSON.
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::{Mutex, PoisonError};

use tempfile::SpooledTempFile;

use super::DatasetError;
use super::sample::Key;
use crate::domain::Map;

/// Bytes held in memory before a file is used.
const IN_MEMORY: usize = 16 << 20;

/// One case: 48 bytes of memory, whatever its row holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Of its id.
    pub(super) key: Key,
    /// Of its id, inputs and expected answer.
    pub(super) content: [u8; 16],
    offset: u64,
    length: u32,
}

/// The spool while it grows.
pub(super) struct Writer {
    out: BufWriter<SpooledTempFile>,
    offset: u64,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self { out: BufWriter::with_capacity(1 << 16, tempfile::spooled_tempfile(IN_MEMORY)), offset: 0 }
    }

    pub(super) fn push(
        &mut self,
        row: &Map,
        (file, slices): (usize, &[u32]),
        key: Key,
        content: [u8; 16],
    ) -> Result<Entry, DatasetError> {
        let slices = slices.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let mut record = format!("{file}\n{slices}\n").into_bytes();
        serde_json::to_writer(&mut record, row).map_err(|error| failed(&error))?;
        let length = u32::try_from(record.len()).map_err(|error| failed(&error))?;
        self.out.write_all(&record).map_err(|error| failed(&error))?;
        let entry = Entry { key, content, offset: self.offset, length };
        self.offset += u64::from(length);
        Ok(entry)
    }

    pub(super) fn finish(self) -> Result<Spool, DatasetError> {
        let file = self.out.into_inner().map_err(|error| failed(error.error()))?;
        Ok(Spool { file: Mutex::new(file) })
    }
}

/// What is kept of a row.
pub(super) struct Record {
    pub(super) row: Map,
    /// Numbers of the slices it belongs to.
    pub(super) slices: Vec<usize>,
    /// Number of the file it was read from.
    pub(super) file: usize,
}

/// The spool, readable from any thread.
#[derive(Debug)]
pub(super) struct Spool {
    file: Mutex<SpooledTempFile>,
}

impl Spool {
    /// The row of an entry.
    pub(super) fn row(&self, entry: &Entry) -> Result<Map, DatasetError> {
        Ok(self.get(entry)?.row)
    }

    /// A record.
    pub(super) fn get(&self, entry: &Entry) -> Result<Record, DatasetError> {
        let mut record = vec![0; entry.length as usize];
        {
            // A panic elsewhere leaves at most a file position behind, and every read seeks first.
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(entry.offset)).map_err(|error| failed(&error))?;
            file.read_exact(&mut record).map_err(|error| failed(&error))?;
        }
        let mut parts = record.splitn(3, |byte| *byte == b'\n');
        let mut part = || parts.next().unwrap_or_default();
        let (file, slices) = (String::from_utf8_lossy(part()), String::from_utf8_lossy(part()));
        let row = serde_json::from_slice(part()).map_err(|error| failed(&error))?;
        let slices = slices.split(',').filter_map(|number| number.parse().ok()).collect();
        Ok(Record { row, slices, file: file.parse().unwrap_or_default() })
    }

    /// Whether the rows outgrew memory.
    #[cfg(test)]
    pub(super) fn is_on_disk(&self) -> bool {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).is_rolled()
    }
}

fn failed(error: &dyn std::error::Error) -> DatasetError {
    DatasetError::Spool { reason: error.to_string() }
}
