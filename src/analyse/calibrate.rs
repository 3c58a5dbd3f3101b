//! What calibrating runs of one version say of a run: means of tokens, cost and time, over answers and failures alike,
//! since runs that are to be made will fail as often. The interval of a mean is the log-t interval over cases (section
//! A.3).
use std::time::Duration;

use super::stats::interval::Confidence;
use super::stats::mean::Summary;
use super::stats::positive::log_t;
use crate::domain::{Money, Run, RunStatus};
use crate::plan::Measured;

/// The mean of those runs, one a case; `None` where none has an answer. A run that failed counts with what it took.
#[must_use]
pub fn calibrate(runs: &[&Run], confidence: Confidence) -> Option<Measured> {
    let made: Vec<&Run> = runs.iter().copied().filter(|run| run.status != RunStatus::NotRun).collect();
    if !made.iter().any(|run| run.status == RunStatus::Ok) {
        return None;
    }
    let mean = |value: &dyn Fn(&Run) -> Option<f64>| {
        let values: Option<Vec<f64>> = made.iter().map(|run| value(run)).collect();
        Summary::of(&values?, None)
    };
    let ends = |summary: Summary| {
        let interval = log_t(&summary, confidence);
        (interval.low.unwrap_or(summary.mean), interval.high.unwrap_or(summary.mean))
    };
    let tokens = |run: &Run, count: Option<u64>| count.map(|count| count as f64).or(uncounted(run));
    Some(Measured {
        calls: ends(mean(&|run| Some(run.calls_sent() as f64))?),
        tokens_in: mean(&|run| tokens(run, run.usage.input)).map(ends),
        tokens_out: mean(&|run| tokens(run, run.usage.output)).map(ends),
        cost_usd: mean(&|run| unsent(run).or(run.cost.spent.map(Money::usd))).map(ends),
        latency_s: mean(&|run| seconds(run).map(|took| took.as_secs_f64())).map(|summary| summary.mean),
    })
}

/// What a failure took of tokens that nobody counted: nothing.
fn uncounted(run: &Run) -> Option<f64> {
    (run.status == RunStatus::Error).then_some(0.0)
}

/// What a run cost that never was sent: nothing.
fn unsent(run: &Run) -> Option<f64> {
    run.attempts.is_empty().then_some(0.0)
}

/// How long it kept a slot: of a failure without a latency of its own, as long as its attempts took.
fn seconds(run: &Run) -> Option<Duration> {
    let attempts = || run.attempts.iter().map(|attempt| attempt.took).sum();
    run.latency.or_else(|| (run.status == RunStatus::Error).then(attempts))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{Attempt, BatchId, Cost, CostSource, Digest, RunKey, Usage};

    fn run(case: u64, tokens: u64, usd: f64, status: RunStatus) -> Run {
        let spent = Money::from_usd(usd);
        let digest = Digest::of(b"x");
        let key = RunKey { version: digest, case_id: case.to_string(), inputs: digest, repeat: 0 };
        let answered = status == RunStatus::Ok;
        let took = Duration::from_secs(tokens);
        let attempt = Attempt { sent_after: Duration::ZERO, took, error: None, delay: Duration::ZERO };
        Run {
            status,
            usage: Usage {
                input: answered.then_some(tokens),
                output: answered.then_some(1),
                ..Usage::default()
            },
            cost: Cost { cost: spent, spent, source: CostSource::Table, price: None },
            latency: answered.then(|| Duration::from_secs(tokens)),
            attempts: vec![attempt; usize::from(status != RunStatus::NotRun)],
            ..Run::unmade(BatchId::fresh(), key, String::new())
        }
    }

    fn measured(runs: &[Run]) -> Option<Measured> {
        calibrate(&runs.iter().collect::<Vec<_>>(), Confidence::default())
    }

    #[test]
    fn the_ends_are_those_of_the_means_log_t_interval() {
        let ok = |case, tokens| run(case, tokens, 0.25, RunStatus::Ok);
        let found = measured(&[ok(1, 10), ok(2, 12), ok(3, 14)]).unwrap();
        // Mean 12, standard deviation 2, so 2/sqrt(3)/12 times t(0.975; 2) = 4.302653 to either side of ln 12.
        near(found.tokens_in, (7.931_829, 18.154_702));
        assert_eq!((found.calls, found.tokens_out), ((1.0, 1.0), Some((1.0, 1.0))));
        assert_eq!((found.cost_usd, found.latency_s), (Some((0.25, 0.25)), Some(12.0)));
        assert!(measured(&[ok(1, 1), ok(2, 100)]).unwrap().tokens_in.unwrap().0 > 0.0, "never nothing");
        assert_eq!(
            measured(&[ok(1, 7)]).unwrap().tokens_in,
            Some((7.0, 7.0)),
            "one says nothing of the spread"
        );
    }

    #[test]
    fn failures_count_with_what_they_took_and_what_was_not_made_not_at_all() {
        let ok = |case| run(case, 10, 0.5, RunStatus::Ok);
        let failed = run(4, 50, 0.0, RunStatus::Error);
        let runs = [ok(1), ok(2), ok(3), failed.clone(), run(5, 0, 9.0, RunStatus::NotRun)];
        let found = measured(&runs).unwrap();
        // Of 10, 10, 10 and 0: mean 7.5, standard error 2.5, so exp(-+ t(0.975; 3) / 3) with t = 3.182446.
        near(found.tokens_in, (2.596_301, 21.665_442));
        near(found.cost_usd, (0.129_815, 1.083_272));
        assert_eq!((found.calls, found.latency_s), ((1.0, 1.0), Some(20.0)), "its slot was taken for 50 s");
        let mut counted = failed.clone();
        counted.usage.input = Some(10);
        assert_eq!(
            measured(&[ok(1), counted]).unwrap().tokens_in,
            Some((10.0, 10.0)),
            "what was counted stays"
        );
        assert_eq!(measured(&runs[3..]), None, "nothing was answered");
        let mut unknown = ok(4);
        unknown.cost = Cost::UNKNOWN;
        assert_eq!(measured(&[unknown.clone()]).unwrap().cost_usd, None);
        let mut refused = Run { status: RunStatus::Error, attempts: Vec::new(), ..failed };
        refused.cost = Cost::UNKNOWN;
        assert!(measured(&[ok(1), refused]).unwrap().cost_usd.is_some(), "what never was sent cost nothing");
    }

    fn near(found: Option<(f64, f64)>, (low, high): (f64, f64)) {
        let found = found.unwrap();
        assert!((found.0 - low).abs() < 1e-5 && (found.1 - high).abs() < 1e-5, "{found:?}");
    }
}
