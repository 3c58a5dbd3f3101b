//! Opens connections in a ramp rather than in a burst. What is waited here is queue, never latency.
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::super::stopwatch;

/// Openings that need not be spaced: they fit every server's accept queue.
const AT_ONCE: u32 = 16;

/// The openings of one place.
#[derive(Debug)]
pub(super) struct Ramp {
    open: Semaphore,
    step: Duration,
    next: Mutex<Option<Instant>>,
}

impl Ramp {
    /// So many at a time, and after the first few one a step.
    pub(super) fn new(at_once: usize, step: Duration) -> Self {
        Self { open: Semaphore::new(at_once.max(1)), step, next: Mutex::new(None) }
    }

    /// Waits for a turn, which lasts as long as what is returned is held.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed; without a permit the opening would merely be unspaced.
        let permit = self.open.acquire().await.ok();
        let wait = self.reserve(stopwatch::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        permit
    }

    /// Takes the next slot; how long it is until then.
    fn reserve(&self, now: Instant) -> Duration {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        // Slots in the past are credit: as many as may go at once.
        let earliest = now.checked_sub(self.step * AT_ONCE).unwrap_or(now);
        let slot = next.map_or(earliest, |next| next.max(earliest));
        *next = Some(slot + self.step);
        slot.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_few_go_at_once_then_one_a_step() {
        let ramp = Ramp::new(50, Duration::from_millis(1));
        let start = stopwatch::now() + Duration::from_secs(100);
        let waits: Vec<_> = (0..60).map(|_| ramp.reserve(start)).collect();
        let at_once = waits.iter().filter(|wait| wait.is_zero()).count();
        assert!((16..=17).contains(&at_once), "{at_once}");
        assert!(waits.windows(2).all(|pair| pair[1] - pair[0] <= Duration::from_millis(1)));
        assert!(waits[59] >= Duration::from_millis(40));
        // Credit comes back with time, but no more than the first few.
        let later = start + Duration::from_secs(10);
        let at_once = (0..60).filter(|_| ramp.reserve(later).is_zero()).count();
        assert!((16..=17).contains(&at_once), "{at_once}");
    }
}
