//! What no analysis should ever make, and no format may break on.
use super::parts::{compared, empty_decision, empty_report, margin, ranked, version};
use crate::domain::{
    Caveat, ComparisonVerdict, Decision, MarginStatus, Regression, Report, Standing, Unit, VerdictKind,
};

/// Numbers that are none, names that would break a table or a terminal, versions without values.
pub fn hostile() -> (Report, Decision) {
    let mut report = empty_report(
        "a|b\u{1b}[31m\nc",
        &[
            ("判定", Unit::Score),
            ("cost", Unit::Usd),
            ("latency.p99", Unit::Seconds),
            ("n", Unit::Count),
            ("rate", Unit::PerSecond),
        ],
    );
    let long = "a-very-long-name-of-a-version-that-nobody-should-have-given-but-somebody-did";
    let broken = [
        (f64::NAN, f64::NEG_INFINITY, f64::INFINITY),
        (f64::INFINITY, 0.0, 1.0),
        (-0.0, -1e-20, 1e-20),
        (1e15, 0.0, 1e18),
        (0.0, 0.0, 0.0),
    ];
    report.versions = vec![version(long, "日本語/モデル|x", &broken), version("<b>`x`*", "", &broken)];
    report.versions[1].values.clear();
    (report.versions[0].queue_mean, report.versions[0].spent_usd) = (f64::NAN, Some(f64::NAN));
    report.baseline = "nobody".into();
    report.comparisons = vec![
        compared(long, "判定", (f64::NAN, f64::NAN, f64::INFINITY), None, ComparisonVerdict::Worse),
        compared(
            long,
            "unknown",
            (1.0, 0.0, 2.0),
            Some((f64::INFINITY, 0.0, f64::NAN)),
            ComparisonVerdict::Better,
        ),
    ];
    report.regressions = vec![Regression {
        version: "x\ty".into(),
        metric: "判定".into(),
        case_id: "日".repeat(70),
        baseline: f64::NAN,
        candidate: 0.0,
    }];
    report.caveats = vec![Caveat { code: "long", message: "x".repeat(200) }];
    let mut decision = empty_decision("a|b\n", VerdictKind::NoneEligible);
    (decision.leader, decision.max_regret, decision.confidence) =
        (Some("gone".into()), Some(f64::NAN), f64::NAN);
    decision.ranking = vec![ranked(long, Some(1), (f64::NAN, f64::NAN, f64::NAN), &[])];
    decision.ranking[0].standing = Standing::Coverage { metric: "判定".into(), gaps: 3 };
    decision.margins =
        vec![margin("<b>", (f64::NAN, f64::NAN, f64::NAN), f64::NAN, MarginStatus::Unresolved)];
    decision.exchange_rates = vec![("cost".into(), f64::INFINITY)];
    (report, decision)
}
