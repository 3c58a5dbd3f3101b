//! What the repeats of a case tell of every version and score (A.6): how often they disagree, what at least one and
//! what all of them reach, and whether more repeats or more cases would help.
use super::cells::Cells;
use super::data::{Data, Measured};
use super::metric::Metric;
use super::stats::mean::Summary;
use super::stats::proportion::generalised_wilson;
use super::stats::repeats::{VarianceSplit, flip_rate, pass_at_k, pass_hat_k};
use super::summarise::Setting;
use crate::domain::{Interval, OnError, Repeated};

/// One a version and score; none where no case was repeated.
pub(super) fn repeated(
    data: &Data,
    metrics: &[Metric],
    setting: Setting<'_>,
    on_error: OnError,
) -> Vec<Repeated> {
    if data.one_run() {
        return Vec::new();
    }
    let scores = metrics.iter().filter(|metric| metric.is_score());
    let all = scores.flat_map(|metric| data.versions.iter().map(move |version| (*metric, version)));
    all.filter_map(|(metric, version)| one(data, version, metric, setting, on_error)).collect()
}

fn one(
    data: &Data,
    version: &Measured,
    metric: Metric,
    setting: Setting<'_>,
    on_error: OnError,
) -> Option<Repeated> {
    let runs = Cells::runs(data, version, metric, setting.selected, on_error);
    let split = VarianceSplit::of(&runs)?;
    let repeats = runs.iter().map(Vec::len).filter(|n| *n >= 2).min()?;
    let binary = runs.iter().flatten().all(|&x| x == 0.0 || x == 1.0);
    let k = repeats as u64;
    let mean = |of: &dyn Fn(u64, u64) -> Option<f64>| {
        binary.then(|| mean_of_cases(data, &runs, of, setting)).flatten()
    };
    Some(Repeated {
        version: version.name.clone(),
        metric: metric.name(data),
        repeats: k,
        flip_rate: mean(&flip_rate),
        pass_any: mean(&|n, c| pass_at_k(n, c, k)),
        pass_all: mean(&|n, c| pass_hat_k(n, c, k)),
        share: split.share_of_repeats(),
        cases_worth: split.cases_worth(repeats),
    })
}

/// The mean over cases of what `of` says of their repeats and passes, with its interval. A case that
/// ran fewer times than the rest says nothing of K repeats.
fn mean_of_cases(
    data: &Data,
    runs: &[Vec<f64>],
    of: &dyn Fn(u64, u64) -> Option<f64>,
    setting: Setting<'_>,
) -> Option<(f64, Interval)> {
    let of_case = |(i, case): (usize, &Vec<f64>)| {
        let passes = case.iter().filter(|&&x| x == 1.0).count();
        Some((of(case.len() as u64, passes as u64)?, i))
    };
    let (values, cases): (Vec<f64>, Vec<usize>) = runs.iter().enumerate().filter_map(of_case).unzip();
    let groups: Option<Vec<u32>> = setting.groups.map(|of| cases.iter().map(|&i| of[i]).collect());
    let weights: Option<Vec<f64>> = data.weights().map(|of| cases.iter().map(|&i| of[i]).collect());
    let summary = Summary::with(&values, weights.as_deref(), groups.as_deref())?;
    Some((summary.mean, generalised_wilson(&summary, setting.confidence)))
}
