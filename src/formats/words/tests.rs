//! Sentences that few decisions need; those of whole decisions are read in `fixtures/stories/`.
use super::*;
use crate::domain::{Behind, Caveat, Interval, Method};
use crate::formats::samples::{self, empty_decision, ranked};

/// `a` leads alone beside `b`, which stands like that.
fn alone(standing: Standing) -> Decision {
    let mut decision = empty_decision("x", VerdictKind::Winner);
    decision.leader = Some("a".to_owned());
    let by = (0.7, 0.6, 0.8);
    decision.ranking = vec![ranked("a", Some(1), by, &[]), ranked("b", None, by, &[])];
    (decision.ranking[1].runs, decision.ranking[1].standing) = (200, standing);
    decision
}

fn unranked(standing: Standing) -> String {
    let decision = alone(standing);
    let of = |(word, _): &Remark| *word == "unranked";
    remarks(&decision).into_iter().find(of).map(|(_, text)| text).unwrap_or_default()
}

#[test]
fn a_winner_that_nothing_was_held_against_is_one_by_default() {
    assert_eq!(headline(&alone(Standing::GateFailed)), "winner by default: a@1.0 (no other version passes)");
    let missing = alone(Standing::MissingMetric("cost".to_owned()));
    assert_eq!(headline(&missing), "winner by default: a@1.0 (others are unranked, not proven worse)");
    let mut behind = missing.clone();
    let by = |low| Behind { by: 0.1, interval: Interval::new(low, 0.2, Method::DeltaT), cases: 200 };
    behind.ranking[1].behind_at_best = Some(by(0.02));
    assert_eq!(headline(&behind), "winner: a@1.0 (others are behind even at their best)");
    behind.ranking[1].behind_at_best = Some(by(-0.02));
    assert_eq!(
        headline(&behind),
        "winner by default: a@1.0 (others are unranked, not proven worse)",
        "that may be chance"
    );
    let mut single = missing;
    single.ranking.pop();
    assert_eq!(headline(&single), "winner: a@1.0");
    single.caveats = vec![Caveat { code: "simulated", message: "made up".to_owned() }];
    assert_eq!(headline(&single), "winner: a@1.0 · simulated");
}

#[test]
fn what_is_in_the_way_of_a_verdict_comes_first() {
    let mut decision = samples::gate_failed().1;
    let both: Vec<String> = decision.ranking.iter().take(2).map(|ranked| ranked.version.clone()).collect();
    decision.contenders = both;
    assert!(headline(&decision).contains("not enough evidence yet: "), "{}", headline(&decision));
    decision.more_cases_needed = Some(1_000_000);
    assert!(headline(&decision).contains("not enough evidence: "), "{}", headline(&decision));
    (decision.ranking[0].runs, decision.ranking[0].failed) = (200, 34);
    assert!(headline(&decision).contains(" failed on 34 of its 200 runs"), "{}", headline(&decision));
}

#[test]
fn quantiles_and_what_a_winner_needs_are_explained_where_they_occur() {
    let mut decision = samples::clear_winner().1;
    let all = |decision: &Decision| reading(decision).join("\n");
    assert!(!all(&decision).contains("lie at or below") && !all(&decision).contains("may overlap"));
    decision.weights[2].name = "latency.p90".to_owned();
    assert!(all(&decision).contains("latency.p90: 90 of 100 runs lie at or below it; latency: their mean"));
    assert!(all(&decision).contains("; a winner has about .98 or more"), "{}", all(&decision));
    decision.ranking[1].interval = decision.ranking[0].interval;
    assert!(all(&decision).contains("may overlap although one wins"), "{}", all(&decision));
    (decision.verdict, decision.confidence) = (VerdictKind::Undecided, 0.9);
    assert!(all(&decision).contains("; a winner has about .95 or more"), "{}", all(&decision));
}

#[test]
fn what_keeps_a_version_out_is_told_with_whose_fault_it_is() {
    let lacking = |metric: &str, gaps| unranked(Standing::Coverage { metric: metric.to_owned(), gaps });
    assert!(
        lacking("accuracy", 27)
            .contains("no score by `accuracy` on 27 of its 200 runs, where the evaluator failed")
    );
    assert!(
        lacking("cost", 27).contains("its cost is unknown on 27 of its 200 runs; `proto trace RUN` shows")
    );
    assert!(lacking("accuracy", 0).contains("were not made; `proto run --resume`"));
}

#[test]
fn a_score_point_is_what_the_scores_weigh() {
    let mut decision = samples::clear_winner().1;
    let said = |decision: &Decision| reading(decision)[0].clone();
    assert!(said(&decision).ends_with("0.01 of a score, here 0.006 of utility"), "{}", said(&decision));
    decision.weights[0].weight = 0.475;
    assert!(said(&decision).ends_with("here 0.0047 of utility"), "{}", said(&decision));
    decision.weights[0].weight = 1.0;
    assert!(said(&decision).ends_with("here 0.01 of utility"), "{}", said(&decision));
}

#[test]
fn a_winner_that_is_not_the_baseline_comes_with_the_command_that_shows_it() {
    let mut decision = samples::clear_winner().1;
    let next = |decision: &Decision| {
        let found = remarks(decision).into_iter().find(|(word, _)| *word == "next");
        found.map(|(_, text)| text)
    };
    assert!(
        next(&decision).is_some_and(|text| text.starts_with("`proto version show short@1.1` prints what"))
    );
    decision.baseline = "short".to_owned();
    assert_eq!(next(&decision), None, "it is in use");
    (decision.baseline, decision.winner) = ("base".to_owned(), None);
    assert_eq!(next(&decision), None);
}

#[test]
fn a_reference_from_other_cases_than_those_shown_says_so() {
    let mut decision = samples::clear_winner().1;
    let said = |decision: &Decision| super::weights::weights(decision).unwrap_or_default();
    let at = decision.ranking.iter().position(|ranked| ranked.version == decision.baseline).unwrap_or(0);
    for (metric, weighed) in decision.ranking[at].metrics.iter_mut().zip(&decision.weights) {
        metric.0 = weighed.reference.or(metric.0);
    }
    assert!(said(&decision).contains(" at the baseline's 812 ms);"), "{}", said(&decision));
    decision.ranking[at].metrics[2].0 = Some(0.9);
    assert!(
        said(&decision).contains(" at the baseline's 812 ms over all its cases);"),
        "{}",
        said(&decision)
    );
    decision.weights[2].reference_source = Some("given");
    assert!(!said(&decision).contains("over all"), "{}", said(&decision));
}

#[test]
fn what_a_gate_costs_is_told() {
    let mut decision = alone(Standing::GateFailed);
    let told = |decision: &Decision| {
        remarks(decision).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n")
    };
    decision.ranking[0].utility = Some(0.7);
    decision.ranking[1].utility_at_best = Some(0.7004);
    assert!(told(&decision).contains(
        "b@1.0: without its gates it would have 0.700 of utility, no more than the first one's 0.700"
    ));
    decision.ranking[1].utility_at_best = Some(0.712);
    assert!(told(&decision).contains("would have 0.712 of utility, more than the first one's 0.700"));
}
