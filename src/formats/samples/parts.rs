//! The pieces the stories are made of, with everything that does not matter filled in.
use crate::domain::{
    Better, Column, Comparison, ComparisonVerdict, Decision, Digest, Interval, Margin, MarginStatus, Method,
    Ranked, Report, Sensitivity, Standing, Unit, Value, VerdictKind, VersionReport, WeightedMetric,
};

/// A report of 200 cases without versions.
pub fn empty_report(name: &str, columns: &[(&str, Unit)]) -> Report {
    let column = |(name, unit): &(&str, Unit)| Column {
        name: (*name).to_owned(),
        unit: *unit,
        better: Some(if *unit == Unit::Score { Better::Higher } else { Better::Lower }),
        is_score: *unit == Unit::Score,
    };
    Report {
        project: "desk".into(),
        experiment: name.to_owned(),
        batches: vec![("9f2c41".into(), "2026-11-20T10:31:00Z".parse().unwrap())],
        dataset: Digest::of(b"cases"),
        slice: None,
        cases: 200,
        repeats: 1,
        baseline: "base".into(),
        confidence: 0.95,
        difference_confidence: 0.95,
        units: 200,
        cluster_by: None,
        weight_by: None,
        columns: columns.iter().map(column).collect(),
        versions: Vec::new(),
        comparisons: Vec::new(),
        regressions: Vec::new(),
        repeated: Vec::new(),
        caveats: Vec::new(),
        simulated: false,
    }
}

/// A version and its values: estimate, low, high.
pub fn version(name: &str, model: &str, values: &[(f64, f64, f64)]) -> VersionReport {
    let value = |(value, low, high): &(f64, f64, f64)| Value {
        value: Some(*value),
        n: 200,
        missing: 0,
        interval: Interval::new(*low, *high, Method::LogT),
        runs_needed: None,
        design_effect: None,
        spread: None,
    };
    VersionReport {
        name: name.to_owned(),
        label: if name == "short" { "1.1".into() } else { "1.0".into() },
        hash: Digest::of(name.as_bytes()),
        model: model.to_owned(),
        runs: 200,
        failed: 0,
        not_run: 0,
        errors: Vec::new(),
        cached: 0,
        retries: 0,
        queue_mean: 0.0001,
        backoff_mean: 0.0,
        spent_usd: Some(1.25),
        throughput: Some(2.5),
        values: values.iter().map(value).collect(),
    }
}

/// One candidate on one metric.
pub fn compared(
    version: &str,
    metric: &str,
    (difference, low, high): (f64, f64, f64),
    ratio: Option<(f64, f64, f64)>,
    verdict: ComparisonVerdict,
) -> Comparison {
    Comparison {
        version: version.to_owned(),
        metric: metric.to_owned(),
        difference: Some(difference),
        interval: Interval::new(low, high, Method::T),
        ratio: ratio.map(|(ratio, low, high)| (ratio, Interval::new(low, high, Method::LogRatio))),
        p_value: Some(0.04),
        p_adjusted: Some(0.08),
        p_mid: None,
        wins: 12,
        losses: 13,
        ties: 175,
        win_rate: Some(0.4975),
        net: Some(-0.005),
        typical: None,
        pairs: 200,
        unpaired: (0, 0),
        paired: true,
        coverage: Some(1.0),
        d_z: None,
        more_cases: None,
        verdict,
    }
}

/// A decision without a ranking.
pub fn empty_decision(name: &str, verdict: VerdictKind) -> Decision {
    let metric = |name: &str, weight, unit, better, reference| WeightedMetric {
        name: name.to_owned(),
        weight,
        unit,
        better,
        reference,
        reference_source: reference.map(|_| "baseline"),
    };
    Decision {
        project: "desk".into(),
        experiment: name.to_owned(),
        verdict,
        winner: None,
        leader: None,
        baseline: "base".into(),
        weights: vec![
            metric("accuracy", 0.6, Unit::Score, Better::Higher, None),
            metric("cost", 0.2, Unit::Usd, Better::Lower, Some(0.002_134)),
            metric("latency", 0.2, Unit::Seconds, Better::Lower, Some(0.812)),
        ],
        exchange_rates: vec![("cost".into(), 5.555), ("latency".into(), 5.555)],
        formula: "ratio",
        ranking: Vec::new(),
        margins: Vec::new(),
        sensitivity: Vec::new(),
        robustness: Vec::new(),
        pareto: Vec::new(),
        tie_set: Vec::new(),
        contenders: Vec::new(),
        suggestion: None,
        safe_to_pick: false,
        max_regret: None,
        more_cases_needed: None,
        rope: 0.01,
        confidence: 0.95,
        seed: 42,
        replicates: 10_000,
        cases: 200,
        units: 200,
        cluster_by: None,
        weight_by: None,
        advice: String::new(),
        reason: String::new(),
        reason_code: None,
        caveats: Vec::new(),
    }
}

/// A place: utility with its ends, and each metric's value, utility and share.
pub fn ranked(
    name: &str,
    rank: Option<u32>,
    (utility, low, high): (f64, f64, f64),
    metrics: &[(f64, f64, f64)],
) -> Ranked {
    Ranked {
        version: name.to_owned(),
        label: if name == "short" { "1.1".into() } else { "1.0".into() },
        hash: Digest::of(name.as_bytes()),
        rank,
        rank_interval: None,
        utility: Some(utility),
        interval: Interval::new(low, high, Method::Bootstrap),
        expected_rank: None,
        p_best: None,
        p_feasible: None,
        p_pareto: None,
        utility_at_best: None,
        behind_at_best: None,
        metrics: metrics
            .iter()
            .map(|(value, utility, share)| (Some(*value), Some(*utility), Some(*share)))
            .collect(),
        standing: Standing::Ranked,
        gates: Vec::new(),
        pareto: rank == Some(1),
        dominated_by: None,
        cost: None,
        runs: 200,
        failed: 0,
        where_answered: Vec::new(),
    }
}

/// The leader against one rival.
pub fn margin(
    version: &str,
    (value, low, high): (f64, f64, f64),
    p_beats: f64,
    status: MarginStatus,
) -> Margin {
    Margin {
        version: version.to_owned(),
        value,
        se: Some(0.01),
        interval: Interval::new(low, high, Method::DeltaT),
        p_beats: Some(p_beats),
        status,
        units_needed: None,
        more_cases: None,
        parts: Vec::new(),
    }
}

/// How far a weight can move.
pub fn sensitivity(
    metric: &str,
    weight: f64,
    (from, to): (f64, f64),
    below: Option<&str>,
    above: Option<&str>,
) -> Sensitivity {
    Sensitivity {
        metric: metric.to_owned(),
        weight,
        holds_from: from,
        holds_to: to,
        beyond_low: below.map(str::to_owned),
        beyond_high: above.map(str::to_owned),
    }
}
