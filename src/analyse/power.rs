//! How many cases a difference needs, from how much stored pairs of runs differ (section F).
use super::cells::Cells;
use super::data::{Data, DataError};
use super::metric::Metric;
use super::stats::interval::Confidence;
use super::stats::paired::PairedT;
use super::stats::power::cases_for_difference;

/// What is to be seen, and how surely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aim {
    /// The smallest difference worth seeing, in the metric's own unit; above 0.
    pub delta: f64,
    /// How often it should be seen when it is there, in (0, 1).
    pub power: f64,
    /// Level of the interval, in (0, 1).
    pub confidence: f64,
}

/// One version against the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// The candidate.
    pub version: String,
    /// The metric.
    pub metric: String,
    /// Standard deviation of its paired difference, per case; clusters and repeats are in it.
    pub sd: f64,
    /// Cases there are.
    pub cases: u64,
    /// Cases needed.
    pub needed: u64,
}

/// `ceil(((z_{1-alpha/2} + z_power) sd / delta)²)`; `None` where the aim makes no sense.
#[must_use]
pub fn cases_needed(aim: Aim, sd: f64) -> Option<u64> {
    let confidence = Confidence::new(aim.confidence)?;
    let sensible = aim.delta > 0.0 && aim.power > 0.0 && aim.power < 1.0 && sd >= 0.0;
    let cases = sensible.then(|| cases_for_difference(aim.delta, sd, aim.power, confidence).ceil())?;
    (cases.is_finite() && cases < 1e15).then_some(cases as u64)
}

/// What every candidate needs against the baseline on one metric (the only evaluator, or `score`, by default).
///
/// # Errors
/// A name is unknown, or the metric is a quantile or a ratio of sums.
pub fn needs(data: &Data, metric: Option<&str>, aim: Aim) -> Result<Vec<Need>, DataError> {
    let metric = match (metric, data.settings.evaluators.len()) {
        (Some(name), _) => Metric::resolve(name, data)?,
        (None, 1) => Metric::Evaluator(0),
        (None, _) => Metric::Score,
    };
    if metric.quantile().is_some() || metric.below().is_some() {
        return Err(DataError::Nothing(format!("`{}` has no value a case to pair", metric.name(data))));
    }
    let baseline = data.version(&data.baseline)?;
    let confidence = Confidence::new(aim.confidence).unwrap_or_default();
    let (all, groups, on_error) = (data.selected(None)?, data.groups(), data.rule().on_error);
    let cells = |v: usize| Cells::of(data, &data.versions[v], metric, &all, on_error);
    let base = cells(baseline);
    let of = |v: usize| {
        let own = cells(v);
        let pairs = own.pairs(&base);
        let (groups, weights) = (pairs.groups(groups.as_deref()), own.weights(&pairs.cases));
        let paired = PairedT::of(&pairs.differences(), weights.as_deref(), groups.as_deref(), confidence)?;
        let cases = pairs.cases.len() as u64;
        let sd = paired.summary.se? * (cases as f64).sqrt();
        let needed = cases_needed(aim, sd).filter(|_| sd > 0.0)?;
        Some(Need { version: data.versions[v].name.clone(), metric: metric.name(data), sd, cases, needed })
    };
    Ok((0..data.versions.len()).filter(|&v| v != baseline).filter_map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_manual_and_what_makes_no_sense() {
        let aim = Aim { delta: 0.03, power: 0.8, confidence: 0.95 };
        assert_eq!(cases_needed(aim, 0.45), Some(1766));
        assert_eq!(cases_needed(Aim { delta: 0.06, ..aim }, 0.45), Some(442));
        for wrong in [Aim { delta: 0.0, ..aim }, Aim { power: 1.0, ..aim }, Aim { confidence: 1.0, ..aim }] {
            assert_eq!(cases_needed(wrong, 0.45), None);
        }
    }
}
