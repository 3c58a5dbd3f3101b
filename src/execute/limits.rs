//! How many calls of one provider are in flight, and when the next may start. Owns the waiting, and with the
//! transport and the progress line is one of the three places that may read the monotonic clock: what is waited
//! here is recorded beside the latency, never inside it.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::pace::{Pace, Refusal};
use super::transport::stopwatch::Stopwatch;
use crate::domain::{Concurrency, Endpoint};
use crate::providers::{PROVIDERS, ProviderKind};

/// Where adaptive concurrency starts, and how far it grows.
const START: usize = 8;
const MOST: usize = 256;
/// Rounds of successes before slots that were too many are tried again.
const PATIENCE: usize = 64;

/// The limits of one provider. Adaptive unless a number was given: slots grow with
/// successes and shrink to what was in flight when one more was refused.
#[derive(Debug)]
pub struct Limits {
    slots: Arc<Semaphore>,
    limit: AtomicUsize,
    adaptive: bool,
    healthy: AtomicUsize,
    /// Slots to swallow when they come back, after a decrease.
    owed: AtomicUsize,
    pace: Mutex<Pace>,
    clock: Stopwatch,
    /// Slots that were too many, and the rounds of successes until they are tried again.
    ceiling: AtomicUsize,
    patience: AtomicUsize,
}

/// The right to make one run; giving it back is dropping it.
#[derive(Debug)]
pub struct Permit {
    slot: Option<OwnedSemaphorePermit>,
    limits: Arc<Limits>,
    /// Waited for a slot.
    pub queue: Duration,
}

impl Limits {
    /// The limits of an endpoint under the run's own setting.
    #[must_use]
    pub fn new(endpoint: &Endpoint, concurrency: Concurrency) -> Arc<Self> {
        let fixed = endpoint.concurrency.or(match concurrency {
            Concurrency::Fixed(n) => Some(n),
            Concurrency::Auto => None,
        });
        let kind = PROVIDERS.find(&endpoint.kind).map(|row| row.make.kind);
        let (start, adaptive) = match (fixed, kind) {
            (Some(n), _) => (n.max(1), false),
            // Programs share this machine: more at once than cores would measure their fight for them.
            (None, Some(ProviderKind::Own)) if endpoint.kind == "command" => {
                (std::thread::available_parallelism().map_or(1, |n| n.get().div_ceil(2)), false)
            }
            (None, Some(ProviderKind::Simulated)) => (64, false),
            (None, _) => (START, true),
        };
        let pace = Mutex::new(Pace::new(endpoint.requests_per_minute, endpoint.tokens_per_minute));
        Arc::new(Self {
            slots: Arc::new(Semaphore::new(start)),
            limit: AtomicUsize::new(start),
            adaptive,
            healthy: AtomicUsize::new(0),
            owed: AtomicUsize::new(0),
            pace,
            clock: Stopwatch::start(),
            ceiling: AtomicUsize::new(usize::MAX),
            patience: AtomicUsize::new(0),
        })
    }

    /// Waits for a slot.
    pub async fn admit(self: &Arc<Self>) -> Permit {
        let waited = Stopwatch::start();
        let slot = self.slots.clone().acquire_owned().await.ok();
        let queue = waited.elapsed();
        Permit { slot, limits: self.clone(), queue }
    }

    /// Waits until the rate limits let one more request of so many tokens go: its number, and how long that was.
    pub async fn pace(&self, tokens: u64) -> (u64, Duration) {
        let now = self.clock.elapsed();
        let (at, number) = self.paced().take(now, tokens);
        let wait = at - now;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        (number, wait)
    }

    /// A request ended; `unused` of its reserved tokens come back.
    pub fn settle(&self, unused: u64) {
        self.paced().settle(unused);
    }

    fn paced(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more slot a success until the first refusal, then one a round; slots that were too many are left alone
    /// for a while.
    fn grow(&self) {
        let healthy = self.healthy.fetch_add(1, Ordering::Relaxed) + 1;
        let limit = self.limit.load(Ordering::Relaxed);
        let ceiling = self.ceiling.load(Ordering::Relaxed);
        let round = if ceiling == usize::MAX { 1 } else { limit };
        if !self.adaptive || healthy < round || limit >= MOST {
            return;
        }
        self.healthy.store(0, Ordering::Relaxed);
        if limit + 1 >= ceiling && self.patience.fetch_add(1, Ordering::Relaxed) < PATIENCE {
            return;
        }
        self.patience.store(0, Ordering::Relaxed);
        let forgives =
            self.owed.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| n.checked_sub(1)).is_ok();
        self.limit.fetch_add(1, Ordering::Relaxed);
        if !forgives {
            self.slots.add_permits(1);
        }
    }

    /// Down to what was in flight when one more was too many.
    fn shrink(&self, in_flight: usize) {
        let limit = self.limit.load(Ordering::Relaxed);
        let fewer = in_flight.clamp(1, limit.saturating_sub(1).max(1));
        if !self.adaptive || fewer >= limit {
            return;
        }
        self.healthy.store(0, Ordering::Relaxed);
        self.patience.store(0, Ordering::Relaxed);
        self.ceiling.store(fewer + 1, Ordering::Relaxed);
        self.limit.store(fewer, Ordering::Relaxed);
        self.owed.fetch_add(limit - fewer, Ordering::Relaxed);
    }
}

impl Permit {
    /// The provider answered.
    pub fn succeeded(&self) {
        self.limits.paced().accepted();
        self.limits.grow();
    }

    /// The provider said that it is too much: to request `number`, and how long to leave it alone.
    pub fn overloaded(&self, number: u64, retry_after: Option<Duration>) {
        let limits = &self.limits;
        let refusal = limits.paced().refused(number, limits.clock.elapsed(), retry_after);
        if let Refusal::Concurrency(in_flight) = refusal {
            limits.shrink(in_flight);
        }
    }

    /// The limits it was given by.
    #[must_use]
    pub fn limits(&self) -> &Arc<Limits> {
        &self.limits
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let owed = &self.limits.owed;
        let pays = owed.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| n.checked_sub(1)).is_ok();
        if let (true, Some(slot)) = (pays, self.slot.take()) {
            slot.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Map;

    fn endpoint(concurrency: Option<usize>) -> Endpoint {
        Endpoint {
            name: "e".into(),
            kind: "openai".into(),
            base_url: None,
            api_key_env: None,
            headers: Vec::new(),
            concurrency,
            requests_per_minute: None,
            tokens_per_minute: None,
            options: Map::new(),
        }
    }

    #[tokio::test]
    async fn a_fixed_number_of_slots_stays_fixed() {
        let limits = Limits::new(&endpoint(Some(2)), Concurrency::Auto);
        let (one, two) = (limits.admit().await, limits.admit().await);
        one.succeeded();
        two.overloaded(1, None);
        assert_eq!(limits.slots.available_permits(), 0);
        drop((one, two));
        assert_eq!(limits.slots.available_permits(), 2);
    }

    #[tokio::test]
    async fn adaptive_slots_grow_with_successes_and_shrink_to_what_was_in_flight() {
        let limits = Limits::new(&endpoint(None), Concurrency::Auto);
        for _ in 0..4 {
            limits.admit().await.succeeded();
        }
        assert_eq!(limits.slots.available_permits(), START + 4);
        let mut permits = Vec::new();
        for _ in 0..10 {
            permits.push((limits.admit().await, limits.pace(0).await.0));
        }
        limits.settle(0);
        let (last, number) = permits.pop().unwrap();
        last.overloaded(number, None);
        assert_eq!(limits.limit.load(Ordering::Relaxed), 9);
        drop((last, permits));
        assert_eq!(limits.slots.available_permits(), 9);
    }
}
