//! Cases: each kept once in every form it was ever run in, found again by its id.
use std::sync::Arc;

use rusqlite::{Transaction, params};

use super::columns::{damaged, digest, map, map_text, text, to_json};
use super::recent::Recent;
use crate::domain::Case;
use crate::stores::StoreError;

/// Where a case is stored.
#[derive(Clone, Copy)]
pub(super) struct CaseIds {
    /// The row of this form of it.
    pub(super) row: i64,
    /// The first row of the same id and inputs: what a run's identity within its batch uses.
    pub(super) key: i64,
}

/// The writer's way to cases.
pub(super) struct Cases {
    /// By address: the runs of one case share it. The case is kept beside, so that no address is given twice.
    known: Recent<usize, (Arc<Case>, CaseIds)>,
}

/// Cases remembered, each whole: versions meet a case a few runs apart.
const CASES: usize = 2_048;

impl Cases {
    pub(super) fn new() -> Self {
        Self { known: Recent::new(CASES) }
    }

    /// Where this case is, stored now if this form of it never was.
    pub(super) fn ids(
        &mut self,
        transaction: &Transaction<'_>,
        case: &Arc<Case>,
    ) -> Result<CaseIds, StoreError> {
        let address = Arc::as_ptr(case) as usize;
        if let Some((_, ids)) = self.known.get(&address) {
            return Ok(ids);
        }
        let columns = Columns::of(case);
        let ids = match find(transaction, case, &columns)? {
            Found::Same(ids) => ids,
            Found::Key(key) => insert(transaction, case, &columns, Some(key))?,
            Found::Nothing => insert(transaction, case, &columns, None)?,
        };
        self.known.insert(address, (case.clone(), ids));
        Ok(ids)
    }
}

/// A case's texts as stored.
#[derive(PartialEq)]
struct Columns {
    cluster: Option<String>,
    weight: Option<f64>,
    slices: Option<String>,
    inputs: String,
    expected: Option<String>,
    metadata: Option<String>,
}

impl Columns {
    fn of(case: &Case) -> Self {
        Self {
            cluster: case.cluster.clone(),
            weight: case.weight,
            slices: (!case.slices.is_empty()).then(|| to_json(&case.slices)),
            inputs: to_json(&case.inputs),
            expected: case.expected.as_ref().map(ToString::to_string),
            metadata: map_text(&case.metadata),
        }
    }
}

/// What the store has of a case.
enum Found {
    /// This form of it.
    Same(CaseIds),
    /// The same id and inputs, but something else was edited.
    Key(i64),
    Nothing,
}

fn find(transaction: &Transaction<'_>, case: &Case, columns: &Columns) -> Result<Found, StoreError> {
    let mut statement = transaction.prepare_cached(
        "SELECT id, key, cluster, slices, inputs, expected, metadata, inputs_hash, weight FROM case_row WHERE case_id = ?1",
    )?;
    let mut rows = statement.query([&case.id])?;
    let mut found = Found::Nothing;
    while let Some(row) = rows.next()? {
        if digest(row, 7)? != case.inputs_hash {
            continue;
        }
        let key = row.get(1)?;
        let stored = Columns {
            cluster: row.get(2)?,
            slices: row.get(3)?,
            inputs: row.get(4)?,
            expected: row.get(5)?,
            metadata: row.get(6)?,
            weight: row.get(8)?,
        };
        if stored == *columns {
            return Ok(Found::Same(CaseIds { row: row.get(0)?, key }));
        }
        found = Found::Key(key);
    }
    Ok(found)
}

fn insert(
    transaction: &Transaction<'_>,
    case: &Case,
    columns: &Columns,
    key: Option<i64>,
) -> Result<CaseIds, StoreError> {
    // The first form of a case is its own key.
    let row: i64 = transaction
        .prepare_cached("SELECT coalesce(max(id), 0) + 1 FROM case_row")?
        .query_row([], |row| row.get(0))?;
    let key = key.unwrap_or(row);
    transaction
        .prepare_cached(
            "INSERT INTO case_row (id, key, case_id, inputs_hash, cluster, slices, inputs, expected, metadata, \
             weight) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            row,
            key,
            case.id,
            case.inputs_hash.as_bytes(),
            columns.cluster,
            columns.slices,
            columns.inputs,
            columns.expected,
            columns.metadata,
            columns.weight
        ])?;
    Ok(CaseIds { row, key })
}

/// The columns [`read`] reads, of a `case_row` called `c`.
pub(super) const COLUMNS: &str =
    "c.case_id, c.inputs_hash, c.cluster, c.slices, c.inputs, c.expected, c.metadata, c.weight";

/// The case whose [`COLUMNS`] begin at `at`.
pub(super) fn read(row: &rusqlite::Row<'_>, at: usize) -> Result<Case, StoreError> {
    let slices = text(row, at + 3)?;
    let expected = text(row, at + 5)?;
    Ok(Case {
        id: row.get(at)?,
        inputs_hash: digest(row, at + 1)?,
        cluster: row.get(at + 2)?,
        slices: slices.map_or_else(|| Ok(Vec::new()), super::columns::json)?,
        inputs: map(text(row, at + 4)?)?,
        expected: expected.map(super::columns::json).transpose()?,
        metadata: map(text(row, at + 6)?)?,
        weight: row.get(at + 7)?,
        file: "".into(),
    })
}

/// The names of slices, comma-separated as measurements carry them.
pub(super) fn joined_slices(slices: Option<&str>) -> Result<String, StoreError> {
    let names: Vec<String> = slices.map_or_else(|| Ok(Vec::new()), super::columns::json)?;
    if names.iter().any(String::is_empty) {
        return Err(damaged("a slice without a name"));
    }
    Ok(names.join(","))
}
