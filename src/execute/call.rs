//! One call of a run: sent until it succeeds, may not be retried, or is told to stop, with every attempt as it went.
//! Knows nothing of conversations: what is said, and what is made of the answer, is the executor's.
use std::time::Duration;

use jiff::Timestamp;

use super::budget::Reservation;
use super::deadline::RunDeadline;
use super::executor::Context;
use super::limits::Permit;
use super::transport::Sent;
use super::{cost, retry};
use crate::domain::{Attempt, Completion, Digest, ErrorType, Money, RunError, RunId, Version};
use crate::plan::{Job, output_ceiling};
use crate::providers::{Failure, Wire};

/// Whose call it is.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// What the batch shares.
    pub context: &'a Context,
    /// The job, which names the version.
    pub job: Job,
    /// The run.
    pub run: RunId,
    /// The version has not succeeded yet: nobody waits for a server that is not there.
    pub eager: bool,
    /// An earlier call of the run was answered: the run is in flight, and only an abort ends it.
    pub begun: bool,
}

/// What the attempts of a call came to; none where it was never sent.
pub struct Made {
    /// The answer, or why there is none.
    pub result: Result<Completion, Failure>,
    /// Wall-clock moment the first attempt was really sent (or given up).
    pub started: Timestamp,
    /// Of the last attempt; of a call that ran out of time, of the longest that got no answer.
    pub latency: Option<Duration>,
    /// Of the last attempt.
    pub ttft: Option<Duration>,
    /// Waited for connections, and for a slot after waiting to try again.
    pub queue: Duration,
    /// Waited for rate limits and between attempts.
    pub backoff: Duration,
    /// Every try, offsets from `started`.
    pub attempts: Vec<Attempt>,
    /// The body as sent.
    pub request: Option<Vec<u8>>,
    /// The reply as received.
    pub reply: Option<Vec<u8>>,
    /// What attempts before the last were billed.
    pub wasted: Money,
}

/// Makes a call, within what its run's `deadline` leaves.
pub async fn make(
    caller: Caller<'_>,
    permit: &mut Permit,
    wire: &Wire,
    mut reservation: Option<&mut Reservation>,
    deadline: &mut RunDeadline,
) -> Made {
    let Caller { context, job, .. } = caller;
    let planned = &context.plan.versions[job.version];
    let (place, surroundings) = (&context.places[job.version], surroundings(caller.run));
    let timeout = planned.version.timeout.unwrap_or(context.plan.experiment.run.timeout);
    let mut made = Made::begun();
    let tokens = tokens(&planned.version, wire);
    let mut first: Option<Timestamp> = None;
    loop {
        let (number, paced) = tokio::select! {
            turn = permit.limits().pace(tokens) => turn,
            // Nothing goes out any more: what was reserved need not come back.
            () = caller.halted() => return made,
        };
        deadline.spare(paced);
        deadline.begin();
        made.backoff += paced;
        let within = deadline.attempt(timeout);
        let sent = tokio::select! {
            sent = context.transport.send(place, planned.provider.as_ref(), wire, within, &surroundings) => sent,
            () = context.stop.aborted() => return made,
        };
        deadline.count(unwaited(wire, &sent));
        made.started = *first.get_or_insert(sent.started);
        made.queue += sent.queue;
        permit.limits().told(&sent, number, tokens);
        let failure = sent.result.as_ref().err();
        let retries = u32::try_from(made.attempts.len()).unwrap_or(u32::MAX);
        let billed =
            failure.and_then(|failure| cost::of_failure(planned, &failure.usage)).unwrap_or_default();
        let again = failure.is_some_and(|failure| caller.may_retry(failure, retries));
        let again = again && !deadline.is_over() && reservation.as_mut().is_none_or(|held| held.grow(billed));
        let delay = again.then(|| retry::delay(retries, sent.retry_after, draw(caller.run, retries)));
        // The wait ends with the run.
        let delay = delay.map(|delay| deadline.left().map_or(delay, |left| left.min(delay)));
        made.attempts.push(Attempt {
            sent_after: since(made.started, sent.started),
            took: sent.latency.unwrap_or_default(),
            error: failure
                .map(|failure| RunError { kind: failure.kind.clone(), message: failure.message.clone() }),
            delay: delay.unwrap_or_default(),
        });
        made.keep(sent);
        let Some(delay) = delay else { return made };
        made.backoff += delay;
        tokio::select! {
            waited = rest(permit, delay, *deadline) => match waited {
                None => return made.late(deadline),
                Some(waited) => {
                    deadline.spare(waited);
                    made.queue += waited;
                }
            },
            () = caller.halted() => {
                // Not the last word of who was asked: what it would have said to a retry nobody knows.
                made.waste(billed);
                return made;
            }
        }
        made.waste(billed);
    }
}

/// Waits before another try, and for a slot after it: how long for that. `None` where the run is out of time by then, who
/// needs no slot to say so.
async fn rest(permit: &mut Permit, delay: Duration, deadline: RunDeadline) -> Option<Duration> {
    permit.rest(delay).await;
    if deadline.is_over() { None } else { Some(permit.again().await) }
}

impl Caller<'_> {
    /// Returns once the call may not be sent any more.
    pub(super) async fn halted(&self) {
        let stop = &self.context.stop;
        if self.begun { stop.aborted().await } else { stop.stopped().await }
    }

    fn may_retry(&self, failure: &Failure, retries: u32) -> bool {
        let rule = &self.context.plan.experiment.run.retries;
        let hopeless = self.eager && failure.kind == ErrorType::Connection;
        !hopeless && retry::may_retry(rule, &failure.kind, retries)
    }
}

impl Made {
    /// Nothing yet, which is also what a call comes to that is told to stop.
    fn begun() -> Self {
        Self {
            result: Err(stopped()),
            started: Timestamp::now(),
            latency: None,
            ttft: None,
            queue: Duration::ZERO,
            backoff: Duration::ZERO,
            attempts: Vec::new(),
            request: None,
            reply: None,
            wasted: Money::ZERO,
        }
    }

    /// Takes its latest attempt in.
    fn keep(&mut self, sent: Sent) {
        self.latency = match &sent.result {
            Ok(_) => sent.latency,
            Err(failure) => self.unanswered().filter(|_| failure.kind == ErrorType::Timeout),
        };
        self.ttft = sent.ttft;
        self.request = Some(sent.request).filter(|body| !body.is_empty());
        self.reply = sent.reply;
        self.result = sent.result;
    }

    /// Another attempt follows: what the last one was billed is gone, its times and tokens are not the call's.
    fn waste(&mut self, billed: Money) {
        self.wasted = self.wasted + billed;
        (self.result, self.latency, self.ttft) = (Err(stopped()), None, None);
    }

    /// Out of time while nothing was in flight.
    fn late(mut self, deadline: &RunDeadline) -> Self {
        let last = self.attempts.last().and_then(|attempt| attempt.error.as_ref());
        let RunError { kind, message } = deadline.error(last.map(|error| error.message.as_str()));
        self.latency = self.unanswered();
        let before = self.result.err().unwrap_or_else(stopped);
        self.result = Err(Failure { kind, message, ..before });
        self
    }

    /// The longest attempt that got no answer in time: a lower bound of the latency, else slow versions look fast.
    /// Other failures have no latency of their own.
    fn unanswered(&self) -> Option<Duration> {
        let timed_out =
            |attempt: &&Attempt| attempt.error.as_ref().is_some_and(|error| error.kind == ErrorType::Timeout);
        let took = self.attempts.iter().filter(timed_out).map(|attempt| attempt.took).max();
        took.filter(|took| !took.is_zero())
    }
}

fn stopped() -> Failure {
    Failure::new(ErrorType::Cancelled, "stopped before its answer came")
}

/// The latency of an answer at hand that nobody waited for.
fn unwaited(wire: &Wire, sent: &Sent) -> Duration {
    match wire {
        Wire::Instant(answer) if !answer.sleep => sent.latency.unwrap_or_default(),
        _ => Duration::ZERO,
    }
}

/// Tokens a call is taken to use, by the limits' count: its input, at four bytes each, and all the output it may have.
#[must_use]
pub fn tokens(version: &Version, wire: &Wire) -> u64 {
    match wire {
        Wire::Http(call) => (call.body.len() as u64).div_ceil(4) + output_ceiling(version),
        Wire::Process(_) | Wire::Instant(_) => 0,
    }
}

/// What a program is told of the trace it is part of (W3C trace context: version 00, sampled).
fn surroundings(run: RunId) -> [(String, String); 1] {
    let parent = format!("00-{}-{}-01", run.trace_id(), run.span_id(1));
    [("TRACEPARENT".to_owned(), parent)]
}

/// From one moment to a later one; nothing when the clock was set back between.
pub fn since(start: Timestamp, then: Timestamp) -> Duration {
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
