//! `--slice`: every number of a part of the cases against one worked out by hand, and gates of a slice.
use proto::analyse::{CompareOptions, Data, DecideOptions, Draws, compare, decide};
use proto::domain::{Decision, Gate, GateOp, GateValue, MetricRef, Report, Standing, WinnerRule};

use crate::drawn::{Outcome, Place, Study};

/// Thirty cases: `old` is right but on every fourth, `new` but on every fifth; `old` costs as many dollars as the
/// case's number from 1, `new` twice that; `old` takes ten seconds, `new` one. Every third case is german, every second
/// long, none is empty.
fn data() -> Data {
    let mut study = Study::new(&["old".to_owned(), "new".to_owned()], 1, false);
    study.batch.settings.insert("slices".into(), vec!["german", "long", "empty"].into());
    for (case, version) in (0..30).flat_map(|case| [(case, 0), (case, 1)]) {
        let right = case % [4, 5][version] != 0;
        let cost = (case + 1) as f64 * [1.0, 2.0][version];
        let outcome = Outcome::ok(f64::from(u8::from(right)), cost, [10.0, 1.0][version]);
        study.push(Place { version, case, repeat: 0, cluster: None }, outcome);
        let slices = match (case % 3, case % 2) {
            (0, 0) => "german,long",
            (0, _) => "german",
            (_, 0) => "long",
            _ => "",
        };
        study.runs.last_mut().expect("a run").0.slices = slices.into();
    }
    study.data()
}

fn compared(data: &Data, slice: Option<&str>) -> Report {
    let options =
        CompareOptions { slice: slice.map(str::to_owned), regressions: true, ..CompareOptions::default() };
    compare(data, &options).expect("a report")
}

fn decided(data: &Data, slice: Option<&str>, gates: &[Gate]) -> Decision {
    let weights = [("score", 0.5), ("cost", 0.5)].map(|(name, weight)| (name.to_owned(), weight)).to_vec();
    let rule = WinnerRule { weights, ..WinnerRule::default() };
    let draws = Draws::nothing();
    decide(
        data,
        &rule,
        gates,
        &DecideOptions { slice: slice.map(str::to_owned), draws, ..DecideOptions::default() },
    )
    .expect("a decision")
}

fn near(got: Option<f64>, want: f64, what: &str) {
    assert!(got.is_some_and(|got| (got - want).abs() < 1e-12), "{what}: {got:?}, by hand {want}");
}

/// What is worked out by hand of a slice.
struct ByHand {
    slice: Option<&'static str>,
    cases: u64,
    right: [f64; 2],
    cost: f64,
    won_lost_tied: (u64, u64, u64),
    lost: &'static [&'static str],
}

const BY_HAND: [ByHand; 3] = [
    // Of 0 to 29 the old fails on 0, 4, …, 28 (8), the new on 0, 5, …, 25 (6), both on 0 and 20.
    ByHand {
        slice: None,
        cases: 30,
        right: [22.0 / 30.0, 24.0 / 30.0],
        cost: 15.5,
        won_lost_tied: (6, 4, 20),
        lost: &["c000005", "c000010", "c000015", "c000025"],
    },
    // 0, 3, …, 27: the old fails on 0, 12, 24, the new on 0, 15.
    ByHand {
        slice: Some("german"),
        cases: 10,
        right: [0.7, 0.8],
        cost: 14.5,
        won_lost_tied: (2, 1, 7),
        lost: &["c000015"],
    },
    // 0, 2, …, 28: the old fails on 0, 4, …, 28 (8), the new on 0, 10, 20.
    ByHand {
        slice: Some("long"),
        cases: 15,
        right: [7.0 / 15.0, 12.0 / 15.0],
        cost: 15.0,
        won_lost_tied: (6, 1, 8),
        lost: &["c000010"],
    },
];

#[test]
fn every_number_of_a_slice_is_that_of_its_cases() {
    let data = data();
    for by_hand in &BY_HAND {
        let what = by_hand.slice.unwrap_or("all");
        let report = compared(&data, by_hand.slice);
        assert_eq!(report.units, by_hand.cases, "{what}");
        assert!(by_hand.slice.is_none() || report.cases == by_hand.cases, "{what}: {}", report.cases);
        let at =
            |name: &str| report.columns.iter().position(|column| column.name == name).expect("the metric");
        for (version, right) in report.versions.iter().zip(by_hand.right) {
            let value = |name: &str| &version.values[at(name)];
            near(value("right").value, right, what);
            assert_eq!((value("right").n, version.runs), (by_hand.cases, by_hand.cases), "{what}");
        }
        near(report.versions[0].values[at("cost")].value, by_hand.cost, what);
        near(report.versions[1].values[at("cost")].value, 2.0 * by_hand.cost, what);
        near(report.versions[0].spent_usd, by_hand.cost * by_hand.cases as f64, what);
        let against =
            |name: &str| report.comparisons.iter().find(|c| c.metric == name).expect("a comparison");
        let right = against("right");
        near(right.difference, by_hand.right[1] - by_hand.right[0], what);
        assert_eq!((right.wins, right.losses, right.ties), by_hand.won_lost_tied, "{what}");
        assert_eq!(right.pairs, by_hand.cases, "{what}");
        near(against("cost").ratio.map(|(ratio, _)| ratio), 2.0, what);
        near(against("latency").typical.map(|(ratio, _)| ratio), 0.1, what);
        let lost: Vec<&str> = report.regressions.iter().map(|lost| lost.case_id.as_str()).collect();
        assert_eq!(lost, by_hand.lost, "{what}");
    }
}

#[test]
fn a_decision_on_a_slice_takes_references_values_and_utilities_from_it() {
    let data = data();
    for by_hand in &BY_HAND {
        let what = by_hand.slice.unwrap_or("all");
        let decision = decided(&data, by_hand.slice, &[]);
        assert_eq!((decision.cases, decision.units), (by_hand.cases, by_hand.cases), "{what}");
        near(decision.weights[1].reference, by_hand.cost, what);
        let ranked = |name: &str| decision.ranking.iter().find(|one| one.version == name).expect("ranked");
        // Half a point of utility at the reference, a third of one at twice that.
        near(ranked("old").utility, 0.5 * by_hand.right[0] + 0.5 * 0.5, what);
        near(ranked("new").utility, 0.5 * by_hand.right[1] + 0.5 / 3.0, what);
        let margin = &decision.margins[0];
        near(Some(margin.parts.iter().sum()), margin.value, what);
    }
}

#[test]
fn a_gate_is_held_on_its_slice_and_on_the_one_that_is_decided_on() {
    let data = data();
    let gate = |slice: Option<&str>| Gate {
        metric: MetricRef { name: "right".to_owned(), slice: slice.map(str::to_owned) },
        op: GateOp::AtLeast,
        value: GateValue::Constant(0.5),
        text: "right >= 0.5".to_owned(),
    };
    let held = |decided_on: Option<&str>, gate_on: Option<&str>| {
        let decision = decided(&data, decided_on, &[gate(gate_on)]);
        let old = decision.ranking.iter().find(|one| one.version == "old").expect("old").clone();
        (old.gates[0].value.expect("a value"), old.standing)
    };
    near(Some(held(None, None).0), 22.0 / 30.0, "all");
    assert_eq!(held(None, Some("long")), (7.0 / 15.0, Standing::GateFailed));
    assert_eq!(held(Some("long"), None), (7.0 / 15.0, Standing::GateFailed));
    // 0, 6, 12, 18, 24 are both: the old fails on 0, 12, 24.
    assert_eq!(held(Some("german"), Some("long")), (0.4, Standing::GateFailed));
    assert_eq!(held(Some("german"), None), (0.7, Standing::Ranked));
}

#[test]
fn a_slice_without_cases_has_no_numbers_and_no_decision() {
    let data = data();
    let report = compared(&data, Some("empty"));
    assert_eq!((report.cases, report.units), (0, 0));
    assert!(report.versions.iter().flat_map(|version| &version.values).all(|value| value.value.is_none()));
    let rule = WinnerRule::default();
    let options = DecideOptions { slice: Some("empty".to_owned()), ..DecideOptions::default() };
    assert!(decide(&data, &rule, &[], &options).is_ok_and(|decision| decision.winner.is_none()));
}
