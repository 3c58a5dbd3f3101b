//! One metric of one version as a number with its interval, by the table of the statistics design (A.2 to A.4).
use super::cells::Cells;
use super::metric::Metric;
use super::stats::bootstrap::{Plan, draw};
use super::stats::estimate::Estimates;
use super::stats::interval::Confidence;
use super::stats::mean::Summary as Mean;
use super::stats::panel::{Metric as PanelMetric, Panel};
use super::stats::positive::log_t;
use super::stats::proportion::{Scale, clopper_pearson, default_interval, jeffreys, wald};
use super::stats::quantile::{order_statistics, runs_needed, sorted, type7, woodruff};
use super::stats::resample::Resampler;
use super::stats::sums::unit_count;
use super::stats::utility::Transform;
use crate::domain::{Interval, IntervalKind, Method, Value};
use crate::metrics::Summary;

/// What every summary of a report shares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    /// Level of the intervals.
    pub confidence: Confidence,
    /// The cluster of each case.
    pub groups: Option<&'a [u32]>,
    /// Whether no case was repeated.
    pub one_run: bool,
    /// The cases that count.
    pub selected: &'a [bool],
    /// The interval of scores and rates.
    pub kind: IntervalKind,
}

/// The metric's value of one version, without its [`spread`](super::spread).
pub(super) fn value(cells: &Cells, metric: Metric, setting: Setting<'_>) -> Value {
    let (values, cases) = cells.means();
    let missing = cells.missing(setting.selected);
    let n = cells.values().0.len() as u64;
    let groups: Option<Vec<u32>> = setting.groups.map(|of| cases.iter().map(|&i| of[i]).collect());
    let weights = cells.weights(&cases);
    let summary = || Mean::with(&values, weights.as_deref(), groups.as_deref());
    let (estimate, interval) = match (metric.quantile(), kind(metric)) {
        (Some(p), _) => quantile(cells, p, setting),
        (None, Summary::RatioOfSums(_)) => {
            let (_, interval) = mean(&values, summary(), Summary::PositiveMean, setting);
            (cells.ratio_of_sums(), Interval { method: Method::LogRatio, ..interval })
        }
        (None, Summary::UnitMean) if setting.kind == IntervalKind::Bootstrap => {
            (summary().map(|mean| mean.mean), resampled(cells, metric, setting))
        }
        (None, kind) => mean(&values, summary(), kind, setting),
    };
    let open = interval.method == Method::OrderStatistic && interval.bounds().is_none() && estimate.is_some();
    let needed = |p: f64| runs_needed(p, setting.confidence) as u64;
    let is_mean = metric.quantile().is_none() && cells.below.is_none() && groups.is_some();
    // Clusters of one case each cost nothing, and there is nothing to say of them.
    let effect = || summary()?.design_effect().filter(|effect| *effect != 1.0);
    Value {
        value: estimate,
        n,
        missing,
        interval,
        runs_needed: metric.quantile().filter(|_| open).map(needed),
        design_effect: is_mean.then(effect).flatten(),
        spread: None,
    }
}

fn kind(metric: Metric) -> Summary {
    if let Metric::Builtin(row, _) = metric { row.make.summary } else { Summary::UnitMean }
}

fn mean(
    values: &[f64],
    summary: Option<Mean>,
    kind: Summary,
    setting: Setting<'_>,
) -> (Option<f64>, Interval) {
    let Some(summary) = summary else { return (None, Interval::none(Method::T)) };
    let interval = match kind {
        Summary::UnitMean => unit_interval(values, &summary, setting),
        Summary::PositiveMean | Summary::RatioOfSums(_) => log_t(&summary, setting.confidence),
    };
    (Some(summary.mean), interval)
}

/// Of a mean in [0, 1]. The exact intervals are for independent passes and failures; elsewhere the default stands in,
/// and says so by its name.
fn unit_interval(values: &[f64], summary: &Mean, setting: Setting<'_>) -> Interval {
    let default = default_interval(values, summary, Scale::Unit, setting.one_run, setting.confidence);
    let counts = || {
        let passes = values.iter().filter(|&&y| y == 1.0).count();
        (passes as u64, values.len() as u64)
    };
    match setting.kind {
        IntervalKind::ClopperPearson if default.method == Method::Wilson => {
            clopper_pearson(counts().0, counts().1, setting.confidence)
        }
        IntervalKind::Jeffreys if default.method == Method::Wilson => {
            jeffreys(counts().0, counts().1, setting.confidence)
        }
        IntervalKind::Wald => wald(summary, setting.confidence),
        _ => default,
    }
}

/// Percentiles of the mean over resampled units, by the default seed.
fn resampled(cells: &Cells, metric: Metric, setting: Setting<'_>) -> Interval {
    let found = || {
        let metrics = [PanelMetric { transform: Transform::Identity, weight: 1.0, evaluator: true }];
        let rows = [vec![cells.measure(metric)]];
        let panel =
            Panel { metrics: &metrics, versions: &rows, cases: cells.cells.len(), groups: setting.groups };
        let confidence = setting.confidence;
        let estimates = Estimates::of(&panel, confidence).ok()?;
        let plan = Plan::default();
        let resampler = Resampler::new(&panel, &estimates, confidence, plan.seed)?;
        let means = sorted(&draw(&resampler, 1, plan, |draw| draw.values[0][0]));
        let (low, high) = (type7(&means, confidence.alpha() / 2.0)?, type7(&means, confidence.upper())?);
        Some(Interval::new(low, high, Method::Bootstrap))
    };
    found().unwrap_or(Interval::none(Method::Bootstrap))
}

/// All runs count alike in a quantile; clusters and repeats widen its interval (A.4).
fn quantile(cells: &Cells, p: f64, setting: Setting<'_>) -> (Option<f64>, Interval) {
    let all = cells.runs.values();
    let group = |case: usize| setting.groups.map_or(u32::try_from(case).unwrap_or(u32::MAX), |of| of[case]);
    let groups: Vec<u32> = cells
        .runs
        .iter()
        .enumerate()
        .flat_map(|(case, runs)| runs.iter().map(move |_| group(case)))
        .collect();
    // Clusters of one case each are none.
    if setting.one_run && unit_count(all.len(), setting.groups.map(|_| groups.as_slice())) == all.len() {
        let ascending = sorted(all);
        return (type7(&ascending, p), order_statistics(&ascending, p, setting.confidence).interval);
    }
    match woodruff(all, Some(&groups), p, setting.confidence) {
        Some(found) => (Some(found.estimate), found.interval),
        None => (None, Interval::none(Method::Woodruff)),
    }
}
