//! A run filter as SQL: conditions over `run_row r`, `batch_row b`, `version_row v` and `case_row c`.
use rusqlite::types::Value;

use super::columns::{count, halves};
use crate::domain::{Digest, RunId};
use crate::stores::{RunFilter, StoreError};

/// Conditions with their parameters, and the order.
pub(super) struct Where {
    pub(super) sql: String,
    pub(super) parameters: Vec<Value>,
}

/// The `WHERE`, `ORDER BY` and `LIMIT` of a filter.
pub(super) fn sql(filter: &RunFilter) -> Result<Where, StoreError> {
    let mut all = Where { sql: String::from(" WHERE true"), parameters: Vec::new() };
    if let Some(batch) = filter.batch {
        let (high, low) = halves(batch.as_bytes());
        // The plus keeps the planner on the range of positions: its rows come in order, those of an index do not.
        let row = "(SELECT id FROM batch_row WHERE id_high = ? AND id_low = ?)";
        all.and(&format!(" AND +r.batch = {row}"), [high, low]);
        let first = "(SELECT first_run FROM batch_row WHERE id_high = ? AND id_low = ?)";
        all.and(&format!(" AND r.id >= {first}"), [high, low]);
        let last = "(SELECT last_run FROM batch_row WHERE id_high = ? AND id_low = ?)";
        all.and(&format!(" AND r.id <= {last}"), [high, low]);
    }
    if let Some(after) = filter.after {
        all.and(" AND r.id > ?", [count(after)?]);
    }
    if let Some(id) = &filter.id {
        by_id(&mut all, id);
    }
    if let Some(version) = &filter.version {
        all.and(" AND v.name = ?", [version.clone()]);
    }
    if let Some(hash) = &filter.version_hash {
        all.and(" AND v.hash = ?", [hash.as_bytes().to_vec()]);
    }
    if let Some(case) = &filter.case_id {
        all.and(" AND c.case_id = ?", [case.clone()]);
    }
    if let Some(status) = filter.status {
        all.and(" AND r.status = ?", [status.name().to_owned()]);
    }
    if let Some(hashes) = &filter.unscored_by {
        unscored(&mut all, hashes);
    }
    if let Some(hash) = &filter.no_score_by {
        let told = "(SELECT 1 FROM score_row s JOIN evaluator e ON e.id = s.evaluator \
                    WHERE s.run = r.id AND e.hash = ? AND s.status <> 'failed')";
        all.and(&format!(" AND r.status = 'ok' AND NOT EXISTS {told}"), [hash.as_bytes().to_vec()]);
    }
    all.sql.push_str(if filter.newest_first { " ORDER BY r.id DESC" } else { " ORDER BY r.id" });
    if let Some(limit) = filter.limit {
        all.and(" LIMIT ?", [count(limit)?]);
    }
    Ok(all)
}

impl Where {
    fn and<V: Into<Value>>(&mut self, sql: &str, parameters: impl IntoIterator<Item = V>) {
        self.sql.push_str(sql);
        self.parameters.extend(parameters.into_iter().map(Into::into));
    }
}

/// A whole id is found by its index; a part of one by looking at all.
fn by_id(all: &mut Where, id: &str) {
    let hex: String = id.chars().filter(|c| *c != '-').flat_map(char::to_lowercase).collect();
    let known = hex.len() <= 32 && !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    match RunId::parse(&hex).filter(|_| known) {
        Some(run) => {
            let (high, low) = halves(run.as_bytes());
            all.and(" AND r.id_high = ? AND r.id_low = ?", [high, low]);
        }
        None if known => all.and(
            " AND (printf('%016x%016x', r.id_high, r.id_low) LIKE ? || '%' \
             OR printf('%016x%016x', r.id_high, r.id_low) LIKE '%' || ?)",
            [hex.clone(), hex],
        ),
        None => all.sql.push_str(" AND false"),
    }
}

/// Fewer of the evaluators have scored it than there are.
fn unscored(all: &mut Where, hashes: &[Digest]) {
    let mut distinct = hashes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let marks = vec!["?"; distinct.len()].join(", ");
    let number = distinct.len();
    let scored = format!(
        "(SELECT count(DISTINCT e.hash) FROM score_row s JOIN evaluator e ON e.id = s.evaluator \
         WHERE s.run = r.id AND e.hash IN ({marks}))"
    );
    all.and(&format!(" AND {scored} < {number}"), distinct.iter().map(|hash| hash.as_bytes().to_vec()));
}
