//! Makes one run: render, encode, send, retry, and the whole of what happened as a `Run`. A run that fails is data.
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::budget::{self, Budget, Reservation};
use super::cache::{self, Cache};
use super::limits::Permit;
use super::transport::{Resolved, Sent, Transport};
use super::{Raced, Stop, cost, retry};
use crate::domain::{
    Attempt, BatchId, Case, Completion, Cost, Digest, ErrorType, Message, Money, Run, RunError, RunId,
    RunStatus,
};
use crate::plan::{Job, Plan, PlannedVersion, output_ceiling};
use crate::providers::{Call, Failure, Wire};

/// What every executor of a batch shares.
#[derive(Debug)]
pub struct Context {
    /// What is run.
    pub plan: Arc<Plan>,
    /// The batch the runs belong to.
    pub batch: BatchId,
    /// The only network and the only stopwatch.
    pub transport: Transport,
    /// Where each version's calls go, keys found; in the plan's order.
    pub places: Vec<Resolved>,
    /// The switch.
    pub stop: Stop,
    /// What may be spent; without one, anything.
    pub budget: Option<Arc<Budget>>,
    /// Stored answers.
    pub cache: Cache,
    /// What the race lets through.
    pub raced: Raced,
}

/// What the attempts of one call came to.
struct Attempts {
    result: Result<Completion, Failure>,
    started: Timestamp,
    latency: Option<Duration>,
    ttft: Option<Duration>,
    queue: Duration,
    backoff: Duration,
    attempts: Vec<Attempt>,
    request: Option<Vec<u8>>,
    reply: Option<Vec<u8>>,
    /// What attempts before the last were billed.
    wasted: Money,
}

/// Makes one run, and the key under which its answer may be used again. `eager` says that the version has not
/// succeeded yet: nobody waits for a server that is not there.
pub async fn run(
    context: &Context,
    job: Job,
    case: &Case,
    permit: &mut Permit,
    eager: bool,
) -> (Run, Option<Digest>) {
    let planned = &context.plan.versions[job.version];
    // Rendering was tried while planning; a file that changed since cannot matter, texts are in the plan.
    let messages = match planned.prompt.render(case) {
        Ok(messages) => messages,
        Err(error) => return (refused(context, job, case, Vec::new(), error.error.to_string()), None),
    };
    let call = Call {
        version: &planned.version,
        case,
        repeat: job.repeat,
        messages: &messages,
        seed: context.plan.experiment.run.seed,
        wrong: &context.plan.wrong,
    };
    let wire = match planned.provider.encode(&call) {
        Ok(wire) => wire,
        Err(refusal) => return (refused(context, job, case, messages, refusal.message), None),
    };
    let mut run = Run { messages, ..empty(context, job, case) };
    let used = context.cache.is_used();
    let key = used.then(|| cache::key(planned, &wire, job.repeat)).flatten();
    if let Some(key) = key
        && let Some(found) = context.cache.find(key).await
    {
        return (cache::hit(run, *found), None);
    }
    let mut reservation = match reserve(context, planned, &wire).await {
        Ok(reservation) => reservation,
        Err(kind) => return (not_run(context, job, case, kind, "not made".to_owned()), None),
    };
    let done = attempt(context, job, &run, &wire, permit, eager, reservation.as_mut()).await;
    let wasted = done.wasted;
    finish(planned, &mut run, done);
    run.cost.spent = run.cost.spent.map(|spent| spent + wasted);
    if let Some(reservation) = reservation {
        reservation.settle(budget::taken(&wire, &run.cost, run.error.is_some()));
    }
    let kept = key.filter(|_| context.cache.keeps && run.status == RunStatus::Ok);
    (run, kept)
}

/// Reserves the worst case of the call; why it may not be made.
async fn reserve(
    context: &Context,
    planned: &PlannedVersion,
    wire: &Wire,
) -> Result<Option<Reservation>, ErrorType> {
    let Some(purse) = &context.budget else { return Ok(None) };
    tokio::select! {
        reservation = purse.reserve(budget::worst_case(planned, wire)) => {
            reservation.map(Some).ok_or(ErrorType::Budget)
        }
        () = context.stop.stopped() => Err(ErrorType::Cancelled),
    }
}

/// A run that was planned and will not be made.
pub fn not_run(context: &Context, job: Job, case: &Case, kind: ErrorType, message: String) -> Run {
    let error = Some(RunError { kind, message });
    Run { status: RunStatus::NotRun, error, ..empty(context, job, case) }
}

/// Sends until it succeeds, may not be retried, or is told to stop.
async fn attempt(
    context: &Context,
    job: Job,
    run: &Run,
    wire: &Wire,
    permit: &mut Permit,
    eager: bool,
    mut reservation: Option<&mut Reservation>,
) -> Attempts {
    let planned = &context.plan.versions[job.version];
    let (place, surroundings) = (&context.places[job.version], surroundings(run));
    let settings = &context.plan.experiment.run;
    let deadline = planned.version.timeout.unwrap_or(settings.timeout);
    let (mut queue, mut backoff, mut attempts) = (permit.queue, Duration::ZERO, Vec::new());
    let tokens = tokens(planned, wire);
    let (mut first, mut wasted): (Option<Timestamp>, Money) = (None, Money::ZERO);
    loop {
        let (number, paced) = tokio::select! {
            turn = permit.limits().pace(tokens) => turn,
            // Nothing goes out any more: what was reserved need not come back.
            () = context.stop.stopped() => return cancelled(first, queue, backoff, attempts),
        };
        backoff += paced;
        let sent = tokio::select! {
            sent = context.transport.send(place, planned.provider.as_ref(), wire, deadline, &surroundings) => sent,
            () = context.stop.aborted() => return cancelled(first, queue, backoff, attempts),
        };
        let started = *first.get_or_insert(sent.started);
        queue += sent.queue;
        let failure = sent.result.as_ref().err();
        let used = sent.result.as_ref().map_or(Some(0), |answer| answer.usage.total());
        permit.limits().settle(used.map_or(0, |used| tokens.saturating_sub(used)));
        if failure.is_some_and(|failure| failure.kind == ErrorType::Status(429)) {
            permit.overloaded(number, sent.retry_after);
        } else if failure.is_none() {
            permit.succeeded(number);
        }
        let made = u32::try_from(attempts.len()).unwrap_or(u32::MAX);
        let billed =
            failure.and_then(|failure| cost::of_failure(planned, &failure.usage)).unwrap_or_default();
        let again = failure.filter(|failure| {
            let hopeless = eager && failure.kind == ErrorType::Connection;
            !hopeless && !context.stop.is_set() && retry::may_retry(&settings.retries, &failure.kind, made)
        });
        let again = again.filter(|_| reservation.as_mut().is_none_or(|held| held.grow(billed)));
        let delay = again.map(|_| retry::delay(made, sent.retry_after, draw(run.id, made)));
        attempts.push(Attempt {
            sent_after: since(started, sent.started),
            took: sent.latency.unwrap_or_default(),
            error: failure
                .map(|failure| RunError { kind: failure.kind.clone(), message: failure.message.clone() }),
            delay: delay.unwrap_or_default(),
        });
        let Some(delay) = delay else {
            return Attempts { wasted, ..last(sent, started, queue, backoff, attempts) };
        };
        backoff += delay;
        tokio::select! {
            waited = permit.rest(delay) => queue += waited,
            () = context.stop.stopped() => {
                return Attempts { wasted, ..last(sent, started, queue, backoff, attempts) };
            }
        }
        wasted = wasted + billed;
    }
}

/// Tokens a call is taken to use, by the limits' count: its input, at four bytes each, and all the output it may have.
fn tokens(planned: &PlannedVersion, wire: &Wire) -> u64 {
    match wire {
        Wire::Http(call) => (call.body.len() as u64).div_ceil(4) + output_ceiling(&planned.version),
        Wire::Process(_) | Wire::Instant(_) => 0,
    }
}

fn last(
    sent: Sent,
    started: Timestamp,
    queue: Duration,
    backoff: Duration,
    attempts: Vec<Attempt>,
) -> Attempts {
    Attempts {
        latency: sent.latency.filter(|_| has_latency(&sent.result)),
        ttft: sent.ttft,
        request: Some(sent.request).filter(|body| !body.is_empty()),
        reply: sent.reply,
        result: sent.result,
        started,
        queue,
        backoff,
        attempts,
        wasted: Money::ZERO,
    }
}

/// A timeout enters with the time it took (a lower bound: else slow versions look fast); other failures have no
/// latency of their own.
fn has_latency(result: &Result<Completion, Failure>) -> bool {
    match result {
        Ok(_) => true,
        Err(failure) => failure.kind == ErrorType::Timeout,
    }
}

fn cancelled(
    first: Option<Timestamp>,
    queue: Duration,
    backoff: Duration,
    attempts: Vec<Attempt>,
) -> Attempts {
    Attempts {
        result: Err(Failure::new(ErrorType::Cancelled, "stopped before its answer came")),
        started: first.unwrap_or_else(Timestamp::now),
        latency: None,
        ttft: None,
        queue,
        backoff,
        attempts,
        request: None,
        reply: None,
        wasted: Money::ZERO,
    }
}

/// Fills in what the attempts came to.
fn finish(planned: &PlannedVersion, run: &mut Run, done: Attempts) {
    let (completion, error, usage) = match done.result {
        Ok(completion) => {
            let usage = completion.usage;
            (Some(completion), None, usage)
        }
        Err(failure) => {
            let error = RunError { kind: failure.kind, message: failure.message };
            (failure.partial.map(|partial| *partial), Some(error), failure.usage)
        }
    };
    run.status = match &error {
        None => RunStatus::Ok,
        Some(error) if error.kind.is_not_run() => RunStatus::NotRun,
        Some(_) => RunStatus::Error,
    };
    run.cost = cost::of_run(planned, completion.as_ref().filter(|_| error.is_none()), &usage);
    (run.started, run.latency, run.ttft) = (done.started, done.latency, done.ttft);
    (run.queue, run.backoff, run.attempts) = (done.queue, done.backoff, done.attempts);
    (run.request, run.reply) = (done.request, done.reply);
    (run.usage, run.error, run.completion) = (usage, error, completion);
}

/// What a program is told of the trace it is part of (W3C trace context: version 00, sampled).
fn surroundings(run: &Run) -> [(String, String); 1] {
    let parent = format!("00-{}-{}-01", run.id.trace_id(), run.id.span_id(1));
    [("TRACEPARENT".to_owned(), parent)]
}

/// A run that cannot be expressed: the version's own fault, found late.
fn refused(context: &Context, job: Job, case: &Case, messages: Vec<Message>, message: String) -> Run {
    let error = Some(RunError { kind: ErrorType::Malformed, message });
    Run { status: RunStatus::Error, error, messages, ..empty(context, job, case) }
}

fn empty(context: &Context, job: Job, case: &Case) -> Run {
    let version = &context.plan.versions[job.version].version;
    Run {
        id: RunId::fresh(),
        batch: context.batch,
        key: context.plan.key(job, case),
        status: RunStatus::NotRun,
        error: None,
        started: Timestamp::now(),
        latency: None,
        ttft: None,
        queue: Duration::ZERO,
        backoff: Duration::ZERO,
        attempts: Vec::new(),
        usage: crate::domain::Usage::default(),
        cost: Cost::UNKNOWN,
        cache_hit: false,
        model: version.target.model(),
        messages: Vec::new(),
        request: None,
        reply: None,
        completion: None,
    }
}

fn since(start: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(start)).unwrap_or_default()
}

/// A number in [0, 1) that differs between runs and retries; spreading them needs no better one.
fn draw(run: RunId, retry: u32) -> f64 {
    let mut bytes = run.as_bytes().to_vec();
    bytes.extend_from_slice(&retry.to_le_bytes());
    let digest = Digest::of(&bytes);
    let word = digest.as_bytes()[..4].iter().fold(0_u32, |acc, byte| acc << 8 | u32::from(*byte));
    f64::from(word) / (f64::from(u32::MAX) + 1.0)
}
