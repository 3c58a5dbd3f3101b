//! The reader: whole runs, batches, keys and versions. Sees what is committed, waits for nobody.
use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};

use super::bodies::BodyReader;
use super::columns::{
    batch_id, damaged, digest, duration, halves, instant, json, map, named, run_id, text, unsigned,
};
use super::file::SqliteStore;
use super::{answers, calls, cases, decisions, filter, measure, register, run_row, scores, tags};
use crate::domain::{
    Batch, BatchId, BatchKind, BatchStatus, Completion, Cost, CostSource, Digest, ErrorType, FinishReason,
    Message, Money, Role, Run, RunError, RunKey, RunStatus, Usage,
};
use crate::otel::messages;
use crate::stores::{
    CacheSize, Measured, Reader, RunFilter, StoreError, StoredDecision, StoredKey, StoredRun, StoredVersion,
    TagChange, VersionEdit,
};

/// Reads the file.
pub(super) struct SqliteReader {
    store: SqliteStore,
    connection: Connection,
    bodies: BodyReader,
}

impl SqliteReader {
    pub(super) fn new(store: SqliteStore, connection: Connection) -> Self {
        Self { store, connection, bodies: BodyReader::new() }
    }
}

impl Reader for SqliteReader {
    fn batches(&mut self) -> Result<Vec<Batch>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id_high, id_low, project, experiment, kind, status, started_ns, finished_ns, command, dataset, \
             cases, planned, versions, baseline, settings FROM batch_row ORDER BY started_ns DESC, id DESC",
        )?;
        let mut rows = statement.query([])?;
        let mut batches = Vec::new();
        while let Some(row) = rows.next()? {
            batches.push(batch(row)?);
        }
        Ok(batches)
    }

    fn decisions(&mut self) -> Result<Vec<StoredDecision>, StoreError> {
        decisions::all(&self.connection)
    }

    fn measurements(
        &mut self,
        batch: BatchId,
        each: &mut dyn FnMut(Measured<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        measure::stream(&self.connection, || self.store.current_for_reading(), batch, each)
    }

    fn runs(
        &mut self,
        filter: &RunFilter,
        each: &mut dyn FnMut(StoredRun) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        let chosen = filter::sql(filter)?;
        let mut statement = snapshot.prepare_cached(&format!("{} {}", *SELECT, chosen.sql))?;
        let mut rows = statement.query(params_from_iter(chosen.parameters))?;
        let mut versions = HashMap::new();
        while let Some(row) = rows.next()? {
            let version = row.get(column::VERSION)?;
            let registered = match versions.get(&version) {
                Some(known) => Arc::clone(known),
                None => Arc::clone(versions.entry(version).or_insert(Arc::new(load(&snapshot, version)?))),
            };
            let mut stored = stored_run(row, registered)?;
            if filter.bodies {
                stored.run.messages = said(row)?;
                let bodies = &mut self.bodies;
                let mut body = |id: Option<i64>| id.map(|id| bodies.read(&snapshot, id)).transpose();
                stored.run.request = body(row.get(column::REQUEST)?)?;
                stored.run.reply = body(row.get(column::REPLY)?)?;
            }
            let position: i64 = row.get(column::ID)?;
            if row.get::<_, Option<i64>>(column::CALLS)?.is_some() {
                let bodies = filter.bodies.then_some(&mut self.bodies);
                stored.run.calls = calls::of_run(&snapshot, position, bodies)?;
            }
            stored.scores = scores::of_run(&snapshot, position, stored.run.id)?;
            each(stored)?;
        }
        Ok(())
    }

    fn answer(&mut self, key: &Digest) -> Result<Option<StoredRun>, StoreError> {
        let Some(position) = answers::position(&self.connection, key)? else { return Ok(None) };
        let after = Some(position.saturating_sub(1));
        let filter = RunFilter { after, limit: Some(1), bodies: true, ..RunFilter::default() };
        let mut found = None;
        self.runs(&filter, &mut |stored| {
            found = Some(stored).filter(|stored| stored.position == position);
            Ok(())
        })?;
        Ok(found)
    }

    fn answers(&mut self) -> Result<Vec<Digest>, StoreError> {
        answers::keys(&self.connection)
    }

    fn cache_size(&mut self) -> Result<CacheSize, StoreError> {
        answers::size(&self.connection)
    }

    fn keys(&mut self, batch: BatchId) -> Result<Vec<StoredKey>, StoreError> {
        let (high, low) = halves(batch.as_bytes());
        let mut statement = self.connection.prepare_cached(
            "SELECT v.hash, c.inputs_hash, c.case_id, r.repeat, r.status, r.id_high, r.id_low FROM batch_row b \
             CROSS JOIN run_row r ON +r.batch = b.id AND r.id BETWEEN b.first_run AND b.last_run \
             CROSS JOIN version_row v ON v.id = r.version CROSS JOIN case_row c ON c.id = r.case_row \
             WHERE b.id_high = ?1 AND b.id_low = ?2",
        )?;
        let mut rows = statement.query([high, low])?;
        let mut keys = Vec::new();
        while let Some(row) = rows.next()? {
            let (version, inputs) = (digest(row, 0)?, digest(row, 1)?);
            let key = RunKey { version, inputs, case_id: row.get(2)?, repeat: row.get(3)? };
            let (digest, status) = (key.digest(), named(row, 4, RunStatus::parse)?);
            keys.push(StoredKey { digest, status, run: run_id(row.get(5)?, row.get(6)?)? });
        }
        Ok(keys)
    }

    fn versions(&mut self, project: Option<&str>) -> Result<Vec<StoredVersion>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "{} WHERE ?1 IS NULL OR project = ?1 ORDER BY project, name, major, minor",
            register::SELECT
        ))?;
        let mut rows = statement.query([project])?;
        let mut versions = Vec::new();
        while let Some(row) = rows.next()? {
            versions.push(register::stored(row)?);
        }
        Ok(versions)
    }

    fn edits(&mut self, project: &str, name: &str, hash: &Digest) -> Result<Vec<VersionEdit>, StoreError> {
        register::edits(&self.connection, project, name, hash)
    }

    fn tag_log(&mut self, project: Option<&str>) -> Result<Vec<TagChange>, StoreError> {
        tags::log(&self.connection, project)
    }
}

fn batch(row: &Row<'_>) -> Result<Batch, StoreError> {
    let finished: Option<i64> = row.get(7)?;
    Ok(Batch {
        id: batch_id(row.get(0)?, row.get(1)?)?,
        project: row.get(2)?,
        experiment: row.get(3)?,
        kind: named(row, 4, BatchKind::parse)?,
        status: named(row, 5, BatchStatus::parse)?,
        started: instant(row.get(6)?)?,
        finished: finished.map(instant).transpose()?,
        command: row.get(8)?,
        dataset: digest(row, 9)?,
        cases: unsigned(row.get(10)?)?,
        planned: unsigned(row.get(11)?)?,
        versions: json(&row.get::<_, String>(12)?)?,
        baseline: row.get(13)?,
        settings: map(text(row, 14)?)?,
    })
}

fn load(connection: &Connection, version: i64) -> Result<StoredVersion, StoreError> {
    connection
        .prepare_cached(&format!("{} WHERE id = ?1", register::SELECT))?
        .query_row([version], |row| Ok(register::stored(row)))
        .optional()?
        .ok_or_else(|| damaged("a run's version"))?
}

/// Numbers of the columns of [`SELECT`] that several functions read.
mod column {
    pub(super) const ID: usize = 0;
    pub(super) const VERSION: usize = 1;
    pub(super) const REQUEST: usize = 2;
    pub(super) const REPLY: usize = 3;
    pub(super) const BATCH: usize = 4;
    pub(super) const RUN: usize = 8;
    pub(super) const COST: usize = 25;
    pub(super) const ANSWER: usize = 31;
    pub(super) const CALLS: usize = 39;
    pub(super) const SAID: usize = 40;
    pub(super) const PARTS: usize = 42;
    pub(super) const CASE: usize = 43;
}

/// Whole runs. The cross joins keep `run_row` outermost, so that rows come by position without sorting.
static SELECT: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
    format!(
        "SELECT r.id, r.version, r.request, r.reply, b.id_high, b.id_low, b.project, b.experiment, r.id_high, r.id_low, \
         r.repeat, r.status, r.error_type, r.error_message, r.started_ns, r.latency_ns, r.ttft_ns, r.queue_ns, \
         r.backoff_ns, r.attempts, r.input_tokens, r.output_tokens, r.cached_tokens, r.cache_write_tokens, \
         r.reasoning_tokens, r.cost, r.spent, r.cost_source, price.text, r.cache_hit, model.text, r.output, \
         r.response_id, answerer.text, fingerprint.text, finish.text, r.tool_calls, r.extra, r.tries, r.calls, \
         system.text, said.text, r.parts, {} FROM run_row r \
         CROSS JOIN batch_row b ON b.id = r.batch CROSS JOIN version_row v ON v.id = r.version \
         CROSS JOIN case_row c ON c.id = r.case_row LEFT JOIN text price ON price.id = r.price \
         LEFT JOIN text model ON model.id = r.model LEFT JOIN text answerer ON answerer.id = r.response_model \
         LEFT JOIN text fingerprint ON fingerprint.id = r.fingerprint \
         LEFT JOIN text finish ON finish.id = r.finish_reason LEFT JOIN text system ON system.id = r.system \
         LEFT JOIN text said ON said.id = r.messages",
        cases::COLUMNS
    )
});

fn stored_run(row: &Row<'_>, registered: Arc<StoredVersion>) -> Result<StoredRun, StoreError> {
    let case = cases::read(row, column::CASE)?;
    let key = RunKey {
        version: registered.hash,
        case_id: case.id.clone(),
        inputs: case.inputs_hash,
        repeat: row.get(10)?,
    };
    Ok(StoredRun {
        position: unsigned(row.get(column::ID)?)?,
        run: run(row, key)?,
        case,
        project: row.get(6)?,
        experiment: row.get(7)?,
        version: registered.name.clone(),
        label: registered.label,
        signature_hash: registered.signature_hash,
        provider: registered.provider.clone(),
        registered,
        scores: Vec::new(),
    })
}

/// A run without its messages and bodies.
fn run(row: &Row<'_>, key: RunKey) -> Result<Run, StoreError> {
    let lasting = |column| Ok::<_, StoreError>(row.get::<_, Option<i64>>(column)?.map(duration));
    let counted = |column| row.get::<_, Option<i64>>(column)?.map(unsigned).transpose();
    let error = match (text(row, 12)?, text(row, 13)?) {
        (Some(kind), message) => {
            let message = message.unwrap_or_default().to_owned();
            Some(RunError { kind: ErrorType::parse(kind), message })
        }
        (None, _) => None,
    };
    let latency = lasting(15)?;
    let usage = Usage {
        input: counted(20)?,
        output: counted(21)?,
        cached_input: counted(22)?,
        cache_write: counted(23)?,
        reasoning: counted(24)?,
    };
    Ok(Run {
        id: run_id(row.get(column::RUN)?, row.get(column::RUN + 1)?)?,
        batch: batch_id(row.get(column::BATCH)?, row.get(column::BATCH + 1)?)?,
        key,
        status: named(row, 11, RunStatus::parse)?,
        attempts: run_row::attempts(row.get(19)?, text(row, 38)?, latency, error.as_ref())?,
        error,
        calls: Vec::new(),
        started: instant(row.get(14)?)?,
        latency,
        ttft: lasting(16)?,
        queue: lasting(17)?.unwrap_or_default(),
        backoff: lasting(18)?.unwrap_or_default(),
        usage,
        cost: cost(row)?,
        cache_hit: row.get(29)?,
        model: row.get(30)?,
        messages: Vec::new(),
        request: None,
        reply: None,
        completion: answer(row, usage)?,
    })
}

fn cost(row: &Row<'_>) -> Result<Cost, StoreError> {
    let at = column::COST;
    Ok(Cost {
        cost: row.get::<_, Option<i64>>(at)?.map(Money),
        spent: row.get::<_, Option<i64>>(at + 1)?.map(Money),
        source: named(row, at + 2, CostSource::parse)?,
        price: text(row, at + 3)?.map(run_row::price).transpose()?,
    })
}

fn answer(row: &Row<'_>, usage: Usage) -> Result<Option<Completion>, StoreError> {
    let at = column::ANSWER;
    let Some(output) = text(row, at)? else { return Ok(None) };
    let calls =
        text(row, at + 5)?.map(|calls| messages::parse_calls(calls).ok_or_else(|| damaged("tool calls")));
    let parts = text(row, column::PARTS)?
        .map(|parts| messages::parse_parts(parts).ok_or_else(|| damaged("an answer's parts")));
    let mut answer = Completion {
        text: output.to_owned(),
        id: row.get(at + 1)?,
        model: row.get(at + 2)?,
        fingerprint: row.get(at + 3)?,
        finish_reason: text(row, at + 4)?.map(FinishReason::parse),
        tool_calls: calls.transpose()?.unwrap_or_default(),
        parts: parts.transpose()?.unwrap_or_default(),
        ..Completion::default()
    };
    run_row::restore(&mut answer, usage, text(row, at + 6)?)?;
    Ok(Some(answer))
}

/// The messages sent: the instructions above the conversation, then the conversation.
fn said(row: &Row<'_>) -> Result<Vec<Message>, StoreError> {
    let unread = || damaged("a run's messages");
    let mut all = Vec::new();
    if let Some(system) = text(row, column::SAID)? {
        let parts = messages::parse_parts(system).ok_or_else(unread)?;
        all.push(Message { role: Role::System, parts });
    }
    if let Some(rest) = text(row, column::SAID + 1)? {
        all.extend(messages::parse_messages(rest).ok_or_else(unread)?);
    }
    Ok(all)
}
