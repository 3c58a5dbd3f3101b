//! Owns the data a decision is made on: what each ranked version has for each metric on each case, and which cases all
//! of them share (section D.1). Computes no estimate.

use super::per_case::PerCase;
use super::sums::Groups;
use super::utility::Transform;

/// What one version has for one metric on one case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// The case value: the mean over repeats of the values there are.
    Value(f64),
    /// The version failed before this could be measured (an error run has no latency). Not missing data: the failure
    /// is counted by the score and the error rate.
    Absent,
    /// Nothing is known: not run, the evaluator failed, usage unknown. Lowers coverage.
    Missing,
}

impl Cell {
    /// The number, if there is one.
    pub fn value(self) -> Option<f64> {
        match self {
            Self::Value(x) => Some(x),
            Self::Absent | Self::Missing => None,
        }
    }

    /// The same of another number.
    pub fn map(self, of: impl FnOnce(f64) -> f64) -> Self {
        match self {
            Self::Value(x) => Self::Value(of(x)),
            other => other,
        }
    }
}

/// The data of one metric of one version; slices have one entry per case of the panel.
#[derive(Clone, Copy, Debug)]
pub enum Measure<'a> {
    /// Mean over cases.
    Mean(&'a [Cell]),
    /// Sum over sum, for example cost over passes, or tokens over seconds.
    RatioOfSums {
        /// Summed above the line.
        numerator: &'a [Cell],
        /// Summed below the line.
        denominator: &'a [Cell],
    },
    /// Type-7 quantile over the runs of all cases.
    Quantile {
        /// The probability, in (0, 1).
        p: f64,
        /// The values of the runs of each case.
        runs: &'a PerCase,
        /// The mean of those runs; says where data are missing.
        cells: &'a [Cell],
    },
    /// One number without cases and without an interval: a bound, or the worst for what is unknown.
    Fixed(f64),
}

impl Measure<'_> {
    /// What case `i` says by itself: of a ratio of sums, its part above over that below.
    pub fn value(&self, i: usize) -> Option<f64> {
        match self {
            Self::RatioOfSums { numerator, denominator } => {
                let below = denominator[i].value().filter(|below| *below != 0.0)?;
                Some(numerator[i].value()? / below)
            }
            other => other.cell(i).value(),
        }
    }

    /// Whether case `i` has a value, none by the version's fault, or is missing.
    pub fn cell(&self, i: usize) -> Cell {
        match self {
            Self::Mean(cells) | Self::Quantile { cells, .. } => cells[i],
            Self::RatioOfSums { numerator, denominator } => match (numerator[i], denominator[i]) {
                (Cell::Missing, _) | (_, Cell::Missing) => Cell::Missing,
                (Cell::Value(x), Cell::Value(_)) => Cell::Value(x),
                _ => Cell::Absent,
            },
            Self::Fixed(x) => Cell::Value(*x),
        }
    }
}

/// One metric of the decision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// From value to utility.
    pub transform: Transform,
    /// Normalised weight; 0 for a metric that only gates.
    pub weight: f64,
    /// Whether it is an evaluator's mean, which enters the pseudo-case term of D.2.
    pub evaluator: bool,
}

/// Every ranked version on every metric.
#[derive(Clone, Copy, Debug)]
pub struct Panel<'a> {
    /// The metrics.
    pub metrics: &'a [Metric],
    /// `versions[v][m]`.
    pub versions: &'a [Vec<Measure<'a>>],
    /// Cases of every slice.
    pub cases: usize,
    /// The group of each case.
    pub groups: Groups<'a>,
}

impl Panel<'_> {
    /// What the versions know of metric `m`, case by case; a number without cases knows all of them.
    pub fn known(&self, m: usize) -> Known {
        let none = || vec![false; self.cases];
        let mut known = Known { by_any: none(), by_all: vec![true; self.cases], gap: none() };
        for version in self.versions {
            match version[m] {
                Measure::Fixed(_) => {}
                Measure::Mean(cells) | Measure::Quantile { cells, .. } => known.take(cells.iter().copied()),
                ratio @ Measure::RatioOfSums { .. } => known.take((0..self.cases).map(|i| ratio.cell(i))),
            }
        }
        known
    }

    /// The groups of `cases`.
    pub fn groups_of(&self, cases: &[usize]) -> Option<Vec<u32>> {
        self.groups.map(|of| cases.iter().map(|&i| of[i]).collect())
    }

    /// Indices of metrics with a weight that are measured on cases.
    pub fn weighted(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.metrics.len()).filter(|&m| self.metrics[m].weight > 0.0 && self.on_cases(m))
    }

    fn on_cases(&self, m: usize) -> bool {
        self.versions.iter().any(|v| !matches!(v[m], Measure::Fixed(_)))
    }
}

/// What the versions know of one metric; one entry a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Some version has a value.
    pub by_any: Vec<bool>,
    /// Every version has a value: the case is common to them.
    pub by_all: Vec<bool>,
    /// Some version is missing data.
    pub gap: Vec<bool>,
}

impl Known {
    /// Adds one version.
    fn take(&mut self, cells: impl Iterator<Item = Cell>) {
        let marks = self.by_any.iter_mut().zip(&mut self.by_all).zip(&mut self.gap);
        for (((by_any, by_all), gap), cell) in marks.zip(cells) {
            *by_any |= matches!(cell, Cell::Value(_));
            *by_all &= matches!(cell, Cell::Value(_));
            *gap |= cell == Cell::Missing;
        }
    }

    /// Share of `cases` that no version is missing: what coverage and the report's "12 cases dropped: no score for B"
    /// count; 1 without cases.
    pub fn coverage(&self, cases: &[usize]) -> f64 {
        let covered = cases.iter().filter(|&&i| !self.gap[i]).count();
        if cases.is_empty() { 1.0 } else { covered as f64 / cases.len() as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V: fn(f64) -> Cell = Cell::Value;

    #[test]
    fn an_error_run_has_no_latency_and_still_covers_its_case() {
        let score = [V(1.0), V(0.0), V(1.0), Cell::Missing];
        let latency = [V(10.0), Cell::Absent, V(12.0), Cell::Missing];
        let rival = ([V(1.0), V(1.0), Cell::Missing, Cell::Missing], [V(9.0), V(9.0), V(9.0), Cell::Missing]);
        let metric = |evaluator| Metric { transform: Transform::Identity, weight: 0.5, evaluator };
        let versions = [
            vec![Measure::Mean(&score), Measure::Mean(&latency)],
            vec![Measure::Mean(&rival.0), Measure::Mean(&rival.1)],
        ];
        let metrics = [metric(true), metric(false)];
        let panel = Panel { metrics: &metrics, versions: &versions, cases: 4, groups: None };
        let sample = super::super::listwise::Listwise::of(&panel).expect("common cases");
        assert_eq!((sample.n, sample.coverage), (3, 2.0 / 3.0));
        assert_eq!(sample.common, [vec![0, 1], vec![0, 2]]);
        assert_eq!(panel.known(1).coverage(&[0, 1, 2]), 1.0);
        assert_eq!(panel.known(1).gap, [false, false, false, true]);
    }

    #[test]
    fn a_ratio_of_sums_needs_both_terms() {
        let (above, below) = ([V(1.0), V(1.0), Cell::Absent], [V(2.0), Cell::Missing, V(1.0)]);
        let ratio = Measure::RatioOfSums { numerator: &above, denominator: &below };
        assert_eq!([0, 1, 2].map(|i| ratio.cell(i)), [V(1.0), Cell::Missing, Cell::Absent]);
    }
}
