//! What calibrating runs of one version say of a run: means of tokens, cost and time. The interval of a mean is the t
//! interval over cases (section A.2), never below nothing.
use super::stats::interval::Confidence;
use super::stats::mean::Summary;
use crate::domain::{Money, Run, RunStatus};
use crate::plan::Measured;

/// The mean of those runs, one a case; `None` where none has an answer. A run that failed counts with what it cost.
#[must_use]
pub fn calibrate(runs: &[&Run], confidence: Confidence) -> Option<Measured> {
    let made: Vec<&Run> = runs.iter().copied().filter(|run| run.status != RunStatus::NotRun).collect();
    let answered: Vec<&Run> = made.iter().copied().filter(|run| run.status == RunStatus::Ok).collect();
    let mean = |runs: &[&Run], value: &dyn Fn(&Run) -> Option<f64>| {
        let values: Option<Vec<f64>> = runs.iter().map(|run| value(run)).collect();
        Summary::of(&values?, None)
    };
    let ends = |summary: Summary| {
        let half = summary.half_width(confidence).unwrap_or(0.0);
        ((summary.mean - half).max(0.0), summary.mean + half)
    };
    let tokens = |count: Option<u64>| count.map(|count| count as f64);
    Some(Measured {
        calls: ends(mean(&answered, &|run| Some(run.calls.len().max(1) as f64))?),
        tokens_in: mean(&answered, &|run| tokens(run.usage.input)).map(ends),
        tokens_out: mean(&answered, &|run| tokens(run.usage.output)).map(ends),
        cost_usd: mean(&made, &|run| run.cost.spent.map(Money::usd)).map(ends),
        latency_s: mean(&answered, &|run| run.latency.map(|latency| latency.as_secs_f64()))
            .map(|summary| summary.mean),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{BatchId, Cost, CostSource, Digest, RunKey, Usage};

    fn run(case: u64, tokens: u64, usd: f64, status: RunStatus) -> Run {
        let spent = Money::from_usd(usd);
        let digest = Digest::of(b"x");
        let key = RunKey { version: digest, case_id: case.to_string(), inputs: digest, repeat: 0 };
        let answered = status == RunStatus::Ok;
        Run {
            status,
            usage: Usage {
                input: answered.then_some(tokens),
                output: answered.then_some(1),
                ..Usage::default()
            },
            cost: Cost { cost: spent, spent, source: CostSource::Table, price: None },
            latency: answered.then(|| Duration::from_secs(tokens)),
            ..Run::unmade(BatchId::fresh(), key, String::new())
        }
    }

    fn measured(runs: &[Run]) -> Option<Measured> {
        calibrate(&runs.iter().collect::<Vec<_>>(), Confidence::default())
    }

    #[test]
    fn the_ends_are_those_of_the_means_t_interval() {
        let ok = |case, tokens| run(case, tokens, 0.25, RunStatus::Ok);
        let found = measured(&[ok(1, 10), ok(2, 12), ok(3, 14)]).unwrap();
        // Mean 12, standard deviation 2, so 2/sqrt(3) times t(0.975; 2) = 4.302653.
        let (low, high) = found.tokens_in.unwrap();
        assert!(
            (low - (12.0 - 4.968_276)).abs() < 1e-5 && (high - (12.0 + 4.968_276)).abs() < 1e-5,
            "{low} {high}"
        );
        assert_eq!((found.calls, found.tokens_out), ((1.0, 1.0), Some((1.0, 1.0))));
        assert_eq!((found.cost_usd, found.latency_s), (Some((0.25, 0.25)), Some(12.0)));
        let wide = measured(&[ok(1, 1), ok(2, 100)]).unwrap();
        assert_eq!(wide.tokens_in.unwrap().0, 0.0, "never below nothing");
        assert_eq!(
            measured(&[ok(1, 7)]).unwrap().tokens_in,
            Some((7.0, 7.0)),
            "one says nothing of the spread"
        );
    }

    #[test]
    fn failures_count_with_what_they_cost_and_what_was_not_made_not_at_all() {
        let runs = [
            run(1, 10, 0.5, RunStatus::Ok),
            run(2, 0, 0.0, RunStatus::Error),
            run(3, 0, 9.0, RunStatus::NotRun),
        ];
        let found = measured(&runs).unwrap();
        assert_eq!(found.tokens_in, Some((10.0, 10.0)));
        let (low, high) = found.cost_usd.unwrap();
        // Of 0.5 and 0: the half width is 0.25 times t(0.975; 1) = 12.706205.
        assert!(low == 0.0 && (high - 3.426_551).abs() < 1e-5, "{low} {high}");
        assert_eq!(measured(&runs[1..]), None, "nothing was answered");
        let mut unknown = run(4, 10, 0.5, RunStatus::Ok);
        unknown.cost = Cost::UNKNOWN;
        assert_eq!(measured(&[unknown]).unwrap().cost_usd, None);
    }
}
