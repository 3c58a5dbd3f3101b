//! Makes one run: render, encode, call, and the whole of what happened as a `Run`. A run that fails is data.
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::budget::{self, Budget, Reservation};
use super::cache::{self, Cache};
use super::call::{self, Caller, Made};
use super::limits::Permit;
use super::transport::{Resolved, Transport};
use super::{Raced, Stop, cost};
use crate::domain::{BatchId, Case, Cost, Digest, ErrorType, Message, Run, RunError, RunId, RunStatus};
use crate::plan::{Job, Plan, PlannedVersion};
use crate::providers::{Call, Wire};

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
    let caller = Caller { context, job, run: run.id, eager };
    let made = call::make(caller, permit, &wire, reservation.as_mut()).await;
    let wasted = made.wasted;
    finish(planned, &mut run, permit, made);
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

/// Fills in what the attempts came to.
fn finish(planned: &PlannedVersion, run: &mut Run, permit: &Permit, done: Made) {
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
    (run.queue, run.backoff, run.attempts) = (permit.queue + done.queue, done.backoff, done.attempts);
    (run.request, run.reply) = (done.request, done.reply);
    (run.usage, run.error, run.completion) = (usage, error, completion);
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
