//! One call of a run that made several: what is its own, beside what the run sums up.
use std::time::Duration;

use super::{FinishReason, Money, Usage};

/// A call of a conversation. What was said in it stands in the run's messages: those it was sent are their beginning,
/// its answer is the next of them (the last call's answer is the run's own), the tools' answers the one after.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunCall {
    /// How many of the run's attempts are its.
    pub attempts: u32,
    /// From the run's start to its first sending.
    pub after: Duration,
    /// From its first sending to the end of its last attempt.
    pub took: Duration,
    /// Of its last attempt, as `Run::latency`.
    pub latency: Option<Duration>,
    /// Request sent to first token.
    pub ttft: Option<Duration>,
    /// Tokens of its answer.
    pub usage: Usage,
    /// What its answer costs; `None` is unknown.
    pub cost: Option<Money>,
    /// How many of the run's messages it was sent.
    pub sent: u32,
    /// The model that really answered.
    pub model: Option<String>,
    /// The provider's id of the answer.
    pub id: Option<String>,
    /// Why the model stopped.
    pub finish_reason: Option<FinishReason>,
    /// One a tool that was answered after it, in order: `None`, or why that failed (its `error.type`).
    pub tools: Vec<Option<String>>,
    /// The body as sent; the last call's is the run's own.
    pub request: Option<Vec<u8>>,
    /// The reply as received; the last call's is the run's own.
    pub reply: Option<Vec<u8>>,
}
