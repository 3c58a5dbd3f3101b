//! The measurements of a range of positions.
use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
use rusqlite::{Connection, Row, Rows};

use super::names::{self, Cases, Names};
use crate::domain::{Digest, ErrorType, Money, RunStatus};
use crate::metrics::Facts;
use crate::stores::sqlite::columns::{damaged, duration, instant, named, run_id, text, unsigned};
use crate::stores::{MeasuredCase, MeasuredScore, MeasuredValue, Measurement, StoreError};

const RUNS: &str = "SELECT id, id_high, id_low, version, case_row, repeat, status, error_type, latency_ns, ttft_ns, \
     queue_ns, backoff_ns, max(0, attempts - coalesce(calls, 1)), input_tokens, output_tokens, cost, spent, cache_hit, started_ns, \
     iif(calls IS NULL, max(0, latency_ns - ttft_ns), \
         (SELECT iif(count(*) = count(latency_ns - ttft_ns), sum(max(0, latency_ns - ttft_ns)), NULL) \
          FROM call_row WHERE run = run_row.id)), \
     coalesce(elapsed_ns, latency_ns, 0) FROM run_row \
     WHERE id BETWEEN ?1 AND ?2 AND +batch = ?3 ORDER BY id";

const SCORES: &str = "SELECT run, evaluator, status, score, passed FROM score_row WHERE run BETWEEN ?1 AND ?2 \
     ORDER BY run, evaluator";

/// Where a batch's runs lie, perhaps with others between them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub batch: i64,
    pub first: i64,
    pub last: i64,
}

/// What takes a run: its case when it comes for the first time, the number of the case, and the run itself, whose
/// scores it may take away.
pub(super) type Each<'a> =
    &'a mut dyn FnMut(Option<MeasuredCase>, u32, &mut Measurement) -> Result<(), StoreError>;

/// Reads a range, by position.
pub(super) fn read(connection: &Connection, range: Range, each: Each<'_>) -> Result<(), StoreError> {
    let Range { batch, first, last } = range;
    let mut runs = connection.prepare_cached(RUNS)?;
    let mut runs = runs.query([first, last, batch])?;
    let mut scores = connection.prepare_cached(SCORES)?;
    let mut scores = Scores::new(scores.query([first, last])?)?;
    let mut names = Names::default();
    let mut ahead = connection.prepare_cached(names::CASES)?;
    let mut cases = Cases::new(&mut ahead);
    let mut kept = Vec::new();
    while let Some(row) = runs.next()? {
        let (case, new) = cases.number(row.get(4)?)?;
        scores.of(row.get(0)?, &mut names, connection, &mut kept)?;
        let mut run = measurement(row, names.version(connection, row.get(3)?)?)?;
        run.scores = std::mem::take(&mut kept);
        each(new, case, &mut run)?;
        kept = run.scores;
    }
    Ok(())
}

/// A run without its scores.
fn measurement(row: &Row<'_>, version: Digest) -> Result<Measurement, StoreError> {
    let seconds =
        |column| row.get::<_, Option<i64>>(column).map(|ns| ns.map(|ns| duration(ns).as_secs_f64()));
    let usd = |column| row.get::<_, Option<i64>>(column).map(|pico| pico.map(|pico| Money(pico).usd()));
    let tokens = |column| row.get::<_, Option<i64>>(column)?.map(unsigned).transpose();
    Ok(Measurement {
        run: run_id(row.get(1)?, row.get(2)?)?,
        version,
        repeat: row.get(5)?,
        started: instant(row.get(18)?)?,
        facts: Facts {
            status: named(row, 6, RunStatus::parse)?,
            latency_s: seconds(8)?,
            ttft_s: seconds(9)?,
            generation_s: seconds(19)?,
            cost_usd: usd(15)?,
            input_tokens: tokens(13)?,
            output_tokens: tokens(14)?,
        },
        error: text(row, 7)?.map(ErrorType::parse),
        queue_s: seconds(10)?.unwrap_or_default(),
        backoff_s: seconds(11)?.unwrap_or_default(),
        elapsed_s: seconds(20)?.unwrap_or_default(),
        retries: row.get(12)?,
        cache_hit: row.get(17)?,
        spent_usd: usd(16)?,
        scores: Vec::new(),
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

    /// The scores of that run, into `found`; those of earlier runs (another batch's between ours) are passed over.
    fn of(
        &mut self,
        run: i64,
        names: &mut Names,
        connection: &Connection,
        found: &mut Vec<MeasuredScore>,
    ) -> Result<(), StoreError> {
        found.clear();
        while let Some(at) = self.run.filter(|at| *at <= run) {
            if at == run {
                let row = self.row()?;
                let (evaluator, value) = (row.get(1)?, value(row)?);
                let (evaluator, hash) = names.evaluator(connection, evaluator)?;
                found.push(MeasuredScore { evaluator, hash, value });
            }
            self.advance()?;
        }
        Ok(())
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
