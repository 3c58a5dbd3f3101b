//! The comparison: every version on every metric, and every candidate against the baseline.
use std::collections::HashMap;

use super::caveats;
use super::cells::Cells;
use super::data::{Data, DataError, Measured, RunFacts};
use super::metric::Metric;
use super::pairwise::{self, Pairing};
use super::repeated;
use super::spread::spread;
use super::stats::interval::Confidence;
use super::stats::pieces::side_by_side;
use super::summarise::{self, Setting};
use super::throughput;
use crate::domain::{
    Caveat, Column, Family, IntervalKind, OnError, Regression, Report, RunStatus, Test, Value, VersionReport,
};
use crate::metrics::{Facts, METRICS, Shown};

/// Cases listed as lost, at most, a version and metric.
const REGRESSIONS: usize = 10;

/// What is compared, beside the batch's own rule.
#[derive(Clone, Debug, Default)]
pub struct CompareOptions {
    /// In place of the batch's baseline.
    pub baseline: Option<String>,
    /// One slice only.
    pub slice: Option<String>,
    /// With the cases lost most on.
    pub regressions: bool,
    /// In place of the rule's confidence, between 0.5 and 0.999.
    pub confidence: Option<f64>,
    /// How differences are judged.
    pub judged: Judged,
}

/// How differences are judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The interval of scores and rates.
    pub interval: IntervalKind,
    /// The test behind the verdicts.
    pub test: Test,
    /// Differences below these do not matter, by metric, in its own unit; scores have the rule's region otherwise.
    pub margins: Vec<(String, f64)>,
    /// Over which comparisons p-values are adjusted.
    pub family: Family,
    /// Whether the intervals of differences hold together over the family, rather than each alone.
    pub simultaneous: bool,
}

impl Default for Judged {
    fn default() -> Self {
        Self {
            interval: IntervalKind::Wilson,
            test: Test::Auto,
            margins: Vec::new(),
            family: Family::Metric,
            simultaneous: false,
        }
    }
}

/// Compares.
///
/// # Errors
/// A name is unknown, or there is nothing to compare.
pub fn compare(data: &Data, options: &CompareOptions) -> Result<Report, DataError> {
    let rule = data.rule();
    let level = options.confidence.unwrap_or(rule.confidence);
    let confidence = Confidence::new(level).filter(|_| (0.5..=0.999).contains(&level)).ok_or_else(|| {
        DataError::Weights(format!("`--confidence` must be between 0.5 and 0.999, not {level}"))
    })?;
    let baseline = data.version(options.baseline.as_deref().unwrap_or(&data.baseline))?;
    let selected = data.selected(options.slice.as_deref())?;
    let groups = data.groups();
    let setting = Setting {
        confidence,
        groups: groups.as_deref(),
        one_run: data.one_run(),
        selected: &selected,
        kind: options.judged.interval,
    };
    let metrics = shown(data);
    let margins = margins(data, &metrics, &options.judged, rule.rope)?;
    let is_tested: Vec<bool> =
        metrics.iter().map(|metric| pairwise::is_tested(*metric, data, &selected, rule.on_error)).collect();
    let pairing = Pairing {
        data,
        metrics: &metrics,
        tested: is_tested.iter().filter(|is| **is).count(),
        cells: &[],
        values: &[],
        baseline,
        setting,
        margins: &margins,
        judged: &options.judged,
        alpha: confidence.alpha(),
        seed: rule.seed,
    };
    let found = found(pairing, &is_tested, rule.on_error, options.regressions);
    let versions = data.versions.iter().zip(found.values);
    let mut report = Report {
        project: data.project.clone(),
        experiment: data.experiment.clone(),
        batches: data.batches.clone(),
        dataset: data.dataset,
        slice: options.slice.clone(),
        cases: cases(data, options, &selected),
        repeats: data.settings.repeats,
        baseline: data.versions[baseline].name.clone(),
        confidence: confidence.level(),
        difference_confidence: pairing.level().level(),
        units: units(&setting),
        cluster_by: data.settings.cluster_by.clone(),
        weight_by: data.weight_by(),
        columns: metrics.iter().map(|metric| column(*metric, data)).collect(),
        versions: versions.map(|(version, values)| report(version, values, setting, options)).collect(),
        comparisons: pairwise::judged(pairing, found.comparisons),
        regressions: found.regressions,
        repeated: repeated::repeated(data, &metrics, setting, rule.on_error),
        caveats: Vec::new(),
        simulated: data.versions.iter().any(|version| version.settings.simulated),
    };
    report.caveats = caveats::of_report(data, &report, found.caveats, &selected);
    report.caveats.extend(caveats::of_options(&report, &options.judged, &metrics));
    Ok(report)
}

/// What is found metric by metric.
#[derive(Default)]
struct Found {
    /// `values[v][m]`.
    values: Vec<Vec<Value>>,
    /// Not judged yet.
    comparisons: Vec<pairwise::Found>,
    regressions: Vec<Regression>,
    caveats: Vec<Caveat>,
}

/// One metric after the other, versions side by side: the numbers of a million runs on one metric are many enough.
fn found(pairing: Pairing<'_>, is_tested: &[bool], on_error: OnError, regressions: bool) -> Found {
    let (data, setting) = (pairing.data, pairing.setting);
    let mut found = Found { values: vec![Vec::new(); data.versions.len()], ..Found::default() };
    let runs = data.versions.iter().map(|version| version.runs.len()).sum();
    let mut cells: Vec<Cells> = Vec::new();
    let mut of_metric = None;
    for (m, metric) in pairing.metrics.iter().enumerate() {
        // A metric and its quantiles are made of the same numbers.
        let source = metric.source(pairing.metrics);
        if of_metric != Some(source.name(data)) {
            let of = |v: usize| Cells::of(data, &data.versions[v], source, setting.selected, on_error);
            cells.clear();
            cells = side_by_side(data.versions.len(), runs, of);
            of_metric = Some(source.name(data));
        }
        let of = |v: usize| Value {
            spread: spread(data, &data.versions[v], *metric, &cells[v], setting, on_error),
            ..summarise::value(&cells[v], *metric, setting)
        };
        let values: Vec<Value> = side_by_side(data.versions.len(), runs, of);
        let pairing = Pairing { cells: &cells, values: &values, ..pairing };
        if is_tested[m] {
            found.comparisons.extend(pairing.compared(m));
        }
        if regressions && metric.is_score() {
            found.regressions.extend(pairing.regressions(m, REGRESSIONS));
        }
        found.caveats.extend(caveats::heavy_tails(data, &cells, *metric));
        found.values.iter_mut().zip(values).for_each(|(of_version, value)| of_version.push(value));
    }
    found
}

/// Half the region called equivalent, one a metric: as given, else the rule's for scores.
fn margins(
    data: &Data,
    metrics: &[Metric],
    judged: &Judged,
    rope: f64,
) -> Result<Vec<Option<f64>>, DataError> {
    let mut margins: Vec<Option<f64>> = metrics.iter().map(|m| m.is_score().then_some(rope)).collect();
    for (name, margin) in &judged.margins {
        let wanted = Metric::resolve(name, data)?.name(data);
        let Some(at) = metrics.iter().position(|metric| metric.name(data) == wanted) else {
            let shown = metrics.iter().map(|metric| metric.name(data)).collect();
            return Err(DataError::unknown("metric of this comparison", name, shown));
        };
        margins[at] = Some(*margin);
    }
    Ok(margins)
}

/// The metrics a comparison shows: the composite when several evaluators make it, each evaluator, pass rates of
/// graded ones with a threshold, then the table's.
pub(super) fn shown(data: &Data) -> Vec<Metric> {
    let evaluators = &data.settings.evaluators;
    let mut metrics = Vec::new();
    if evaluators.iter().filter(|evaluator| evaluator.weight > 0.0).count() > 1 {
        metrics.push(Metric::Score);
    }
    for (evaluator, index) in evaluators.iter().zip(0..) {
        metrics.push(Metric::Evaluator(index));
        if evaluator.pass.is_some() && !evaluator.binary {
            metrics.push(Metric::PassRate(index));
        }
    }
    let measured = |of: fn(&Facts) -> Option<f64>| {
        data.versions.iter().any(|version| version.runs.iter().any(|run| of(&run.facts()).is_some()))
    };
    for row in METRICS.rows {
        let shown = match row.make.shown {
            Shown::Always => true,
            Shown::WhenMeasured => measured(row.make.of),
            Shown::Never => false,
        };
        if shown {
            metrics.push(Metric::Builtin(row, None));
            metrics.extend(row.make.quantiles_shown.iter().map(|p| Metric::Builtin(row, Some(*p))));
        }
    }
    metrics
}

pub(super) fn column(metric: Metric, data: &Data) -> Column {
    Column {
        name: metric.name(data),
        unit: metric.unit(),
        better: Some(metric.better()),
        is_score: metric.is_score(),
    }
}

/// Of all cases those that were planned, of a slice those that are here.
fn cases(data: &Data, options: &CompareOptions, selected: &[bool]) -> u64 {
    if options.slice.is_some() {
        selected.iter().filter(|on| **on).count() as u64
    } else {
        data.planned_cases
    }
}

fn units(setting: &Setting<'_>) -> u64 {
    let cases = || setting.selected.iter().enumerate().filter(|(_, on)| **on).map(|(i, _)| i);
    match setting.groups {
        None => cases().count() as u64,
        Some(groups) => cases().map(|i| groups[i]).collect::<std::collections::HashSet<_>>().len() as u64,
    }
}

fn report(
    version: &Measured,
    values: Vec<Value>,
    setting: Setting<'_>,
    options: &CompareOptions,
) -> VersionReport {
    let runs = || version.runs.iter().filter(|run| setting.selected[run.case() as usize]);
    let status = |wanted| runs().filter(|run| run.status() == wanted).count() as u64;
    let count = runs().count();
    let n = count.max(1) as f64;
    let mut errors: HashMap<String, u64> = HashMap::new();
    for run in runs().filter(|run| run.status() != RunStatus::Ok) {
        let kind = run.error().map_or_else(|| "unknown".to_owned(), crate::domain::ErrorType::name);
        *errors.entry(kind).or_default() += 1;
    }
    let mut errors: Vec<(String, u64)> = errors.into_iter().collect();
    errors.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    VersionReport {
        name: version.name.clone(),
        label: version.settings.label.clone(),
        hash: version.hash,
        model: version.settings.model.clone(),
        runs: count as u64,
        failed: status(RunStatus::Error),
        not_run: status(RunStatus::NotRun),
        errors,
        cached: runs().filter(|run| run.cache_hit()).count() as u64,
        retries: runs().map(|run| u64::from(run.retries())).sum(),
        queue_mean: runs().map(RunFacts::queue_s).sum::<f64>() / n,
        backoff_mean: runs().map(RunFacts::backoff_s).sum::<f64>() / n,
        spent_usd: spent(runs()),
        // The runs of a slice share their time with the others.
        throughput: throughput::per_second(version).filter(|_| options.slice.is_none()),
        values,
    }
}

/// What the runs spent in all, those given up on the way too; of a run that was not made nothing is known, or owed.
fn spent<'a>(runs: impl Iterator<Item = RunFacts<'a>>) -> Option<f64> {
    let is_paid = |run: &RunFacts<'_>| run.status() != RunStatus::NotRun || run.spent_usd().is_some();
    runs.filter(is_paid).map(RunFacts::spent_usd).sum()
}
