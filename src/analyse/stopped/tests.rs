//! Decisions over batches whose race stopped versions: a winner must beat what was stopped, too, on the cases both have.
use serde_json::{Value, json};

use super::{against, settle};
use crate::analyse::data::Data;
use crate::analyse::decide::{DecideOptions, decide};
use crate::analyse::made::{self, hash, measured};
use crate::analyse::margin::margin;
use crate::analyse::stats::panel::{Cell, Measure, Metric};
use crate::analyse::stats::rule::Rule;
use crate::analyse::stats::utility::Transform;
use crate::domain::{Batch, Decision, Margin, MarginStatus, Standing, VerdictKind};
use crate::formats::samples;
use crate::stores::{MeasuredCase, MeasuredScore, MeasuredValue};

const JUDGE: &str = "equals";

fn batch(versions: usize, race: &Value) -> Batch {
    let version = |v: usize| json!({"name": name(v), "hash": hash(&name(v)).hex(), "model": "m"});
    let settings = json!({
        "repeats": 1,
        "versions": (0..versions).map(version).collect::<Vec<_>>(),
        "evaluators": [{"name": JUDGE, "kind": JUDGE, "hash": hash(JUDGE).hex(), "weight": 1.0}],
        "winner": {},
        "race": race,
    });
    made::batch(&settings)
}

fn name(version: usize) -> String {
    format!("v{version}")
}

/// The decision over the scores of each version, on its first cases; `out` lists who was stopped.
fn decided(scores: &[Vec<f64>], out: &[usize], over_after: Option<u64>) -> Decision {
    let stopped = |&v: &usize| json!({"hash": hash(&name(v)).hex(), "by": "v0", "after_cases": scores[v].len(), "margin": 0.1});
    let race = json!({"out": out.iter().map(stopped).collect::<Vec<_>>(), "over_after": over_after});
    let mut data = Data::new(&[batch(scores.len(), &race)], false).expect("one batch");
    for case in 0..scores.iter().map(Vec::len).max().unwrap_or(0) {
        let id = format!("c{case:04}");
        let number = data.push_case(&MeasuredCase { id: id.as_str().into(), ..MeasuredCase::default() });
        for (v, scores) in scores.iter().enumerate().filter(|(_, scores)| case < scores.len()) {
            let value = MeasuredValue::Scored(scores[case], None);
            let score = MeasuredScore { evaluator: JUDGE.into(), hash: hash(JUDGE), value };
            let mut run = measured(hash(&name(v)));
            run.scores = vec![score];
            data.push(number, &run);
        }
    }
    data.settle();
    decide(&data, &data.rule(), &[], &DecideOptions::default()).expect("a decision")
}

/// So many cases, right on all but every so many-th.
fn right(cases: usize, wrong: usize) -> Vec<f64> {
    (0..cases).map(|i| f64::from(u8::from((i + 1) % wrong != 0))).collect()
}

#[test]
fn a_winner_must_beat_what_was_stopped() {
    let clear = decided(&[vec![1.0; 100], vec![0.0; 40]], &[1], Some(40));
    assert_eq!((clear.verdict, clear.winner.as_deref()), (VerdictKind::Winner, Some("v0")));
    assert_eq!((clear.confidence, clear.reason_code, clear.safe_to_pick), (0.9875, None, true));
    let unclear = decided(&[vec![1.0; 100], right(40, 20)], &[1], Some(40));
    assert_eq!((unclear.verdict, unclear.winner.as_deref()), (VerdictKind::Undecided, None));
    assert_eq!((unclear.contenders, unclear.safe_to_pick), (vec!["v0".to_owned(), "v1".to_owned()], false));
    assert!(unclear.max_regret.is_some_and(|regret| regret > 0.0));
}

#[test]
fn what_is_as_good_as_the_leader_ties_although_it_was_stopped() {
    let same = decided(&[right(400, 10), right(400, 10)], &[1], Some(400));
    assert_eq!((same.verdict, same.winner.as_deref()), (VerdictKind::Tie, None));
    assert_eq!(same.tie_set, ["v0", "v1"]);
}

#[test]
fn a_handful_of_common_cases_settles_nothing() {
    let few = decided(&[vec![1.0; 100], vec![0.0; 9]], &[1], Some(40));
    assert_eq!(few.verdict, VerdictKind::Undecided);
    assert_eq!(decided(&[vec![1.0; 100], vec![0.0; 10]], &[1], Some(40)).verdict, VerdictKind::Winner);
}

#[test]
fn what_only_the_quickest_had_begun_does_not_count() {
    let decision = decided(&[vec![1.0; 100], right(60, 3), vec![0.0; 40]], &[2], Some(60));
    assert_eq!((decision.cases, decision.verdict), (60, VerdictKind::Winner));
    let standing =
        |v: usize| decision.ranking.iter().find(|r| r.version == name(v)).map(|r| r.standing.clone());
    assert_eq!((standing(1), standing(2)), (Some(Standing::Ranked), Some(Standing::RacedOut(40))));
}

#[test]
fn what_a_stopped_version_still_needs_counts() {
    let unresolved = |name: &str, more| {
        let by = (0.02, -0.01, 0.05);
        Margin { more_cases: more, ..samples::margin(name, by, 0.8, MarginStatus::Unresolved) }
    };
    let mut decision = samples::empty_decision("x", VerdictKind::Winner);
    (decision.leader, decision.units) = (Some("a".to_owned()), 60);
    decision.margins = vec![unresolved("b", Some(40)), unresolved("stopped", Some(170))];
    settle(&mut decision);
    assert_eq!((decision.verdict, decision.more_cases_needed), (VerdictKind::Undecided, Some(170)));
    decision.margins[0].more_cases = None;
    settle(&mut decision);
    assert_eq!(decision.more_cases_needed, None, "one that is never settled");
    (decision.units, decision.more_cases_needed) = (8, Some(2));
    settle(&mut decision);
    assert_eq!(decision.more_cases_needed, Some(2));
    decision.margins.iter_mut().for_each(|margin| margin.status = MarginStatus::Beaten);
    decision.units = 60;
    settle(&mut decision);
    assert_eq!(decision.more_cases_needed, None, "all are settled");
}

#[test]
fn cases_that_a_stopped_version_was_spared_are_no_gaps() {
    let score = |i: usize| Cell::Value(f64::from(u8::from(!i.is_multiple_of(3))));
    let leader: Vec<Cell> = (0..60).map(score).collect();
    let stopped: Vec<Cell> = (0..60).map(|i| if i < 30 { score(i + i % 2) } else { Cell::Missing }).collect();
    let rows = [vec![Measure::Mean(&leader)], vec![Measure::Mean(&stopped)]];
    let metrics = [Metric { transform: Transform::Identity, weight: 1.0, evaluator: true }];
    let (rival, sample) = against(&metrics, &rows, 60, None, &Rule::default()).expect("thirty cases");
    assert_eq!((sample.n, sample.units), (30, 30));
    let more = margin(&rival, "b".to_owned(), &sample, Vec::new());
    assert_eq!(more.more_cases, more.units_needed.map(|units| units - 30));
    assert!(more.more_cases.is_some(), "{more:?}");
}
