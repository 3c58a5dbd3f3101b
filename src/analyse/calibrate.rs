//! What calibrating runs say of a run of one version, and of judging one: means of tokens, cost and time, over answers
//! and failures alike, since runs that are to be made will fail as often. The interval of a mean is the log-t interval
//! over cases (section A.3).
use std::collections::HashMap;

use super::stats::interval::Confidence;
use super::stats::mean::Summary;
use super::stats::positive::log_t;
use crate::domain::{Money, Run, RunId, RunStatus, Score};
use crate::plan::Measured;

/// What one run took, or judging it; `None` is not known.
#[derive(Clone, Copy, Debug)]
struct Took {
    calls: f64,
    tokens_in: Option<f64>,
    tokens_out: Option<f64>,
    cost_usd: Option<f64>,
    seconds: Option<f64>,
}

/// The mean run, one a case; `None` where none has an answer. A run that failed counts with what it took.
#[must_use]
pub fn calibrate(runs: &[&Run], confidence: Confidence) -> Option<Measured> {
    let made: Vec<(&Run, Took)> = made(runs).map(|run| (run, Took::of_run(run))).collect();
    made.iter().any(|(run, _)| run.status == RunStatus::Ok).then(|| measured(&made, confidence))?
}

/// What judging the mean run takes, of all versions, by one evaluator that asked about those of them it had a question
/// of; `None` where no question was answered. One that was not says nothing.
#[must_use]
pub fn calibrate_judge(runs: &[&Run], scores: &[&Score], confidence: Confidence) -> Option<Measured> {
    let asked: HashMap<RunId, &Score> = scores.iter().map(|&score| (score.run, score)).collect();
    let took = |run: &Run| match asked.get(&run.id) {
        Some(score) => Took::of_judge(score),
        None => Some(Took::NOTHING),
    };
    let judged: Vec<(&Run, Took)> = made(runs).filter_map(|run| Some((run, took(run)?))).collect();
    judged.iter().any(|(_, took)| took.calls > 0.0).then(|| measured(&judged, confidence))?
}

fn made<'a>(runs: &[&'a Run]) -> impl Iterator<Item = &'a Run> {
    runs.iter().copied().filter(|run| run.status != RunStatus::NotRun)
}

/// Runs of one case are one unit.
fn measured(took: &[(&Run, Took)], confidence: Confidence) -> Option<Measured> {
    let mut numbers = HashMap::new();
    let number = |(run, _): &(&Run, Took)| {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry(run.key.case_id.clone()).or_insert(next)
    };
    let cases: Vec<u32> = took.iter().map(number).collect();
    let mean = |value: fn(&Took) -> Option<f64>| {
        let values: Option<Vec<f64>> = took.iter().map(|(_, took)| value(took)).collect();
        Summary::of(&values?, Some(&cases))
    };
    let ends = |summary: Summary| {
        let interval = log_t(&summary, confidence);
        (interval.low.unwrap_or(summary.mean), interval.high.unwrap_or(summary.mean))
    };
    Some(Measured {
        calls: mean(|took| Some(took.calls)).map(ends)?,
        tokens_in: mean(|took| took.tokens_in).map(ends),
        tokens_out: mean(|took| took.tokens_out).map(ends),
        cost_usd: mean(|took| took.cost_usd).map(ends),
        latency_s: mean(|took| took.seconds).map(|summary| summary.mean),
    })
}

impl Took {
    const NOTHING: Self = Self {
        calls: 0.0,
        tokens_in: Some(0.0),
        tokens_out: Some(0.0),
        cost_usd: Some(0.0),
        seconds: Some(0.0),
    };

    /// A failure took the tokens that were counted, and of time what it has of its own, else its attempts'. What never
    /// was sent cost nothing.
    fn of_run(run: &Run) -> Self {
        let failed = (run.status == RunStatus::Error).then_some(0.0);
        let attempts = || run.attempts.iter().map(|attempt| attempt.took).sum();
        let latency = run.latency.or_else(|| failed.map(|_| attempts()));
        let unsent = run.attempts.is_empty().then_some(0.0);
        Self {
            calls: run.calls_sent() as f64,
            tokens_in: tokens(run.usage.input).or(failed),
            tokens_out: tokens(run.usage.output).or(failed),
            cost_usd: unsent.or(run.cost.spent.map(Money::usd)),
            seconds: latency.map(|latency| latency.as_secs_f64()),
        }
    }

    /// `None` where it was not answered.
    fn of_judge(score: &Score) -> Option<Self> {
        let call = score.judge.as_ref()?;
        Some(Self {
            calls: 1.0,
            tokens_in: tokens(call.usage.input),
            tokens_out: tokens(call.usage.output),
            cost_usd: call.cost.map(Money::usd),
            seconds: Some(score.took.as_secs_f64()),
        })
    }
}

fn tokens(count: Option<u64>) -> Option<f64> {
    count.map(|count| count as f64)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{
        Attempt, BatchId, Cost, CostSource, Digest, JudgeCall, RunKey, ScoreSource, Usage, Verdict,
    };

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

    #[test]
    fn a_judge_is_measured_over_the_runs_it_was_not_asked_about_too() {
        let judge = |run: &Run, tokens: u64| Score {
            run: run.id,
            evaluator: "polite".to_owned(),
            evaluator_hash: Digest::of(b"x"),
            verdict: Verdict::pass(true),
            source: ScoreSource::Judge,
            at: jiff::Timestamp::UNIX_EPOCH,
            took: Duration::from_secs(2),
            judge: Some(JudgeCall {
                model: "j".to_owned(),
                usage: Usage { input: Some(tokens), output: Some(1), ..Usage::default() },
                cost: None,
            }),
        };
        let made = |case| run(case, 10, 0.5, RunStatus::Ok);
        // Two versions over two cases, a third case that failed, and a run that was never made.
        let runs = [made(1), made(1), made(2), made(2), run(3, 0, 0.0, RunStatus::Error)];
        let all: Vec<&Run> = runs.iter().collect();
        let scores = [judge(&runs[0], 10), judge(&runs[1], 14), judge(&runs[2], 18)];
        let of = |scores: &[&Score]| calibrate_judge(&all, scores, Confidence::default());
        let found = of(&scores.iter().collect::<Vec<_>>()).unwrap();
        // Of 10 + 14, 18 + 0 and 0: mean 42/5; sums of residuals 7.2, 1.2 and -8.4, so the squared error is
        // 3/2 (51.84 + 1.44 + 70.56) / 25 = 7.4304; exp(-+ t(0.975; 2) 2.725876 / 8.4).
        near(found.tokens_in, (2.079_197, 33.936_171));
        assert_eq!((found.cost_usd, found.latency_s), (None, Some(6.0 / 5.0)));
        let mut unanswered = scores[0].clone();
        unanswered.judge = None;
        assert_eq!(of(&[&unanswered]), None);
        assert_eq!(of(&[]), None, "every run passed by");
        let (low, high) = of(&[&unanswered, &scores[1]]).unwrap().calls;
        assert!(low > 0.0 && high >= low, "{low} {high}");
    }

    fn near(found: Option<(f64, f64)>, (low, high): (f64, f64)) {
        let found = found.unwrap();
        assert!((found.0 - low).abs() < 1e-5 && (found.1 - high).abs() < 1e-5, "{found:?}");
    }
}
