//! Measurements as fast as SQLite steps: one cursor over runs by position, one over scores by run, merged. Names are
//! looked up once each and shared; texts of runs are never touched.
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
use rusqlite::{Connection, OptionalExtension as _, Row, Rows};

use super::cases::joined_slices;
use super::columns::{damaged, digest, duration, halves, instant, named, run_id, text, unsigned};
use crate::domain::{BatchId, Digest, ErrorType, Money, RunStatus};
use crate::metrics::Facts;
use crate::stores::{MeasuredScore, MeasuredValue, Measurement, StoreError};

const RUNS: &str = "SELECT id, id_high, id_low, version, case_row, repeat, status, error_type, latency_ns, ttft_ns, \
     queue_ns, backoff_ns, attempts, input_tokens, output_tokens, cost, spent, cache_hit, started_ns FROM run_row \
     WHERE id BETWEEN ?1 AND ?2 AND +batch = ?3 ORDER BY id";

const SCORES: &str = "SELECT run, evaluator, status, score, passed FROM score_row WHERE run BETWEEN ?1 AND ?2 \
     ORDER BY run, evaluator";

/// Streams a batch's measurements, by position.
pub(super) fn stream(
    connection: &Connection,
    batch: BatchId,
    each: &mut dyn FnMut(Measurement) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let (high, low) = halves(batch.as_bytes());
    let range = connection
        .prepare_cached("SELECT first_run, last_run, id FROM batch_row WHERE id_high = ?1 AND id_low = ?2")?
        .query_row([high, low], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((Some(first), Some(last), row)) = range else { return Ok(()) };
    let (first, last, batch): (i64, i64, i64) = (first, last, row);
    let mut runs = connection.prepare_cached(RUNS)?;
    let mut runs = runs.query([first, last, batch])?;
    let mut scores = connection.prepare_cached(SCORES)?;
    let mut scores = Scores::new(scores.query([first, last])?)?;
    let mut names = Names::default();
    while let Some(row) = runs.next()? {
        let scores = scores.of(row.get(0)?, &mut names, connection)?;
        each(measurement(row, scores, &mut names, connection)?)?;
    }
    Ok(())
}

fn measurement(
    row: &Row<'_>,
    scores: Vec<MeasuredScore>,
    names: &mut Names,
    connection: &Connection,
) -> Result<Measurement, StoreError> {
    let seconds =
        |column| row.get::<_, Option<i64>>(column).map(|ns| ns.map(|ns| duration(ns).as_secs_f64()));
    let usd = |column| row.get::<_, Option<i64>>(column).map(|pico| pico.map(|pico| Money(pico).usd()));
    let tokens = |column| row.get::<_, Option<i64>>(column)?.map(unsigned).transpose();
    let version = names.version(connection, row.get(3)?)?;
    let case = names.case(connection, row.get(4)?)?;
    Ok(Measurement {
        run: run_id(row.get(1)?, row.get(2)?)?,
        version,
        case_id: case.id.clone(),
        cluster: case.cluster.clone(),
        slices: case.slices.clone(),
        repeat: row.get(5)?,
        started: instant(row.get(18)?)?,
        facts: Facts {
            status: named(row, 6, RunStatus::parse)?,
            error: text(row, 7)?.map(ErrorType::parse),
            latency_s: seconds(8)?,
            ttft_s: seconds(9)?,
            cost_usd: usd(15)?,
            input_tokens: tokens(13)?,
            output_tokens: tokens(14)?,
        },
        queue_s: seconds(10)?.unwrap_or_default(),
        backoff_s: seconds(11)?.unwrap_or_default(),
        attempts: row.get(12)?,
        cache_hit: row.get(17)?,
        spent_usd: usd(16)?,
        scores,
    })
}

/// The scores' cursor, one row ahead.
struct Scores<'a> {
    rows: Rows<'a>,
    /// The run of the row the cursor stands on; none at the end.
    run: Option<i64>,
}

impl<'a> Scores<'a> {
    fn new(rows: Rows<'a>) -> Result<Self, StoreError> {
        let mut scores = Self { rows, run: None };
        scores.advance()?;
        Ok(scores)
    }

    fn advance(&mut self) -> Result<(), StoreError> {
        self.run = self.rows.next()?.map(|row| row.get(0)).transpose()?;
        Ok(())
    }

    /// The scores of that run; those of earlier runs (another batch's between ours) are passed over.
    fn of(
        &mut self,
        run: i64,
        names: &mut Names,
        connection: &Connection,
    ) -> Result<Vec<MeasuredScore>, StoreError> {
        let mut scores = Vec::new();
        while let Some(at) = self.run.filter(|at| *at <= run) {
            if at == run {
                let row = self.row()?;
                let (evaluator, value) = (row.get(1)?, value(row)?);
                if scores.is_empty() {
                    scores.reserve_exact(names.evaluators.len().max(1));
                }
                let known = names.evaluator(connection, evaluator)?;
                scores.push(MeasuredScore { evaluator: known.0.clone(), hash: known.1, value });
            }
            self.advance()?;
        }
        Ok(scores)
    }

    fn row(&self) -> Result<&Row<'a>, StoreError> {
        self.rows.get().ok_or_else(|| damaged("a score"))
    }
}

fn value(row: &Row<'_>) -> Result<MeasuredValue, StoreError> {
    if let Some(score) = row.get(3)? {
        return Ok(MeasuredValue::Scored(score, row.get(4)?));
    }
    let missing = |name: &str| match name {
        "not_applicable" => Some(MeasuredValue::NotApplicable),
        "failed" => Some(MeasuredValue::Failed),
        _ => None,
    };
    named(row, 2, missing)
}

/// What row ids stand for, looked up once each.
#[derive(Default)]
struct Names {
    versions: HashMap<i64, Digest>,
    cases: HashMap<i64, CaseNames>,
    evaluators: HashMap<i64, (Arc<str>, Digest)>,
}

struct CaseNames {
    id: Arc<str>,
    cluster: Option<Arc<str>>,
    slices: Arc<str>,
}

impl Names {
    fn version(&mut self, connection: &Connection, row: i64) -> Result<Digest, StoreError> {
        if let Some(hash) = self.versions.get(&row) {
            return Ok(*hash);
        }
        let hash = connection
            .prepare_cached("SELECT hash FROM version_row WHERE id = ?1")?
            .query_row([row], |row| Ok(digest(row, 0)))??;
        self.versions.insert(row, hash);
        Ok(hash)
    }

    fn evaluator(&mut self, connection: &Connection, row: i64) -> Result<&(Arc<str>, Digest), StoreError> {
        match self.evaluators.entry(row) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => {
                let (name, hash) = connection
                    .prepare_cached("SELECT name, hash FROM evaluator WHERE id = ?1")?
                    .query_row([row], |row| Ok((row.get::<_, Arc<str>>(0)?, digest(row, 1))))?;
                Ok(unknown.insert((name, hash?)))
            }
        }
    }

    fn case(&mut self, connection: &Connection, row: i64) -> Result<&CaseNames, StoreError> {
        match self.cases.entry(row) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => {
                let (id, cluster, slices) = connection
                    .prepare_cached("SELECT case_id, cluster, slices FROM case_row WHERE id = ?1")?
                    .query_row([row], |row| {
                        Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<String>>(2)?))
                    })?;
                let slices = joined_slices(slices.as_deref())?.into();
                Ok(unknown.insert(CaseNames { id, cluster, slices }))
            }
        }
    }
}
