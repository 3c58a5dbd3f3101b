//! A kept run as the comparison sees it.
use super::super::{MeasuredScore, Measurement, measured};
use super::Kept;
use crate::domain::Score;
use crate::metrics::Facts;

/// What the comparison needs of it.
pub(super) fn measurement(kept: &Kept) -> Measurement {
    let run = &kept.run;
    let score = |score: &Score| MeasuredScore {
        evaluator: score.evaluator.as_str().into(),
        hash: score.evaluator_hash,
        value: measured(&score.verdict),
    };
    Measurement {
        run: run.id,
        version: run.key.version,
        case_id: kept.case.id.as_str().into(),
        cluster: kept.case.cluster.as_deref().map(Into::into),
        slices: kept.case.slices.join(",").into(),
        repeat: run.key.repeat,
        facts: Facts {
            status: run.status,
            error: run.error.as_ref().map(|error| error.kind.clone()),
            latency_s: run.latency.map(|latency| latency.as_secs_f64()),
            ttft_s: run.ttft.map(|ttft| ttft.as_secs_f64()),
            cost_usd: run.cost.cost.map(crate::domain::Money::usd),
            input_tokens: run.usage.input,
            output_tokens: run.usage.output,
        },
        queue_s: run.queue.as_secs_f64(),
        backoff_s: run.backoff.as_secs_f64(),
        attempts: u32::try_from(run.attempts.len()).unwrap_or(u32::MAX),
        cache_hit: run.cache_hit,
        spent_usd: run.cost.spent.map(crate::domain::Money::usd),
        scores: kept.scores.iter().map(score).collect(),
    }
}
