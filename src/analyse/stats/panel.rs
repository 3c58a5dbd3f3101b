//! Owns the data a decision is made on: what each ranked version has for each metric on each case, and which cases all
//! of them share (section D.1). Computes no estimate.

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
        runs: &'a [Vec<f64>],
        /// The mean of those runs; says where data are missing.
        cells: &'a [Cell],
    },
    /// One number without cases and without an interval (throughput).
    Fixed(f64),
}

impl Measure<'_> {
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
    /// Cases that count, n: where some version has a value of some weighted metric.
    pub fn union(&self) -> Vec<usize> {
        (0..self.cases).filter(|&i| self.weighted().any(|m| self.any(m, i))).collect()
    }

    /// Of `cases`, those where every version has a value of metric `m`; all of them for a metric without cases.
    pub fn common(&self, m: usize, cases: &[usize]) -> Vec<usize> {
        let all = |i: &&usize| self.versions.iter().all(|v| v[m].cell(**i).value().is_some());
        cases.iter().filter(all).copied().collect()
    }

    /// Of `cases`, how many are missing for metric `m` of version `v`: what coverage and the report's "12 cases
    /// dropped: no score for B" count.
    pub fn missing(&self, v: usize, m: usize, cases: &[usize]) -> usize {
        cases.iter().filter(|&&i| self.versions[v][m].cell(i) == Cell::Missing).count()
    }

    /// Share of `cases` that no version is missing on metric `m`; 1 without cases.
    pub fn coverage(&self, m: usize, cases: &[usize]) -> f64 {
        let known = |i: &&usize| self.versions.iter().all(|v| v[m].cell(**i) != Cell::Missing);
        if cases.is_empty() { 1.0 } else { cases.iter().filter(known).count() as f64 / cases.len() as f64 }
    }

    /// Smallest share of `cases` on which version `v` is not missing, over the weighted metrics. Below
    /// `--min-coverage` (0.95) the version is better left unranked than allowed to shrink the cases of all.
    pub fn version_coverage(&self, v: usize, cases: &[usize]) -> f64 {
        let share = |m| 1.0 - self.missing(v, m, cases) as f64 / cases.len().max(1) as f64;
        self.weighted().map(share).fold(1.0, f64::min)
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

    fn any(&self, m: usize, i: usize) -> bool {
        let measured = |measure: &Measure<'_>| !matches!(measure, Measure::Fixed(_));
        self.versions.iter().any(|v| measured(&v[m]) && v[m].cell(i).value().is_some())
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
        let union = panel.union();
        assert_eq!(union, [0, 1, 2]);
        assert_eq!((panel.common(0, &union), panel.common(1, &union)), (vec![0, 1], vec![0, 2]));
        assert_eq!((panel.coverage(0, &union), panel.coverage(1, &union)), (2.0 / 3.0, 1.0));
        assert_eq!((panel.version_coverage(0, &union), panel.missing(1, 0, &union)), (1.0, 1));
    }

    #[test]
    fn a_ratio_of_sums_needs_both_terms() {
        let (above, below) = ([V(1.0), V(1.0), Cell::Absent], [V(2.0), Cell::Missing, V(1.0)]);
        let ratio = Measure::RatioOfSums { numerator: &above, denominator: &below };
        assert_eq!([0, 1, 2].map(|i| ratio.cell(i)), [V(1.0), Cell::Missing, Cell::Absent]);
    }
}
