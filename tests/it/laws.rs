//! The laws of section K of the statistics design on the whole path, from stored runs to what `compare` and
//! `choose-winner` say; the formulas alone are held to them in `analyse/stats/laws/`. Inputs are drawn from numbered
//! streams, so that a failure repeats.
use proto::analyse::stats::interval::Confidence;
use proto::analyse::stats::proportion::wilson;
use proto::analyse::stats::rng::Stream;
use proto::analyse::{CompareOptions, Data, DecideOptions, Drawn, Draws, Judged, compare, decide};
use proto::domain::{Decision, Formula, Interval, OnError, Report, RunStatus, Test, VerdictKind, WinnerRule};
use proto::formats::{decision_json, report_json};
use proto::stores::MeasuredValue;

use crate::drawn::{Law, Study, WEIGHTS, study};

const NONE: Draws = Draws::nothing();

fn laws(right: &[f64]) -> Vec<Law> {
    let law = |(v, &right): (usize, &f64)| Law {
        right,
        cost: 0.002 * (1.0 + v as f64),
        seconds: 1.0 / (1.0 + 0.3 * v as f64),
        sigma: 0.5,
    };
    right.iter().enumerate().map(law).collect()
}

fn rule() -> WinnerRule {
    let weights = WEIGHTS.map(|(name, weight)| (name.to_owned(), weight)).to_vec();
    WinnerRule { weights, ..WinnerRule::default() }
}

fn decided(data: &Data, rule: &WinnerRule, draws: Draws) -> Decision {
    decide(data, rule, &[], &DecideOptions { draws, ..DecideOptions::default() }).expect("a decision")
}

fn compared(data: &Data, confidence: f64) -> Report {
    let options = CompareOptions { confidence: Some(confidence), ..CompareOptions::default() };
    compare(data, &options).expect("a report")
}

fn utility(decision: &Decision, version: &str) -> f64 {
    let ranked = decision.ranking.iter().find(|ranked| ranked.version == version);
    ranked.and_then(|ranked| ranked.utility).expect("a ranked version")
}

/// The study with these versions only, declared in this order.
fn of_versions(study: &Study, keep: &[usize]) -> Study {
    let mut some = study.clone();
    let all = some.batch.settings["versions"].as_array().expect("versions").clone();
    some.batch.settings["versions"] = keep.iter().map(|&v| all[v].clone()).collect();
    some
}

/// Changes the runs of one version.
fn change(study: &mut Study, version: usize, mut by: impl FnMut(usize, &mut proto::stores::Measurement)) {
    let versions = study.batch.settings["versions"].as_array().expect("versions").len();
    for (place, (_, run)) in
        study.runs.iter_mut().enumerate().filter(|(place, _)| place % versions == version)
    {
        by(place / versions, run);
    }
}

#[test]
fn law_2_no_version_moves_or_reorders_two_others() {
    let mut moved = 0;
    for trial in 0..12 {
        let all = study(&laws(&[0.8, 0.75, 0.9, 0.6]), 30, &mut Stream::new(102, trial));
        for formula in [Formula::Ratio, Formula::Linear, Formula::Log, Formula::MinMax] {
            let rule = WinnerRule { formula, baseline: Some("v0".into()), ..rule() };
            let whole = decided(&all.data(), &rule, NONE);
            for keep in [&[0, 1][..], &[2, 0], &[3, 2, 0]] {
                let part = decided(&of_versions(&all, keep).data(), &rule, NONE);
                for name in keep.iter().map(|v| format!("v{v}")) {
                    let same = utility(&part, &name) == utility(&whole, &name);
                    assert!(same || formula == Formula::MinMax, "{formula:?} {name} {trial}");
                    moved += usize::from(!same);
                }
            }
            let warned = whole.caveats.iter().any(|caveat| caveat.message.contains("set-dependent"));
            assert_eq!(warned, formula == Formula::MinMax);
        }
    }
    assert!(moved > 0, "min-max depends on the set, and this must show");
}

#[test]
fn law_3_units_and_the_scale_of_weights_do_not_matter() {
    for trial in 0..8 {
        let seconds = study(&laws(&[0.8, 0.9, 0.7]), 25, &mut Stream::new(103, trial));
        let mut milliseconds = seconds.clone();
        for (_, run) in &mut milliseconds.runs {
            run.facts.latency_s = run.facts.latency_s.map(|x| 1e3 * x);
        }
        let sevenfold = WEIGHTS.map(|(name, weight)| (name.to_owned(), 7.0 * weight)).to_vec();
        let (once, scaled) = (rule(), WinnerRule { weights: sevenfold, ..rule() });
        let base = decided(&seconds.data(), &once, NONE);
        for other in [decided(&seconds.data(), &scaled, NONE), decided(&milliseconds.data(), &once, NONE)] {
            for name in ["v0", "v1", "v2"] {
                assert!((utility(&base, name) - utility(&other, name)).abs() < 1e-12, "{name} {trial}");
            }
        }
    }
}

#[test]
fn law_4_better_is_never_worse() {
    for trial in 0..12 {
        let draw = &mut Stream::new(104, trial);
        let before = study(&laws(&[0.7, 0.6]), 20, draw);
        let was = utility(&decided(&before.data(), &rule(), NONE), "v1");
        for metric in 0..3 {
            let (mut after, lucky) = (before.clone(), draw.index(20));
            change(&mut after, 1, |case, run| match metric {
                _ if case != lucky => {}
                0 => run.scores[0].value = MeasuredValue::Scored(1.0, None),
                1 => run.facts.cost_usd = run.facts.cost_usd.map(|x| x * 0.5),
                _ => run.facts.latency_s = run.facts.latency_s.map(|x| x * 0.5),
            });
            assert!(utility(&decided(&after.data(), &rule(), NONE), "v1") >= was, "{metric} {trial}");
        }
    }
}

#[test]
fn law_5_no_order_and_no_number_of_threads_changes_a_byte() {
    let mut straight = study(&laws(&[0.8, 0.75, 0.9]), 40, &mut Stream::new(105, 0));
    for (place, (case, run)) in straight.runs.iter_mut().enumerate() {
        case.cluster = Some(format!("g{}", place / 3 % 15).as_str().into());
        if place % 47 == 5 {
            (run.facts.status, run.facts.latency_s, run.scores) = (RunStatus::Error, None, Vec::new());
        }
    }
    straight.batch.settings["clustered"] = true.into();
    let draws = |threads| Draws { from: Drawn::Resamples(400), threads };
    let text = |study: &Study, threads: usize| {
        let decision = decision_json(&decided(&study.data(), &rule(), draws(threads)));
        format!("{decision}\n{}", report_json(&compared(&study.data(), 0.95)))
    };
    let first = text(&straight, 1);
    for (trial, threads) in [(1, 1), (2, 2), (3, 7)] {
        let mut shuffled = straight.clone();
        Stream::new(105, trial).shuffle(&mut shuffled.runs);
        assert_eq!(text(&shuffled, threads), first, "{threads} threads");
    }
    // In another order of declaration: the same numbers for each, to the last bit, but for what is drawn.
    let reversed = of_versions(&straight, &[2, 1, 0]);
    let rule = WinnerRule { baseline: Some("v0".into()), ..rule() };
    let (one, other) = (straight.data(), reversed.data());
    let (mut one, mut other) = (decided(&one, &rule, NONE), decided(&other, &rule, NONE));
    for decision in [&mut one, &mut other] {
        decision.margins.sort_by(|a, b| a.version.cmp(&b.version));
        decision.contenders.sort();
        decision.pareto.sort();
        decision.caveats.sort_by(|a, b| a.message.cmp(&b.message));
    }
    assert_eq!(decision_json(&one).to_string(), decision_json(&other).to_string());
}

/// Every interval a report and a decision give, in order.
fn intervals(data: &Data, confidence: f64) -> Vec<Interval> {
    let report = compared(data, confidence);
    let decision = decided(data, &WinnerRule { confidence, ..rule() }, NONE);
    let values = report.versions.iter().flat_map(|version| &version.values).map(|value| value.interval);
    // A quantile is compared only where its own interval has both ends, which more confidence may take away.
    let means = report.comparisons.iter().filter(|c| !c.metric.contains(".p"));
    let pairs = means.flat_map(|c| [Some(c.interval), c.ratio.map(|ratio| ratio.1)]);
    let margins = decision.margins.iter().map(|margin| margin.interval);
    let utilities = decision.ranking.iter().map(|ranked| ranked.interval);
    values.chain(pairs.flatten()).chain(margins).chain(utilities).collect()
}

#[test]
fn law_8_more_confidence_is_never_narrower() {
    for trial in 0..8 {
        let data =
            study(&laws(&[0.8, 0.9, 0.7]), 12 + 20 * trial as usize, &mut Stream::new(108, trial)).data();
        let (narrow, wide) = (intervals(&data, 0.95), intervals(&data, 0.99));
        assert_eq!(narrow.len(), wide.len());
        for (narrow, wide) in narrow.iter().zip(&wide) {
            let low = wide.low.is_none_or(|w| narrow.low.is_some_and(|n| w <= n));
            let high = wide.high.is_none_or(|w| narrow.high.is_some_and(|n| w >= n));
            assert!(low && high, "{narrow:?} {wide:?} {trial}");
        }
    }
}

#[test]
fn laws_6_and_7_clusters_of_one_are_none_and_mcnemar_is_a_sign_flip() {
    for trial in 0..8 {
        let plain = study(&laws(&[0.8, 0.6]), 20 + 9 * trial as usize, &mut Stream::new(106, trial));
        let mut alone = plain.clone();
        alone.runs.iter_mut().for_each(|(case, _)| case.cluster = Some(case.id.clone()));
        alone.batch.settings["clustered"] = true.into();
        let judged = Judged { test: Test::SignFlip, ..Judged::default() };
        let signs = compare(&plain.data(), &CompareOptions { judged, ..CompareOptions::default() })
            .expect("a report");
        let (plain, alone) = (compared(&plain.data(), 0.95), compared(&alone.data(), 0.95));
        // To the last bit: scores by Wilson, differences by Bonett and Price with the exact test of McNemar.
        for (a, b) in plain.versions.iter().zip(&alone.versions) {
            assert_eq!(a.values, b.values, "{trial}");
        }
        let right = &plain.versions[0].values[0];
        let passes = (right.value.expect("scores") * right.n as f64).round() as u64;
        let want = wilson(passes, right.n, Confidence::default());
        assert_eq!((right.interval.low, right.interval.high), (want.low, want.high));
        assert_eq!(plain.comparisons, alone.comparisons, "{trial}");
        let p = |report: &Report| report.comparisons[0].p_value.expect("a p-value");
        assert!((p(&plain) / p(&signs) - 1.0).abs() < 1e-9, "{} {}", p(&plain), p(&signs));
    }
}

#[test]
fn law_9_identical_versions_have_no_winner() {
    for trial in 0..12 {
        let n = 5 + 13 * trial as usize;
        let one = &laws(&[0.8])[0];
        let mut twins = study(&[*one, *one], n, &mut Stream::new(109, trial));
        for place in (0..twins.runs.len()).step_by(2) {
            let (facts, scores) = (twins.runs[place].1.facts, twins.runs[place].1.scores.clone());
            (twins.runs[place + 1].1.facts, twins.runs[place + 1].1.scores) = (facts, scores);
        }
        for rope in [0.0, 0.01, 0.2] {
            let decision = decided(&twins.data(), &WinnerRule { rope, ..rule() }, NONE);
            assert_eq!((decision.margins[0].value, decision.margins[0].p_beats), (0.0, Some(0.5)));
            assert_ne!(decision.verdict, VerdictKind::Winner, "{n} cases, rope {rope}");
        }
    }
}

#[test]
fn law_10_someone_is_best() {
    let drawn = study(&laws(&[0.8, 0.85, 0.8, 0.7]), 30, &mut Stream::new(110, 0));
    for from in [Drawn::Resamples(300), Drawn::ClosedForm] {
        let decision = decided(&drawn.data(), &rule(), Draws { from, threads: 2 });
        let sum: f64 = decision.ranking.iter().filter_map(|ranked| ranked.p_best).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{from:?}: {sum}");
        let ranks: f64 = decision.ranking.iter().filter_map(|ranked| ranked.expected_rank).sum();
        assert!((ranks - 10.0).abs() < 1e-9, "{from:?}: {ranks}");
        let shares: f64 = decision.robustness.iter().map(|(_, share)| share).sum();
        assert!((shares - 1.0).abs() < 1e-9, "{from:?}: {shares}");
    }
}

#[test]
fn law_12_the_leader_stays_first_where_the_weights_say_so() {
    for trial in 0..6 {
        let data = study(&laws(&[0.8, 0.85, 0.9, 0.7]), 30, &mut Stream::new(112, trial)).data();
        let decision = decided(&data, &rule(), NONE);
        for range in &decision.sensitivity {
            let name = if range.metric == "right" { "score" } else { range.metric.as_str() };
            let weight = |of: &str| WEIGHTS.iter().find(|(name, _)| *name == of).expect("weighed").1;
            for step in 0..=20 {
                let t = f64::from(step) / 20.0;
                let rest = (1.0 - t) / (1.0 - weight(name));
                let moved = |(of, w): (&str, f64)| (of.to_owned(), if of == name { t } else { w * rest });
                let again =
                    decided(&data, &WinnerRule { weights: WEIGHTS.map(moved).to_vec(), ..rule() }, NONE);
                let inside = range.holds_from <= t && t <= range.holds_to;
                let near = (t - range.holds_from).abs().min((t - range.holds_to).abs()) < 1e-9;
                assert!(near || inside == (again.leader == decision.leader), "{range:?} {t} {trial}");
            }
        }
    }
}

/// The long version, over the whole table of the design, is `cargo bench --bench calibration`.
#[test]
fn law_14_two_equal_versions_rarely_have_a_winner() {
    let experiments = 2000;
    let one = laws(&[0.8])[0];
    let rule = WinnerRule { rope: 0.0, ..rule() };
    let wins = |trial: &u64| {
        let data = study(&[one, one], 20, &mut Stream::new(114, *trial)).data();
        decided(&data, &rule, NONE).verdict == VerdictKind::Winner
    };
    let rate = (0..experiments).filter(wins).count() as f64 / experiments as f64;
    assert!(rate <= 0.065, "false winners: {rate}");
}

#[test]
fn law_15_nobody_gains_by_failing_on_hard_cases() {
    let mut gains = 0;
    for trial in 0..12 {
        let before = study(&laws(&[0.8, 0.8]), 40, &mut Stream::new(115, trial));
        let mut failing = before.clone();
        let mut left = 4;
        change(&mut failing, 1, |_, run| {
            if left > 0 && run.scores[0].value == MeasuredValue::Scored(0.0, None) {
                left -= 1;
                (run.facts.status, run.scores) = (RunStatus::Error, Vec::new());
            }
        });
        // Billed and timed, a failure is worth what a wrong answer is; left out, it would pay.
        let of = |study: &Study, on_error| {
            utility(&decided(&study.data(), &WinnerRule { on_error, ..rule() }, NONE), "v1")
        };
        assert_eq!(of(&failing, OnError::Zero), of(&before, OnError::Zero));
        gains += usize::from(of(&failing, OnError::Exclude) > of(&before, OnError::Zero));
        // Neither billed nor timed, its score still is the worst.
        failing.runs.iter_mut().filter(|(_, run)| run.facts.status == RunStatus::Error).for_each(
            |(_, run)| {
                (run.facts.cost_usd, run.facts.latency_s) = (None, None);
            },
        );
        let score = WinnerRule { weights: vec![("score".to_owned(), 1.0)], ..rule() };
        let alone = |study: &Study| utility(&decided(&study.data(), &score, NONE), "v1");
        assert_eq!(alone(&failing), alone(&before));
    }
    assert!(gains > 6, "leaving failures out rewards them: {gains}");
}
