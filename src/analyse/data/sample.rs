//! The plainest measurement, for tests that say only what differs.
use crate::domain::{Digest, RunId, RunStatus};
use crate::metrics::Facts;
use crate::stores::Measurement;

/// A run that took a second; nothing else is known of it.
pub(in crate::analyse) fn measured(version: Digest) -> Measurement {
    Measurement {
        run: RunId::fresh(),
        version,
        repeat: 0,
        started: jiff::Timestamp::UNIX_EPOCH,
        facts: Facts {
            status: RunStatus::Ok,
            latency_s: Some(1.0),
            ttft_s: None,
            cost_usd: None,
            input_tokens: None,
            output_tokens: None,
        },
        error: None,
        queue_s: 0.0,
        backoff_s: 0.0,
        retries: 0,
        cache_hit: false,
        spent_usd: None,
        scores: Vec::new(),
    }
}
