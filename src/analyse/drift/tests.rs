//! The note over made measurements: when it is said, of whom, and what does not count.
use std::iter::once;

use serde_json::json;

use super::*;
use crate::analyse::data::sample::measured;
use crate::domain::{Batch, BatchId, BatchKind, BatchStatus, Digest};
use crate::stores::{MeasuredCase, Measurement};

const MINUTE: i64 = 60;

fn hash(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

fn data(names: &[&str], simulated: bool) -> Data {
    let version =
        |name: &&str| json!({"name": name, "hash": hash(name).hex(), "model": "m", "simulated": simulated});
    let settings = json!({
        "repeats": 1, "versions": names.iter().map(version).collect::<Vec<_>>(), "evaluators": [], "winner": {},
    });
    let batch = Batch {
        id: BatchId::fresh(),
        project: "p".into(),
        experiment: "e".into(),
        kind: BatchKind::Run,
        status: BatchStatus::Done,
        started: jiff::Timestamp::UNIX_EPOCH,
        finished: None,
        command: String::new(),
        dataset: hash("cases"),
        cases: 0,
        planned: 0,
        versions: Vec::new(),
        baseline: None,
        settings: settings.as_object().cloned().expect("an object"),
    };
    Data::new(&[batch], false).expect("one batch")
}

/// A run of that case so many seconds after the first.
fn run(version: &str, case: usize, second: i64) -> (MeasuredCase, Measurement) {
    let case = MeasuredCase { id: format!("c{case:03}").as_str().into(), ..MeasuredCase::default() };
    let started = jiff::Timestamp::from_second(1_700_000_000 + second).expect("a time");
    (case, Measurement { started, ..measured(hash(version)) })
}

fn push(data: &mut Data, (case, run): (MeasuredCase, Measurement)) {
    let case = data.push_case(&case);
    data.push(case, &run);
}

/// `fast` runs a case every second, `slow` every `pace` seconds, over a hundred cases.
fn lanes(pace: i64) -> Data {
    let mut data = data(&["fast", "slow"], false);
    for case in 0..100 {
        let second = i64::try_from(case).expect("small");
        push(&mut data, run("fast", case, second));
        push(&mut data, run("slow", case, pace * second));
    }
    data.settle();
    data
}

fn said(data: &Data, others: &[&str]) -> Option<String> {
    note(data, "fast", others.iter().copied(), &vec![true; data.cases.len()])
}

#[test]
fn lanes_that_drift_apart_are_told_with_how_far() {
    let text = said(&lanes(11), &["fast", "slow"]).expect("a note");
    insta::assert_snapshot!(text, @"`slow`: 69 of 100 cases were run more than 5 minutes before or after `fast` ran them (16 m 30 s at most); what changed meanwhile counts as a difference; one batch at a like pace (`requests_per_minute`) keeps them together");
}

#[test]
fn lanes_that_stay_within_minutes_are_not() {
    assert_eq!(said(&lanes(4), &["fast", "slow"]), None);
}

#[test]
fn a_few_runs_made_again_are_no_drift_and_a_tenth_is() {
    for (again, is_said) in [(9, false), (10, true)] {
        let mut data = data(&["fast", "slow"], false);
        for case in 0..100 {
            push(&mut data, run("fast", case, 0));
            push(&mut data, run("slow", case, if case < again { 600 * MINUTE } else { 0 }));
        }
        data.settle();
        assert_eq!(said(&data, &["slow"]).is_some(), is_said, "{again}");
    }
}

#[test]
fn several_versions_make_one_note_of_those_that_are_apart() {
    let mut data = data(&["fast", "b", "near", "c"], false);
    for case in 0..10 {
        for (name, minutes) in [("fast", 0), ("near", 1), ("b", 10), ("c", 180)] {
            push(&mut data, run(name, case, minutes * MINUTE));
        }
    }
    data.settle();
    let text = said(&data, &["fast", "b", "near", "c"]).expect("a note");
    assert!(
        text.starts_with("`b`, `c`: up to 10 of 10 cases") && text.contains("(3 h 00 m at most)"),
        "{text}"
    );
    let mut selected = vec![false; 10];
    assert_eq!(note(&data, "fast", once("c"), &selected), None, "no case, no word");
    selected[3] = true;
    assert!(note(&data, "fast", once("c"), &selected).is_some_and(|text| text.contains("1 of 1 cases")));
}

#[test]
fn batches_that_both_versions_are_in_lie_together_whatever_is_between_them() {
    let mut data = data(&["fast", "slow"], false);
    for (case, day) in (0..20).flat_map(|case| [(case, 0), (case, 7)]) {
        push(&mut data, run("fast", case, day * 24 * 60 * MINUTE));
        push(&mut data, run("slow", case, day * 24 * 60 * MINUTE + 1));
    }
    data.settle();
    assert_eq!(said(&data, &["slow"]), None);
}

#[test]
fn simulated_cached_and_unmade_runs_have_no_time() {
    let mut simulated = data(&["fast", "slow"], true);
    let mut unmade = data(&["fast", "slow"], false);
    for case in 0..20 {
        let later = run("slow", case, 60 * MINUTE);
        let mut cached = later.clone();
        cached.1.cache_hit = true;
        if case % 2 == 0 {
            cached.1.facts.status = RunStatus::NotRun;
            cached.1.cache_hit = false;
        }
        push(&mut simulated, run("fast", case, 0));
        push(&mut simulated, later);
        push(&mut unmade, run("fast", case, 0));
        push(&mut unmade, cached);
    }
    simulated.settle();
    unmade.settle();
    assert_eq!((said(&simulated, &["slow"]), said(&unmade, &["slow"])), (None, None));
}
