//! What the repeats of a case tell of every version and score (A.6): how often they disagree, what at least one and
//! what all of them reach, and whether more repeats or more cases would help.
use super::cells::Cells;
use super::data::{Data, Measured};
use super::metric::Metric;
use super::stats::repeats::{VarianceSplit, flip_rate, pass_at_k, pass_hat_k};
use crate::domain::{OnError, Repeated};

/// One a version and score; none where no case was repeated.
pub(super) fn repeated(
    data: &Data,
    metrics: &[Metric],
    selected: &[bool],
    on_error: OnError,
) -> Vec<Repeated> {
    if data.one_run() {
        return Vec::new();
    }
    let scores = metrics.iter().filter(|metric| metric.is_score());
    let all = scores.flat_map(|metric| data.versions.iter().map(move |version| (*metric, version)));
    all.filter_map(|(metric, version)| one(data, version, metric, selected, on_error)).collect()
}

fn one(
    data: &Data,
    version: &Measured,
    metric: Metric,
    selected: &[bool],
    on_error: OnError,
) -> Option<Repeated> {
    let runs = Cells::runs(data, version, metric, selected, on_error);
    let split = VarianceSplit::of(&runs)?;
    let repeats = runs.iter().map(Vec::len).filter(|n| *n >= 2).min()?;
    let binary = runs.iter().flatten().all(|&x| x == 0.0 || x == 1.0);
    let k = repeats as u64;
    // Every case counts alike; one that ran fewer times than the rest says nothing of K repeats.
    let mean = |of: &dyn Fn(u64, u64) -> Option<f64>| {
        let of_case =
            |case: &Vec<f64>| of(case.len() as u64, case.iter().filter(|&&x| x == 1.0).count() as u64);
        let values: Vec<f64> = runs.iter().filter_map(of_case).collect();
        (binary && !values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
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
