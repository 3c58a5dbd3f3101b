//! Texts that repeat are kept once and referred to by a small integer. A bucket says among which texts one may recur:
//! those of one case, or all ([`SHARED`]).
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::recent::Recent;
use crate::domain::Digest;
use crate::stores::StoreError;

/// The first half of a SHA-256: 2^64 texts until two are likely to collide.
pub(super) type Short = [u8; 16];

/// The bucket of what runs of any case share.
pub(super) const SHARED: i64 = 0;

/// The first half of the hash of these bytes.
pub(super) fn short_hash(bytes: &[u8]) -> Short {
    let mut short = [0; 16];
    short.copy_from_slice(&Digest::of(bytes).as_bytes()[..16]);
    short
}

/// The writer's way to texts.
pub(super) struct Texts {
    known: Recent<(i64, Short), i64>,
}

impl Texts {
    pub(super) fn new() -> Self {
        Self { known: Recent::new(8_192) }
    }

    /// The id of this text, stored now if it never was.
    pub(super) fn id(
        &mut self,
        transaction: &Transaction<'_>,
        bucket: i64,
        text: &str,
    ) -> Result<i64, StoreError> {
        let hash = short_hash(text.as_bytes());
        if let Some(id) = self.known.get(&(bucket, hash)) {
            return Ok(id);
        }
        let stored = transaction
            .prepare_cached("SELECT id FROM text_hash WHERE bucket = ?1 AND hash = ?2")?
            .query_row(params![bucket, hash], |row| row.get(0))
            .optional()?;
        let id = match stored {
            Some(id) => id,
            None => {
                transaction.prepare_cached("INSERT INTO text (text) VALUES (?1)")?.execute([text])?;
                let id = transaction.last_insert_rowid();
                transaction
                    .prepare_cached("INSERT INTO text_hash (bucket, hash, id) VALUES (?1, ?2, ?3)")?
                    .execute(params![bucket, hash, id])?;
                id
            }
        };
        self.known.insert((bucket, hash), id);
        Ok(id)
    }

    /// As [`Texts::id`], where there is a text.
    pub(super) fn maybe(
        &mut self,
        transaction: &Transaction<'_>,
        bucket: i64,
        text: Option<&str>,
    ) -> Result<Option<i64>, StoreError> {
        text.map(|text| self.id(transaction, bucket, text)).transpose()
    }
}
