//! How many calls of one provider are in flight, and when the next may start. Owns the waiting, and with the
//! transport and the progress line is one of the three places that may read the monotonic clock: what is waited
//! here is recorded beside the latency, never inside it.
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::transport::stopwatch::Stopwatch;
use crate::domain::{Concurrency, Endpoint};
use crate::providers::{PROVIDERS, ProviderKind};

/// Where adaptive concurrency starts, and how far it grows.
const START: usize = 8;
const MOST: usize = 256;

/// The limits of one provider. Adaptive unless a number was given: one more slot after every whole round of
/// successes, half of them after a 429 (additive increase, multiplicative decrease).
#[derive(Debug)]
pub struct Limits {
    slots: Arc<Semaphore>,
    limit: AtomicUsize,
    adaptive: bool,
    healthy: AtomicUsize,
    /// Slots to swallow when they come back, after a decrease.
    owed: AtomicUsize,
    /// Admissions so far: a 429 of a call admitted before the last decrease says nothing new.
    admitted: AtomicU64,
    decreased_at: AtomicU64,
    pace: Option<Mutex<Pace>>,
}

/// One per `60 / requests_per_minute` seconds, with a small burst.
#[derive(Debug)]
struct Pace {
    every: Duration,
    next: Duration,
    clock: Stopwatch,
}

/// The right to make one run; giving it back is dropping it.
#[derive(Debug)]
pub struct Permit {
    slot: Option<OwnedSemaphorePermit>,
    limits: Arc<Limits>,
    number: u64,
    /// Waited for a slot.
    pub queue: Duration,
    /// Waited for the rate limit.
    pub paced: Duration,
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
        let pace = endpoint.requests_per_minute.map(|per_minute| {
            let every = Duration::from_secs(60).div_f64(per_minute.max(1) as f64);
            Mutex::new(Pace { every, next: Duration::ZERO, clock: Stopwatch::start() })
        });
        Arc::new(Self {
            slots: Arc::new(Semaphore::new(start)),
            limit: AtomicUsize::new(start),
            adaptive,
            healthy: AtomicUsize::new(0),
            owed: AtomicUsize::new(0),
            admitted: AtomicU64::new(0),
            decreased_at: AtomicU64::new(0),
            pace,
        })
    }

    /// Waits for a slot, then for the rate limit.
    pub async fn admit(self: &Arc<Self>) -> Permit {
        let waited = Stopwatch::start();
        let slot = self.slots.clone().acquire_owned().await.ok();
        let queue = waited.elapsed();
        let paced = self.pace().await;
        let number = self.admitted.fetch_add(1, Ordering::Relaxed) + 1;
        Permit { slot, limits: self.clone(), number, queue, paced }
    }

    /// Waits until the rate limit lets one more request go.
    pub async fn pace(&self) -> Duration {
        let Some(pace) = &self.pace else { return Duration::ZERO };
        let wait = {
            let mut pace = pace.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let now = pace.clock.elapsed();
            let at = pace.next.max(now);
            pace.next = at + pace.every;
            at - now
        };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        wait
    }

    fn grow(&self) {
        let healthy = self.healthy.fetch_add(1, Ordering::Relaxed) + 1;
        let limit = self.limit.load(Ordering::Relaxed);
        if self.adaptive && healthy >= limit && limit < MOST {
            self.healthy.store(0, Ordering::Relaxed);
            self.limit.fetch_add(1, Ordering::Relaxed);
            self.slots.add_permits(1);
        }
    }

    fn shrink(&self, number: u64) {
        if !self.adaptive || number <= self.decreased_at.load(Ordering::Relaxed) {
            return;
        }
        self.decreased_at.store(self.admitted.load(Ordering::Relaxed), Ordering::Relaxed);
        self.healthy.store(0, Ordering::Relaxed);
        let limit = self.limit.load(Ordering::Relaxed);
        let less = limit / 2;
        if less > 0 {
            self.limit.store(limit - less, Ordering::Relaxed);
            self.owed.fetch_add(less, Ordering::Relaxed);
        }
    }
}

impl Permit {
    /// The provider answered.
    pub fn succeeded(&self) {
        self.limits.grow();
    }

    /// The provider said that it is too much.
    pub fn overloaded(&self) {
        self.limits.shrink(self.number);
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
        two.overloaded();
        assert_eq!(limits.slots.available_permits(), 0);
        drop((one, two));
        assert_eq!(limits.slots.available_permits(), 2);
    }

    #[tokio::test]
    async fn adaptive_slots_grow_by_a_round_of_successes_and_halve_once_per_overload() {
        let limits = Limits::new(&endpoint(None), Concurrency::Auto);
        for _ in 0..START {
            limits.admit().await.succeeded();
        }
        assert_eq!(limits.slots.available_permits(), START + 1);
        let (one, two) = (limits.admit().await, limits.admit().await);
        one.overloaded();
        two.overloaded();
        drop((one, two));
        for _ in 0..4 {
            drop(limits.admit().await);
        }
        assert_eq!(limits.slots.available_permits(), (START + 1).div_ceil(2));
    }
}
