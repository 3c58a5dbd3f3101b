//! Answers at hand: simulated and recorded ones. The latency is given, never measured; waiting is optional.
use std::time::Duration;

use super::deadline::Deadline;
use super::sent::Sent;
use super::stopwatch::Stopwatch;
use crate::domain::ErrorType;
use crate::providers::{Failure, InstantAnswer};

/// Gives the answer, after its latency where it asks for that; one slower than the deadline is a timeout, as it
/// would be on a wire.
pub(super) async fn answer(answer: &InstantAnswer, deadline: Deadline) -> Sent {
    let clock = Stopwatch::start();
    let left = deadline.left();
    let late = answer.latency > left.time;
    let latency = answer.latency.min(left.time);
    if answer.sleep {
        tokio::time::sleep(latency).await;
    }
    let result = if late {
        Err(Failure::new(ErrorType::Timeout, format!("no answer within {left}")))
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
