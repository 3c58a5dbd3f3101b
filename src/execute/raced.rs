//! What the race lets a dispatcher do: which versions are out, and how far ahead of the race runs may be made. Decides
//! nothing itself.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// A switch a version, and the horizon. Cheap to clone; every clone is the same. Without a race nothing is ever out.
#[derive(Clone, Debug)]
pub struct Raced(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    out: Vec<AtomicBool>,
    horizon: watch::Sender<usize>,
}

impl Default for Raced {
    fn default() -> Self {
        Self::new(0, usize::MAX)
    }
}

impl Raced {
    /// Of so many versions; cases from the place `horizon` on wait.
    #[must_use]
    pub fn new(versions: usize, horizon: usize) -> Self {
        let out = (0..versions).map(|_| AtomicBool::new(false)).collect();
        Self(Arc::new(Inner { out, horizon: watch::Sender::new(horizon) }))
    }

    /// No more runs of a version.
    pub fn stop(&self, version: usize) {
        if let Some(out) = self.0.out.get(version) {
            out.store(true, Ordering::Release);
        }
    }

    /// No more runs at all: the race is over.
    pub fn stop_all(&self) {
        (0..self.0.out.len()).for_each(|version| self.stop(version));
        self.release();
    }

    /// Whether a version is out.
    #[must_use]
    pub fn is_out(&self, version: usize) -> bool {
        self.0.out.get(version).is_some_and(|out| out.load(Ordering::Acquire))
    }

    /// Cases before the place `horizon` may be run; it never goes back.
    pub fn may_reach(&self, horizon: usize) {
        self.0.horizon.send_if_modified(|now| {
            let further = horizon > *now;
            *now = horizon.max(*now);
            further
        });
    }

    /// Nothing waits for the race any more.
    pub fn release(&self) {
        self.may_reach(usize::MAX);
    }

    /// Returns once the case at `place` may be run.
    pub async fn reached(&self, place: usize) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.0.horizon.subscribe().wait_for(|horizon| place < *horizon).await;
    }
}

#[cfg(test)]
mod tests {
    use super::Raced;

    #[tokio::test]
    async fn without_a_race_nothing_is_out_and_nothing_waits() {
        let raced = Raced::default();
        raced.stop(0);
        assert!(!raced.is_out(0));
        raced.reached(1_000_000).await;
    }

    #[tokio::test]
    async fn a_case_waits_for_the_horizon() {
        let raced = Raced::new(2, 3);
        raced.reached(2).await;
        let waiting = tokio::spawn({
            let raced = raced.clone();
            async move { raced.reached(3).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        raced.stop_all();
        waiting.await.expect("the horizon moved");
        assert!(raced.is_out(0) && raced.is_out(1));
    }
}
