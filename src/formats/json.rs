//! `json`: the machine contract `proto.compare/1` and `proto.decision/1`. Fields are only ever added; a number nobody
//! knows, or that is not finite, is `null`; intervals are `[low, high]`; metrics are keyed by name.
use serde_json::{Value, json};

use super::{Format, Layout, Member};
use crate::domain::{
    self, Better, Caveat, Column, Comparison, Decision, GateResult, Interval, Map, Margin, Money, Ranked,
    Regression, Repeated, Report, Sensitivity, Spread, Standing, VersionReport, WeightedMetric,
};
use crate::registry::Row;

#[cfg(test)]
mod tests;

/// The row.
pub const ROW: Row<Member> = Row {
    name: "json",
    aliases: &[],
    doc: "the machine contract, proto.compare/1 and proto.decision/1",
    keys: &[],
    make: Member { format: &Json },
};

/// The format.
pub(super) struct Json;

impl Format for Json {
    fn report(&self, report: &Report, _: Layout) -> String {
        document("proto.compare/1", report_json(report))
    }

    fn decision(&self, decision: &Decision, _: Layout) -> String {
        document("proto.decision/1", decision_json(decision))
    }
}

/// The document with its schema before everything else.
fn document(schema: &str, body: Value) -> String {
    let mut all = Map::new();
    all.insert("schema".to_owned(), schema.into());
    if let Value::Object(fields) = body {
        all.extend(fields);
    }
    format!("{:#}\n", Value::Object(all))
}

/// The report as `proto.compare/1` has it, without the `schema` key.
#[must_use]
pub fn report_json(report: &Report) -> Value {
    let batch = |(id, at): &(String, jiff::Timestamp)| json!({"id": id, "started": at.to_string()});
    json!({
        "project": report.project,
        "experiment": report.experiment,
        "batches": report.batches.iter().map(batch).collect::<Vec<_>>(),
        "dataset": report.dataset.to_string(),
        "slice": report.slice,
        "cases": report.cases,
        "repeats": report.repeats,
        "units": report.units,
        "cluster_by": report.cluster_by,
        "weight_by": report.weight_by,
        "baseline": report.baseline,
        "confidence": report.confidence,
        "difference_confidence": report.difference_confidence,
        "simulated": report.simulated,
        "versions": report.versions.iter().map(|version| version_json(report, version)).collect::<Vec<_>>(),
        "comparisons": report.comparisons.iter().map(comparison_json).collect::<Vec<_>>(),
        "regressions": report.regressions.iter().map(regression_json).collect::<Vec<_>>(),
        "repeated": report.repeated.iter().map(repeated_json).collect::<Vec<_>>(),
        "caveats": caveats_json(&report.caveats),
    })
}

fn version_json(report: &Report, version: &VersionReport) -> Value {
    let metric = |(column, value): (&Column, &domain::Value)| {
        let body = json!({
            "value": value.value,
            "unit": column.unit.name(),
            "better": column.better.map(Better::name),
            "n": value.n,
            "missing": value.missing,
            "interval": interval_json(&value.interval),
            "method": value.interval.method.name(),
            "is_score": column.is_score,
            "runs_needed": value.runs_needed,
            "design_effect": value.design_effect,
            "spread": value.spread.as_ref().map(spread_json),
        });
        (column.name.clone(), body)
    };
    json!({
        "name": version.name,
        "label": version.label,
        "hash": version.hash.to_string(),
        "model": version.model,
        "runs": version.runs,
        "failed": version.failed,
        "not_run": version.not_run,
        "errors": version.errors.iter().map(|(kind, n)| (kind.clone(), (*n).into())).collect::<Map>(),
        "cached": version.cached,
        "retries": version.retries,
        "queue_mean_s": version.queue_mean,
        "backoff_mean_s": version.backoff_mean,
        "spent_usd": version.spent_usd,
        "throughput_per_s": version.throughput,
        "metrics": report.columns.iter().zip(&version.values).map(metric).collect::<Map>(),
    })
}

fn spread_json(spread: &Spread) -> Value {
    json!({
        "total": spread.total,
        "run_n": spread.runs,
        "run_mean": spread.mean,
        "run_min": spread.of_runs.min,
        "run_max": spread.of_runs.max,
        "run_sd": spread.of_runs.sd,
        "case_min": spread.of_cases.min,
        "case_max": spread.of_cases.max,
        "case_sd": spread.of_cases.sd,
    })
}

fn comparison_json(comparison: &Comparison) -> Value {
    let ratio = |(ratio, interval): &(f64, Interval)| json!({"value": ratio, "interval": interval_json(interval), "method": interval.method.name()});
    json!({
        "version": comparison.version,
        "metric": comparison.metric,
        "difference": comparison.difference,
        "interval": interval_json(&comparison.interval),
        "method": comparison.interval.method.name(),
        "ratio": comparison.ratio.as_ref().map(ratio),
        "geometric_mean_ratio": comparison.typical.as_ref().map(ratio),
        "p_value": comparison.p_value,
        "p_adjusted": comparison.p_adjusted,
        "p_mid": comparison.p_mid,
        "wins": comparison.wins,
        "losses": comparison.losses,
        "ties": comparison.ties,
        "n_pairs": comparison.pairs,
        "only_candidate": comparison.unpaired.0,
        "only_baseline": comparison.unpaired.1,
        "pairing": if comparison.paired { "case" } else { "none" },
        "coverage": comparison.coverage,
        "win_rate": comparison.win_rate,
        "net": comparison.net,
        "d_z": comparison.d_z,
        "more_cases_needed": comparison.more_cases,
        "verdict": comparison.verdict.name(),
    })
}

fn regression_json(regression: &Regression) -> Value {
    json!({
        "version": regression.version,
        "metric": regression.metric,
        "case": regression.case_id,
        "baseline": regression.baseline,
        "candidate": regression.candidate,
    })
}

fn repeated_json(repeated: &Repeated) -> Value {
    let value = |part: Option<(f64, Interval)>| part.map(|(value, _)| value);
    let interval = |part: Option<(f64, Interval)>| part.map(|(_, interval)| interval_json(&interval));
    json!({
        "version": repeated.version,
        "metric": repeated.metric,
        "repeats": repeated.repeats,
        "flip_rate": value(repeated.flip_rate),
        "flip_rate_interval": interval(repeated.flip_rate),
        "pass_at_k": value(repeated.pass_any),
        "pass_at_k_interval": interval(repeated.pass_any),
        "pass_hat_k": value(repeated.pass_all),
        "pass_hat_k_interval": interval(repeated.pass_all),
        "share_of_variance": repeated.share,
        "cases_worth": repeated.cases_worth,
    })
}

fn caveats_json(caveats: &[Caveat]) -> Value {
    caveats.iter().map(|caveat| json!({"code": caveat.code, "message": caveat.message})).collect()
}

fn interval_json(interval: &Interval) -> Value {
    json!([interval.low, interval.high])
}

/// The decision as `proto.decision/1` has it, without the `schema` key.
#[must_use]
pub fn decision_json(decision: &Decision) -> Value {
    let mut body = verdict_json(decision);
    for (key, value) in basis_json(decision) {
        body.insert(key, value);
    }
    Value::Object(body)
}

/// What was decided.
fn verdict_json(decision: &Decision) -> Map {
    let nearest = decision.margins.iter().min_by(|a, b| a.value.total_cmp(&b.value));
    object(json!({
        "project": decision.project,
        "experiment": decision.experiment,
        "verdict": decision.verdict.name(),
        "winner": decision.winner,
        "leader": decision.leader,
        "advice": decision.advice,
        "reason": decision.reason,
        "reason_code": decision.reason_code,
        "baseline": decision.baseline,
        "ranking": decision.ranking.iter().map(|ranked| ranked_json(decision, ranked)).collect::<Vec<_>>(),
        "margin": nearest.map(|margin| margin_json(decision, margin)),
        "margins": decision.margins.iter().map(|margin| margin_json(decision, margin)).collect::<Vec<_>>(),
        "pareto": decision.pareto,
        "tie_set": decision.tie_set,
        "contenders": decision.contenders,
        "suggestion": decision.suggestion,
        "safe_to_pick": decision.safe_to_pick,
        "max_regret": decision.max_regret,
        "more_cases_needed": decision.more_cases_needed,
    }))
}

/// What it rests on.
fn basis_json(decision: &Decision) -> Map {
    let weight = |keep: fn(&WeightedMetric) -> Option<Value>| {
        let pairs = decision.weights.iter().filter_map(|metric| Some((metric.name.clone(), keep(metric)?)));
        pairs.collect::<Map>()
    };
    object(json!({
        "weights": weight(|metric| Some(json!(metric.weight))),
        "references": weight(|metric| metric.reference.map(|reference| json!(reference))),
        "reference_sources": weight(|metric| metric.reference_source.map(Value::from)),
        "exchange_rates": numbers(&decision.exchange_rates),
        "formula": decision.formula,
        "sensitivity": decision.sensitivity.iter().map(sensitivity_json).collect::<Vec<_>>(),
        "robustness": numbers(&decision.robustness),
        "rope": decision.rope,
        "confidence": decision.confidence,
        "seed": decision.seed,
        "replicates": decision.replicates,
        "cases": decision.cases,
        "units": decision.units,
        "cluster_by": decision.cluster_by,
        "weight_by": decision.weight_by,
        "caveats": caveats_json(&decision.caveats),
    }))
}

/// Value, utility and share of the utility of one weighted metric.
type Place = (Option<f64>, Option<f64>, Option<f64>);

fn ranked_json(decision: &Decision, ranked: &Ranked) -> Value {
    let metric = |pick: fn(&Place) -> Option<f64>| {
        let metrics = decision.weights.iter().zip(&ranked.metrics);
        metrics.map(|(weight, values)| (weight.name.clone(), json!(pick(values)))).collect::<Map>()
    };
    let failed = ranked.gates.iter().filter(|gate| !gate.passed);
    let (standing, metric_to_blame, gaps) = match &ranked.standing {
        Standing::Ranked => ("ranked", None, None),
        Standing::GateFailed => ("gate_failed", None, None),
        Standing::MissingMetric(metric) => ("missing_metric", Some(metric), None),
        Standing::Coverage { metric, gaps } => ("coverage", Some(metric), Some(gaps)),
        Standing::RacedOut(_) => ("raced_out", None, None),
    };
    json!({
        "version": ranked.version,
        "label": ranked.label,
        "hash": ranked.hash.to_string(),
        "rank": ranked.rank,
        "rank_interval": ranked.rank_interval.map(|(low, high)| [low, high]),
        "utility": ranked.utility,
        "interval": interval_json(&ranked.interval),
        "expected_rank": ranked.expected_rank,
        "p_best": ranked.p_best,
        "p_feasible": ranked.p_feasible,
        "p_pareto": ranked.p_pareto,
        "contributions": metric(|values| values.2),
        "values": metric(|values| values.0),
        "utilities": metric(|values| values.1),
        "eligible": ranked.standing == Standing::Ranked,
        "standing": standing,
        "standing_metric": metric_to_blame,
        "standing_gaps": gaps,
        "utility_at_best": ranked.utility_at_best,
        "behind_at_best": ranked.behind_at_best.map(|behind| {
            json!({"utility": behind.by, "interval": interval_json(&behind.interval), "cases": behind.cases})
        }),
        "failed_gates": failed.map(|gate| gate.gate.as_str()).collect::<Vec<_>>(),
        "gates": ranked.gates.iter().map(gate_json).collect::<Vec<_>>(),
        "pareto": ranked.pareto,
        "dominated_by": ranked.dominated_by,
        "cost_usd": ranked.cost.map(Money::usd),
        "runs": ranked.runs,
        "failed": ranked.failed,
    })
}

fn gate_json(gate: &GateResult) -> Value {
    json!({
        "gate": gate.gate,
        "value": gate.value,
        "bound": gate.bound,
        "unit": gate.unit.name(),
        "passed": gate.passed,
        "missed_by": gate.missed_by,
        "certainty": gate.certainty,
    })
}

fn margin_json(decision: &Decision, margin: &Margin) -> Value {
    let part = |(weight, part): (&WeightedMetric, &f64)| (weight.name.clone(), json!(part));
    json!({
        "version": margin.version,
        "value": margin.value,
        "se": margin.se,
        "interval": interval_json(&margin.interval),
        "p_beats": margin.p_beats,
        "status": margin.status.name(),
        "units_needed": margin.units_needed,
        "more_cases_needed": margin.more_cases,
        "contributions": decision.weights.iter().zip(&margin.parts).map(part).collect::<Map>(),
    })
}

fn sensitivity_json(sensitivity: &Sensitivity) -> Value {
    json!({
        "metric": sensitivity.metric,
        "weight": sensitivity.weight,
        "holds_from": sensitivity.holds_from,
        "holds_to": sensitivity.holds_to,
        "beyond_low": sensitivity.beyond_low,
        "beyond_high": sensitivity.beyond_high,
    })
}

fn numbers(pairs: &[(String, f64)]) -> Map {
    pairs.iter().map(|(name, number)| (name.clone(), json!(number))).collect()
}

/// The fields of what `json!({…})` made.
fn object(value: Value) -> Map {
    if let Value::Object(map) = value { map } else { Map::new() }
}
