//! How long a whole run may take (`run_timeout`): from the moment its first request may go until its last answer, with
//! every retry, its delay and every call between. What limits hold back, before or between, does not count (a pause that
//! a provider asked of the whole lane included): that a slot, a rate or a budget is waited for is no fault of a version.
use std::time::Duration;

use super::transport::Deadline;
use super::transport::stopwatch::Stopwatch;
use crate::domain::{ErrorType, RunError};

/// The deadline of one run; without a limit it never passes and reads no clock.
#[derive(Clone, Copy, Debug)]
pub struct RunDeadline {
    limit: Option<Duration>,
    clock: Option<Stopwatch>,
    /// Time that was drawn and not waited for: passed all the same.
    drawn: Duration,
    /// Time that passed and does not count.
    spared: Duration,
}

impl RunDeadline {
    /// One that has not begun.
    #[must_use]
    pub fn new(limit: Option<Duration>) -> Self {
        Self { limit, clock: None, drawn: Duration::ZERO, spared: Duration::ZERO }
    }

    /// A request may go: with the first one the time begins.
    pub fn begin(&mut self) {
        if self.limit.is_some() {
            self.clock.get_or_insert_with(Stopwatch::start);
        }
    }

    /// Counts a latency that was drawn and not waited for.
    pub fn count(&mut self, drawn: Duration) {
        self.drawn += drawn;
    }

    /// Leaves out what our own limits held back.
    pub fn spare(&mut self, waited: Duration) {
        if self.clock.is_some() {
            self.spared += waited;
        }
    }

    /// What is left of it, once it has begun.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        Some((self.limit? + self.spared).saturating_sub(self.clock?.elapsed() + self.drawn))
    }

    /// Whether it has passed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.left() == Some(Duration::ZERO)
    }

    /// The deadline of an attempt of that timeout.
    #[must_use]
    pub fn attempt(&self, timeout: Duration) -> Deadline {
        let deadline = Deadline::from(timeout);
        match self.limit.zip(self.clock) {
            Some((limit, clock)) => {
                deadline.within(clock, (limit + self.spared).saturating_sub(self.drawn), limit)
            }
            None => deadline,
        }
    }

    /// Why the run ends, when it passes while nothing is in flight; `last` is how its last attempt failed.
    #[must_use]
    pub fn error(&self, last: Option<&str>) -> RunError {
        let limit = self.limit.unwrap_or_default();
        let last = last.map(|last| format!("; its last attempt: {last}")).unwrap_or_default();
        let message = format!("no answer within the run's {limit:?}{last}");
        RunError { kind: ErrorType::Timeout, message }
    }
}

#[cfg(test)]
mod tests;
