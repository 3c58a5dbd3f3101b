//! Answers that may be used again: keys that point to stored runs.
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::columns::{digest, unsigned};
use crate::domain::Digest;
use crate::stores::{CacheSize, StoreError};

/// Points a key to the run at that position.
pub(super) fn put(transaction: &Transaction<'_>, key: &Digest, run: i64) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO answer (key, run) VALUES (?1, ?2)")?
        .execute(params![key.as_bytes(), run])?;
    Ok(())
}

/// The position of the run a key points to, while it is stored.
pub(super) fn position(connection: &Connection, key: &Digest) -> Result<Option<u64>, StoreError> {
    let found: Option<i64> = connection
        .prepare_cached("SELECT r.id FROM answer a JOIN run_row r ON r.id = a.run WHERE a.key = ?1")?
        .query_row([key.as_bytes()], |row| row.get(0))
        .optional()?;
    found.map(unsigned).transpose()
}

/// Every key whose run is stored.
pub(super) fn keys(connection: &Connection) -> Result<Vec<Digest>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT a.key FROM answer a JOIN run_row r ON r.id = a.run")?;
    let mut rows = statement.query([])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push(digest(row, 0)?);
    }
    Ok(keys)
}

/// How many there are, and the bytes of their answers and replies as stored.
pub(super) fn size(connection: &Connection) -> Result<CacheSize, StoreError> {
    let (entries, bytes) = connection
        .prepare_cached(
            "SELECT count(*), coalesce(sum(length(CAST(r.output AS BLOB)) + coalesce(length(b.zstd), 0)), 0) \
             FROM answer a JOIN run_row r ON r.id = a.run LEFT JOIN body b ON b.id = r.reply",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(CacheSize { entries: unsigned(entries)?, bytes: unsigned(bytes)? })
}
