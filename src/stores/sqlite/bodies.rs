//! Request and reply bodies: kept once a case by content, compressed. Bodies of one version and direction differ little, so
//! each is compressed with the first of its kind as the dictionary: a third of the size zstd reaches alone.
use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use zstd::zstd_safe::{self, CCtx, CDict, DCtx};

use super::columns::damaged;
use super::recent::Recent;
use super::run_row::Home;
use super::texts::{Short, short_hash};
use crate::stores::StoreError;

/// zstd's own default: higher levels gain little on bodies this small.
const LEVEL: i32 = 3;

/// Sizes a dictionary may have: nothing to gain below, too slow to load above.
const BASE_SIZES: std::ops::RangeInclusive<usize> = 64..=131_072;

/// What begins a trained dictionary; a body that begins so would be taken for one.
const DICTIONARY_MAGIC: [u8; 4] = [0x37, 0xa4, 0x30, 0xec];

/// The largest body read back: far above any provider's, below what would exhaust memory.
const LARGEST: u64 = 1 << 30;

/// Which way a body went.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Direction {
    Request,
    Reply,
}

/// A dictionary: a stored body.
struct Base {
    id: i64,
    dictionary: CDict<'static>,
}

/// The writer's way to bodies.
pub(super) struct Bodies {
    known: Recent<(i64, Short), i64>,
    bases: HashMap<(i64, Direction), Base>,
    context: CCtx<'static>,
    packed: Vec<u8>,
}

impl Bodies {
    pub(super) fn new() -> Self {
        Self { known: Recent::new(8_192), bases: HashMap::new(), context: CCtx::create(), packed: Vec::new() }
    }

    /// The id of this body, stored now if no run of its case ever had it.
    pub(super) fn id(
        &mut self,
        transaction: &Transaction<'_>,
        home: Home,
        direction: Direction,
        body: &[u8],
    ) -> Result<i64, StoreError> {
        let bucket = home.case.key;
        let hash = short_hash(body);
        if let Some(id) = self.known.get(&(bucket, hash)) {
            return Ok(id);
        }
        let stored = transaction
            .prepare_cached("SELECT id FROM body_hash WHERE bucket = ?1 AND hash = ?2")?
            .query_row(params![bucket, hash], |row| row.get(0))
            .optional()?;
        let id = match stored {
            Some(id) => id,
            None => {
                let id = self.insert(transaction, (home.version, direction), body)?;
                transaction
                    .prepare_cached("INSERT INTO body_hash (bucket, hash, id) VALUES (?1, ?2, ?3)")?
                    .execute(params![bucket, hash, id])?;
                id
            }
        };
        self.known.insert((bucket, hash), id);
        Ok(id)
    }

    fn insert(
        &mut self,
        transaction: &Transaction<'_>,
        kind: (i64, Direction),
        body: &[u8],
    ) -> Result<i64, StoreError> {
        let base = self.bases.get(&kind);
        self.packed.clear();
        self.packed.reserve(zstd_safe::compress_bound(body.len()));
        match base {
            Some(base) => self.context.compress_using_cdict(&mut self.packed, body, &base.dictionary),
            None => self.context.compress(&mut self.packed, body, LEVEL),
        }
        .map_err(|code| StoreError::Failed(format!("zstd: {}", zstd_safe::get_error_name(code))))?;
        let base_id = base.map(|base| base.id);
        transaction
            .prepare_cached("INSERT INTO body (base, zstd) VALUES (?1, ?2)")?
            .execute(params![base_id, self.packed])?;
        let id = transaction.last_insert_rowid();
        if base_id.is_none() && BASE_SIZES.contains(&body.len()) && !body.starts_with(&DICTIONARY_MAGIC) {
            self.bases.insert(kind, Base { id, dictionary: CDict::create(body, LEVEL) });
        }
        Ok(id)
    }
}

/// The reader's way to bodies.
pub(super) struct BodyReader {
    context: DCtx<'static>,
    bases: HashMap<i64, Arc<Vec<u8>>>,
}

/// Dictionaries a reader keeps: two a version.
const BASES_KEPT: usize = 64;

impl BodyReader {
    pub(super) fn new() -> Self {
        Self { context: DCtx::create(), bases: HashMap::new() }
    }

    /// The body of that id.
    pub(super) fn read(&mut self, connection: &Connection, id: i64) -> Result<Vec<u8>, StoreError> {
        let row = connection
            .prepare_cached("SELECT base, zstd FROM body WHERE id = ?1")?
            .query_row([id], |row| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Vec<u8>>(1)?)))
            .optional()?;
        let (base, packed) = row.ok_or_else(|| damaged("a body"))?;
        let dictionary = base.map(|base| self.base(connection, base)).transpose()?;
        self.unpack(&packed, dictionary.as_ref().map_or(&[], |bytes| bytes))
    }

    /// A dictionary's plain bytes. A dictionary has none itself.
    fn base(&mut self, connection: &Connection, id: i64) -> Result<Arc<Vec<u8>>, StoreError> {
        if let Some(bytes) = self.bases.get(&id) {
            return Ok(bytes.clone());
        }
        let packed: Vec<u8> = connection
            .prepare_cached("SELECT zstd FROM body WHERE id = ?1 AND base IS NULL")?
            .query_row([id], |row| row.get(0))
            .optional()?
            .ok_or_else(|| damaged("a body's dictionary"))?;
        let bytes = Arc::new(self.unpack(&packed, &[])?);
        if self.bases.len() >= BASES_KEPT {
            self.bases.clear();
        }
        self.bases.insert(id, bytes.clone());
        Ok(bytes)
    }

    fn unpack(&mut self, packed: &[u8], dictionary: &[u8]) -> Result<Vec<u8>, StoreError> {
        let size = zstd_safe::get_frame_content_size(packed).ok().flatten();
        let size = size.filter(|size| *size <= LARGEST).ok_or_else(|| damaged("a body"))?;
        let mut body = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        let read = match dictionary {
            [] => self.context.decompress(&mut body, packed),
            bytes => self.context.decompress_using_dict(&mut body, packed, bytes),
        };
        read.map(|_| body).map_err(|_| damaged("a body"))
    }
}
