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
use crate::plan::slots;

/// How long slots that were too many are left alone: at first, and at most, twice as long each time in between.
const PATIENCE: Duration = Duration::from_secs(1);
const MOST_PATIENCE: Duration = Duration::from_secs(32);
/// Runs that may be open for every slot: those that wait to try again have none.
const OPEN: usize = 16;

/// The limits of one provider. Slots are requests in flight: they grow with successes, up to the number that was
/// given or the most there are, and shrink to what was in flight when one more was refused.
#[derive(Debug)]
pub struct Limits {
    open: Arc<Semaphore>,
    slots: Arc<Semaphore>,
    limit: AtomicUsize,
    most: usize,
    /// Slots to swallow when they come back, after a decrease.
    owed: AtomicUsize,
    pace: Mutex<Pace>,
    /// One request at a time waits for its moment, so that what the next one learns is what holds then.
    turn: tokio::sync::Mutex<()>,
    clock: Stopwatch,
    ceiling: Mutex<Option<Ceiling>>,
    /// Requests in flight that hold no slot.
    guests: AtomicUsize,
}

/// Counts a request without a slot, until it is dropped.
pub(super) struct Guest<'a>(&'a AtomicUsize);

impl Drop for Guest<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A moment that was taken and is given back, with its tokens, when whoever waits for it goes away: the next in turn has
/// not taken one yet.
struct Taken<'a> {
    limits: &'a Limits,
    at: Duration,
    before: Duration,
    tokens: u64,
    used: bool,
}

impl<'a> Taken<'a> {
    fn of(limits: &'a Limits, now: Duration, tokens: u64) -> Self {
        let mut pace = limits.paced();
        let before = pace.next();
        Self { limits, at: pace.take(now, tokens), before, tokens, used: false }
    }

    fn used(mut self) {
        self.used = true;
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if !self.used {
            self.limits.paced().give_back(self.before, self.tokens);
        }
    }
}

/// Slots that were too many.
#[derive(Clone, Copy, Debug)]
struct Ceiling {
    slots: usize,
    /// When they are tried again, and how long after the refusal that is.
    again: Duration,
    patience: Duration,
}

/// The right to make one run; giving it back is dropping it.
#[derive(Debug)]
pub struct Permit {
    slot: Option<OwnedSemaphorePermit>,
    _open: Option<OwnedSemaphorePermit>,
    limits: Arc<Limits>,
    /// Waited for a slot.
    pub queue: Duration,
}

impl Limits {
    /// The limits of an endpoint under the run's own setting.
    #[must_use]
    pub fn new(endpoint: &Endpoint, concurrency: Concurrency) -> Arc<Self> {
        let (start, most) = slots(endpoint, concurrency);
        let pace = Mutex::new(Pace::new(endpoint.requests_per_minute, endpoint.tokens_per_minute));
        Arc::new(Self {
            open: Arc::new(Semaphore::new(OPEN * most)),
            slots: Arc::new(Semaphore::new(start)),
            limit: AtomicUsize::new(start),
            most,
            owed: AtomicUsize::new(0),
            pace,
            turn: tokio::sync::Mutex::new(()),
            clock: Stopwatch::start(),
            ceiling: Mutex::new(None),
            guests: AtomicUsize::new(0),
        })
    }

    /// Waits for a slot.
    pub async fn admit(self: &Arc<Self>) -> Permit {
        let waited = Stopwatch::start();
        let open = self.open.clone().acquire_owned().await.ok();
        let slot = self.slots.clone().acquire_owned().await.ok();
        let queue = waited.elapsed();
        Permit { slot, _open: open, limits: self.clone(), queue }
    }

    /// Waits until the rate limits let one more request of so many tokens go: its number, and how long that was.
    pub async fn pace(&self, tokens: u64) -> (u64, Duration) {
        let came = self.clock.elapsed();
        let turn = self.turn.lock().await;
        let now = self.clock.elapsed();
        let taken = Taken::of(self, now, tokens);
        if taken.at > now {
            tokio::time::sleep(taken.at - now).await;
        }
        taken.used();
        drop(turn);
        let now = self.clock.elapsed();
        (self.paced().send(now), now - came)
    }

    /// Request `number` ended; `unused` of its reserved tokens come back.
    pub fn settle(&self, number: u64, unused: u64) {
        self.paced().settle(number, unused);
    }

    /// The provider answered request `number`, which was settled.
    pub fn succeeded(&self, number: u64) {
        self.accepted(number);
        self.grow();
    }

    /// The same of one that held no slot: it says nothing of how many there may be.
    pub(super) fn accepted(&self, number: u64) {
        self.paced().accepted(number, self.clock.elapsed());
    }

    /// A request that holds no slot is in flight as long as this lives.
    pub(super) fn guest(&self) -> Guest<'_> {
        self.guests.fetch_add(1, Ordering::Relaxed);
        Guest(&self.guests)
    }

    /// What a refusal says of the rate, where it was one without a slot's.
    pub(super) fn refused(&self, number: u64, retry_after: Option<Duration>) -> Refusal {
        self.paced().refused(number, self.clock.elapsed(), retry_after)
    }

    /// The provider said that it is too much: to request `number`, which was settled, and how long to leave it alone.
    pub fn overloaded(&self, number: u64, retry_after: Option<Duration>) {
        let now = self.clock.elapsed();
        let guests = self.guests.load(Ordering::Relaxed);
        if let Refusal::Concurrency(in_flight) = self.refused(number, retry_after)
            && self.shrink(in_flight.saturating_sub(guests), now)
        {
            self.paced().crowded(now);
        }
    }

    fn paced(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more slot for a success; those that were too many are left alone for a while.
    fn grow(&self) {
        let limit = self.limit.load(Ordering::Relaxed);
        let is_barred =
            |ceiling: &Ceiling| limit + 1 >= ceiling.slots && self.clock.elapsed() < ceiling.again;
        if limit >= self.most || self.ceiling().as_ref().is_some_and(is_barred) {
            return;
        }
        let forgives =
            self.owed.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| n.checked_sub(1)).is_ok();
        self.limit.fetch_add(1, Ordering::Relaxed);
        if !forgives {
            self.slots.add_permits(1);
        }
    }

    /// Down to what was in flight when one more was too many, unless that is no news.
    fn shrink(&self, in_flight: usize, now: Duration) -> bool {
        let limit = self.limit.load(Ordering::Relaxed);
        let fewer = in_flight.max(1);
        let mut ceiling = self.ceiling();
        // The refusals of one burst are one lesson, unless they tell much more than the first.
        let is_known = ceiling.is_some_and(|ceiling| now < ceiling.again && 5 * fewer >= 4 * limit);
        if fewer >= limit || is_known {
            return false;
        }
        let patience = match *ceiling {
            Some(ceiling) if now < ceiling.again => ceiling.patience,
            Some(ceiling) if fewer < ceiling.slots => (ceiling.patience * 2).min(MOST_PATIENCE),
            _ => PATIENCE,
        };
        *ceiling = Some(Ceiling { slots: fewer + 1, again: now + patience, patience });
        self.limit.store(fewer, Ordering::Relaxed);
        self.owed.fetch_add(limit - fewer, Ordering::Relaxed);
        true
    }

    fn ceiling(&self) -> MutexGuard<'_, Option<Ceiling>> {
        self.ceiling.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Waits before another try; meanwhile, and until [`Permit::again`], the slot is somebody else's.
    pub async fn rest(&mut self, delay: Duration) {
        self.leave();
        tokio::time::sleep(delay).await;
    }

    /// A slot after a rest: how long it was waited for.
    pub async fn again(&mut self) -> Duration {
        let waited = Stopwatch::start();
        self.slot = self.limits.slots.clone().acquire_owned().await.ok();
        waited.elapsed()
    }

    /// The limits it was given by.
    #[must_use]
    pub fn limits(&self) -> &Arc<Limits> {
        &self.limits
    }
}

impl Permit {
    /// Gives the slot back, or up, where there are too many.
    fn leave(&mut self) {
        let Some(slot) = self.slot.take() else { return };
        let owed = &self.limits.owed;
        if owed.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| n.checked_sub(1)).is_ok() {
            slot.forget();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests;
