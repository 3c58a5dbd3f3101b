//! Laws 5, 10 and 11: threads change no bit, probabilities and ranks add up, the bootstrap agrees with the closed form.

use super::draws::{many, stream};
use crate::analyse::stats::bootstrap::{Bootstrap, Draw, Plan, Replicate, draw};
use crate::analyse::stats::estimate::Estimates;
use crate::analyse::stats::interval::Confidence;
use crate::analyse::stats::margin::rivals;
use crate::analyse::stats::mean::Summary;
use crate::analyse::stats::panel::{Cell, Measure, Metric, Panel};
use crate::analyse::stats::resample::{MOST_GROUPS, Resampler};
use crate::analyse::stats::rule::Rule;
use crate::analyse::stats::student;
use crate::analyse::stats::utility::{Goal, Transform};

const METRICS: [Metric; 2] = [
    Metric { transform: Transform::Identity, weight: 0.7, evaluator: true },
    Metric {
        transform: Transform::Ratio { goal: Goal::Minimize, reference: 0.5 },
        weight: 0.3,
        evaluator: false,
    },
];

/// Some versions with a value in [0, 1] per case and metric.
fn cells(law: u64, versions: usize, cases: usize) -> Vec<[Vec<Cell>; 2]> {
    let draw = &mut stream(law, 0);
    let mut column = || many(draw, cases, 0.0, 1.0).into_iter().map(Cell::Value).collect::<Vec<Cell>>();
    (0..versions).map(|_| [column(), column()]).collect()
}

fn measures(cells: &[[Vec<Cell>; 2]]) -> Vec<Vec<Measure<'_>>> {
    cells.iter().map(|v| v.iter().map(|c| Measure::Mean(c)).collect()).collect()
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let cells = cells(5, 5, 60);
    let versions = measures(&cells);
    let panel = Panel { metrics: &METRICS, versions: &versions, cases: 60, groups: None };
    let level = Confidence::default();
    let estimates = Estimates::of(&panel, level).expect("estimates");
    let run = |threads| {
        let plan = Plan { replicates: 301, seed: 7, threads };
        Bootstrap::of(&panel, &estimates, 0.3, level, plan, &|draw| {
            draw.values.iter().map(|row| row[0] > 0.5).collect()
        })
    };
    let alone = run(1);
    assert!(alone.is_some());
    for threads in [0, 2, 3, 8, 400] {
        assert_eq!(alone, run(threads));
    }
}

#[test]
fn shares_and_ranks_add_up() {
    let cells = cells(10, 4, 40);
    let mut versions = measures(&cells);
    versions.push(versions[0].clone());
    let panel = Panel { metrics: &METRICS, versions: &versions, cases: 40, groups: None };
    let level = Confidence::default();
    let estimates = Estimates::of(&panel, level).expect("estimates");
    let plan = Plan { replicates: 500, ..Plan::default() };
    let gated = |threshold: f64| {
        let gate =
            move |draw: Draw<'_>| draw.values.iter().map(|row| row[0] > threshold).collect::<Vec<bool>>();
        Bootstrap::of(&panel, &estimates, 0.2, level, plan, &gate).expect("units")
    };
    let some = gated(0.55);
    assert!(some.p_any_feasible > 0.0 && some.p_any_feasible < 1.0, "{}", some.p_any_feasible);
    assert!((some.p_best.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!((some.expected_rank.iter().sum::<f64>() - 15.0).abs() < 1e-9);
    assert!(some.p_best.iter().zip(&some.p_feasible).all(|(best, feasible)| *best == 0.0 || *feasible > 0.0));
    let level_ranks = |b: &Bootstrap| {
        b.rank.iter().zip(&b.expected_rank).all(|(&(low, high), &mean)| {
            low >= 1 && high <= 5 && f64::from(low) <= mean && mean <= f64::from(high)
        })
    };
    assert!(level_ranks(&some) && some.rank[0] == some.rank[4], "{:?} {:?}", some.rank, some.expected_rank);
    let none = gated(2.0);
    assert_eq!((none.p_any_feasible, none.p_best.iter().sum::<f64>()), (0.0, 0.0));
    let interval = some.utility[0];
    assert!(interval.low < Some(estimates.totals[0]) && interval.high > Some(estimates.totals[0]));
    assert!(some.margin.is_some_and(|m| m.low < m.high));
}

#[test]
fn draws_of_the_closed_form_have_its_margins_and_add_up() {
    let level = Confidence::default();
    let plan = Plan::default();
    let of = |versions: usize, cases: usize| {
        let cells = cells(14, versions, cases);
        let rows = measures(&cells);
        let panel = Panel { metrics: &METRICS, versions: &rows, cases, groups: None };
        let estimates = Estimates::of(&panel, level).expect("estimates");
        let first = if estimates.totals[0] >= estimates.totals[1] { 0 } else { 1 };
        let rival = rivals(&panel, &estimates, first, &Rule::default())[0];
        let drawn = Bootstrap::of_closed_form(&estimates, rival.pseudo, level, plan).expect("units");
        (drawn, first, rival)
    };
    for cases in [12, 40, 300] {
        let (drawn, first, rival) = of(2, cases);
        let (p, beats) = (drawn.p_best[first], rival.p_beats.expect("units"));
        let se = (beats * (1.0 - beats) / plan.replicates as f64).sqrt();
        assert!((p - beats).abs() < 3.0 * se, "{cases}: {p} {beats}");
        let margin = drawn.margin.expect("two");
        let (low, high) = (margin.low.expect("low"), margin.high.expect("high"));
        let (by_form, width) = (rival.interval, high - low);
        assert!((low - by_form.low.expect("low")).abs() < 0.05 * width, "{cases}");
        assert!((high - by_form.high.expect("high")).abs() < 0.05 * width, "{cases}");
    }
    let (drawn, ..) = of(5, 60);
    assert!((drawn.p_best.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!((drawn.expected_rank.iter().sum::<f64>() - 15.0).abs() < 1e-9);
}

#[test]
fn draws_of_the_closed_form_vary_together_as_it_says() {
    let (cases, pseudo) = (30, 0.2);
    let cells = cells(15, 3, cases);
    let rows = measures(&cells);
    let panel = Panel { metrics: &METRICS, versions: &rows, cases, groups: None };
    let estimates = Estimates::of(&panel, Confidence::default()).expect("estimates");
    let plan = Plan { replicates: 40_000, ..Plan::default() };
    let drawn = student::replicates(&estimates, pseudo, plan).expect("units");
    let (g, df) = (cases as f64, cases as f64 - 1.0);
    let said = |u: usize, v: usize| {
        let shared: f64 =
            estimates.influence[u].iter().zip(&estimates.influence[v]).map(|(a, b)| a * b).sum();
        let own = if u == v { pseudo * pseudo } else { 0.0 };
        // A t varies more than its scale by df/(df-2).
        (shared + own) / (g * (g - 1.0)) * df / (df - 2.0)
    };
    let off = |draw: &Replicate, v: usize| draw.smoothed[v] - estimates.totals[v];
    for (u, v) in [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)] {
        let mean = drawn.iter().map(|draw| off(draw, u) * off(draw, v)).sum::<f64>() / drawn.len() as f64;
        let size = (said(u, u) * said(v, v)).sqrt();
        assert!((mean - said(u, v)).abs() < 0.04 * size, "{u} {v}: {mean} {}", said(u, v));
    }
}

/// Bootstrap standard error of the mean of one column.
fn bootstrap_se(column: &[f64], replicates: usize) -> f64 {
    let cells: Vec<Cell> = column.iter().copied().map(Cell::Value).collect();
    let versions = [vec![Measure::Mean(&cells)]];
    let metric = [Metric { weight: 1.0, ..METRICS[0] }];
    let panel = Panel { metrics: &metric, versions: &versions, cases: column.len(), groups: None };
    let level = Confidence::default();
    let estimates = Estimates::of(&panel, level).expect("estimates");
    let resampler = Resampler::new(&panel, &estimates, level, 42).expect("units");
    let plan = Plan { replicates, threads: 2, ..Plan::default() };
    let means = draw(&resampler, 1, plan, |draw| draw.values[0][0]);
    Summary::of(&means, None).and_then(|s| s.sd()).expect("they vary")
}

#[test]
fn the_bootstrap_agrees_with_the_closed_form() {
    let column = many(&mut stream(11, 0), 1000, 0.0, 1.0);
    let closed = Summary::of(&column, None).and_then(|s| s.se).expect("units");
    assert!((bootstrap_se(&column, 4000) / closed - 1.0).abs() < 0.03);
    let large = many(&mut stream(11, 1), 3 * MOST_GROUPS, 0.0, 1.0);
    let closed = Summary::of(&large, None).and_then(|s| s.se).expect("units");
    assert!((bootstrap_se(&large, 300) / closed - 1.0).abs() < 0.12);
}

#[test]
fn one_unit_cannot_be_resampled() {
    let cells = cells(13, 2, 5);
    let versions = measures(&cells);
    let panel = Panel { metrics: &METRICS, versions: &versions, cases: 5, groups: Some(&[0; 5]) };
    let level = Confidence::default();
    let estimates = Estimates::of(&panel, level).expect("estimates");
    let all = |draw: Draw<'_>| vec![true; draw.values.len()];
    assert_eq!(Bootstrap::of(&panel, &estimates, 0.1, level, Plan::default(), &all), None);
}
