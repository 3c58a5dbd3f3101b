//! Versions: registered once, numbered X.Y, with what people may edit about them kept beside.
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::columns::{damaged, digest, instant, instant_ns, json, to_json, unsigned};
use crate::domain::{Digest, Label};
use crate::otel::genai;
use crate::stores::{Editor, StoreError, StoredVersion, VersionEdit};

/// Registers one version, or finds it and notes what people changed about it.
pub(super) fn register(
    transaction: &Transaction<'_>,
    version: &StoredVersion,
    by: &Editor,
) -> Result<Label, StoreError> {
    let project = version.project.as_str();
    let found = transaction
        .prepare_cached(&format!("{SELECT} WHERE project = ?1 AND name = ?2 AND hash = ?3"))?
        .query_row(params![project, version.name, version.hash.as_bytes()], |row| {
            Ok((row.get(0)?, stored(row)))
        })
        .optional()?;
    if let Some((id, known)) = found {
        let known = known?;
        let edited = known.description != version.description
            || known.tags != version.tags
            || known.metadata != version.metadata;
        if edited {
            edit(transaction, id, known.label, version, by)?;
        }
        return Ok(known.label);
    }
    let label = next_label(transaction, version)?;
    insert(transaction, label, version)?;
    edit(transaction, transaction.last_insert_rowid(), label, version, by)?;
    Ok(label)
}

/// The label a new version of its name gets.
fn next_label(transaction: &Transaction<'_>, version: &StoredVersion) -> Result<Label, StoreError> {
    let latest = transaction
        .prepare_cached(
            "SELECT major, minor, signature_hash FROM version_row WHERE project = ?1 AND name = ?2 \
             ORDER BY major DESC, minor DESC LIMIT 1",
        )?
        .query_row(params![version.project, version.name], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?))
        })
        .optional()?;
    let Some((major, minor, signature)) = latest else { return Ok(Label::FIRST) };
    let same = signature == version.signature_hash.as_bytes();
    Ok(Label { major: unsigned(major)?, minor: unsigned(minor)? }.next(same))
}

fn insert(transaction: &Transaction<'_>, label: Label, version: &StoredVersion) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO version_row (project, name, hash, signature_hash, major, minor, provider, model, closure, \
             tags, metadata, root_attributes, call_attributes, registered_ns) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '[]', '{}', '{}', '{}', ?10)",
        )?
        .execute(params![
            version.project,
            version.name,
            version.hash.as_bytes(),
            version.signature_hash.as_bytes(),
            label.major,
            label.minor,
            version.provider,
            version.model,
            version.closure.to_string(),
            instant_ns(version.registered)?,
        ])?;
    Ok(())
}

/// Sets what lies outside the hash, and keeps that state in the history.
fn edit(
    transaction: &Transaction<'_>,
    id: i64,
    label: Label,
    version: &StoredVersion,
    by: &Editor,
) -> Result<(), StoreError> {
    let traced = genai::TracedVersion { label, ..version.traced() };
    let (tags, metadata) = (to_json(&version.tags), to_json(&version.metadata));
    transaction
        .prepare_cached(
            "UPDATE version_row SET description = ?2, tags = ?3, metadata = ?4, root_attributes = ?5, \
             call_attributes = ?6 WHERE id = ?1",
        )?
        .execute(params![
            id,
            version.description,
            tags,
            metadata,
            to_json(&genai::root_attributes(&traced)),
            to_json(&genai::call_attributes(&traced)),
        ])?;
    transaction
        .prepare_cached(
            "INSERT INTO version_history (version, at_ns, description, tags, metadata, who, why) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            id,
            instant_ns(Timestamp::now())?,
            version.description,
            tags,
            metadata,
            by.who,
            by.why
        ])?;
    Ok(())
}

/// Every state of what lies outside a version's hash, oldest first.
pub(super) fn edits(
    connection: &Connection,
    project: &str,
    name: &str,
    hash: &Digest,
) -> Result<Vec<VersionEdit>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT h.at_ns, h.who, h.why, h.description, h.tags, h.metadata FROM version_history h \
         JOIN version_row v ON v.id = h.version WHERE v.project = ?1 AND v.name = ?2 AND v.hash = ?3 ORDER BY h.rowid",
    )?;
    let mut rows = statement.query(params![project, name, hash.as_bytes()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let noted = |column| row.get::<_, Option<String>>(column).map(Option::unwrap_or_default);
        found.push(VersionEdit {
            at: instant(row.get(0)?)?,
            by: Editor { who: noted(1)?, why: noted(2)? },
            description: row.get(3)?,
            tags: json(&row.get::<_, String>(4)?)?,
            metadata: json(&row.get::<_, String>(5)?)?,
        });
    }
    Ok(found)
}

/// The columns [`stored`] reads.
pub(super) const SELECT: &str = "SELECT id, project, name, major, minor, hash, signature_hash, closure, provider, \
     model, description, tags, metadata, registered_ns FROM version_row";

/// A row of [`SELECT`].
pub(super) fn stored(row: &Row<'_>) -> Result<StoredVersion, StoreError> {
    let read = |column| row.get::<_, String>(column);
    Ok(StoredVersion {
        project: read(1)?,
        name: read(2)?,
        label: Label { major: unsigned(row.get(3)?)?, minor: unsigned(row.get(4)?)? },
        hash: digest(row, 5)?,
        signature_hash: digest(row, 6)?,
        closure: json(&read(7)?)?,
        provider: read(8)?,
        model: read(9)?,
        description: row.get(10)?,
        tags: json(&read(11)?)?,
        metadata: json(&read(12)?)?,
        registered: instant(row.get(13)?)?,
    })
}

/// The row of the version a batch's run names by its hash: under one of the batch's names where several have it.
pub(super) fn find(
    transaction: &Transaction<'_>,
    project: &str,
    names: &[String],
    hash: &Digest,
) -> Result<i64, StoreError> {
    let mut statement = transaction
        .prepare_cached("SELECT id, name FROM version_row WHERE project = ?1 AND hash = ?2 ORDER BY id")?;
    let mut rows = statement.query(params![project, hash.as_bytes()])?;
    let mut first = None;
    while let Some(row) = rows.next()? {
        let name = row.get_ref(1)?.as_str().map_err(|_| damaged("a version's name"))?;
        if names.iter().any(|known| known == name) {
            return Ok(row.get(0)?);
        }
        first = first.or(Some(row.get(0)?));
    }
    first.ok_or_else(|| {
        StoreError::Failed(format!("the version sha256:{} is not registered in `{project}`", hash.short()))
    })
}
