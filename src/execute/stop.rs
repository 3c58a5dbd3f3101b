//! One switch that many tasks look at: stop starting runs, or stop at once.
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::Notify;

/// Whether runs may start and go on. Cheap to clone; every clone is the same switch.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    level: AtomicU8,
    changed: Notify,
}

impl Stop {
    /// Start nothing new; what is in flight finishes.
    pub fn gently(&self) {
        self.raise(1);
    }

    /// Give up what is in flight too.
    pub fn now(&self) {
        self.raise(2);
    }

    /// Whether nothing new may start.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.level.load(Ordering::Acquire) > 0
    }

    /// Returns once nothing new may start.
    pub async fn stopped(&self) {
        self.reached(1).await;
    }

    /// Returns once what is in flight is to be given up.
    pub async fn aborted(&self) {
        self.reached(2).await;
    }

    fn raise(&self, level: u8) {
        self.0.level.fetch_max(level, Ordering::AcqRel);
        self.0.changed.notify_waiters();
    }

    async fn reached(&self, level: u8) {
        loop {
            let changed = self.0.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.0.level.load(Ordering::Acquire) >= level {
                return;
            }
            changed.await;
        }
    }
}
