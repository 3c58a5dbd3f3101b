//! Until when an attempt may take: so long after it was sent, and never beyond the end of its run.
use std::fmt;
use std::time::Duration;

use super::stopwatch::Stopwatch;
use crate::domain::ErrorType;
use crate::providers::Failure;

/// An attempt's own limit, and what its run has left.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    attempt: Duration,
    run: Option<RunLeft>,
}

/// What a run has left.
#[derive(Clone, Copy, Debug)]
struct RunLeft {
    clock: Stopwatch,
    /// On that clock.
    ends: Duration,
    /// Of the whole run, for messages.
    limit: Duration,
}

/// What is left for an attempt that is sent now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    /// So long.
    pub(super) time: Duration,
    /// The limit of the whole run, where that is what ends first.
    run: Option<Duration>,
}

impl From<Duration> for Deadline {
    fn from(attempt: Duration) -> Self {
        Self { attempt, run: None }
    }
}

impl Deadline {
    /// The same, ending at the latest when that clock shows `ends`, by which its run has taken its whole `limit`.
    pub(in crate::execute) fn within(self, clock: Stopwatch, ends: Duration, limit: Duration) -> Self {
        Self { run: Some(RunLeft { clock, ends, limit }), ..self }
    }

    /// The attempt's own limit: no connection is opened for longer.
    pub(super) fn attempt(&self) -> Duration {
        self.attempt
    }

    /// What an attempt sent now may take.
    pub(super) fn left(&self) -> Left {
        match self.run {
            Some(run) if run.left() < self.attempt => Left { time: run.left(), run: Some(run.limit) },
            _ => Left { time: self.attempt, run: None },
        }
    }

    /// What comes before the sending: ended with the run, which is late then, whoever could not be reached.
    pub(super) async fn before<T>(
        &self,
        opening: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let Some(run) = self.run else { return opening.await };
        let late = |_| Failure::new(ErrorType::Timeout, format!("not sent within the run's {:?}", run.limit));
        tokio::time::timeout(run.left(), opening).await.map_err(late)?
    }
}

impl RunLeft {
    fn left(&self) -> Duration {
        self.ends.saturating_sub(self.clock.elapsed())
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.run {
            Some(limit) => write!(f, "the run's {limit:?}"),
            None => write!(f, "{:?}", self.time),
        }
    }
}
