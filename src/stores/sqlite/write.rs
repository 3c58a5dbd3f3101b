//! The writer: each method is one transaction that waits its turn among processes.
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::append::Memory;
use super::columns::{count, halves, instant_ns, to_json};
use super::{decisions, register, tags};
use crate::domain::{Batch, BatchId, BatchStatus, Label, Version};
use crate::stores::{
    Editor, Record, StoreError, StoredDecision, StoredVersion, TagChange, Work, Write, Writer,
};

/// Writes to the file.
pub(super) struct SqliteWriter {
    connection: Connection,
    memory: Memory,
}

impl SqliteWriter {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, memory: Memory::new() }
    }

    /// Runs `work` in a transaction: committed when it succeeds, else as if it had never been.
    fn transact<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &mut Memory) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let memory = &mut self.memory;
        let done = work(&transaction, memory).and_then(|value| {
            transaction.commit()?;
            Ok(value)
        });
        if done.is_err() {
            self.memory = Memory::new();
        }
        done
    }
}

impl Writer for SqliteWriter {
    fn register(
        &mut self,
        project: &str,
        versions: &[&Version],
        by: &Editor,
    ) -> Result<Vec<Label>, StoreError> {
        self.transact(|transaction, _| {
            let unlabelled = |version: &&Version| StoredVersion::unlabelled(project, version);
            versions
                .iter()
                .map(unlabelled)
                .map(|version| register::register(transaction, &version, by))
                .collect()
        })
    }

    fn tag(&mut self, change: &TagChange) -> Result<(), StoreError> {
        self.transact(|transaction, _| tags::append(transaction, change))
    }

    fn begin(&mut self, batch: &Batch) -> Result<(), StoreError> {
        self.transact(|transaction, _| put_batch(transaction, batch))
    }

    fn set_status(
        &mut self,
        batch: BatchId,
        status: BatchStatus,
        at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let (high, low) = halves(batch.as_bytes());
        let at = at.map(instant_ns).transpose()?;
        self.transact(|transaction, _| {
            let changed = transaction
                .prepare_cached(
                    "UPDATE batch_row SET status = ?3, finished_ns = ?4 WHERE id_high = ?1 AND id_low = ?2",
                )?
                .execute(params![high, low, status.name(), at])?;
            if changed == 1 {
                Ok(())
            } else {
                Err(StoreError::Failed(format!("the batch {batch} is not in the store")))
            }
        })
    }

    fn keep_decision(&mut self, decision: &StoredDecision) -> Result<(), StoreError> {
        self.transact(|transaction, _| decisions::put(transaction, decision))
    }

    fn append(&mut self, batch: BatchId, records: &[Record]) -> Result<(), StoreError> {
        self.transact(|transaction, memory| memory.append(transaction, batch, records))
    }

    fn forget_answers(&mut self) -> Result<u64, StoreError> {
        self.transact(|transaction, _| Ok(transaction.execute("DELETE FROM answer", [])? as u64))
    }

    fn together(&mut self, work: &mut Work<'_>) -> Result<(), StoreError> {
        self.transact(|transaction, memory| work(&mut |write| one(transaction, memory, write)))
    }
}

/// One of several writes.
fn one(
    transaction: &Transaction<'_>,
    memory: &mut Memory,
    write: Write<'_>,
) -> Result<Option<Label>, StoreError> {
    match write {
        Write::Register(version, by) => return register::register(transaction, version, by).map(Some),
        Write::Begin(batch) => put_batch(transaction, batch)?,
        Write::Append(batch, records) => memory.append(transaction, batch, records)?,
        Write::Tag(change) => tags::append(transaction, change)?,
        Write::Decision(decision) => decisions::put(transaction, decision)?,
    }
    Ok(None)
}

fn put_batch(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    let (high, low) = halves(batch.id.as_bytes());
    transaction
        .prepare_cached(
            "INSERT INTO batch_row (id_high, id_low, project, experiment, kind, status, started_ns, finished_ns, \
             command, dataset, cases, planned, versions, baseline, settings) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) \
             ON CONFLICT (id_high, id_low) DO UPDATE SET status = excluded.status, \
             finished_ns = excluded.finished_ns, dataset = excluded.dataset, cases = excluded.cases, \
             planned = excluded.planned, versions = excluded.versions, baseline = excluded.baseline, \
             settings = excluded.settings",
        )?
        .execute(params![
            high,
            low,
            batch.project,
            batch.experiment,
            batch.kind.name(),
            batch.status.name(),
            instant_ns(batch.started)?,
            batch.finished.map(instant_ns).transpose()?,
            batch.command,
            batch.dataset.as_bytes(),
            count(batch.cases)?,
            count(batch.planned)?,
            to_json(&batch.versions),
            batch.baseline,
            to_json(&batch.settings),
        ])?;
    Ok(())
}
