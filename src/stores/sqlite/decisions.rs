//! Decisions as rows: written once, never changed.
use rusqlite::{Connection, Transaction, params};

use super::columns::{decision_id, halves, instant, instant_ns, map, to_json};
use crate::stores::{StoreError, StoredDecision};

/// Stores one.
pub(super) fn put(transaction: &Transaction<'_>, decision: &StoredDecision) -> Result<(), StoreError> {
    let (high, low) = halves(decision.id.as_bytes());
    transaction
        .prepare_cached(
            "INSERT INTO decision_row (id_high, id_low, at_ns, project, experiment, verdict, winner, request, \
             document) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            high,
            low,
            instant_ns(decision.at)?,
            decision.project,
            decision.experiment,
            decision.verdict,
            decision.winner,
            to_json(&decision.request),
            decision.document,
        ])?;
    Ok(())
}

/// All of them, newest first.
pub(super) fn all(connection: &Connection) -> Result<Vec<StoredDecision>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id_high, id_low, at_ns, project, experiment, verdict, winner, request, document \
         FROM decision_row ORDER BY at_ns DESC, id DESC",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (high, low): (i64, i64) = (row.get(0)?, row.get(1)?);
        let request: String = row.get(7)?;
        found.push(StoredDecision {
            id: decision_id(high, low)?,
            at: instant(row.get(2)?)?,
            project: row.get(3)?,
            experiment: row.get(4)?,
            verdict: row.get(5)?,
            winner: row.get(6)?,
            request: map(Some(&request))?,
            document: row.get(8)?,
        });
    }
    Ok(found)
}
