//! Reports and decisions made by hand, for the tests of every format: a clear winner, a near tie with an unknown
//! price, a version that fails its gate, and one that no analysis should ever make.
use parts::{compared, empty_report, version};

use crate::domain::{
    Caveat, Comparison, ComparisonVerdict, Decision, GateResult, Interval, MarginStatus, Method, Range,
    Regression, Report, Spread, Standing, Unit, VerdictKind,
};

mod hostile;
mod near_tie;
mod parts;

pub use hostile::hostile;
pub use near_tie::near_tie;
pub use parts::{empty_decision, margin, ranked, sensitivity};

/// Every story.
pub fn all() -> Vec<(Report, Decision)> {
    vec![clear_winner(), near_tie(), gate_failed(), hostile()]
}

/// `short` is cheaper and faster at the same quality.
pub fn clear_winner() -> (Report, Decision) {
    let mut report = empty_report(
        "support-triage",
        &[
            ("accuracy", Unit::Score),
            ("cost", Unit::Usd),
            ("latency", Unit::Seconds),
            ("latency.p95", Unit::Seconds),
            ("error_rate", Unit::Share),
        ],
    );
    let base = [
        (0.87, 0.816, 0.91),
        (0.002_134, 0.00198, 0.0023),
        (0.812, 0.771, 0.855),
        (1.34, 1.21, 1.62),
        (0.0, 0.0, 0.019),
    ];
    let short = [
        (0.865, 0.81, 0.906),
        (0.000_871, 0.00081, 0.00094),
        (0.312, 0.29, 0.335),
        (0.498, 0.455, 0.56),
        (0.005, 0.001, 0.028),
    ];
    report.versions =
        vec![version("base", "openai/gpt-5", &base), version("short", "openai/gpt-5-mini", &short)];
    report.versions[1].values[1].spread = Some(Spread {
        total: 0.1742,
        runs: 200,
        mean: 0.000_871,
        of_runs: Range { min: 0.0004, max: 0.0031, sd: Some(0.000_46) },
        of_cases: Range { min: 0.0004, max: 0.0029, sd: Some(0.000_41) },
    });
    report.versions[0].spent_usd = Some(0.4268);
    report.versions[1].spent_usd = Some(0.1742);
    report.versions[1].failed = 1;
    report.versions[1].errors = vec![("timeout".into(), 1)];
    report.comparisons = clear_comparisons();
    report.regressions = vec![
        Regression {
            version: "short".into(),
            metric: "accuracy".into(),
            case_id: "refund-017".into(),
            baseline: 1.0,
            candidate: 0.0,
        },
        Regression {
            version: "short".into(),
            metric: "accuracy".into(),
            case_id: "escalation-with-two-products-in-one-message".into(),
            baseline: 1.0,
            candidate: 0.25,
        },
    ];
    report.caveats = vec![Caveat {
        code: "cached-latency",
        message: "12 answers came from the cache; their latency is that of the run that filled it".into(),
    }];
    (report, clear_decision())
}

fn clear_comparisons() -> Vec<Comparison> {
    let mut all = vec![
        compared("short", "accuracy", (-0.005, -0.041, 0.031), None, ComparisonVerdict::Inconclusive),
        compared(
            "short",
            "cost",
            (-0.00126, -0.0014, -0.0011),
            Some((0.408, 0.38, 0.44)),
            ComparisonVerdict::Better,
        ),
        compared(
            "short",
            "latency",
            (-0.5, -0.54, -0.46),
            Some((0.384, 0.35, 0.42)),
            ComparisonVerdict::Better,
        ),
        compared(
            "short",
            "latency.p95",
            (-0.84, -1.1, -0.6),
            Some((0.372, 0.30, 0.47)),
            ComparisonVerdict::Better,
        ),
    ];
    let typical = |low, high| Some((0.5_f64.sqrt(), Interval::new(low, high, Method::GeometricMeanRatio)));
    (all[1].typical, all[2].typical) = (typical(0.6, 0.8), typical(0.5, 1.1));
    all[0].more_cases = Some(7840);
    all
}

fn clear_decision() -> Decision {
    let mut decision = empty_decision("support-triage", VerdictKind::Winner);
    decision.winner = Some("short".into());
    decision.leader = Some("short".into());
    decision.ranking = vec![
        ranked(
            "short",
            Some(1),
            (0.814, 0.79, 0.838),
            &[(0.865, 0.865, 0.519), (0.000_871, 0.71, 0.142), (0.312, 0.72, 0.144)],
        ),
        ranked(
            "base",
            Some(2),
            (0.722, 0.69, 0.75),
            &[(0.87, 0.87, 0.522), (0.002_134, 0.5, 0.1), (0.812, 0.5, 0.1)],
        ),
    ];
    decision.ranking[0].p_best = Some(0.9996);
    decision.ranking[1].p_best = Some(0.0004);
    decision.margins = vec![margin("base", (0.092, 0.063, 0.121), 0.9999, MarginStatus::Beaten)];
    decision.sensitivity = vec![
        sensitivity("accuracy", 0.6, (0.0, 0.985), None, Some("base")),
        sensitivity("cost", 0.2, (0.0, 1.0), None, None),
        sensitivity("latency", 0.2, (0.0, 1.0), None, None),
    ];
    decision.robustness = vec![("short".into(), 0.994), ("base".into(), 0.006)];
    decision.safe_to_pick = true;
    decision.max_regret = Some(0.0);
    decision.margins[0].parts = vec![-0.003, 0.042, 0.044];
    decision.advice = "`short` wins; picking it risks nothing that 200 cases can show.".into();
    decision.reason =
        "It is ahead of the runner-up, `base`, by 0.092 of utility (likely 0.063 to 0.121).".into();
    decision
}

/// `flaky` fails its gate, and the other two are too close for the cases at hand.
pub fn gate_failed() -> (Report, Decision) {
    let report = gate_failed_report();
    let decision = gate_failed_decision();
    (report, decision)
}

fn gate_failed_report() -> Report {
    let mut report = empty_report(
        "extract-invoices",
        &[
            ("valid", Unit::Score),
            ("cost", Unit::Usd),
            ("latency", Unit::Seconds),
            ("error_rate", Unit::Share),
        ],
    );
    (report.cases, report.units) = (94, 94);
    let base = [(0.93, 0.86, 0.966), (0.0141, 0.0132, 0.0151), (1.92, 1.8, 2.05), (0.0, 0.0, 0.039)];
    let careful = [(0.957, 0.896, 0.983), (0.0193, 0.018, 0.0207), (2.6, 2.41, 2.8), (0.011, 0.002, 0.058)];
    let flaky = [(0.883, 0.802, 0.934), (0.0148, 0.0139, 0.0158), (71.2, 60.0, 84.0), (0.032, 0.011, 0.09)];
    report.versions = vec![
        version("base", "anthropic/claude-sonnet", &base),
        version("careful", "anthropic/claude-sonnet", &careful),
        version("flaky", "openai/gpt-5-mini", &flaky),
    ];
    let flaky = &mut report.versions[2];
    (flaky.failed, flaky.not_run, flaky.retries, flaky.backoff_mean) = (3, 4, 17, 3.2);
    flaky.errors = vec![("timeout".into(), 2), ("http.429".into(), 1)];
    flaky.values[0].missing = 4;
    report.comparisons = vec![
        compared("careful", "valid", (0.027, -0.021, 0.074), None, ComparisonVerdict::Inconclusive),
        compared(
            "careful",
            "cost",
            (0.0052, 0.004, 0.0064),
            Some((1.369, 1.27, 1.47)),
            ComparisonVerdict::Worse,
        ),
        compared("flaky", "valid", (-0.047, -0.091, -0.003), None, ComparisonVerdict::Inconclusive),
        compared("flaky", "latency", (69.3, 58.0, 82.0), Some((37.1, 31.0, 44.4)), ComparisonVerdict::Worse),
    ];
    report.caveats = vec![Caveat {
        code: "unpaired",
        message: "4 cases are missing for `flaky`; it is compared on the other 90".into(),
    }];
    report
}

fn gate_failed_decision() -> Decision {
    let mut decision = empty_decision("extract-invoices", VerdictKind::Undecided);
    (decision.cases, decision.units) = (94, 94);
    (decision.leader, decision.contenders) = (Some("careful".into()), vec!["careful".into(), "base".into()]);
    (decision.weights[0].name, decision.weights[0].weight) = ("valid".into(), 0.6);
    decision.ranking = vec![
        ranked(
            "careful",
            Some(1),
            (0.741, 0.71, 0.77),
            &[(0.957, 0.957, 0.574), (0.0193, 0.422, 0.084), (2.6, 0.41, 0.083)],
        ),
        ranked(
            "base",
            Some(2),
            (0.733, 0.7, 0.765),
            &[(0.93, 0.93, 0.558), (0.0141, 0.5, 0.1), (1.92, 0.38, 0.075)],
        ),
        ranked(
            "flaky",
            None,
            (0.64, 0.59, 0.68),
            &[(0.883, 0.883, 0.53), (0.0148, 0.49, 0.098), (71.2, 0.03, 0.012)],
        ),
    ];
    let gates = [(0.011, true, "uncertain"), (0.0, true, "uncertain"), (0.032, false, "uncertain")];
    for (ranked, (value, passed, certainty)) in decision.ranking.iter_mut().zip(gates) {
        let gate = |gate: &str, unit, value, bound, passed, certainty| GateResult {
            gate: gate.into(),
            unit,
            value: Some(value),
            bound: Some(bound),
            passed,
            missed_by: Some(value - bound).filter(|_| !passed),
            certainty,
        };
        ranked.gates = vec![
            gate("error_rate <= 0.02", Unit::Share, value, 0.02, passed, certainty),
            gate(
                "latency < 30s",
                Unit::Seconds,
                if passed { 2.0 } else { 71.2 },
                30.0,
                passed,
                if passed { "pass" } else { "fail" },
            ),
        ];
        ranked.p_best = passed.then_some(0.5 + value);
    }
    (decision.ranking[2].standing, decision.ranking[2].dominated_by) =
        (Standing::GateFailed, Some("base".into()));
    decision.margins = vec![margin("base", (0.008, -0.012, 0.028), 0.78, MarginStatus::Unresolved)];
    decision.sensitivity = vec![sensitivity("valid", 0.6, (0.52, 1.0), Some("base"), None)];
    (decision.max_regret, decision.more_cases_needed) = (Some(0.012), Some(228));
    decision.margins[0].more_cases = Some(228);
    decision.margins[0].parts = vec![0.016, -0.016, 0.008];
    decision.advice = "Run about 230 more cases: that many would settle it four times in five.".into();
    decision.reason = "`careful` is ahead of `base` by 0.008 of utility (likely -0.012 to 0.028).".into();
    decision.reason_code = Some("unresolved");
    decision
}
