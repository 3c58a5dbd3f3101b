//! The batch's purse. Before a call starts its worst case is reserved; when it ends the real cost is taken and the
//! rest given back. A call that could cross the line waits for what others give back, and when nobody is left to give
//! anything back the batch ends there: nothing that could cross the line is ever sent. What judges cost is theirs,
//! recorded with their scores and never counted here.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::domain::{Cost, Money};
use crate::plan::{PlannedVersion, output_ceiling};
use crate::providers::Wire;

/// What may be spent, what was, and what is promised to calls in flight.
#[derive(Debug)]
pub struct Budget {
    total: Money,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    spent: Money,
    reserved: Money,
    in_flight: usize,
    /// Worst case of the call that ended it.
    refused: Option<Money>,
}

/// A budget that ended a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// What may be spent.
    pub total: Money,
    /// What was, resumed parts included.
    pub spent: Money,
    /// What the next call may cost: more than is left.
    pub needed: Money,
}

/// What one call may cost at most; gives back what it did not when it is settled or dropped.
#[derive(Debug)]
pub struct Reservation {
    budget: Arc<Budget>,
    amount: Money,
}

impl Budget {
    /// A budget of which `spent` is gone already.
    #[must_use]
    pub fn new(total: Money, spent: Money) -> Arc<Self> {
        let state = State { spent, reserved: Money::ZERO, in_flight: 0, refused: None };
        Arc::new(Self { total, state: Mutex::new(state), changed: Notify::new() })
    }

    /// Reserves the worst case of a call, waiting for what calls in flight give back; `None` once no call that costs
    /// anything may start.
    pub async fn reserve(self: &Arc<Self>, worst: Money) -> Option<Reservation> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(answer) = self.try_reserve(worst) {
                return answer;
            }
            changed.await;
        }
    }

    /// `None` is wait, `Some(None)` is no.
    fn try_reserve(self: &Arc<Self>, worst: Money) -> Option<Option<Reservation>> {
        let mut state = self.state();
        let fits = worst == Money::ZERO
            || (state.refused.is_none() && state.spent + state.reserved + worst <= self.total);
        if fits {
            state.reserved = state.reserved + worst;
            state.in_flight += usize::from(worst > Money::ZERO);
            return Some(Some(Reservation { budget: self.clone(), amount: worst }));
        }
        if state.refused.is_none() && state.in_flight > 0 {
            return None;
        }
        state.refused.get_or_insert(worst);
        drop(state);
        self.changed.notify_waiters();
        Some(None)
    }

    /// How it ended the batch, if it did.
    #[must_use]
    pub fn exhausted(&self) -> Option<Exhausted> {
        let state = self.state();
        let needed = state.refused?;
        Some(Exhausted { total: self.total, spent: state.spent, needed })
    }

    /// Spent so far, calls in flight not counted.
    #[must_use]
    pub fn spent(&self) -> Money {
        self.state().spent
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reservation {
    /// Reserves what a failed attempt was billed beside the worst case of another; false where that does not fit.
    #[must_use]
    pub fn grow(&mut self, billed: Money) -> bool {
        let mut state = self.budget.state();
        let fits = billed == Money::ZERO || state.spent + state.reserved + billed <= self.budget.total;
        if fits {
            state.reserved = state.reserved + billed;
            self.amount = self.amount + billed;
        }
        fits
    }

    /// Takes the real cost of all attempts; all of what was reserved where nobody knows it.
    pub fn settle(self, cost: Option<Money>) {
        let cost = cost.unwrap_or(self.amount);
        let mut state = self.budget.state();
        state.spent = state.spent + cost;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut state = self.budget.state();
        state.reserved = state.reserved - self.amount;
        state.in_flight -= usize::from(self.amount > Money::ZERO);
        drop(state);
        self.budget.changed.notify_waiters();
    }
}

/// The most a call can cost: an input token is at least one byte of the body, output ends at `max_tokens` or at the
/// stated ceiling (`output_ceiling`), and input may be written to the provider's cache. A price of the whole run counts
/// with its `first` call.
#[must_use]
pub fn worst_case(planned: &PlannedVersion, wire: &Wire, first: bool) -> Money {
    let body = match wire {
        Wire::Http(call) => call.body.len(),
        Wire::Process(call) => call.stdin.len(),
        Wire::Instant(_) => return Money::ZERO,
    };
    if let Some(each) = planned.version.cost_per_run {
        return if first { each } else { Money::ZERO };
    }
    let Some((price, _)) = &planned.price else { return Money::ZERO };
    let tokens = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let input = price.input.max(price.cache_write.unwrap_or(0));
    let output = tokens(output_ceiling(&planned.version)).saturating_mul(price.output);
    Money(tokens(body as u64).saturating_mul(input).saturating_add(output))
}

/// What a finished run takes from the purse: nothing where no call was made, `None` where nobody knows.
#[must_use]
pub fn taken(wire: &Wire, cost: &Cost, failed: bool) -> Option<Money> {
    match wire {
        Wire::Instant(_) => Some(Money::ZERO),
        _ => cost.spent.or(failed.then_some(Money::ZERO)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_that_could_cross_the_line_starts_and_the_difference_comes_back() {
        let budget = Budget::new(Money(100), Money(10));
        let one = budget.reserve(Money(60)).await.unwrap();
        assert!(budget.try_reserve(Money(40)).is_none(), "it waits for what the first gives back");
        one.settle(Some(Money(20)));
        assert_eq!((budget.spent(), budget.exhausted()), (Money(30), None));
        let two = budget.reserve(Money(70)).await.unwrap();
        two.settle(None);
        assert_eq!(budget.spent(), Money(100), "an unknown cost counts as the worst");
        assert!(budget.reserve(Money(1)).await.is_none());
        assert!(budget.reserve(Money::ZERO).await.is_some(), "what is free goes on");
        let ended = Exhausted { total: Money(100), spent: Money(100), needed: Money(1) };
        assert_eq!(budget.exhausted(), Some(ended));
    }

    #[tokio::test]
    async fn whoever_waits_is_told_when_nothing_comes_back() {
        let budget = Budget::new(Money(100), Money::ZERO);
        let held = budget.reserve(Money(60)).await.unwrap();
        let waiting = [0, 1].map(|_| {
            let budget = budget.clone();
            tokio::spawn(async move { budget.reserve(Money(50)).await.is_some() })
        });
        tokio::task::yield_now().await;
        held.settle(Some(Money(60)));
        for task in waiting {
            assert!(!task.await.unwrap());
        }
        assert_eq!(budget.spent(), Money(60));
    }

    #[tokio::test]
    async fn a_failed_attempt_that_was_billed_may_leave_too_little_for_another() {
        let budget = Budget::new(Money(100), Money::ZERO);
        let mut held = budget.reserve(Money(60)).await.unwrap();
        assert!(held.grow(Money(40)));
        assert!(!held.grow(Money(1)));
        held.settle(Some(Money(45)));
        assert_eq!(budget.spent(), Money(45));
        assert!(budget.reserve(Money(55)).await.is_some());
    }
}
