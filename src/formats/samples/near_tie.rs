//! The story of two versions that cannot be told apart, and of a third whose price nobody knows.
use super::parts::{compared, empty_decision, empty_report, margin, ranked, sensitivity, version};
use crate::domain::{
    Behind, Caveat, Comparison, ComparisonVerdict, Decision, Interval, MarginStatus, Method, Money, Report,
    Standing, Unit, Value, VerdictKind,
};

/// `a` and `b` cannot be told apart; the price of `local` is unknown and its P99 has no upper bound.
pub fn near_tie() -> (Report, Decision) {
    let report = near_tie_report();
    let decision = near_tie_decision(&report.caveats);
    (report, decision)
}

fn near_tie_report() -> Report {
    let mut report = empty_report(
        "summaries",
        &[
            ("faithful", Unit::Score),
            ("style", Unit::Score),
            ("cost", Unit::Usd),
            ("tokens", Unit::Tokens),
            ("latency", Unit::Seconds),
            ("latency.p50", Unit::Seconds),
            ("latency.p95", Unit::Seconds),
            ("latency.p99", Unit::Seconds),
        ],
    );
    (report.repeats, report.units, report.cases, report.simulated) = (3, 60, 60, true);
    let [a, b, c] = near_tie_values();
    report.versions = vec![
        version("a", "sim/steady", &a),
        version("b", "sim/steady", &b),
        version("local", "sim/steady", &c),
    ];
    let local = &mut report.versions[2];
    local.values[2] = Value {
        value: None,
        n: 0,
        missing: 180,
        interval: Interval::none(Method::LogT),
        runs_needed: None,
        design_effect: None,
        spread: None,
    };
    (local.spent_usd, local.values[0].missing, local.values[7].interval.high) = (None, 2, None);
    for (version, queue) in report.versions.iter_mut().zip([0.0121, 0.0118, 0.904]) {
        (version.queue_mean, version.backoff_mean, version.retries) = (queue, queue / 4.0, 2);
    }
    report.baseline = "a".into();
    report.comparisons = near_tie_comparisons();
    report.comparisons[0].wins = 21;
    report.caveats = vec![
        Caveat {
            code: "simulated",
            message:
                "the answers are simulated: the numbers show how the method behaves, not how good a model is"
                    .into(),
        },
        Caveat {
            code: "unknown-price",
            message: "no price is known for `local`; give one under `prices:` and evaluate again".into(),
        },
    ];
    report
}

/// Estimate, low, high of every column, a version a row.
fn near_tie_values() -> [[(f64, f64, f64); 8]; 3] {
    let a = [
        (0.81, 0.76, 0.85),
        (0.72, 0.68, 0.76),
        (1.2e-6, 1.1e-6, 1.3e-6),
        (812.0, 780.0, 845.0),
        (2.31, 2.2, 2.43),
        (2.1, 2.0, 2.2),
        (4.8, 4.2, 6.1),
        (9.1, 6.4, 31.0),
    ];
    let b = [
        (0.815, 0.765, 0.855),
        (0.715, 0.67, 0.755),
        (1.05e-6, 0.9e-6, 1.2e-6),
        (790.0, 755.0, 830.0),
        (2.29, 2.17, 2.41),
        (2.0, 1.9, 2.2),
        (4.9, 4.2, 6.4),
        (9.4, 6.4, 33.0),
    ];
    let c = [
        (0.79, 0.74, 0.83),
        (0.7, 0.65, 0.74),
        (0.0, 0.0, 0.0),
        (11_950.0, 11_200.0, 12_700.0),
        (0.42, 0.4, 0.44),
        (0.38, 0.36, 0.41),
        (0.9, 0.8, 1.1),
        (1.4, 1.1, 2.0),
    ];
    [a, b, c]
}

fn near_tie_comparisons() -> Vec<Comparison> {
    vec![
        compared("b", "faithful", (0.005, -0.004, 0.009), None, ComparisonVerdict::Equivalent),
        compared(
            "b",
            "cost",
            (-1.5e-7, -3e-7, 0.0),
            Some((0.875, 0.77, 0.99)),
            ComparisonVerdict::Inconclusive,
        ),
        compared("local", "faithful", (-0.02, -0.05, 0.01), None, ComparisonVerdict::Inconclusive),
        compared(
            "local",
            "tokens",
            (11_138.0, 10_400.0, 11_900.0),
            Some((14.72, 13.5, 16.0)),
            ComparisonVerdict::Worse,
        ),
    ]
}

fn near_tie_decision(caveats: &[Caveat]) -> Decision {
    let mut decision = empty_decision("summaries", VerdictKind::Tie);
    decision.baseline = "a".into();
    (decision.leader, decision.suggestion, decision.tie_set) =
        (Some("a".into()), Some("b".into()), vec!["a".into(), "b".into()]);
    decision.ranking = vec![
        ranked(
            "a",
            Some(1),
            (0.683, 0.65, 0.71),
            &[(0.81, 0.81, 0.486), (1.2e-6, 0.5, 0.1), (2.31, 0.5, 0.1)],
        ),
        ranked(
            "b",
            Some(2),
            (0.681, 0.65, 0.71),
            &[(0.815, 0.815, 0.489), (1.05e-6, 0.53, 0.107), (2.29, 0.5, 0.1)],
        ),
        ranked("local", None, (0.0, 0.0, 0.0), &[(0.79, 0.79, 0.474)]),
    ];
    let (cheap, dear) = (Money::from_usd(1.05e-6), Money::from_usd(1.2e-6));
    (decision.ranking[0].cost, decision.ranking[1].cost) = (dear, cheap);
    let local = &mut decision.ranking[2];
    (local.utility, local.interval, local.standing) =
        (None, Interval::none(Method::Bootstrap), Standing::MissingMetric("cost".into()));
    local.metrics.extend([(None, None, None), (Some(0.42), Some(0.84), None)]);
    local.behind_at_best =
        Some(Behind { by: 0.031, interval: Interval::new(-0.012, 0.074, Method::DeltaT), cases: 200 });
    decision.ranking[0].rank_interval = Some((1, 2));
    decision.ranking[1].rank_interval = Some((1, 2));
    decision.margins = vec![margin("b", (0.002, -0.004, 0.008), 0.62, MarginStatus::Equivalent)];
    decision.sensitivity = vec![sensitivity("cost", 0.2, (0.05, 0.31), Some("b"), Some("b"))];
    (decision.safe_to_pick, decision.max_regret) = (true, Some(0.004));
    decision.margins[0].parts = vec![-0.003, -0.007, 0.0];
    decision.advice =
        "Take either of `a`, `b`: at most 0.008 of utility is likely to lie between them.".into();
    decision.reason = "`a` is ahead of `b` by 0.002 of utility (likely -0.004 to 0.008).".into();
    decision.caveats = caveats.to_vec();
    decision
}
