//! Whether a version is worth going on with. A 401, 402, 403, 404 or a refused connection, or five failed runs in a row
//! before the first success, stop it with one clear message instead of burning the dataset.
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::domain::{RunError, RunStatus};

/// Failures in a row, before any success, that stop a version.
const FAILURES: u32 = 5;

/// How one version fares.
#[derive(Debug, Default)]
pub struct Health {
    /// Whether failing at first is no reason to stop.
    patient: bool,
    succeeded: AtomicBool,
    failures: AtomicU32,
    stopped: OnceLock<String>,
}

impl Health {
    /// Of a version of which only runs that failed before are made again, `patient`: it goes on however many fail.
    pub fn new(patient: bool) -> Self {
        Self { patient, ..Self::default() }
    }

    /// Whether it has succeeded yet: before that, nobody waits for a server that is not there.
    pub fn has_succeeded(&self) -> bool {
        self.succeeded.load(Ordering::Relaxed)
    }

    /// Why it was stopped, if it was.
    pub fn stopped(&self) -> Option<&str> {
        self.stopped.get().map(String::as_str)
    }

    /// Takes a finished run in; the reason, the one time it stops the version.
    pub fn note(&self, status: RunStatus, error: Option<&RunError>) -> Option<String> {
        let Some(error) = error.filter(|_| status != RunStatus::Ok) else {
            self.succeeded.store(true, Ordering::Relaxed);
            return None;
        };
        let in_a_row = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        let reason = if error.kind.stops_version() {
            error.message.clone()
        } else if !self.patient && !self.has_succeeded() && in_a_row >= FAILURES {
            format!("its first {FAILURES} runs all failed, the last with: {}", error.message)
        } else {
            return None;
        };
        self.stopped.set(reason.clone()).is_ok().then_some(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ErrorType;

    fn error(kind: ErrorType) -> RunError {
        RunError { kind, message: "no".to_owned() }
    }

    #[test]
    fn one_wrong_key_stops_a_version_once() {
        let health = Health::default();
        let wrong = error(ErrorType::Status(401));
        assert_eq!(health.note(RunStatus::NotRun, Some(&wrong)), Some("no".to_owned()));
        assert_eq!(health.note(RunStatus::NotRun, Some(&wrong)), None);
        assert_eq!(health.stopped(), Some("no"));
    }

    #[test]
    fn five_first_failures_stop_it_but_not_after_a_success() {
        let (fresh, proven) = (Health::default(), Health::default());
        assert_eq!(proven.note(RunStatus::Ok, None), None);
        let failed = error(ErrorType::Status(500));
        let stops =
            |health: &Health| (0..5).filter_map(|_| health.note(RunStatus::Error, Some(&failed))).count();
        assert_eq!((stops(&fresh), stops(&proven)), (1, 0));
        let patient = Health::new(true);
        assert_eq!(stops(&patient), 0);
        assert!(patient.note(RunStatus::NotRun, Some(&error(ErrorType::Status(401)))).is_some());
    }
}
