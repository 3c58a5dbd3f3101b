//! Owns the point estimates of a decision and their influence values (section D.2): what each unit contributes to the
//! utility of each version, to first order. No interval, no verdict.

use super::interval::{Confidence, Interval, Method};
use super::listwise::{EstimateError, Listwise};
use super::panel::{Cell, Measure, Panel};
use super::pieces::side_by_side;
use super::quantile::{slope, sorted, type7};
use super::ranking::total_utility;
use super::sums::{group_sums, sum};

/// Estimates on the common cases.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimates {
    /// The cases and units they rest on.
    pub sample: Listwise,
    /// `x_vm`.
    pub values: Vec<Vec<f64>>,
    /// `u_m(x_vm)`.
    pub utilities: Vec<Vec<f64>>,
    /// `U_v`.
    pub totals: Vec<f64>,
    /// `Phi_vg = (G/n) sum_{i in g} phi_vi`.
    pub influence: Vec<Vec<f64>>,
}

/// A metric of a version on its common cases: the value, and per case how it pulls on the value
/// (`x(F) = x + mean(pull)` to first order).
struct Measured {
    value: f64,
    pull: Vec<f64>,
}

impl Estimates {
    /// Estimates every version of `panel`; `confidence` only sets the window of a quantile's slope.
    pub fn of(panel: &Panel<'_>, confidence: Confidence) -> Result<Self, EstimateError> {
        let sample = Listwise::of(panel)?;
        let weights: Vec<f64> = panel.metrics.iter().map(|m| m.weight).collect();
        let mut out = Self {
            values: Vec::new(),
            utilities: Vec::new(),
            totals: Vec::new(),
            influence: Vec::new(),
            sample,
        };
        let one = |version: usize| {
            let row = measure_all(panel, version, &out.sample.common, confidence)?;
            let values: Vec<f64> = row.iter().map(|measured| measured.value).collect();
            Ok((values, influence(panel, &row, &out.sample)))
        };
        let numbers = panel.cases * panel.versions.len() * panel.metrics.len();
        for version in side_by_side(panel.versions.len(), numbers, one) {
            let (values, influence) = version?;
            let utilities: Vec<f64> =
                panel.metrics.iter().zip(&values).map(|(m, &x)| m.transform.utility(x)).collect();
            out.totals.push(total_utility(&weights, &utilities));
            out.values.push(values);
            out.utilities.push(utilities);
            out.influence.push(influence);
        }
        Ok(out)
    }

    /// Of one version's own utility by the delta method, `SE² = Σ_g Φ_g² / (G (G − 1))`; within [0, 1] where it is
    /// `bounded`, none with one unit.
    pub fn interval(&self, version: usize, bounded: bool, confidence: Confidence) -> Interval {
        let g = self.sample.units as f64;
        if g < 2.0 {
            return Interval::none(Method::DeltaT);
        }
        let squares: f64 = self.influence[version].iter().map(|phi| phi * phi).sum();
        let half = confidence.t(g - 1.0) * (squares / (g * (g - 1.0))).sqrt();
        let interval = Interval::around(self.totals[version], Some(half), Method::DeltaT);
        if bounded { interval.clipped(0.0, 1.0) } else { interval }
    }

    /// The version with the highest utility; the first of several.
    pub fn leader(&self) -> usize {
        let higher = |best: usize, v: usize| if self.totals[v] > self.totals[best] { v } else { best };
        (0..self.totals.len()).fold(0, higher)
    }
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
    let at = |cells: &[Cell], i: usize| cells[i].value().unwrap_or(0.0);
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

/// `Phi_vg` per unit, from `phi_vi = sum_m w_m u'_m(x_vm) (n/n_m) pull`, 0 where missing.
fn influence(panel: &Panel<'_>, row: &[Measured], sample: &Listwise) -> Vec<f64> {
    let mut phi = vec![0.0; panel.cases];
    for ((metric, measured), cases) in panel.metrics.iter().zip(row).zip(&sample.common) {
        let slope = metric.weight * metric.transform.slope(measured.value);
        let scale = slope * sample.n as f64 / cases.len() as f64;
        cases.iter().zip(&measured.pull).for_each(|(&i, pull)| phi[i] += scale * pull);
    }
    let informative: Vec<f64> = sample.informative.iter().map(|&i| phi[i]).collect();
    let scale = sample.units as f64 / sample.n as f64;
    group_sums(&informative, Some(&sample.unit)).into_iter().map(|phi| phi * scale).collect()
}
