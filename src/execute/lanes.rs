//! The limits of every provider of a batch, one for each, shared by whoever asks it: executors, and judges beside them.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::limits::Limits;
use super::transport::Sent;
use crate::domain::{Concurrency, Endpoint, ErrorType};

impl Sent {
    /// Whether the provider said that it is too much.
    fn is_overload(&self) -> bool {
        self.result.as_ref().is_err_and(|failure| failure.kind == ErrorType::Status(429))
    }
}

/// Hands limits out.
#[derive(Debug)]
pub struct Lanes {
    concurrency: Concurrency,
    by_name: Mutex<HashMap<String, Arc<Limits>>>,
}

impl Lanes {
    /// Of a run with that setting.
    #[must_use]
    pub fn new(concurrency: Concurrency) -> Arc<Self> {
        Arc::new(Self { concurrency, by_name: Mutex::default() })
    }

    /// The limits of a provider, by its name.
    pub fn limits(&self, endpoint: &Endpoint) -> Arc<Limits> {
        let mut known = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Limits::new(endpoint, self.concurrency);
        known.entry(endpoint.name.clone()).or_insert_with(fresh).clone()
    }
}

impl Limits {
    /// Makes an attempt that is taken to use so many tokens, once the rate lets it go. For judges, who hold no slot.
    pub async fn paced_attempt(&self, tokens: u64, attempt: impl Future<Output = Sent>) -> Sent {
        let (number, _) = self.pace(tokens).await;
        let guest = self.guest();
        let sent = attempt.await;
        drop(guest);
        self.settled(&sent, number, tokens);
        if sent.is_overload() {
            self.refused(number, sent.retry_after);
        } else if sent.result.is_ok() {
            self.accepted(number);
        }
        sent
    }

    /// Takes in how request `number` went, for which so many tokens were reserved.
    pub(super) fn told(&self, sent: &Sent, number: u64, tokens: u64) {
        self.settled(sent, number, tokens);
        if sent.is_overload() {
            self.overloaded(number, sent.retry_after);
        } else if sent.result.is_ok() {
            self.succeeded(number);
        }
    }

    fn settled(&self, sent: &Sent, number: u64, tokens: u64) {
        let used = sent.result.as_ref().map_or(Some(0), |answer| answer.usage.total());
        self.settle(number, used.map_or(0, |used| tokens.saturating_sub(used)));
    }
}
