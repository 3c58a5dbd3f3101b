//! The default store: one SQLite file in WAL mode, one writer at a time, readers that never wait for it.
//! Tables are private and STRICT; `views.sql` is the public contract. A schema change is a new file in `migrations/`
//! and a line in `migrate.rs`.
//!
//! What a run costs on disk (at most 1.5 kB) is decided here: texts that repeat are kept once (`texts`), bodies are
//! compressed against the first body of their version (`bodies`), spans are derived by a view and not stored.
mod answers;
mod append;
mod bodies;
mod calls;
mod cases;
mod columns;
mod decisions;
mod file;
mod filter;
mod measure;
mod migrate;
mod read;
mod recent;
mod register;
mod run_row;
mod scores;
mod tags;
#[cfg(test)]
mod tests;
mod texts;
mod views;
mod write;

use super::{Member, StoreError};
use crate::registry::Row;

/// The row.
pub(super) const ROW: Row<Member> = Row {
    name: "sqlite",
    aliases: &["file"],
    doc: "one SQLite file, `.proto/proto.db` by default",
    keys: &[],
    make: Member { open: file::open, look: file::look, scheme: None },
};

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.to_string())
    }
}
