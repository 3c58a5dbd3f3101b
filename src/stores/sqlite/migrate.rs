//! The schema's versions: `user_version` says which a file has. One file per migration, applied in one transaction;
//! the views are made anew after any of them.
use rusqlite::{Connection, TransactionBehavior};

use super::views;
use crate::stores::StoreError;

/// Each migration, in order; the schema's version is how many were applied. Never edit one that was released.
/// The order is that of release: numbers of files may not be in step with it.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
];

/// The schema this release writes.
pub(super) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// `prot`: marks an SQLite file as ours.
const APPLICATION: i64 = 0x7072_6f74;

/// Whether the schema is this release's.
///
/// # Errors
/// It is a later release's, or another program's file.
pub(super) fn is_current(connection: &Connection, place: &str) -> Result<bool, StoreError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION && (tables > 0 || found > 0) {
        let reason = "it is an SQLite file of another program".into();
        return Err(StoreError::Open { place: place.into(), reason });
    }
    if found > KNOWN {
        return Err(StoreError::Newer { place: place.into(), found, known: KNOWN });
    }
    Ok(found == KNOWN)
}

/// Brings the schema up to this release's. Safe when several processes do it at once.
///
/// # Errors
/// As [`is_current`], or the file cannot be written.
pub(super) fn migrate(connection: &mut Connection, place: &str) -> Result<(), StoreError> {
    if is_current(connection, place)? {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found < KNOWN {
        for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
            transaction.execute_batch(migration)?;
        }
        transaction.execute_batch(&views::sql())?;
        transaction.pragma_update(None, "user_version", KNOWN)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
    }
    transaction.commit()?;
    Ok(())
}
