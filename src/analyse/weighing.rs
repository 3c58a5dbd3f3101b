//! From what a person weighs to the metrics of a decision: groups split, names resolved, references frozen (C.1 to
//! C.3).
use super::cells::Cells;
use super::data::{Data, DataError};
use super::formula::{self, Shape};
use super::metric::Metric;
use super::stats::utility::{Goal, Transform as Utility};
use super::stats::weights::{Share, WeightError, normalise, split_group};
use super::summarise::{self, Setting};
use crate::domain::{Better, WeightedMetric, WinnerRule};
use crate::metrics::Transform;

/// A metric of the decision.
#[derive(Clone, Debug)]
pub(super) struct Weighed {
    /// Which.
    pub metric: Metric,
    /// How its number becomes a utility.
    pub utility: Utility,
    /// As reported: name, normalised weight, reference.
    pub report: WeightedMetric,
}

/// The metrics of positive weight, in the order: evaluators of the group, then those named.
pub(super) fn weigh(data: &Data, rule: &WinnerRule, setting: Setting<'_>) -> Result<Vec<Weighed>, DataError> {
    let (metrics, weights) = expand(data, &rule.weights)?;
    let weights = normalise(&weights).map_err(|error| wrong(&error))?;
    let weighed = metrics.into_iter().zip(weights).filter(|(_, weight)| *weight > 0.0);
    weighed.map(|(metric, weight)| reference(data, rule, setting, metric, weight)).collect()
}

/// Every metric with its raw weight: the group `score` split over the evaluators that are not named themselves.
fn expand(data: &Data, given: &[(String, f64)]) -> Result<(Vec<Metric>, Vec<f64>), DataError> {
    // Quality alone when nothing is weighed.
    let default = [("score".to_owned(), 1.0)];
    let given = if given.is_empty() { &default[..] } else { given };
    let (mut group, mut named): (Option<f64>, Vec<(Metric, f64)>) = (None, Vec::new());
    for (name, weight) in given {
        match Metric::resolve(name, data)? {
            Metric::Score => *group.get_or_insert(0.0) += weight,
            metric => named.push((metric, *weight)),
        }
    }
    let by_name = |index: u16| {
        let is = |metric: &Metric| matches!(metric, Metric::Evaluator(i) if *i == index);
        named.iter().find(|(metric, _)| is(metric)).map(|(_, weight)| *weight)
    };
    let evaluators = data.settings.evaluators.iter().zip(0_u16..);
    let shares: Vec<Share> = evaluators
        .clone()
        .map(|(evaluator, index)| Share { named: by_name(index), in_group: Some(evaluator.weight) })
        .collect();
    if group.is_some_and(|weight| weight > 0.0) && data.settings.evaluators.is_empty() {
        return Err(DataError::Nothing("nothing was scored: the experiment has no evaluators".to_owned()));
    }
    let group = group.filter(|weight| *weight != 0.0 || named.is_empty());
    let mut weights = split_group(group, &shares).map_err(|error| wrong(&error))?;
    let mut metrics: Vec<Metric> = evaluators.map(|(_, index)| Metric::Evaluator(index)).collect();
    for (metric, weight) in named.iter().filter(|(metric, _)| !matches!(metric, Metric::Evaluator(_))) {
        metrics.push(*metric);
        weights.push(*weight);
    }
    Ok((metrics, weights))
}

fn wrong(error: &WeightError) -> DataError {
    DataError::Weights(error.to_string())
}

/// Given, else the baseline's own value on its own cases, else built in: never another version's, so that no third
/// version can reorder two others.
fn reference(
    data: &Data,
    rule: &WinnerRule,
    setting: Setting<'_>,
    metric: Metric,
    weight: f64,
) -> Result<Weighed, DataError> {
    let name = metric.name(data);
    let (utility, reference, source) = match formula::without_reference(rule.formula, metric) {
        Some(utility) => (utility, None, None),
        None => {
            let builtin = match metric.transform() {
                Transform::Ratio { builtin } => builtin,
                Transform::Identity | Transform::Linear { .. } => 1.0,
            };
            let given = rule.references.iter().find(|(of, _)| *of == name).map(|(_, value)| *value);
            let own = || baseline_value(data, rule, setting, metric).ok().flatten();
            let (value, source) = match given {
                Some(value) => (value, "given"),
                None => own().map_or((builtin, "built-in"), |value| (value, "baseline")),
            };
            let goal = if metric.better() == Better::Lower { Goal::Minimize } else { Goal::Maximize };
            let utility = match formula::row(rule.formula).shape {
                Shape::Reference(of) => of(goal, value),
                Shape::Set | Shape::Raw => Utility::Identity,
            };
            utility.check().map_err(|error| DataError::Weights(format!("reference of `{name}`: {error}")))?;
            (utility, Some(value), Some(source))
        }
    };
    let report = WeightedMetric {
        name,
        weight,
        unit: metric.unit(),
        better: metric.better(),
        reference,
        reference_source: source,
    };
    Ok(Weighed { metric, utility, report })
}

fn baseline_value(
    data: &Data,
    rule: &WinnerRule,
    setting: Setting<'_>,
    metric: Metric,
) -> Result<Option<f64>, DataError> {
    let baseline = data.version(rule.baseline.as_deref().unwrap_or(&data.baseline))?;
    let cells = Cells::of(data, &data.versions[baseline], metric, setting.selected, rule.on_error);
    Ok(summarise::value(&cells, metric, setting).value.filter(|value| *value > 0.0))
}
