//! One execution of one case under one version, and the attempts inside it.
use std::time::Duration;

use jiff::Timestamp;

use super::{BatchId, Completion, Digest, ErrorType, Message, Money, Part, Price, RunCall, RunId, Usage};

/// What makes a run the same run, for resume, merge and comparison: never an index.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RunKey {
    /// The version's identity.
    pub version: Digest,
    /// The case's id.
    pub case_id: String,
    /// The hash of the case's inputs.
    pub inputs: Digest,
    /// Index of the repeat, from 0.
    pub repeat: u32,
}

impl RunKey {
    /// A digest of the key: what stores index and resume compares.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut bytes = Vec::with_capacity(72 + self.case_id.len());
        bytes.extend_from_slice(self.version.as_bytes());
        bytes.extend_from_slice(self.inputs.as_bytes());
        bytes.extend_from_slice(&self.repeat.to_le_bytes());
        bytes.extend_from_slice(self.case_id.as_bytes());
        Digest::of(&bytes)
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunStatus {
    /// It has an answer.
    Ok,
    /// It failed by the version's own fault.
    Error,
    /// It says nothing about the version: credentials, network, cancelled, budget, raced out.
    NotRun,
}

impl RunStatus {
    /// The stored name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::NotRun => "not_run",
        }
    }

    /// The status of that stored name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Ok, Self::Error, Self::NotRun].into_iter().find(|status| status.name() == name)
    }
}

/// One run, complete. Times are measured in the transport alone; waits stand beside the latency, never inside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Given by the plan.
    pub id: RunId,
    /// The batch it belongs to.
    pub batch: BatchId,
    /// What makes it the same run.
    pub key: RunKey,
    /// How it ended.
    pub status: RunStatus,
    /// Why, unless ok.
    pub error: Option<RunError>,
    /// Wall-clock moment the first attempt was really sent (or given up).
    pub started: Timestamp,
    /// Request sent to last byte of the last attempt; summed over the calls of several turns. `None` when nothing
    /// was sent, or the failure has no time of its own.
    pub latency: Option<Duration>,
    /// Request sent to first token, on what streams; of the first call.
    pub ttft: Option<Duration>,
    /// Waited for a permit or a connection.
    pub queue: Duration,
    /// Waited for a rate limit or between attempts.
    pub backoff: Duration,
    /// Every try of every call, in order; the last is the one the run reports.
    pub attempts: Vec<Attempt>,
    /// The calls of a run that made several, or was given up after one; empty for one, which the run itself describes.
    pub calls: Vec<RunCall>,
    /// Tokens of its answers.
    pub usage: Usage,
    /// What they cost, where that is known.
    pub cost: Cost,
    /// Whether a stored answer was used.
    pub cache_hit: bool,
    /// The model as requested.
    pub model: String,
    /// The messages sent: of several calls the last one's, which are the whole conversation.
    pub messages: Vec<Message>,
    /// The body as sent, secrets never in it; of the last call.
    pub request: Option<Vec<u8>>,
    /// The reply as received, to the last call.
    pub reply: Option<Vec<u8>>,
    /// The answer, to the last call, for an ok run (and a withheld or cut one, as far as it got).
    pub completion: Option<Completion>,
}

impl Run {
    /// One that has not been made: nothing was sent and nothing is known, not even when.
    #[must_use]
    pub fn unmade(batch: BatchId, key: RunKey, model: String) -> Self {
        Self {
            id: RunId::fresh(),
            batch,
            key,
            status: RunStatus::NotRun,
            error: None,
            started: Timestamp::UNIX_EPOCH,
            latency: None,
            ttft: None,
            queue: Duration::ZERO,
            backoff: Duration::ZERO,
            attempts: Vec::new(),
            calls: Vec::new(),
            usage: Usage::default(),
            cost: Cost::UNKNOWN,
            cache_hit: false,
            model,
            messages: Vec::new(),
            request: None,
            reply: None,
            completion: None,
        }
    }

    /// First token to last byte: of all calls of a run that made several, `None` unless each of them streamed.
    #[must_use]
    pub fn generation(&self) -> Option<Duration> {
        let of = |latency: Option<Duration>, ttft: Option<Duration>| Some(latency?.saturating_sub(ttft?));
        match self.calls.as_slice() {
            [] => of(self.latency, self.ttft),
            calls => calls.iter().map(|call| of(call.latency, call.ttft)).sum(),
        }
    }

    /// Calls that were sent: none where nothing was tried, or a stored answer was used.
    #[must_use]
    pub fn calls_sent(&self) -> u64 {
        if self.attempts.is_empty() { 0 } else { self.calls.len().max(1) as u64 }
    }

    /// Bytes of what was said in it: the bodies of all its calls, its messages and its answer.
    #[must_use]
    pub fn size(&self) -> usize {
        let bodies = self.calls.iter().flat_map(|call| [&call.request, &call.reply]);
        let bodies = bodies.chain([&self.request, &self.reply]).flatten().map(Vec::len);
        let said = self.messages.iter().flat_map(|message| &message.parts);
        let answer = self.completion.iter().flat_map(|answer| &answer.parts);
        let text = self.completion.as_ref().map_or(0, |answer| answer.text.len());
        bodies.chain(said.chain(answer).map(Part::size)).sum::<usize>() + text
    }

    /// Tries beyond the first of each call.
    #[must_use]
    pub fn retries(&self) -> u32 {
        u32::try_from(self.attempts.len().saturating_sub(self.calls.len().max(1))).unwrap_or(u32::MAX)
    }
}

/// Why a run failed.
#[derive(Clone, Debug, PartialEq)]
pub struct RunError {
    /// The kind, stored as `error.type`.
    pub kind: ErrorType,
    /// What happened, for people; scrubbed of secrets.
    pub message: String,
}

/// One try.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Offset of its sending from the run's start.
    pub sent_after: Duration,
    /// Sent to last byte, or to the failure.
    pub took: Duration,
    /// Why it failed; `None` for the one that succeeded.
    pub error: Option<RunError>,
    /// How long was waited after it before the next.
    pub delay: Duration,
}

/// What a run costs. `cost` is what the answer costs, `spent` what this batch paid for it (0 on a cache hit).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// `None` is unknown, never zero.
    pub cost: Option<Money>,
    /// As `cost`, but 0 on a cache hit.
    pub spent: Option<Money>,
    /// Who said so.
    pub source: CostSource,
    /// Unit prices used, frozen with the run.
    pub price: Option<Price>,
}

impl Cost {
    /// A cost nobody knows.
    pub const UNKNOWN: Self = Self { cost: None, spent: None, source: CostSource::None, price: None };
}

/// Where a cost comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CostSource {
    /// The provider or program reported it.
    Provider,
    /// Tokens times the price table or `pricing:`, or `cost_per_run_usd`.
    Table,
    /// Nobody knows.
    None,
}

impl CostSource {
    /// The stored name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Table => "table",
            Self::None => "none",
        }
    }

    /// The source of that stored name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Provider, Self::Table, Self::None].into_iter().find(|source| source.name() == name)
    }
}
