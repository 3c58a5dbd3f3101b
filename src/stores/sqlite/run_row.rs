//! A run as its row, and back: what goes into columns, what follows from them, what rarely is there at all.
use serde_json::{Value, json};

use rusqlite::{Transaction, params};

use super::bodies::{Bodies, Direction};
use super::calls;
use super::cases::CaseIds;
use super::columns::{count, damaged, duration, halves, instant_ns, json as parse, maybe, nanos, to_json};
use super::texts::{SHARED, Texts};
use crate::domain::{Attempt, Completion, ErrorType, FinishReason, Money, Price, Run, RunError, Usage};
use crate::otel::{genai, messages};
use crate::stores::StoreError;

/// Where a run belongs, as row ids.
#[derive(Clone, Copy)]
pub(super) struct Home {
    pub(super) batch: i64,
    pub(super) version: i64,
    pub(super) case: CaseIds,
}

/// The ids of what a run refers to.
struct Refs {
    price: Option<i64>,
    model: i64,
    response_model: Option<i64>,
    fingerprint: Option<i64>,
    finish_reason: Option<i64>,
    system: Option<i64>,
    messages: Option<i64>,
    request: Option<i64>,
    reply: Option<i64>,
}

const INSERT: &str = "INSERT INTO run_row (id_high, id_low, batch, version, case_key, repeat, case_row, status, \
     error_type, started_ns, latency_ns, ttft_ns, queue_ns, backoff_ns, elapsed_ns, attempts, input_tokens, \
     output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, cost, spent, cost_source, cache_hit, price, \
     model, response_model, fingerprint, finish_reason, system, messages, request, reply, response_id, error_message, \
     tool_calls, tries, extra, output, calls, parts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, \
     ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// Stores a run; gives its position.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    texts: &mut Texts,
    bodies: &mut Bodies,
    home: Home,
    run: &Run,
) -> Result<i64, StoreError> {
    let refs = refs(transaction, texts, bodies, home, run)?;
    let (high, low) = halves(run.id.as_bytes());
    let answer = run.completion.as_ref();
    let wanted = answer.map(|answer| &answer.tool_calls).filter(|calls| !calls.is_empty());
    let whole = answer.map(|answer| &answer.parts).filter(|parts| !parts.is_empty());
    let mut statement = transaction.prepare_cached(INSERT)?;
    let inserted = statement.execute(params![
        high,
        low,
        home.batch,
        home.version,
        home.case.key,
        run.key.repeat,
        home.case.row,
        run.status.name(),
        run.error.as_ref().map(|error| error.kind.name()),
        instant_ns(run.started)?,
        run.latency.map(nanos).transpose()?,
        run.ttft.map(nanos).transpose()?,
        nanos(run.queue)?,
        nanos(run.backoff)?,
        elapsed(run)?,
        count(run.attempts.len() as u64)?,
        maybe(run.usage.input)?,
        maybe(run.usage.output)?,
        maybe(run.usage.cached_input)?,
        maybe(run.usage.cache_write)?,
        maybe(run.usage.reasoning)?,
        run.cost.cost.map(|money| money.0),
        run.cost.spent.map(|money| money.0),
        run.cost.source.name(),
        run.cache_hit,
        refs.price,
        refs.model,
        refs.response_model,
        refs.fingerprint,
        refs.finish_reason,
        refs.system,
        refs.messages,
        refs.request,
        refs.reply,
        answer.and_then(|answer| answer.id.as_deref()),
        run.error.as_ref().map(|error| error.message.as_str()),
        wanted.map(|calls| messages::calls_json(calls)),
        tries(run),
        answer.and_then(|answer| extra(run, answer)),
        answer.map(|answer| answer.text.as_str()),
        (!run.calls.is_empty()).then(|| count(run.calls.len() as u64)).transpose()?,
        whole.map(|parts| messages::parts_json(parts)),
    ]);
    inserted.map_err(|error| refused(&error, run))?;
    let position = transaction.last_insert_rowid();
    calls::insert(transaction, texts, bodies, home, (position, run))?;
    Ok(position)
}

fn refs(
    transaction: &Transaction<'_>,
    texts: &mut Texts,
    bodies: &mut Bodies,
    home: Home,
    run: &Run,
) -> Result<Refs, StoreError> {
    let answer = run.completion.as_ref();
    let (system, rest) = messages::split_system(&run.messages);
    let system = system.map(|system| messages::parts_json(&system.parts));
    let said = (!rest.is_empty()).then(|| messages::messages_json(rest));
    let price = run.cost.price.map(|p| to_json(&json!([p.input, p.output, p.cached_input, p.cache_write])));
    let finish = answer.and_then(|answer| answer.finish_reason.as_ref()).map(FinishReason::name);
    let mut body = |direction, bytes: &Option<Vec<u8>>| {
        bytes.as_ref().map(|bytes| bodies.id(transaction, home, direction, bytes)).transpose()
    };
    let (request, reply) = (body(Direction::Request, &run.request)?, body(Direction::Reply, &run.reply)?);
    let mut shared = |text: Option<&str>| texts.maybe(transaction, SHARED, text);
    Ok(Refs {
        request,
        reply,
        price: shared(price.as_deref())?,
        response_model: shared(answer.and_then(|answer| answer.model.as_deref()))?,
        fingerprint: shared(answer.and_then(|answer| answer.fingerprint.as_deref()))?,
        finish_reason: shared(finish)?,
        system: shared(system.as_deref())?,
        model: texts.id(transaction, SHARED, &run.model)?,
        messages: texts.maybe(transaction, home.case.key, said.as_deref())?,
    })
}

/// A constraint's violation in the words of the domain.
fn refused(error: &rusqlite::Error, run: &Run) -> StoreError {
    if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) {
        return StoreError::Failed(format!(
            "the run {} is stored already, under another key ({error})",
            run.id
        ));
    }
    StoreError::Failed(error.to_string())
}

/// The elapsed time, where it is not the latency.
fn elapsed(run: &Run) -> Result<Option<i64>, StoreError> {
    let elapsed = genai::elapsed(run);
    (elapsed != run.latency.unwrap_or_default()).then(|| nanos(elapsed)).transpose()
}

/// The attempt of a run that had only one, as the columns tell it.
fn only_attempt(run_latency: Option<std::time::Duration>, error: Option<&RunError>) -> Attempt {
    Attempt {
        sent_after: std::time::Duration::ZERO,
        took: run_latency.unwrap_or_default(),
        error: error.cloned(),
        delay: std::time::Duration::ZERO,
    }
}

/// JSON of the attempts, unless they follow from the columns.
fn tries(run: &Run) -> Option<String> {
    match run.attempts.as_slice() {
        [] => return None,
        [one] if *one == only_attempt(run.latency, run.error.as_ref()) => return None,
        _ => {}
    }
    let times =
        |attempt: &Attempt| [attempt.sent_after, attempt.took, attempt.delay].map(|d| d.as_nanos() as u64);
    let shape = |attempt: &Attempt| {
        let mut columns: Vec<Value> = times(attempt).map(Value::from).to_vec();
        if let Some(error) = &attempt.error {
            columns.push(error.kind.name().into());
            columns.push(error.message.as_str().into());
        }
        Value::from(columns)
    };
    Some(Value::from(run.attempts.iter().map(shape).collect::<Vec<_>>()).to_string())
}

/// The attempts of a run.
pub(super) fn attempts(
    number: i64,
    tries: Option<&str>,
    latency: Option<std::time::Duration>,
    error: Option<&RunError>,
) -> Result<Vec<Attempt>, StoreError> {
    let Some(tries) = tries else {
        return Ok(if number == 0 { Vec::new() } else { vec![only_attempt(latency, error)] });
    };
    let rows: Vec<Vec<Value>> = parse(tries)?;
    rows.iter().map(|row| attempt(row)).collect()
}

fn attempt(row: &[Value]) -> Result<Attempt, StoreError> {
    let time = |at: usize| row.get(at).and_then(Value::as_i64).map(duration);
    let word = |at: usize| row.get(at).and_then(Value::as_str);
    let error = match (word(3), word(4)) {
        (Some(kind), Some(message)) => {
            Some(RunError { kind: ErrorType::parse(kind), message: message.to_owned() })
        }
        _ => None,
    };
    match (time(0), time(1), time(2)) {
        (Some(sent_after), Some(took), Some(delay)) => Ok(Attempt { sent_after, took, error, delay }),
        _ => Err(damaged("an attempt")),
    }
}

/// JSON of what an answer rarely has: usage that is not the run's, a cost of its own, metadata.
fn extra(run: &Run, answer: &Completion) -> Option<String> {
    let mut map = crate::domain::Map::new();
    if answer.usage != run.usage {
        let usage = &answer.usage;
        let counts =
            json!([usage.input, usage.output, usage.cached_input, usage.cache_write, usage.reasoning]);
        map.insert("usage".into(), counts);
    }
    if let Some(cost) = answer.cost {
        map.insert("cost".into(), cost.0.into());
    }
    if !answer.metadata.is_empty() {
        map.insert("metadata".into(), Value::Object(answer.metadata.clone()));
    }
    super::columns::map_text(&map)
}

/// Puts back into an answer what [`extra`] kept of it; the usage is the run's unless it says otherwise.
pub(super) fn restore(answer: &mut Completion, usage: Usage, extra: Option<&str>) -> Result<(), StoreError> {
    answer.usage = usage;
    let Some(extra) = extra else { return Ok(()) };
    let mut map: crate::domain::Map = parse(extra)?;
    if let Some(counts) = map.get("usage") {
        let at = |i: usize| counts[i].as_u64();
        answer.usage =
            Usage { input: at(0), output: at(1), cached_input: at(2), cache_write: at(3), reasoning: at(4) };
    }
    answer.cost = map.get("cost").and_then(Value::as_i64).map(Money);
    if let Some(Value::Object(metadata)) = map.remove("metadata") {
        answer.metadata = metadata;
    }
    Ok(())
}

/// The price of its text.
pub(super) fn price(text: &str) -> Result<Price, StoreError> {
    let (input, output, cached_input, cache_write) = parse(text)?;
    Ok(Price { input, output, cached_input, cache_write })
}
