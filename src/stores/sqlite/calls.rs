//! The calls of runs that made several, as rows beside their run's.
use rusqlite::{Connection, Row, Transaction, params};

use super::bodies::{Bodies, BodyReader, Direction};
use super::columns::{count, duration, json, maybe, nanos, text, to_json, unsigned};
use super::run_row::Home;
use super::texts::{SHARED, Texts};
use crate::domain::{FinishReason, Money, Run, RunCall, Usage};
use crate::stores::StoreError;

const INSERT: &str = "INSERT INTO call_row (run, number, first_attempt, attempts, after_ns, took_ns, latency_ns, ttft_ns, \
     input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, cost, sent, response_model, \
     finish_reason, response_id, tools, request, reply) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, \
     ?, ?)";

const SELECT: &str = "SELECT k.attempts, k.after_ns, k.took_ns, k.latency_ns, k.ttft_ns, k.input_tokens, k.output_tokens, \
     k.cached_tokens, k.cache_write_tokens, k.reasoning_tokens, k.cost, k.sent, answerer.text, finish.text, k.response_id, \
     k.tools, k.request, k.reply FROM call_row k LEFT JOIN text answerer ON answerer.id = k.response_model \
     LEFT JOIN text finish ON finish.id = k.finish_reason WHERE k.run = ?1 ORDER BY k.number";

/// Stores the calls of the run at that position.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    texts: &mut Texts,
    bodies: &mut Bodies,
    home: Home,
    (position, run): (i64, &Run),
) -> Result<(), StoreError> {
    let mut first = 0;
    for (number, call) in run.calls.iter().enumerate() {
        let mut body = |direction, bytes: &Option<Vec<u8>>| {
            bytes.as_ref().map(|bytes| bodies.id(transaction, home, direction, bytes)).transpose()
        };
        let (request, reply) =
            (body(Direction::Request, &call.request)?, body(Direction::Reply, &call.reply)?);
        let mut shared = |text: Option<&str>| texts.maybe(transaction, SHARED, text);
        transaction.prepare_cached(INSERT)?.execute(params![
            position,
            count(number as u64)?,
            first,
            call.attempts,
            nanos(call.after)?,
            nanos(call.took)?,
            call.latency.map(nanos).transpose()?,
            call.ttft.map(nanos).transpose()?,
            maybe(call.usage.input)?,
            maybe(call.usage.output)?,
            maybe(call.usage.cached_input)?,
            maybe(call.usage.cache_write)?,
            maybe(call.usage.reasoning)?,
            call.cost.map(|money| money.0),
            call.sent,
            shared(call.model.as_deref())?,
            shared(call.finish_reason.as_ref().map(FinishReason::name))?,
            call.id,
            (!call.tools.is_empty()).then(|| to_json(&call.tools)),
            request,
            reply,
        ])?;
        first += call.attempts;
    }
    Ok(())
}

/// The calls of the run at that position, with their bodies where a reader for them is given.
pub(super) fn of_run(
    connection: &Connection,
    position: i64,
    mut bodies: Option<&mut BodyReader>,
) -> Result<Vec<RunCall>, StoreError> {
    let mut statement = connection.prepare_cached(SELECT)?;
    let mut rows = statement.query([position])?;
    let mut calls = Vec::new();
    while let Some(row) = rows.next()? {
        let mut call = call(row)?;
        if let Some(bodies) = &mut bodies {
            let mut body = |id: Option<i64>| id.map(|id| bodies.read(connection, id)).transpose();
            (call.request, call.reply) = (body(row.get(16)?)?, body(row.get(17)?)?);
        }
        calls.push(call);
    }
    Ok(calls)
}

fn call(row: &Row<'_>) -> Result<RunCall, StoreError> {
    let lasting = |column| Ok::<_, StoreError>(row.get::<_, Option<i64>>(column)?.map(duration));
    let counted = |column| row.get::<_, Option<i64>>(column)?.map(unsigned).transpose();
    Ok(RunCall {
        attempts: row.get(0)?,
        after: duration(row.get(1)?),
        took: duration(row.get(2)?),
        latency: lasting(3)?,
        ttft: lasting(4)?,
        usage: Usage {
            input: counted(5)?,
            output: counted(6)?,
            cached_input: counted(7)?,
            cache_write: counted(8)?,
            reasoning: counted(9)?,
        },
        cost: row.get::<_, Option<i64>>(10)?.map(Money),
        sent: row.get(11)?,
        model: row.get(12)?,
        finish_reason: text(row, 13)?.map(FinishReason::parse),
        id: row.get(14)?,
        tools: text(row, 15)?.map(json).transpose()?.unwrap_or_default(),
        request: None,
        reply: None,
    })
}
