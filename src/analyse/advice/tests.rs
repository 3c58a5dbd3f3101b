//! The sentence for every verdict; those of whole decisions are read in `fixtures/stories/`.
use super::*;
use crate::domain::{Behind, Interval, MarginStatus, Method, Money, Unit, WhereAnswered};
use crate::formats::samples::{empty_decision, margin, ranked, sensitivity};

const WORTH: Worth = Worth { scores: 0.6 };

/// `a` before `b`, by so much; `a` costs $0.002, `b` $0.001 a run.
fn decision(verdict: VerdictKind, by: (f64, f64, f64), status: MarginStatus) -> Decision {
    let mut decision = empty_decision("x", verdict);
    decision.leader = Some("a".to_owned());
    decision.ranking = vec![ranked("a", Some(1), by, &[]), ranked("b", Some(2), by, &[])];
    (decision.ranking[0].cost, decision.ranking[1].cost) = (Money::from_usd(0.002), Money::from_usd(0.001));
    decision.margins = vec![margin("b", by, 0.9, status)];
    decision.max_regret = Some((-by.1).max(0.0));
    decision
}

fn said(decision: &Decision) -> String {
    advice(decision, WORTH, TiePrefer::Cost)
}

#[test]
fn a_winner_is_named_with_its_risk_and_the_weight_it_hangs_on() {
    let mut won = decision(VerdictKind::Winner, (0.09, 0.06, 0.12), MarginStatus::Beaten);
    assert_eq!(said(&won), "Take `a`: it is ahead even at the low end of what is likely.");
    won.margins[0].interval.low = Some(0.000_4);
    assert_eq!(
        said(&won),
        "Take `a`: likely it is between as good as `b` and 0.120 of utility (20.0 score points) better."
    );
    won.margins[0].interval.low = Some(0.06);
    won.sensitivity = vec![sensitivity("accuracy", 0.6, (0.0, 1.0), None, None)];
    assert!(said(&won).ends_with("; it stays first whichever one of the weights is changed."));
    won.sensitivity.push(sensitivity("latency", 0.2, (0.01, 1.0), Some("b"), None));
    won.sensitivity.push(sensitivity("cost", 0.2, (0.05, 0.62), Some("b"), Some("b")));
    assert!(
        said(&won).ends_with("; it stays first while the cost weight is between 0.05 and 0.62 (now 0.20).")
    );
    won.max_regret = Some(0.0024);
    assert!(
        said(&won).contains("it is likely behind by at most 0.002 of utility (0.4 score points), if at all;"),
        "{}",
        said(&won)
    );
}

#[test]
fn of_a_tie_any_will_do_and_the_one_preferred_is_named() {
    let mut tied = decision(VerdictKind::Tie, (0.002, -0.006, 0.009), MarginStatus::Equivalent);
    tied.tie_set = vec!["a".to_owned(), "b".to_owned()];
    tied.suggestion = Some("b".to_owned());
    assert_eq!(
        said(&tied),
        "Take either of `a`, `b`: at most 0.009 of utility (1.5 score points) is likely to lie between them, less \
         than the 0.010 that counts (`--rope`); `b` is the cheaper one, at $0.001 a run against $0.002."
    );
    assert!(advice(&tied, WORTH, TiePrefer::Latency).ends_with("; `b` is the faster one."));
    tied.baseline = "b".to_owned();
    for prefer in [TiePrefer::Baseline, TiePrefer::Latency, TiePrefer::Cost] {
        assert!(
            advice(&tied, WORTH, prefer).starts_with("Keep `b`, or take `a` as you like: at most 0.009 of")
        );
    }
    tied.baseline = "a".to_owned();
    assert!(
        said(&tied).ends_with("; `b` is the cheaper one, at $0.001 a run against $0.002."),
        "it saves money"
    );
    assert!(advice(&tied, WORTH, TiePrefer::Latency).ends_with("; `b` is the faster one."), "it saves time");
    tied.ranking[0].cost = Money::from_usd(0.001_001);
    assert!(said(&tied).starts_with("Keep `a`, or take `b` as you like: "), "as good as no cheaper");
    tied.baseline = "base".to_owned();
    tied.ranking[0].cost = Money::from_usd(0.001_001);
    assert!(said(&tied).ends_with("; `b` costs no more."));
    tied.ranking[0].cost = None;
    assert!(said(&tied).ends_with("; `b` is the first among them."));
    tied.tie_set.push("c".to_owned());
    assert!(said(&tied).starts_with(
        "Take any of `a`, `b`, `c`: at most 0.009 of utility (1.5 score points) is likely to lie between `a` and any \
         other, less than the 0.010 that counts (`--rope`)"
    ));
    tied.tie_set.pop();
    let bare = advice(&tied, Worth { scores: 0.0 }, TiePrefer::Cost);
    assert!(bare.contains("at most 0.009 of utility is likely"), "no scores, no score points: {bare}");
}

#[test]
fn what_is_open_says_how_much_more_it_takes_and_what_picking_now_risks() {
    let mut open = decision(VerdictKind::Undecided, (0.02, -0.012, 0.05), MarginStatus::Unresolved);
    open.more_cases_needed = Some(228);
    assert_eq!(
        said(&open),
        "Add about 230 new cases: with that many there is a chance of 8 in 10 that the answer is clear, whichever it is. If \
         you must choose now, `a` is the likelier best: at the low end of what is likely it is 0.012 of utility (2.0 score \
         points) worse."
    );
    (open.baseline, open.contenders) = ("b".to_owned(), vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(
        said(&open),
        "Keep `b` for now, and add about 230 new cases: with that many there is a chance of 8 in 10 that the answer is \
         clear, whichever it is. Changing to `a` now would be a bet: at the low end of what is likely it is 0.012 of utility \
         worse, at the high end 0.050 better (2.0 and 8.3 score points); careful is to keep `b`."
    );
    open.more_cases_needed = Some(10_001);
    let far = "Keep `b`, and stop here: to be sure of a lead as small as the one seen takes over 10000 new cases. Changing";
    assert!(said(&open).starts_with(far), "{}", said(&open));
    // (1.960 + 0.842) 0.02 / sqrt(10) = 0.0177
    open.margins[0].se = Some(0.02);
    let fewer = "Keep `b`, and stop here: to be sure of a lead as small as the one seen takes over 10000 new cases. If `a` \
                 really leads by 0.018 of utility (3.0 score points) or more, 1800 new cases, 10 times as many in all, \
                 would show it 8 times in 10: add them only if finding that is worth the work to you. Changing";
    assert!(said(&open).starts_with(fewer), "{}", said(&open));
    open.ranking[0].p_best = Some(0.81);
    assert!(
        said(&open).contains(
            " would be a bet (.81 that it is the best, where a winner has about .98): at the low end"
        )
    );
    open.ranking[0].p_best = Some(0.98);
    assert!(said(&open).contains(" would be a bet (.98 that it is the best): at the"), "{}", said(&open));
    (open.ranking[0].runs, open.ranking[0].failed) = (200, 34);
    assert!(said(&open).starts_with(
        "Mend `a` first (`proto runs --status error` lists its failures), and `proto run` all cases again. Until then, or \
         if it cannot be mended, keep `b`. Changing to `a` now would be a bet (.98"
    ));
    open.ranking[0].failed = 9;
    assert!(said(&open).starts_with("Keep `b`, and stop here"), "one in twenty is often");
    open.safe_to_pick = true;
    assert!(said(&open).ends_with(
        ". Picking `a` now is safe: whatever is best is likely less than 0.010 of utility (1.7 score points) better."
    ));
    assert!(!said(&open).contains("keep"), "what is safe to pick need not wait");
    open.more_cases_needed = None;
    assert!(said(&open).starts_with("Picking `a` now"));
    (open.safe_to_pick, open.max_regret) = (false, None);
    assert_eq!(said(&open), "Keep `b`. Nothing says yet what picking `a` now may lose.");
    (open.baseline, open.max_regret) = ("a".to_owned(), Some(0.021));
    assert_eq!(
        said(&open),
        "Keep `a`. `a` is likely behind the best by at most 0.021 of utility (3.5 score points), if at all."
    );
    open.ranking.iter_mut().for_each(|ranked| (ranked.runs, ranked.failed) = (200, 20));
    assert!(!said(&open).contains("keep"), "what is kept fails as often");
}

#[test]
fn of_a_version_that_fails_it_is_told_whether_mending_it_is_likely_to_pay() {
    let mut open = decision(VerdictKind::Undecided, (0.02, -0.012, 0.05), MarginStatus::Unresolved);
    (open.ranking[0].runs, open.ranking[0].failed, open.contenders) = (200, 34, vec!["a".to_owned()]);
    let answers = |evaluator: &str, mean, other| WhereAnswered {
        evaluator: evaluator.to_owned(),
        mean,
        beside: Some(("b".to_owned(), other)),
    };
    let mut told = |all: &[WhereAnswered]| {
        open.ranking[0].where_answered = all.to_vec();
        said(&open)
    };
    let (more, less) = (answers("accuracy", 0.958, 0.843), answers("tone", 0.6, 0.7));
    let begin =
        "Mend `a` first (`proto runs --status error` lists its failures), and `proto run` all cases again";
    assert_eq!(
        told(std::slice::from_ref(&more)),
        format!(
            "{begin}: where it answers, it scores more than `b` (0.958 against 0.843), though how it does on the cases it \
             failed is not known."
        )
    );
    assert_eq!(
        told(std::slice::from_ref(&less)),
        format!("{begin}: though even where it answers, it scores less than `b` (0.600 against 0.700).")
    );
    assert_eq!(
        told(&[more.clone(), more.clone()]),
        format!(
            "{begin}: where it answers, it scores more than `b`, though how it does on the cases it failed is not known."
        )
    );
    assert_eq!(told(&[more.clone(), less]), format!("{begin}."), "it hangs on what counts more");
    assert_eq!(told(&[WhereAnswered { beside: None, ..more }]), format!("{begin}."));
}

#[test]
fn what_costs_nothing_is_told_with_the_price_that_turns_it() {
    let mut open = decision(VerdictKind::Undecided, (0.02, -0.012, 0.05), MarginStatus::Unresolved);
    (open.baseline, open.contenders) = ("b".to_owned(), vec!["a".to_owned(), "b".to_owned()]);
    open.more_cases_needed = Some(228);
    open.weights.retain(|weighed| weighed.name == "cost");
    (open.weights[0].weight, open.weights[0].reference) = (0.2, Some(0.01));
    open.ranking[1].metrics = vec![(Some(0.01), Some(0.5), Some(0.1))];
    let mut costs = |cost: f64| {
        open.ranking[0].metrics = vec![(Some(cost), Some(1.0), Some(0.2))];
        said(&open)
    };
    assert!(costs(0.001).starts_with("Keep `b` for now, and add about"));
    // 0.2 0.01 / (0.01 + x) = 0.2 - 0.02
    assert!(
        costs(0.0).starts_with(
            "Keep `b` for now. Be sure first of what `a` costs: its price is $0, and as soon as a run of it costs $0.00111 \
             or more, `b` is ahead. If all that stands, add about 230 new cases"
        ),
        "{}",
        costs(0.0)
    );
    assert!(costs(0.0).contains(" Changing to `a` at a price of $0 now would be a bet: "));
    open.sensitivity = vec![sensitivity("cost", 0.2, (0.18, 1.0), Some("b"), None)];
    assert!(
        said(&open).contains(
            " is ahead. Then of the weight of cost: below 0.18 (now 0.20) `b` would be ahead. If all"
        )
    );
    open.sensitivity.push(sensitivity("latency", 0.2, (0.0, 0.24), None, Some("b")));
    assert!(said(&open).contains(
        " Then of the weights: with cost below 0.18 (now 0.20) or latency above 0.24 (now 0.20) `b` would be ahead. If"
    ));
    open.sensitivity[1].beyond_high = Some("c".to_owned());
    assert!(said(&open).contains(
        "with cost below 0.18 (now 0.20) `b`, with latency above 0.24 (now 0.20) `c` would be ahead."
    ));
    open.weights[0].weight = 0.015;
    assert!(said(&open).contains(" for now. Be sure first of the weights: with cost"), "no price turns it");
    assert!(said(&open).contains(" would be ahead. If they stand, add about 230 new cases"));
}

#[test]
fn where_units_are_too_few_new_ones_are_asked_for_of_new_clusters_where_those_count() {
    let mut open = decision(VerdictKind::Undecided, (0.02, -0.021, 0.05), MarginStatus::Unresolved);
    open.baseline = "a".to_owned();
    (open.reason_code, open.more_cases_needed) = (Some("few_units"), Some(2));
    assert_eq!(
        said(&open),
        "Keep `a` for now, add at least 2 new cases (the same ones again add nothing), and decide again: then there is a \
         verdict, or it is said how many more it takes."
    );
    // Three clusters of 200 cases: a cluster is one unit, and seven more of them are the least.
    (open.units, open.more_cases_needed) = (3, Some(467));
    assert_eq!(
        said(&open),
        "Keep `a` for now, add at least 7 new clusters (about 470 cases; more of those there are add little), and decide \
         again: then there is a verdict, or it is said how many more it takes."
    );
    open.reason_code = None;
    assert!(
        said(&open).starts_with(
            "Add about 7 new clusters (none of these 3), with about 67 cases each as now (470 cases): with"
        ),
        "{}",
        said(&open)
    );
    open.cluster_by = Some("customer".to_owned());
    assert!(said(&open).starts_with("Add about 7 new `customers` (none of these 3), with about 67"));
    open.reason_code = Some("coverage");
    assert!(said(&open).starts_with("Make the runs or scores that are missing first:"));
}

#[test]
fn where_none_passes_the_nearest_is_named_with_what_it_misses() {
    let mut none = decision(VerdictKind::NoneEligible, (0.0, 0.0, 0.0), MarginStatus::Unresolved);
    (none.leader, none.margins) = (None, Vec::new());
    let gate = |text: &str, unit, value: f64, bound: f64| GateResult {
        gate: text.to_owned(),
        unit,
        value: Some(value),
        bound: Some(bound),
        passed: false,
        missed_by: Some((value - bound).abs()),
        certainty: "fail",
    };
    let slow = gate("latency.p95 <= 3s", Unit::Seconds, 3.2, 3.0);
    let poor = gate("accuracy >= 0.9", Unit::Score, 0.6, 0.9);
    (none.ranking[0].standing, none.ranking[1].standing) = (Standing::GateFailed, Standing::GateFailed);
    (none.ranking[0].gates, none.ranking[1].gates) = (vec![poor.clone()], vec![slow.clone()]);
    assert_eq!(
        said(&none),
        "Keep `base` for now, since it is what you have and nothing passes to replace it. In percent `b` misses least: \
         `latency.p95 <= 3s` by 200 ms (7 % of the limit); `a` misses its gate by 33 %. Mend what keeps a version out \
         (below), or add one that passes; relax a gate only if less is good enough for you."
    );
    // A version is as far off as its worst gate.
    none.ranking[1].gates.push(gate("error_rate <= 0", Unit::Share, 0.5, 0.0));
    assert!(
        said(&none)
            .contains("In percent `a` misses least: `accuracy >= 0.9` by 0.300 (33 % of the limit). Mend")
    );
    none.ranking[0].gates = vec![GateResult { value: Some(0.95), missed_by: None, ..poor.clone() }];
    assert!(
        said(&none).contains("misses least: `accuracy >= 0.9` (met, but 200 cases are too few to be sure).")
    );
    none.ranking[0].gates = vec![GateResult { value: None, missed_by: None, ..poor }];
    assert!(
        said(&none).contains("In percent `b` misses least: `latency.p95 <= 3s` by"),
        "the unknown is furthest"
    );
    none.ranking.iter_mut().for_each(|ranked| ranked.standing = Standing::MissingMetric("cost".to_owned()));
    assert!(said(&none).starts_with("Pick none yet: give what the versions lack"));
}

#[test]
fn a_winner_for_want_of_a_rival_is_no_praise() {
    let mut alone = decision(VerdictKind::Winner, (0.0, 0.0, 0.0), MarginStatus::Beaten);
    alone.margins.clear();
    alone.ranking[1].standing = Standing::GateFailed;
    assert_eq!(said(&alone), "`a` wins by default: nothing else passes (below).");
    alone.ranking[1].standing = Standing::MissingMetric("cost".to_owned());
    assert_eq!(
        said(&alone),
        "Say what `b` costs and run it again (below), and decide again; until then take `a`."
    );
    alone.baseline = "a".to_owned();
    let mut lacking = |metric: &str, gaps| {
        alone.ranking[1].standing = Standing::Coverage { metric: metric.to_owned(), gaps };
        said(&alone)
    };
    assert!(lacking("accuracy", 3).starts_with("Mend the evaluator `accuracy` (below)"));
    assert!(lacking("accuracy", 0).starts_with("Make the missing runs of `b` (below)"));
    assert!(lacking("tokens", 3).starts_with("Mend what keeps `b` out (below)"));
    assert!(lacking("tokens", 3).ends_with("; until then keep `a`."));
    (alone.ranking[0].utility, alone.ranking[1].utility_at_best) = (Some(0.7), Some(0.65));
    assert_eq!(
        said(&alone),
        "Keep `a`: even at its best, `b` would stay behind on these cases, with 0.650 of utility against 0.700; to have \
         it ranked all the same, mend what keeps `b` out (below)."
    );
    let mut best = |standing| {
        alone.ranking[1].standing = standing;
        said(&alone)
    };
    let coverage = |metric: &str, gaps| Standing::Coverage { metric: metric.to_owned(), gaps };
    assert!(
        best(Standing::MissingMetric("cost".to_owned()))
            .starts_with("Keep `a`: even if it cost nothing, `b` would")
    );
    assert!(
        best(coverage("accuracy", 3))
            .starts_with("Keep `a`: even with full marks where the evaluator failed, `b`")
    );
    assert!(best(coverage("tokens", 3)).starts_with("Keep `a`: even at its best, `b` would"));
    alone.ranking[1].utility_at_best = Some(0.7);
    assert!(said(&alone).ends_with(
        ", and decide again: at its best, `b` would be ahead, with 0.700 of utility against 0.700; until then keep `a`."
    ));
    alone.ranking.pop();
    assert_eq!(said(&alone), "`a` wins by default.");
}

#[test]
fn how_far_behind_at_its_best_is_told_with_whether_that_may_be_chance() {
    let mut alone = decision(VerdictKind::Winner, (0.0, 0.0, 0.0), MarginStatus::Beaten);
    alone.margins.clear();
    alone.baseline = "a".to_owned();
    alone.ranking[1].standing = Standing::Coverage { metric: "tokens".to_owned(), gaps: 3 };
    (alone.ranking[0].utility, alone.ranking[1].utility_at_best) = (Some(0.7), Some(0.65));
    let mut behind = |by: f64, low, high, cases| {
        let interval = Interval::new(low, high, Method::DeltaT);
        alone.ranking[1].behind_at_best = Some(Behind { by, interval, cases });
        said(&alone)
    };
    assert_eq!(
        behind(0.05, 0.01, 0.09, 197),
        "Keep `a`: even at its best, `b` would be behind on the 197 of these 200 cases that `a` has values on, by 0.050 of utility \
         (worth as much as 8.3 score points; likely 0.010 to 0.090); to have it ranked all the same, mend what keeps `b` \
         out (below)."
    );
    assert_eq!(
        behind(0.05, -0.01, 0.11, 200),
        "Keep `a` for now: even at its best, `b` would be behind on these cases, by 0.050 of utility (worth as much as 8.3 \
         score points; likely from 0.010 ahead to 0.110 behind), which may be chance. If you want to be sure of that, add \
         cases; what it lacks could only put it further behind. To have it ranked all the same, mend what keeps `b` out \
         (below)."
    );
    assert!(
        behind(-0.01, -0.06, 0.04, 200).starts_with("Keep `a`: even at its best, `b` would stay behind on"),
        "by its own cases"
    );
    alone.ranking[1].failed = 1;
    let interval = Interval::new(0.01, 0.09, Method::DeltaT);
    alone.ranking[1].behind_at_best = Some(Behind { by: 0.05, interval, cases: 190 });
    assert!(
        said(&alone).contains("on the 190 of these 200 cases that both have values on"),
        "what failed has no latency"
    );
}
