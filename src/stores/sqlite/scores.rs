//! Scores: one row per run and evaluator, the newest verdict.
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use serde_json::Value;

use super::columns::{count, damaged, digest, duration, instant, instant_ns, json, named, nanos};
use crate::domain::{Digest, JudgeCall, Map, Money, RunId, Score, ScoreSource, Usage, Verdict};
use crate::otel::genai;
use crate::stores::StoreError;

/// The writer's way to evaluators: their rows, by hash and then by name.
#[derive(Default)]
pub(super) struct Evaluators {
    known: HashMap<Digest, Vec<Known>>,
}

/// An evaluator's row. Several have one hash where it was renamed.
struct Known {
    name: String,
    row: i64,
}

impl Evaluators {
    /// The row of the score's evaluator, stored now if it never was; and all of the same hash.
    fn rows(&mut self, transaction: &Transaction<'_>, score: &Score) -> Result<(i64, &[Known]), StoreError> {
        let hash = score.evaluator_hash;
        let rows = match self.known.entry(hash) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(load(transaction, &hash)?),
        };
        let row = match rows.iter().find(|known| known.name == score.evaluator) {
            Some(known) => known.row,
            None => {
                let span = count(genai::evaluation_index(&hash))?;
                transaction
                    .prepare_cached("INSERT INTO evaluator (name, hash, span) VALUES (?1, ?2, ?3)")?
                    .execute(params![score.evaluator, hash.as_bytes(), span])?;
                let row = transaction.last_insert_rowid();
                rows.push(Known { name: score.evaluator.clone(), row });
                row
            }
        };
        Ok((row, rows))
    }
}

fn load(transaction: &Transaction<'_>, hash: &Digest) -> Result<Vec<Known>, StoreError> {
    let mut statement = transaction.prepare_cached("SELECT name, id FROM evaluator WHERE hash = ?1")?;
    let rows =
        statement.query_map([hash.as_bytes()], |row| Ok(Known { name: row.get(0)?, row: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Stores a score of the run at `run`, in place of the one its evaluator gave before.
pub(super) fn upsert(
    transaction: &Transaction<'_>,
    evaluators: &mut Evaluators,
    run: i64,
    score: &Score,
) -> Result<(), StoreError> {
    let (evaluator, namesakes) = evaluators.rows(transaction, score)?;
    for other in namesakes.iter().filter(|other| other.row != evaluator) {
        transaction
            .prepare_cached("DELETE FROM score_row WHERE run = ?1 AND evaluator = ?2")?
            .execute(params![run, other.row])?;
    }
    let (value, passed, label, why) = match &score.verdict {
        Verdict::Scored { score, passed, label, explanation } => {
            (Some(*score), *passed, label.as_deref(), explanation.as_deref())
        }
        Verdict::NotApplicable(why) | Verdict::Failed(why) => (None, None, None, Some(why.as_str())),
    };
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO score_row (run, evaluator, status, score, passed, source, at_ns, took_ns, label, \
             explanation, judge) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            run,
            evaluator,
            score.verdict.status(),
            value,
            passed,
            score.source.name(),
            instant_ns(score.at)?,
            nanos(score.took)?,
            label,
            why,
            score.judge.as_ref().map(judge_text)
        ])?;
    Ok(())
}

/// JSON of a judge's call; what is unknown is absent.
fn judge_text(judge: &JudgeCall) -> String {
    let usage = &judge.usage;
    let mut map = Map::new();
    map.insert("model".into(), judge.model.as_str().into());
    let counts = [
        ("input", usage.input),
        ("output", usage.output),
        ("cached_input", usage.cached_input),
        ("cache_write", usage.cache_write),
        ("reasoning", usage.reasoning),
    ];
    for (name, count) in counts {
        map.extend(count.map(|count| (name.to_owned(), Value::from(count))));
    }
    map.extend(judge.cost.map(|cost| ("cost".to_owned(), Value::from(cost.0))));
    Value::Object(map).to_string()
}

fn judge(text: &str) -> Result<JudgeCall, StoreError> {
    let map: Map = json(text)?;
    let count = |name: &str| map.get(name).and_then(Value::as_u64);
    Ok(JudgeCall {
        model: map.get("model").and_then(Value::as_str).ok_or_else(|| damaged("a judge"))?.to_owned(),
        usage: Usage {
            input: count("input"),
            output: count("output"),
            cached_input: count("cached_input"),
            cache_write: count("cache_write"),
            reasoning: count("reasoning"),
        },
        cost: map.get("cost").and_then(Value::as_i64).map(Money),
    })
}

/// The scores of the run at `position`, by evaluator's name and hash.
pub(super) fn of_run(connection: &Connection, position: i64, run: RunId) -> Result<Vec<Score>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT e.name, e.hash, s.status, s.score, s.passed, s.label, s.explanation, s.source, s.at_ns, s.took_ns, \
         s.judge FROM score_row s JOIN evaluator e ON e.id = s.evaluator WHERE s.run = ?1 ORDER BY e.name, e.hash",
    )?;
    let mut rows = statement.query([position])?;
    let mut scores = Vec::new();
    while let Some(row) = rows.next()? {
        scores.push(score(row, run)?);
    }
    Ok(scores)
}

fn score(row: &Row<'_>, run: RunId) -> Result<Score, StoreError> {
    let took: Duration = duration(row.get(9)?);
    let call: Option<String> = row.get(10)?;
    Ok(Score {
        run,
        evaluator: row.get(0)?,
        evaluator_hash: digest(row, 1)?,
        verdict: verdict(row)?,
        source: named(row, 7, ScoreSource::parse)?,
        at: instant(row.get(8)?)?,
        took,
        judge: call.as_deref().map(judge).transpose()?,
    })
}

fn verdict(row: &Row<'_>) -> Result<Verdict, StoreError> {
    let why = || row.get::<_, Option<String>>(6);
    if let Some(score) = row.get(3)? {
        return Ok(Verdict::Scored { score, passed: row.get(4)?, label: row.get(5)?, explanation: why()? });
    }
    let reason = why()?.unwrap_or_default();
    let parse = |name: &str| match name {
        "not_applicable" => Some(Verdict::NotApplicable(reason.clone())),
        "failed" => Some(Verdict::Failed(reason.clone())),
        _ => None,
    };
    named(row, 2, parse)
}

/// The row of a run, by its id.
pub(super) fn position(transaction: &Transaction<'_>, run: RunId) -> Result<i64, StoreError> {
    let (high, low) = super::columns::halves(run.as_bytes());
    let found = transaction
        .prepare_cached("SELECT id FROM run_row WHERE id_high = ?1 AND id_low = ?2")?
        .query_row([high, low], |row| row.get(0))
        .optional()?;
    found.ok_or_else(|| StoreError::Failed(format!("a score of the run {run}, which is not in the store")))
}
