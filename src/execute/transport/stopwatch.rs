//! The only place that reads a clock. Must not be used outside the transport: a latency measured elsewhere would
//! hold waits that are none of the answerer's.
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// A moment, on the wall and on the monotonic clock.
#[derive(Clone, Copy, Debug)]
pub(in crate::execute) struct Stopwatch {
    started: Instant,
    wall: Timestamp,
}

impl Stopwatch {
    /// Starts.
    pub(in crate::execute) fn start() -> Self {
        Self { started: now(), wall: Timestamp::now() }
    }

    /// Time since the start.
    pub(in crate::execute) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The wall-clock moment of the start.
    pub(super) fn wall(&self) -> Timestamp {
        self.wall
    }
}

/// The present moment, for what is spaced or expires.
#[expect(clippy::disallowed_methods, reason = "the one stopwatch")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// The present wall-clock time, for headers that hold a date.
pub(super) fn wall_clock() -> Timestamp {
    Timestamp::now()
}
