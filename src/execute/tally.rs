//! What the calls of a run come to together: times and waits summed, tokens and cost summed where all are known.
use std::time::Duration;

use super::call::{Made, since};
use super::cost;
use crate::domain::{Cost, CostSource, ErrorType, Money, Run, RunCall, RunError, RunStatus, Usage};
use crate::plan::PlannedVersion;

/// Adds a call that was made: it is the last one so far, so its answer or failure is the run's. What it cost.
pub fn add(planned: &PlannedVersion, run: &mut Run, made: Made) -> Cost {
    let first = run.calls.is_empty();
    let (completion, error, usage) = match made.result {
        Ok(completion) => {
            let usage = completion.usage;
            (Some(completion), None, usage)
        }
        Err(failure) => {
            let error = RunError { kind: failure.kind, message: failure.message };
            (failure.partial.map(|partial| *partial), Some(error), failure.usage)
        }
    };
    let mut paid = cost::of_run(planned, completion.as_ref().filter(|_| error.is_none()), &usage);
    if !first && planned.version.cost_per_run.is_some() {
        // Said of the whole run, and counted with its first call.
        (paid.cost, paid.spent) = (Some(Money::ZERO), Some(Money::ZERO));
    }
    let own = paid.cost;
    paid.spent = paid.spent.map(|spent| spent + made.wasted);
    run.cost = if first { paid } else { both(&run.cost, &paid) };
    run.usage = match (first, &error) {
        (true, _) => usage,
        // A failure that counted nothing leaves what was counted before.
        (false, Some(_)) if usage == Usage::default() => run.usage,
        (false, _) => run.usage.plus(&usage),
    };
    if first {
        (run.started, run.latency, run.ttft) = (made.started, made.latency, made.ttft);
    } else {
        run.latency = run.latency.zip(made.latency).map(|(sum, latency)| sum + latency);
    }
    run.queue += made.queue;
    run.backoff += made.backoff;
    // What was drawn and not waited for has not passed on the clock: no call begins before the last one ended.
    let ended = run.calls.last().map_or(Duration::ZERO, |last| last.after + last.took);
    let after = since(run.started, made.started).max(ended);
    run.calls.push(RunCall {
        attempts: u32::try_from(made.attempts.len()).unwrap_or(u32::MAX),
        after,
        took: made.attempts.last().map_or(Duration::ZERO, |last| last.sent_after + last.took),
        latency: made.latency,
        ttft: made.ttft,
        usage,
        cost: own,
        sent: u32::try_from(run.messages.len()).unwrap_or(u32::MAX),
        model: completion.as_ref().and_then(|answer| answer.model.clone()),
        id: completion.as_ref().and_then(|answer| answer.id.clone()),
        finish_reason: completion.as_ref().and_then(|answer| answer.finish_reason.clone()),
        tools: Vec::new(),
        request: made.request,
        reply: made.reply,
    });
    run.attempts.extend(made.attempts.into_iter().map(|mut attempt| {
        attempt.sent_after += after;
        attempt
    }));
    run.status = status(error.as_ref());
    (run.completion, run.error) = (completion, error);
    paid
}

/// Ends a run for a reason that is no call's: the answer it was to have never came, what it cost stays. One that asks for
/// tools too often is left with what it asked.
pub fn end(run: &mut Run, error: RunError) {
    run.status = status(Some(&error));
    if error.kind != ErrorType::MaxTurns {
        run.completion = None;
    }
    run.error = Some(error);
}

/// The last call's bodies become the run's; a run of one call needs no entry of it, unless more was said after it.
pub fn whole(run: &mut Run) {
    if let Some(last) = run.calls.last_mut() {
        (run.request, run.reply) = (last.request.take(), last.reply.take());
    }
    if let [only] = run.calls.as_slice()
        && only.sent as usize == run.messages.len()
    {
        run.calls.clear();
    }
}

fn status(error: Option<&RunError>) -> RunStatus {
    match error {
        None => RunStatus::Ok,
        Some(error) if error.kind.is_not_run() => RunStatus::NotRun,
        Some(_) => RunStatus::Error,
    }
}

/// Unknown where one of them is.
fn both(a: &Cost, b: &Cost) -> Cost {
    let sum = |a: Option<Money>, b: Option<Money>| Some(a? + b?);
    let cost = sum(a.cost, b.cost);
    let source = if cost.is_some() { a.source } else { CostSource::None };
    Cost { cost, spent: sum(a.spent, b.spent), source, price: a.price.or(b.price) }
}
