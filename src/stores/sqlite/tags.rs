//! Movable tags: appends to their log and reads it. Where a tag stands is `stores::standing`'s to say.
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::columns::{digest, instant, instant_ns};
use crate::stores::{StoreError, TagChange, unknown_version};

/// Appends one change.
pub(super) fn append(transaction: &Transaction<'_>, change: &TagChange) -> Result<(), StoreError> {
    let version: Option<i64> = match &change.version {
        None => None,
        Some((name, hash)) => {
            let found = transaction
                .prepare_cached("SELECT id FROM version_row WHERE project = ?1 AND name = ?2 AND hash = ?3")?
                .query_row(params![change.project, name, hash.as_bytes()], |row| row.get(0))
                .optional()?;
            Some(found.ok_or_else(|| unknown_version(&change.project, name, hash))?)
        }
    };
    transaction
        .prepare_cached(
            "INSERT INTO tag_log (project, tag, version, at_ns, who, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            change.project,
            change.tag,
            version,
            instant_ns(change.at)?,
            change.who,
            change.why
        ])?;
    Ok(())
}

/// The log, oldest first.
pub(super) fn log(connection: &Connection, project: Option<&str>) -> Result<Vec<TagChange>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT t.project, t.tag, v.name, v.hash, t.at_ns, t.who, t.why FROM tag_log t \
         LEFT JOIN version_row v ON v.id = t.version WHERE ?1 IS NULL OR t.project = ?1 ORDER BY t.at_ns, t.id",
    )?;
    let mut rows = statement.query([project])?;
    let mut log = Vec::new();
    while let Some(row) = rows.next()? {
        let name: Option<String> = row.get(2)?;
        log.push(TagChange {
            project: row.get(0)?,
            tag: row.get(1)?,
            version: name.map(|name| Ok::<_, StoreError>((name, digest(row, 3)?))).transpose()?,
            at: instant(row.get(4)?)?,
            who: row.get(5)?,
            why: row.get(6)?,
        });
    }
    Ok(log)
}
