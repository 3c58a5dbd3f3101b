//! Owns the point estimates of a decision and their influence values (section D.2): what each unit contributes to the
//! utility of each version, to first order. No interval, no verdict.

use super::interval::Confidence;
use super::panel::{Measure, Panel};
use super::quantile::{slope, sorted, type7};
use super::ranking::total_utility;
use super::sums::{group_sums, sum, unit_count};
use std::fmt;

/// Estimates on the common cases.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimates {
    /// Cases n: the union over versions and weighted metrics.
    pub n: usize,
    /// Units G: groups with at least one common case, so that a unit without information adds no degree of freedom.
    pub units: usize,
    /// Fewest units any one weighted metric is known on.
    pub fewest_units: usize,
    /// Smallest share of the n cases that no version is missing, over the weighted metrics.
    pub coverage: f64,
    /// Common cases per metric, `n_m`.
    pub metric_cases: Vec<usize>,
    /// `x_vm`.
    pub values: Vec<Vec<f64>>,
    /// `u_m(x_vm)`.
    pub utilities: Vec<Vec<f64>>,
    /// `U_v`.
    pub totals: Vec<f64>,
    /// `Phi_vg = (G/n) sum_{i in g} phi_vi`.
    pub influence: Vec<Vec<f64>>,
}

/// Why there is no estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EstimateError {
    /// No case has a value of any weighted metric.
    NoCases,
    /// A metric has no case on which every version has a value.
    NoCommonCase {
        /// Index of the metric.
        metric: usize,
    },
    /// The sum below the line is 0 (cost per success without a success).
    Undefined {
        /// Index of the version.
        version: usize,
        /// Index of the metric.
        metric: usize,
    },
}

impl fmt::Display for EstimateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCases => write!(f, "no case has a value of a weighted metric"),
            Self::NoCommonCase { metric } => write!(f, "metric {metric} has no case common to all versions"),
            Self::Undefined { version, metric } => {
                write!(f, "metric {metric} of version {version} divides by 0")
            }
        }
    }
}

impl std::error::Error for EstimateError {}

/// A metric of a version on its common cases: the value, and per case how it pulls on the value
/// (`x(F) = x + mean(pull)` to first order).
struct Measured {
    value: f64,
    pull: Vec<f64>,
}

impl Estimates {
    /// Estimates every version of `panel`; `confidence` only sets the window of a quantile's slope.
    pub fn of(panel: &Panel<'_>, confidence: Confidence) -> Result<Self, EstimateError> {
        let union = panel.union();
        let common: Vec<Vec<usize>> = (0..panel.metrics.len()).map(|m| panel.common(m, &union)).collect();
        if union.is_empty() {
            return Err(EstimateError::NoCases);
        }
        if let Some(metric) = common.iter().position(Vec::is_empty) {
            return Err(EstimateError::NoCommonCase { metric });
        }
        let informative = informative(panel, &common);
        let groups = panel.groups_of(&informative);
        let units = unit_count(informative.len(), groups.as_deref());
        let mut out = Self {
            n: union.len(),
            units,
            fewest_units: fewest_units(panel, &common),
            coverage: panel.weighted().map(|m| panel.coverage(m, &union)).fold(1.0, f64::min),
            metric_cases: common.iter().map(Vec::len).collect(),
            values: Vec::new(),
            utilities: Vec::new(),
            totals: Vec::new(),
            influence: Vec::new(),
        };
        let weights: Vec<f64> = panel.metrics.iter().map(|m| m.weight).collect();
        for version in 0..panel.versions.len() {
            let row = measure_all(panel, version, &common, confidence)?;
            let phi = influence_per_case(panel, &row, &common, out.n);
            let on_informative: Vec<f64> = informative.iter().map(|&i| phi[i]).collect();
            let scale = units as f64 / out.n as f64;
            let per_unit = group_sums(&on_informative, groups.as_deref());
            let values: Vec<f64> = row.iter().map(|measured| measured.value).collect();
            let utilities: Vec<f64> =
                panel.metrics.iter().zip(&values).map(|(m, &x)| m.transform.utility(x)).collect();
            out.totals.push(total_utility(&weights, &utilities));
            out.values.push(values);
            out.utilities.push(utilities);
            out.influence.push(per_unit.into_iter().map(|phi| phi * scale).collect());
        }
        Ok(out)
    }

    /// The version with the highest utility; the first of several.
    pub fn leader(&self) -> usize {
        let higher = |best: usize, v: usize| if self.totals[v] > self.totals[best] { v } else { best };
        (0..self.totals.len()).fold(0, higher)
    }
}

/// Cases on which some weighted metric is known for all versions, ascending.
fn informative(panel: &Panel<'_>, common: &[Vec<usize>]) -> Vec<usize> {
    let mut known = vec![false; panel.cases];
    panel.weighted().flat_map(|m| &common[m]).for_each(|&i| known[i] = true);
    (0..panel.cases).filter(|&i| known[i]).collect()
}

fn fewest_units(panel: &Panel<'_>, common: &[Vec<usize>]) -> usize {
    let units = |m: usize| unit_count(common[m].len(), panel.groups_of(&common[m]).as_deref());
    panel.weighted().map(units).min().unwrap_or(0)
}

fn measure_all(
    panel: &Panel<'_>,
    version: usize,
    common: &[Vec<usize>],
    confidence: Confidence,
) -> Result<Vec<Measured>, EstimateError> {
    let one = |(metric, of): (usize, &Measure<'_>)| {
        measure(of, &common[metric], confidence).ok_or(EstimateError::Undefined { version, metric })
    };
    panel.versions[version].iter().enumerate().map(one).collect()
}

/// `None` when a ratio divides by 0.
fn measure(of: &Measure<'_>, cases: &[usize], confidence: Confidence) -> Option<Measured> {
    let n = cases.len() as f64;
    let at = |cells: &[super::panel::Cell], i: usize| cells[i].value().unwrap_or(0.0);
    Some(match of {
        Measure::Mean(cells) => {
            let value = sum(cases.iter().map(|&i| at(cells, i))) / n;
            Measured { value, pull: cases.iter().map(|&i| at(cells, i) - value).collect() }
        }
        Measure::RatioOfSums { numerator, denominator } => {
            let below = sum(cases.iter().map(|&i| at(denominator, i)));
            if below == 0.0 {
                return None;
            }
            let value = sum(cases.iter().map(|&i| at(numerator, i))) / below;
            let pull = |&i: &usize| (at(numerator, i) - value * at(denominator, i)) * n / below;
            Measured { value, pull: cases.iter().map(pull).collect() }
        }
        Measure::Quantile { p, runs, .. } => {
            let ascending =
                sorted(&cases.iter().flat_map(|&i| runs[i].iter().copied()).collect::<Vec<f64>>());
            let value = type7(&ascending, *p)?;
            let slope = slope(&ascending, *p, confidence);
            let below = |&i: &usize| runs[i].iter().filter(|&&x| x <= value).count() as f64;
            let pull = |i: &usize| slope * (p - below(i) / runs[*i].len().max(1) as f64);
            Measured { value, pull: cases.iter().map(pull).collect() }
        }
        Measure::Fixed(value) => Measured { value: *value, pull: vec![0.0; cases.len()] },
    })
}

/// `phi_vi = sum_m w_m u'_m(x_vm) (n/n_m) pull`, 0 where missing.
fn influence_per_case(panel: &Panel<'_>, row: &[Measured], common: &[Vec<usize>], n: usize) -> Vec<f64> {
    let mut phi = vec![0.0; panel.cases];
    for ((metric, measured), cases) in panel.metrics.iter().zip(row).zip(common) {
        let scale = metric.weight * metric.transform.slope(measured.value) * n as f64 / cases.len() as f64;
        cases.iter().zip(&measured.pull).for_each(|(&i, pull)| phi[i] += scale * pull);
    }
    phi
}
