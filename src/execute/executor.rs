//! Makes one run: render, encode, call, and again while the conversation goes on; the whole of what happened is a `Run`.
//! A run that fails is data.
use std::sync::Arc;

use jiff::Timestamp;

use super::budget::{self, Budget, Reservation};
use super::cache::{self, Cache};
use super::call::{self, Caller};
use super::conversation::{Conversation, Next};
use super::deadline::RunDeadline;
use super::limits::Permit;
use super::transport::stopwatch::Stopwatch;
use super::transport::{Resolved, Transport};
use super::{Lanes, Raced, Stop, tally};
use crate::domain::{BatchId, Case, Digest, ErrorType, Message, Run, RunError, RunStatus};
use crate::plan::{Job, Plan, PlannedVersion};
use crate::providers::{Call, Refusal, Wire};

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
    /// The limits of every provider.
    pub lanes: Arc<Lanes>,
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
    let said = planned.prompt.render(case).and_then(|first| Ok((first, planned.prompt.later(case)?)));
    let (messages, turns) = match said {
        Ok(said) => said,
        Err(error) => return (refused(context, job, case, Vec::new(), error.error.to_string()), None),
    };
    let wire = match encode(context, job, case, &messages) {
        Ok(wire) => wire,
        Err(refusal) => return (refused(context, job, case, messages, refusal.message), None),
    };
    let mut run = Run { messages, ..empty(context, job, case) };
    let used = context.cache.is_used();
    let key =
        used.then(|| cache::key(planned, case, &wire, (&turns, job.repeat), &context.transport)).flatten();
    if let Some(key) = key
        && let Some(found) = context.cache.find(key).await
    {
        return (cache::hit(run, *found), None);
    }
    run.queue = permit.queue;
    let caller = Caller { context, job, run: run.id, eager, begun: false };
    converse(caller, permit, case, &mut run, (wire, Conversation::with(turns))).await;
    tally::whole(&mut run);
    let kept = key.filter(|_| context.cache.keeps && run.status == RunStatus::Ok);
    (run, kept)
}

/// Calls, and calls again as long as the conversation goes on.
async fn converse(
    mut caller: Caller<'_>,
    permit: &mut Permit,
    case: &Case,
    run: &mut Run,
    (mut wire, mut conversation): (Wire, Conversation),
) {
    let (context, job) = (caller.context, caller.job);
    let planned = &context.plan.versions[job.version];
    let limit = planned.version.run_timeout.or(context.plan.experiment.run.run_timeout);
    let mut deadline = RunDeadline::new(limit);
    loop {
        if deadline.is_over() {
            return tally::end(run, deadline.error(None));
        }
        let (first, waited) = (run.calls.is_empty(), Stopwatch::start());
        let mut reservation = match reserve(caller, planned, &wire, first).await {
            Ok(reservation) => reservation,
            Err(error) => return tally::end(run, error),
        };
        deadline.spare(waited.elapsed());
        let made = call::make(caller, permit, &wire, reservation.as_mut(), &mut deadline).await;
        if let (false, Err(failure)) = (first || !made.attempts.is_empty(), &made.result) {
            // A call that was never sent is none: it ended while it waited.
            run.backoff += made.backoff;
            return tally::end(
                run,
                RunError { kind: failure.kind.clone(), message: failure.message.clone() },
            );
        }
        let paid = tally::add(planned, run, made);
        if let Some(reservation) = reservation {
            reservation.settle(budget::taken(&wire, &paid, run.error.is_some()));
        }
        let Some(answer) = run.completion.as_ref().filter(|_| run.error.is_none()) else { return };
        match conversation.next(planned, case, &mut run.messages, answer) {
            Next::Done => return,
            Next::TooMany => {
                let turns = planned.version.max_turns;
                let message = format!("the model still wanted tools after {turns} calls (`max_turns`)");
                return tally::end(run, RunError { kind: ErrorType::MaxTurns, message });
            }
            Next::Ask(tools) => {
                if let Some(last) = run.calls.last_mut() {
                    last.tools = tools;
                }
            }
        }
        wire = match encode(context, job, case, &run.messages) {
            Ok(wire) => wire,
            Err(refusal) => {
                return tally::end(run, RunError { kind: ErrorType::Malformed, message: refusal.message });
            }
        };
        (caller.eager, caller.begun) = (false, true);
    }
}

fn encode(context: &Context, job: Job, case: &Case, messages: &[Message]) -> Result<Wire, Refusal> {
    let planned = &context.plan.versions[job.version];
    planned.provider.encode(&Call {
        version: &planned.version,
        case,
        repeat: job.repeat,
        messages,
        seed: context.plan.experiment.run.seed,
        wrong: &context.plan.wrong,
    })
}

/// Reserves the worst case of the call; why it may not be made.
async fn reserve(
    caller: Caller<'_>,
    planned: &PlannedVersion,
    wire: &Wire,
    first: bool,
) -> Result<Option<Reservation>, RunError> {
    let unmade = |kind| RunError { kind, message: "not made".to_owned() };
    let Some(purse) = &caller.context.budget else { return Ok(None) };
    tokio::select! {
        biased;
        reservation = purse.reserve(budget::worst_case(planned, wire, first)) => {
            reservation.map(Some).ok_or_else(|| unmade(ErrorType::Budget))
        }
        () = caller.halted() => Err(unmade(ErrorType::Cancelled)),
    }
}

/// A run that was planned and will not be made.
pub fn not_run(context: &Context, job: Job, case: &Case, kind: ErrorType, message: String) -> Run {
    let error = Some(RunError { kind, message });
    Run { status: RunStatus::NotRun, error, ..empty(context, job, case) }
}

/// A run that cannot be expressed: the version's own fault, found late.
fn refused(context: &Context, job: Job, case: &Case, messages: Vec<Message>, message: String) -> Run {
    let error = Some(RunError { kind: ErrorType::Malformed, message });
    Run { status: RunStatus::Error, error, messages, ..empty(context, job, case) }
}

fn empty(context: &Context, job: Job, case: &Case) -> Run {
    let model = context.plan.versions[job.version].version.target.model();
    Run { started: Timestamp::now(), ..Run::unmade(context.batch, context.plan.key(job, case), model) }
}
