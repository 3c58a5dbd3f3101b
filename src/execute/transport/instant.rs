//! Answers at hand: simulated and recorded ones. The latency is given, never measured; waiting is optional.
use std::time::Duration;

use super::sent::Sent;
use super::stopwatch::Stopwatch;
use crate::domain::ErrorType;
use crate::providers::{Failure, InstantAnswer};

/// Gives the answer, after its latency where it asks for that; one slower than the deadline is a timeout, as it
/// would be on a wire.
pub(super) async fn answer(answer: &InstantAnswer, deadline: Duration) -> Sent {
    let clock = Stopwatch::start();
    let late = answer.latency > deadline;
    let latency = answer.latency.min(deadline);
    if answer.sleep {
        tokio::time::sleep(latency).await;
    }
    let result = if late {
        Err(Failure::new(ErrorType::Timeout, format!("no answer within {deadline:?}")))
    } else {
        answer.result.clone()
    };
    Sent {
        result,
        queue: Duration::ZERO,
        started: clock.wall(),
        latency: Some(latency),
        ttft: answer.ttft.filter(|ttft| *ttft <= latency),
        retry_after: None,
        headers: Vec::new(),
        request: Vec::new(),
        reply: None,
    }
}
