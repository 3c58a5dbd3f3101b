//! Laws 5, 9 and parts of D.2: order of cases and versions, identical versions, influence values, false winners.

use super::draws::{between, many, stream};
use crate::analyse::stats::estimate::Estimates;
use crate::analyse::stats::panel::{Cell, Measure, Metric, Panel};
use crate::analyse::stats::per_case::PerCase;
use crate::analyse::stats::rng::Stream;
use crate::analyse::stats::rule::Rule;
use crate::analyse::stats::utility::{Goal, Transform};
use crate::analyse::stats::verdict::{Decision, Verdict, decide};

/// Quality, cost and latency of one version, per case.
type Columns = [Vec<Cell>; 3];

const METRICS: [Metric; 3] = [
    Metric { transform: Transform::Identity, weight: 0.6, evaluator: true },
    Metric {
        transform: Transform::Ratio { goal: Goal::Minimize, reference: 0.01 },
        weight: 0.2,
        evaluator: false,
    },
    Metric {
        transform: Transform::Ratio { goal: Goal::Minimize, reference: 1000.0 },
        weight: 0.2,
        evaluator: false,
    },
];

/// Binary quality with probability `p` of 1, lognormal cost and latency; each value is missing with chance `gaps`.
fn version(draw: &mut Stream, n: usize, p: f64, gaps: f64) -> Columns {
    let mut column = |of: &mut dyn FnMut(&mut Stream) -> f64| -> Vec<Cell> {
        let mut cell = |_| {
            let value = of(draw);
            if draw.uniform() <= gaps { Cell::Missing } else { Cell::Value(value) }
        };
        (0..n).map(&mut cell).collect()
    };
    [
        column(&mut |s| f64::from(u8::from(s.uniform() <= p))),
        column(&mut |s| 0.01 * (0.6 * s.normal()).exp()),
        column(&mut |s| 1000.0 * (0.4 * s.normal()).exp()),
    ]
}

fn solve(versions: &[Columns], groups: Option<&[u32]>, rule: &Rule) -> (Estimates, Decision) {
    let measures: Vec<Vec<Measure<'_>>> =
        versions.iter().map(|v| v.iter().map(|c| Measure::Mean(c)).collect()).collect();
    let panel = Panel { metrics: &METRICS, versions: &measures, cases: versions[0][0].len(), groups };
    let estimates = Estimates::of(&panel, rule.level()).expect("common cases");
    let decision = decide(&panel, &estimates, estimates.leader(), rule);
    (estimates, decision)
}

/// The columns with the cases in another order.
fn permuted(version: &Columns, order: &[usize]) -> Columns {
    version.clone().map(|column| order.iter().map(|&i| column[i]).collect())
}

#[test]
fn the_order_of_cases_and_versions_changes_no_bit() {
    for trial in 0..40 {
        let draw = &mut stream(5, trial);
        let n = 12 + draw.index(30);
        let versions: Vec<Columns> = [0.9, 0.7, 0.6].map(|p| version(draw, n, p, 0.05)).to_vec();
        let groups: Vec<u32> = (0..n).map(|_| draw.index(14) as u32).collect();
        let mut order: Vec<usize> = (0..n).collect();
        draw.shuffle(&mut order);
        let shuffled: Vec<Columns> = versions.iter().map(|v| permuted(v, &order)).collect();
        let shuffled_groups: Vec<u32> = order.iter().map(|&i| groups[i]).collect();
        let rule = Rule::default();
        let straight = solve(&versions, Some(&groups), &rule);
        let again = solve(&shuffled, Some(&shuffled_groups), &rule);
        assert_eq!(straight.1, again.1);
        assert_eq!((&straight.0.totals, &straight.0.influence), (&again.0.totals, &again.0.influence));
        let reversed: Vec<Columns> = versions.iter().rev().cloned().collect();
        let (_, backwards) = solve(&reversed, Some(&groups), &rule);
        assert_eq!((straight.1.verdict, 2 - straight.1.leader), (backwards.verdict, backwards.leader));
        for rival in &straight.1.rivals {
            let twin = backwards.rivals.iter().find(|r| r.version == 2 - rival.version).expect("same rivals");
            assert_eq!(
                (rival.margin, rival.interval, rival.status),
                (twin.margin, twin.interval, twin.status)
            );
        }
    }
}

#[test]
fn identical_versions_never_have_a_winner() {
    for trial in 0..60 {
        let draw = &mut stream(9, trial);
        let n = 5 + draw.index(200);
        let chance = between(draw, 0.0, 1.0);
        let one = version(draw, n, chance, 0.0);
        for rope in [0.0, 0.01, 0.2] {
            let rule = Rule { rope, ..Rule::default() };
            let (_, decision) = solve(&[one.clone(), one.clone()], None, &rule);
            assert_eq!(decision.rivals[0].margin, 0.0);
            assert_ne!(decision.verdict, Verdict::Winner);
            assert_eq!(decision.rivals[0].p_beats, Some(0.5));
        }
    }
}

#[test]
fn influence_values_agree_with_leaving_one_unit_out() {
    let draw = &mut stream(20, 0);
    let n = 150;
    let groups: Vec<u32> = (0..n).map(|i| i as u32 / 2).collect();
    let versions = [version(draw, n, 0.8, 0.06), version(draw, n, 0.7, 0.06)];
    let rule = Rule::default();
    let (estimates, _) = solve(&versions, Some(&groups), &rule);
    let g = estimates.sample.units as f64;
    for unit in 0..estimates.sample.units {
        let kept: Vec<usize> = (0..n).filter(|&i| groups[i] as usize != unit).collect();
        let rest: Vec<Columns> = versions.iter().map(|v| permuted(v, &kept)).collect();
        let (without, _) = solve(&rest, None, &rule);
        for v in 0..2 {
            let jackknife = (g - 1.0) * (estimates.totals[v] - without.totals[v]);
            let influence = estimates.influence[v][unit];
            assert!(
                (jackknife - influence).abs() < 0.03 * (0.3 + influence.abs()),
                "{jackknife} {influence}"
            );
        }
    }
}

#[test]
fn two_equal_versions_rarely_have_a_winner() {
    let (experiments, n) = (2000, 20);
    let strict = Rule { rope: 0.0, ..Rule::default() };
    let wins = (0..experiments).filter(|&trial| {
        let draw = &mut stream(14, trial);
        let pair = [version(draw, n, 0.8, 0.0), version(draw, n, 0.8, 0.0)];
        solve(&pair, None, &strict).1.verdict == Verdict::Winner
    });
    let rate = wins.count() as f64 / experiments as f64;
    assert!(rate <= 0.065, "false winners: {rate}");
}

#[test]
fn one_unit_and_one_version_decide_nothing_and_everything() {
    let draw = &mut stream(21, 0);
    let versions = [version(draw, 4, 0.5, 0.0), version(draw, 4, 0.5, 0.0)];
    let (_, one_unit) = solve(&versions, Some(&[3, 3, 3, 3]), &Rule::default());
    assert_eq!(
        (one_unit.verdict, one_unit.max_regret, one_unit.safe_to_pick),
        (Verdict::Undecided, None, false)
    );
    assert_eq!(one_unit.more_cases, Some(36));
    let (_, alone) = solve(&versions[..1], None, &Rule::default());
    assert_eq!((alone.verdict, alone.contenders.as_slice()), (Verdict::Winner, [0].as_slice()));
}

#[test]
fn quantiles_and_ratios_of_sums_pull_like_leaving_one_case_out() {
    let draw = &mut stream(22, 0);
    let n = 400;
    let runs: PerCase = (0..n).map(|_| many(draw, 3, 0.0, 1.0)).collect();
    let cells: Vec<Cell> = runs.iter().map(|r| Cell::Value(r.iter().sum::<f64>() / 3.0)).collect();
    let below: Vec<Cell> = (0..n).map(|_| Cell::Value(between(draw, 1.0, 2.0))).collect();
    let metric = Metric { transform: Transform::Identity, weight: 1.0, evaluator: false };
    let total = |measure: Measure<'_>, cases: usize| {
        let versions = [vec![measure]];
        let panel = Panel { metrics: &[metric], versions: &versions, cases, groups: None };
        Estimates::of(&panel, Rule::default().level()).expect("cases")
    };
    let ratio = total(Measure::RatioOfSums { numerator: &cells, denominator: &below }, n);
    let shorter = Measure::RatioOfSums { numerator: &cells[1..], denominator: &below[1..] };
    let jackknife = (n as f64 - 1.0) * (ratio.totals[0] - total(shorter, n - 1).totals[0]);
    assert!((jackknife - ratio.influence[0][0]).abs() < 0.01);
    // Of a uniform sample the median has slope 1: its influence is p minus the share of the case below it.
    let median = total(Measure::Quantile { p: 0.5, runs: &runs, cells: &cells }, n);
    for (case, influence) in runs.iter().zip(&median.influence[0]) {
        let below = case.iter().filter(|&&x| x <= median.totals[0]).count() as f64 / 3.0;
        assert!((influence - (0.5 - below)).abs() < 0.1, "{influence} {below}");
    }
}
