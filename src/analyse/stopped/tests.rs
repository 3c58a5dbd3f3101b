//! Decisions over batches whose race stopped versions: a winner must beat what was stopped, too, on the cases both have.
use serde_json::{Value, json};

use crate::analyse::data::Data;
use crate::analyse::decide::{DecideOptions, decide};
use crate::analyse::made::{self, hash, measured};
use crate::domain::{Batch, Decision, Standing, VerdictKind};
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
