//! The referee over generated measurements: what it decides does not depend on the order of completion, a resumed race
//! decides the same, errors score worst, missing values enter as the version's own mean.
use serde_json::json;

use super::*;
use crate::analyse::made::{self, measured};
use crate::analyse::stats::rng::Stream;
use crate::domain::{Digest, ErrorType};
use crate::stores::MeasuredValue;

const CASES: usize = 200;

fn batch(weights: &serde_json::Value, versions: usize) -> Batch {
    let version = |v: usize| json!({"name": format!("v{v}"), "hash": hash(v).hex(), "model": "m"});
    let settings = json!({
        "repeats": 1,
        "versions": (0..versions).map(version).collect::<Vec<_>>(),
        "evaluators": [{"name": "equals", "kind": "equals", "hash": hash(99).hex(), "weight": 1.0}],
        "winner": {"weights": weights},
    });
    Batch { baseline: Some("v0".into()), ..made::batch(&settings) }
}

fn hash(n: usize) -> Digest {
    Digest::of(format!("hash {n}").as_bytes())
}

fn options(cases: usize) -> RaceOptions {
    let case = |i| MeasuredCase { id: format!("c{i}").as_str().into(), ..MeasuredCase::default() };
    RaceOptions { cases: (0..cases).map(case).collect(), ..RaceOptions::default() }
}

fn score(value: f64) -> MeasuredScore {
    MeasuredScore { evaluator: "equals".into(), hash: hash(99), value: MeasuredValue::Scored(value, None) }
}

/// A run with its case's id.
type Made = (String, Measurement);

fn run(version: usize, case: usize, value: Option<f64>, cost: Option<f64>) -> Made {
    let mut run = measured(hash(version));
    if value.is_none() {
        (run.facts.status, run.error) = (RunStatus::Error, Some(ErrorType::Timeout));
    }
    (run.facts.cost_usd, run.spent_usd) = (cost, cost);
    run.scores = value.map(score).into_iter().collect();
    (format!("c{case}"), run)
}

/// Right with these probabilities, a few of the costs unknown; `None` is an error.
fn drawn(accuracy: &[f64]) -> Vec<Made> {
    let mut draw = Stream::new(5, 1);
    let mut all = Vec::new();
    for case in 0..CASES {
        for (v, p) in accuracy.iter().enumerate() {
            let right = draw.uniform() < *p;
            let value = if !right && draw.uniform() < 0.3 { None } else { Some(f64::from(u8::from(right))) };
            let cost = (draw.uniform() < 0.98).then(|| 0.001 * draw.exponential());
            all.push(run(v, case, value, cost));
        }
    }
    all
}

fn referee(versions: usize) -> Referee {
    let weights = json!({"score": 0.8, "cost": 0.2});
    Referee::new(&batch(&weights, versions), &options(CASES)).expect("a race")
}

fn all(referee: &mut Referee, runs: &[Made]) -> Vec<RaceNews> {
    runs.iter().flat_map(|(case, run)| referee.take(case, run.clone())).collect()
}

#[test]
fn a_clear_loser_is_out_whatever_the_order_and_after_a_resume() {
    let runs = drawn(&[0.9, 0.85, 0.3]);
    let straight = all(&mut referee(3), &runs);
    assert!(matches!(straight[0], RaceNews::Out { version: 2, margin, .. } if margin > 0.1), "{straight:?}");
    let mut shuffled = runs.clone();
    Stream::new(6, 1).shuffle(&mut shuffled);
    assert_eq!(all(&mut referee(3), &shuffled), straight);
    // What was stored before a kill comes first, in the store's order; the rest as it is made.
    let mut stored: Vec<Made> = runs.iter().take(170).cloned().collect();
    stored.reverse();
    let mut resumed = referee(3);
    let mut news = all(&mut resumed, &stored);
    news.extend(all(&mut resumed, &runs[170..]));
    assert_eq!(news, straight);
}

#[test]
fn a_run_counts_once_it_is_scored() {
    let (runs, mut early) = (drawn(&[0.9, 0.2]), referee(2));
    let mut news = Vec::new();
    for (case, whole) in &runs {
        let bare = Measurement { scores: Vec::new(), ..whole.clone() };
        news.extend(early.take(case, bare));
        for score in &whole.scores {
            news.extend(early.score(whole.run, score.clone()));
        }
    }
    assert_eq!(news, all(&mut referee(2), &runs));
    assert!(matches!(news.last(), Some(RaceNews::Over { after_cases }) if *after_cases < CASES));
}

#[test]
fn a_version_to_keep_is_never_out_and_one_without_values_is_no_rival() {
    let weights = json!({"score": 1.0});
    let keep = RaceOptions { keep: vec!["v1".into()], ..options(CASES) };
    let runs = drawn(&[0.9, 0.2]);
    let mut kept = Referee::new(&batch(&weights, 2), &keep).expect("a race");
    assert_eq!(all(&mut kept, &runs), []);
    let baseline = RaceOptions { keep: vec!["baseline".into()], ..options(CASES) };
    let mut other = Referee::new(&batch(&weights, 2), &baseline).expect("a race");
    assert!(!all(&mut other, &runs).is_empty());
    let mut costless = runs.clone();
    costless.iter_mut().for_each(|(_, run)| run.facts.cost_usd = None);
    assert_eq!(all(&mut referee(2), &costless), [RaceNews::Void]);
}

#[test]
fn a_case_is_seen_once_all_its_repeats_are() {
    let weights = json!({"score": 1.0});
    let mut twice = batch(&weights, 2);
    twice.settings.insert("repeats".to_owned(), json!(2));
    let runs = drawn(&[0.9, 0.2]);
    let mut race = Referee::new(&twice, &options(CASES)).expect("a race");
    assert_eq!((all(&mut race, &runs), race.seen()), (Vec::new(), 0), "one of two");
    let again =
        |(case, run): &Made| (case.clone(), Measurement { run: RunId::fresh(), repeat: 1, ..run.clone() });
    let news = all(&mut race, &runs.iter().map(again).collect::<Vec<_>>());
    assert_eq!(news, all(&mut Referee::new(&batch(&weights, 2), &options(CASES)).expect("a race"), &runs));
}

/// Version 0 is far ahead, and failed on every tenth case; version 1 never fails.
fn ahead_but_failing(known: impl Fn(usize) -> bool) -> Vec<Made> {
    let mut all = Vec::new();
    for case in 0..CASES {
        let cost = |v: usize| known(v + 2 * case).then_some(0.001);
        let failed = case % 10 == 3;
        all.push(run(0, case, (!failed).then_some(1.0), cost(0)));
        all.push(run(1, case, Some(f64::from(u8::from(case % 5 == 0))), cost(1)));
    }
    all
}

#[test]
fn who_could_not_be_chosen_stops_nobody() {
    let weights = json!({"score": 0.9, "cost": 0.1});
    let race = |gates: &[&str], runs: &[Made]| {
        let gates = gates.iter().map(|gate| crate::spec::gate::parse(gate).expect("a gate")).collect();
        let options = RaceOptions { gates, ..options(CASES) };
        all(&mut Referee::new(&batch(&weights, 2), &options).expect("a race"), runs)
    };
    let runs = ahead_but_failing(|_| true);
    assert!(matches!(race(&[], &runs)[0], RaceNews::Out { version: 1, after_cases: 40, .. }));
    assert_eq!(race(&["error_rate <= 0.02"], &runs), [], "the one ahead breaks the gate");
    let loose = race(&["error_rate <= 0.2"], &runs);
    assert!(
        matches!(loose[0], RaceNews::Out { version: 1, after_cases, .. } if after_cases > 40),
        "not before it surely holds: {loose:?}"
    );
    // Of version 0 a tenth of the costs, and more, is unknown: it would not be ranked.
    let runs = ahead_but_failing(|at| at % 16 != 0);
    assert_eq!(race(&[], &runs), []);
    // Of most: it takes no part.
    assert_eq!(race(&[], &ahead_but_failing(|at| at % 2 == 1)), [RaceNews::Void]);
}

#[test]
fn what_was_cut_short_counts_once_it_is_made() {
    let (runs, mut cut) = (drawn(&[0.9, 0.2]), referee(2));
    let mut news = Vec::new();
    for (place, (case, whole)) in runs.iter().enumerate() {
        let mut short = whole.clone();
        (short.facts.status, short.scores) = (RunStatus::NotRun, Vec::new());
        short.error = Some(if place % 2 == 0 { ErrorType::Budget } else { ErrorType::Cancelled });
        news.extend(cut.take(case, short));
    }
    assert_eq!((news, cut.seen()), (Vec::new(), 0));
    assert_eq!(all(&mut cut, &runs), all(&mut referee(2), &runs));
    assert_eq!(cut.left(), 1, "after the end too");
}

#[test]
fn what_cannot_be_raced_is_refused() {
    let says = |weights: serde_json::Value, versions: usize, cases: usize, keep: &[&str]| {
        let keep = keep.iter().map(|name| (*name).to_owned()).collect();
        let options = RaceOptions { keep, ..options(cases) };
        Referee::new(&batch(&weights, versions), &options).expect_err("refused").to_string()
    };
    assert!(says(json!({}), 1, 200, &[]).contains("one version"));
    assert!(says(json!({}), 2, 59, &[]).contains("59 cases"));
    assert!(says(json!({"latency.p95": 1.0}), 2, 200, &[]).contains("means over cases"));
    assert!(says(json!({"cost_per_success": 1.0}), 2, 200, &[]).contains("means over cases"));
    assert!(says(json!({"output_tps": 1.0}), 2, 200, &[]).contains("`output_tps` is none"));
    assert!(says(json!({}), 2, 200, &["v9"]).contains("no version `v9`"));
}
