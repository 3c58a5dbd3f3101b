//! Runs and scores of one append: every record, or none.
use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::answers;
use super::bodies::Bodies;
use super::cases::{CaseIds, Cases};
use super::columns::{halves, json, run_id};
use super::recent::Recent;
use super::register;
use super::run_row::{self, Home};
use super::scores::{self, Evaluators};
use super::texts::Texts;
use crate::domain::{BatchId, Case, Digest, Run, RunId};
use crate::stores::{Record, StoreError, consistent, finite};

/// What a writer remembers of the store. Forgotten whole after a failure: what was rolled back has no ids.
pub(super) struct Memory {
    batches: HashMap<BatchId, Arc<KnownBatch>>,
    versions: HashMap<(i64, Digest), i64>,
    runs: Recent<RunId, i64>,
    cases: Cases,
    texts: Texts,
    bodies: Bodies,
    evaluators: Evaluators,
}

/// A batch runs are appended to.
struct KnownBatch {
    row: i64,
    project: String,
    versions: Vec<String>,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self {
            batches: HashMap::new(),
            versions: HashMap::new(),
            runs: Recent::new(16_384),
            cases: Cases::new(),
            texts: Texts::new(),
            bodies: Bodies::new(),
            evaluators: Evaluators::default(),
        }
    }

    /// Stores every record.
    pub(super) fn append(
        &mut self,
        transaction: &Transaction<'_>,
        batch: BatchId,
        records: &[Record],
    ) -> Result<(), StoreError> {
        let known = self.batch(transaction, batch)?;
        let mut stored: Option<(i64, i64)> = None;
        for record in records {
            match record {
                Record::Run(run, case) => {
                    consistent(batch, run, case).map_err(StoreError::Failed)?;
                    let position = self.run(transaction, &known, run, case)?;
                    stored = Some((stored.map_or(position, |(first, _)| first), position));
                }
                Record::Answer(key, run) => {
                    let run = self.position(transaction, *run)?;
                    answers::put(transaction, key, run)?;
                }
                Record::Score(score) => {
                    finite(score).map_err(StoreError::Failed)?;
                    let run = self.position(transaction, score.run)?;
                    scores::upsert(transaction, &mut self.evaluators, run, score)?;
                }
            }
        }
        if let Some((first, last)) = stored {
            transaction
                .prepare_cached(
                    "UPDATE batch_row SET first_run = coalesce(first_run, ?2), last_run = ?3 WHERE id = ?1",
                )?
                .execute(params![known.row, first, last])?;
        }
        Ok(())
    }

    fn run(
        &mut self,
        transaction: &Transaction<'_>,
        batch: &KnownBatch,
        run: &Run,
        case: &Arc<Case>,
    ) -> Result<i64, StoreError> {
        let version = self.version(transaction, batch, &run.key.version)?;
        let case = self.cases.ids(transaction, case)?;
        self.forget(transaction, batch.row, version, case, run.key.repeat)?;
        let home = Home { batch: batch.row, version, case };
        let position = run_row::insert(transaction, &mut self.texts, &mut self.bodies, home, run)?;
        self.runs.insert(run.id, position);
        Ok(position)
    }

    /// Deletes the run that has this key, with its scores.
    fn forget(
        &mut self,
        transaction: &Transaction<'_>,
        batch: i64,
        version: i64,
        case: CaseIds,
        repeat: u32,
    ) -> Result<(), StoreError> {
        let old = transaction
            .prepare_cached(
                "SELECT id, id_high, id_low FROM run_row WHERE batch = ?1 AND version = ?2 AND case_key = ?3 \
                 AND repeat = ?4",
            )?
            .query_row(params![batch, version, case.key, repeat], |row| {
                Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        if let Some((row, high, low)) = old {
            transaction.prepare_cached("DELETE FROM run_row WHERE id = ?1")?.execute([row])?;
            self.runs.remove(&run_id(high, low)?);
        }
        Ok(())
    }

    fn position(&mut self, transaction: &Transaction<'_>, run: RunId) -> Result<i64, StoreError> {
        if let Some(position) = self.runs.get(&run) {
            return Ok(position);
        }
        let position = scores::position(transaction, run)?;
        self.runs.insert(run, position);
        Ok(position)
    }

    fn version(
        &mut self,
        transaction: &Transaction<'_>,
        batch: &KnownBatch,
        hash: &Digest,
    ) -> Result<i64, StoreError> {
        if let Some(row) = self.versions.get(&(batch.row, *hash)) {
            return Ok(*row);
        }
        let row = register::find(transaction, &batch.project, &batch.versions, hash)?;
        self.versions.insert((batch.row, *hash), row);
        Ok(row)
    }

    fn batch(
        &mut self,
        transaction: &Transaction<'_>,
        batch: BatchId,
    ) -> Result<Arc<KnownBatch>, StoreError> {
        if let Some(known) = self.batches.get(&batch) {
            return Ok(known.clone());
        }
        let (high, low) = halves(batch.as_bytes());
        let found = transaction
            .prepare_cached("SELECT id, project, versions FROM batch_row WHERE id_high = ?1 AND id_low = ?2")?
            .query_row([high, low], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))
            .optional()?;
        let (row, project, versions) =
            found.ok_or_else(|| StoreError::Failed(format!("the batch {batch} is not in the store")))?;
        let known = Arc::new(KnownBatch { row, project, versions: json(&versions)? });
        self.batches.insert(batch, known.clone());
        Ok(known)
    }
}
