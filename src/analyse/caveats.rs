//! What a reader must know before trusting the numbers, with stable codes.
mod failures;
mod weighed;

use super::cells::Cells;
use super::compare::Judged;
use super::data::{Data, DataError, Measured, RunFacts};
use super::drift;
use super::formula;
use super::metric::Metric;
use super::stats::paired::{COVERAGE_REFUSE, COVERAGE_WARN};
use super::trend;
use super::words::independent;
use crate::domain::{
    Caveat, Decision, IntervalKind, Method, Report, RunStatus, Standing, Test, Unit, VerdictKind, WinnerRule,
    counted,
};
use crate::stores::MeasuredValue;

/// Below this many independent cases an interval misses what is not in the sample.
const FEW: u64 = 30;

/// The caveats of a comparison.
pub(super) fn of_report(data: &Data, report: &Report, tails: Vec<Caveat>, selected: &[bool]) -> Vec<Caveat> {
    let mut found = shared(data, report.units);
    let names = report.versions.iter().map(|version| version.name.as_str());
    found.extend(drift::note(data, &report.baseline, names, selected).map(|text| caveat("drift", text)));
    found.extend(trend::note(data, selected).map(|text| caveat("latency-trend", text)));
    if data.versions.iter().all(|version| data.raced_out(version).is_none()) {
        unpaired(report, &mut found);
    }
    if data.is_raced() {
        found.push(caveat(
            "raced-intervals",
            "a race ends where the numbers let it, so these intervals are too narrow; `choose-winner` pays for that",
        ));
    }
    spread(report, &mut found);
    found.extend(tails);
    constant(data, &mut found);
    found
}

/// The caveats of a decision.
pub(super) fn of_decision(
    data: &Data,
    decision: &Decision,
    rule: &WinnerRule,
    selected: &[bool],
) -> Vec<Caveat> {
    let mut found = shared(data, if decision.units > 0 { decision.units } else { decision.cases });
    let held =
        decision.ranking.iter().filter(|r| matches!(r.standing, Standing::Ranked | Standing::RacedOut(_)));
    let names = held.map(|ranked| ranked.version.as_str());
    let apart = decision.leader.as_deref().and_then(|leader| drift::note(data, leader, names, selected));
    found.extend(apart.map(|text| caveat("drift", text)));
    if counts_time(decision) {
        found.extend(trend::note(data, selected).map(|text| caveat("latency-trend", text)));
    }
    failures::note(data, decision, rule.on_error, selected, &mut found);
    found.extend(raced_otherwise(data, decision, rule));
    found.extend(formula::row(rule.formula).caveat.map(|text| caveat("formula", text)));
    for ranked in &decision.ranking {
        let why = match &ranked.standing {
            Standing::MissingMetric(metric) => format!("it has no value of `{metric}`"),
            Standing::Coverage { metric, .. } => {
                format!("it has a value of `{metric}` on too few of the cases")
            }
            Standing::Ranked | Standing::GateFailed | Standing::RacedOut(_) => continue,
        };
        found.push(caveat("unranked", format!("`{}` is not ranked: {why}", ranked.version)));
    }
    if decision.verdict == VerdictKind::Winner && decision.margins.is_empty() && decision.ranking.len() > 1 {
        found.push(caveat("only-candidate", "the winner is the only version left to rank"));
    }
    let fallback = decision.weights.iter().filter(|w| w.reference_source == Some("built-in"));
    for weighted in fallback {
        found.push(caveat(
            "built-in-reference",
            format!(
                "the reference of `{}` is built in: the baseline has none, or 0; give one with `--ref`",
                weighted.name
            ),
        ));
    }
    found
}

/// Whether anything hangs on how long a version takes: a weight, or a gate.
fn counts_time(decision: &Decision) -> bool {
    let gates = || decision.ranking.iter().flat_map(|ranked| &ranked.gates);
    let is_time = |unit: Unit| matches!(unit, Unit::Seconds | Unit::PerSecond);
    decision.weights.iter().any(|weight| is_time(weight.unit)) || gates().any(|gate| is_time(gate.unit))
}

fn caveat(code: &'static str, message: impl Into<String>) -> Caveat {
    Caveat { code, message: message.into() }
}

/// What was compared although it differs.
fn forced(data: &Data) -> Vec<Caveat> {
    let one = |why: &DataError| match why {
        DataError::EvaluatorDiffers(..) => caveat("different-evaluators", format!("forced: {why}")),
        _ => caveat("different-cases", format!("forced: {why}")),
    };
    data.forced.iter().map(one).collect()
}

/// Programs of one hash that leaned on different things.
fn leaned(data: &Data, found: &mut Vec<Caveat>) {
    for (version, names) in &data.leaned {
        found.push(caveat(
            "dependencies",
            format!(
                "`{version}`: {} changed between the batches, and its hash does not see that",
                names.join(", ")
            ),
        ));
    }
}

/// What holds for comparisons and decisions alike.
fn shared(data: &Data, units: u64) -> Vec<Caveat> {
    let mut found = forced(data);
    leaned(data, &mut found);
    if !data.missing_parts.is_empty() {
        found.push(caveat(
            "partition",
            format!("a part of the cases only: nothing of {} is here", data.missing_parts.join(", ")),
        ));
    }
    let simulated: Vec<&str> =
        data.versions.iter().filter(|v| v.settings.simulated).map(|v| v.name.as_str()).collect();
    if !simulated.is_empty() {
        let what = if simulated.len() == data.versions.len() {
            "all versions".to_owned()
        } else {
            quoted(&simulated)
        };
        found.push(caveat(
            "simulated",
            format!("simulated: {what}; no model was called; answers, latency and cost are made up"),
        ));
    }
    if units < FEW {
        found.push(caveat(
            "few-cases",
            format!(
                "{}: fewer than {FEW} are too few to show rare failures",
                independent(units, data.settings.cluster_by.as_deref())
            ),
        ));
    }
    found.extend(weighed::note(data, units));
    if data.settings.evaluators.is_empty() {
        found.push(caveat("nothing-scored", "nothing was scored: the experiment has no evaluators"));
    }
    for version in &data.versions {
        raced(data, version, &mut found);
        of_version(data, version, &mut found);
    }
    if let Some(cases) = data.races.iter().find_map(|race| race.over_after) {
        found.push(caveat(
            "raced",
            format!("the race was over after {cases} of {} cases", data.planned_cases),
        ));
    }
    found
}

fn raced(data: &Data, version: &Measured, found: &mut Vec<Caveat>) {
    if let Some(out) = data.raced_out(version) {
        found.push(caveat(
            "raced",
            format!(
                "`{}`: the race stopped it after {} of {} cases, {:.3} in utility behind `{}`",
                version.name, out.after_cases, data.planned_cases, out.margin, out.by
            ),
        ));
    }
}

/// A race says nothing of what other weights or gates than its own would choose.
fn raced_otherwise(data: &Data, decision: &Decision, rule: &WinnerRule) -> Option<Caveat> {
    let planned = data.rule();
    let gates = || decision.ranking.iter().flat_map(|ranked| &ranked.gates).map(|gate| &gate.gate);
    let by_others = rule.weights != planned.weights
        || rule.formula != planned.formula
        || gates().any(|gate| !data.gates().contains(gate))
        || data.gates().iter().any(|gate| gates().all(|other| other != gate));
    let is_stopped = data.versions.iter().any(|version| data.raced_out(version).is_some());
    (is_stopped && by_others).then(|| {
        caveat(
            "raced-otherwise",
            "the race stopped versions by other weights or gates than these: by these, one of them might be the best",
        )
    })
}

fn of_version(data: &Data, version: &Measured, found: &mut Vec<Caveat>) {
    let name = &version.name;
    let n = version.runs.len() as f64;
    let missing = version.count(RunStatus::NotRun);
    let planned = data.planned_runs;
    // What the race spared says nothing is missing.
    let absent = if data.runs_all(version) { planned.saturating_sub(version.runs.len() as u64) } else { 0 };
    if missing + absent > 0 {
        found.push(caveat(
            "not-run",
            format!("`{name}`: {} of {planned} runs were not made", missing + absent),
        ));
    }
    let unknown =
        version.runs.iter().filter(|r| r.status() == RunStatus::Ok && r.cost_usd().is_none()).count();
    if unknown > 0 {
        found.push(caveat(
            "unknown-cost",
            format!("`{name}`: the cost of {unknown} runs is unknown (no price, or no count of tokens)"),
        ));
    }
    let cached = version.runs.iter().filter(|run| run.cache_hit()).count();
    if cached > 0 {
        found.push(caveat(
            "cached",
            format!("`{name}`: {cached} answers came from the cache, with the latency recorded then"),
        ));
    }
    for (evaluator, index) in data.settings.evaluators.iter().zip(0_u16..) {
        let failed = |run: &RunFacts<'_>| {
            run.status() == RunStatus::Ok && matches!(run.score(index), None | Some(MeasuredValue::Failed))
        };
        let failed = version.runs.iter().filter(failed).count();
        if failed as f64 > 0.02 * n {
            found.push(caveat(
                "missing-scores",
                format!(
                    "`{name}`: {} without a score by `{}`",
                    counted(failed as u64, "run"),
                    evaluator.name
                ),
            ));
        }
    }
}

/// Who cannot be paired, wholly or in part. What an error took (a latency) is in the table already and not counted.
fn unpaired(report: &Report, found: &mut Vec<Caveat>) {
    for comparison in &report.comparisons {
        let (version, metric) = (&comparison.version, &comparison.metric);
        if !comparison.paired && comparison.difference.is_some() {
            let text = format!(
                "`{version}` has no case in common with `{}` on `{metric}`: compared as independent samples, which \
                 takes many more cases to see the same difference",
                report.baseline
            );
            found.push(caveat("independent", text));
        }
        let Some(coverage) = comparison.coverage.filter(|share| comparison.paired && *share < COVERAGE_WARN)
        else {
            continue;
        };
        let most = (comparison.pairs as f64 / coverage).round();
        let refused = if coverage < COVERAGE_REFUSE { ", too few for a verdict" } else { "" };
        found.push(caveat(
            "unpaired",
            format!(
                "`{version}`: only {} of {most} cases can be paired with `{}` on `{metric}`{refused}",
                comparison.pairs, report.baseline
            ),
        ));
    }
}

/// What the data make of the options; `metrics` are those of the report's columns.
pub(super) fn of_options(report: &Report, judged: &Judged, metrics: &[Metric]) -> Vec<Caveat> {
    [not_exact(report, judged), not_tested(report, judged, metrics)].into_iter().flatten().collect()
}

/// An exact interval that does not apply.
fn not_exact(report: &Report, judged: &Judged) -> Option<Caveat> {
    let wanted = match judged.interval {
        IntervalKind::ClopperPearson => Method::ClopperPearson,
        IntervalKind::Jeffreys => Method::Jeffreys,
        IntervalKind::Wilson | IntervalKind::Wald | IntervalKind::Bootstrap => return None,
    };
    let other = |at: &usize| {
        let share = report.columns[*at].is_score || report.columns[*at].unit == Unit::Share;
        share && report.versions.iter().any(|v| v.values[*at].interval.method != wanted)
    };
    let columns: Vec<&str> =
        (0..report.columns.len()).filter(other).map(|at| report.columns[at].name.as_str()).collect();
    let text = format!(
        "{} has the default interval: `{}` is for pass or fail with one run a case and no clusters",
        quoted(&columns),
        judged.interval.name()
    );
    (!columns.is_empty()).then(|| caveat("interval", text))
}

/// A test of differences case by case, which neither quantiles nor sums over sums have.
fn not_tested(report: &Report, judged: &Judged, metrics: &[Metric]) -> Option<Caveat> {
    let is_compared = |name: &str| report.comparisons.iter().any(|comparison| comparison.metric == name);
    let has_none = |metric: &Metric| metric.quantile().is_some() || metric.below().is_some();
    let without = metrics.iter().zip(&report.columns).filter(|(metric, _)| has_none(metric));
    let names: Vec<&str> =
        without.map(|(_, column)| column.name.as_str()).filter(|name| is_compared(name)).collect();
    let text = format!(
        "{}: no case has a difference of its own, so `--test` does not apply; p is of the ratio",
        quoted(&names)
    );
    (judged.test != Test::Auto && !names.is_empty()).then(|| caveat("test", text))
}

/// What clusters cost, and whether repeats or cases would help (A.1, A.6, F).
fn spread(report: &Report, found: &mut Vec<Caveat>) {
    /// Below this many times the variance clusters change little.
    const NOTABLE: f64 = 1.2;
    for (at, column) in report.columns.iter().enumerate().filter(|(_, column)| column.is_score) {
        let effects = report.versions.iter().filter_map(|v| v.values[at].design_effect);
        let most = effects.fold(0.0, f64::max);
        if most > NOTABLE {
            let worth = report.cases as f64 / most;
            found.push(caveat(
                "design-effect",
                format!(
                    "cases of one cluster resemble each other: for `{}` the {} cases say as much as about {worth:.0} \
                     independent ones (design effect {most:.1})",
                    column.name, report.cases
                ),
            ));
        }
        let of_metric = report.repeated.iter().filter(|repeated| repeated.metric == column.name);
        let Some(most) = of_metric
            .filter(|r| r.share.is_some())
            .max_by(|a, b| a.share.unwrap_or(0.0).total_cmp(&b.share.unwrap_or(0.0)))
        else {
            continue;
        };
        let share = most.share.unwrap_or(0.0);
        let advice = match most.cases_worth {
            Some(worth) if share > 0.5 => {
                format!("{} repeats are worth {worth:.1} times the cases, so more repeats help", most.repeats)
            }
            _ => "more cases help more than more repeats".to_owned(),
        };
        let percent = 100.0 * share;
        found.push(caveat(
            "repeats",
            format!(
                "repeats explain {percent:.0} % of the variance of `{}` of `{}`: {advice}",
                column.name, most.version
            ),
        ));
    }
}

/// One case that carries more than a fifth of the bill decides the mean by itself (B.4). `cells` are the versions'.
pub(super) fn heavy_tails(data: &Data, cells: &[Cells], metric: Metric) -> Vec<Caveat> {
    let Metric::Builtin(row, None) = metric else { return Vec::new() };
    if !row.make.heavy_tail {
        return Vec::new();
    }
    let tail = |(version, cells): (&Measured, &Cells)| {
        let values = || cells.cells.iter().filter_map(|cell| cell.value());
        let (n, total, most) = (values().count(), values().sum::<f64>(), values().fold(0.0, f64::max));
        let share = 100.0 * most / total;
        (n >= 10 && total > 0.0 && share > 20.0).then(|| {
            let text = format!("`{}`: one case carries {share:.0} % of the total {}", version.name, row.name);
            caveat("heavy-tail", text)
        })
    };
    data.versions.iter().zip(cells).filter_map(tail).collect()
}

/// An evaluator that always says the same tells the versions apart on nothing.
fn constant(data: &Data, found: &mut Vec<Caveat>) {
    for (evaluator, index) in data.settings.evaluators.iter().zip(0_u16..) {
        let runs = data.versions.iter().flat_map(|version| version.runs.iter());
        let mut scores =
            runs.filter(|run| run.status() == RunStatus::Ok).filter_map(|run| match run.score(index) {
                Some(MeasuredValue::Scored(score, _)) => Some(score),
                _ => None,
            });
        let Some((first, second)) = scores.next().zip(scores.next()) else { continue };
        if first == second && scores.all(|score| score == first) {
            found.push(caveat("constant-evaluator", format!("`{}` gave every run {first}", evaluator.name)));
        }
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
