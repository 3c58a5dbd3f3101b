//! Whether a failed attempt is tried again, and after how long. Never on 400 to 404.
use std::time::Duration;

use crate::domain::{ErrorType, Retries};

/// First back-off, doubled by every further one.
const BASE: Duration = Duration::from_millis(500);
/// Longest back-off that is not asked for by the server.
const CAP: Duration = Duration::from_secs(30);

/// Whether an attempt that failed so may be tried again.
#[must_use]
pub fn may_retry(rule: &Retries, kind: &ErrorType, retries_made: u32) -> bool {
    if retries_made >= rule.max {
        return false;
    }
    match kind {
        ErrorType::Status(400..=404) => false,
        ErrorType::Status(code) => rule.statuses.iter().any(|(low, high)| (*low..=*high).contains(code)),
        ErrorType::Timeout => rule.on_timeout,
        ErrorType::Connection | ErrorType::Cut => true,
        _ => false,
    }
}

/// How long to wait before retry number `retry` (from 0): at least what the server asked for, else exponential with
/// full jitter. `draw` is uniform in [0, 1).
#[must_use]
pub fn delay(retry: u32, asked: Option<Duration>, draw: f64) -> Duration {
    let ceiling = BASE.saturating_mul(1 << retry.min(16)).min(CAP);
    match asked {
        // A little later than asked, spread, so that all who were told the same do not come back at once.
        Some(asked) => {
            asked + Duration::from_millis(25) + ceiling.min(Duration::from_millis(500)).mul_f64(draw)
        }
        None => ceiling.mul_f64(draw),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_retried_and_the_never_retried() {
        let rule = Retries::default();
        for kind in [ErrorType::Status(429), ErrorType::Status(503), ErrorType::Cut, ErrorType::Timeout] {
            assert!(may_retry(&rule, &kind, 0), "{kind}");
        }
        for kind in [ErrorType::Status(400), ErrorType::Status(402), ErrorType::Malformed, ErrorType::Exit] {
            assert!(!may_retry(&rule, &kind, 0), "{kind}");
        }
        assert!(!may_retry(&rule, &ErrorType::Status(429), rule.max));
        let all = Retries { statuses: vec![(400, 599)], ..Retries::default() };
        assert!(
            !may_retry(&all, &ErrorType::Status(401), 0),
            "a list of statuses cannot ask for hopeless retries"
        );
    }

    #[test]
    fn never_earlier_than_asked_and_never_beyond_the_cap() {
        let asked = Duration::from_secs(2);
        assert!(delay(0, Some(asked), 0.0) >= asked);
        assert!(delay(3, Some(asked), 0.999) < asked + Duration::from_secs(1));
        assert_eq!(delay(0, None, 0.0), Duration::ZERO);
        assert!(delay(40, None, 0.999) <= CAP);
    }
}
