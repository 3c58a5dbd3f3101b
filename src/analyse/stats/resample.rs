//! Owns the metrics' values on a resample of units (section D.5): `x*_vm` from how often each unit was drawn.
//! Only units are resampled, never repeats inside them: the unit's mean already carries the noise within.

use super::estimate::Estimates;
use super::interval::Confidence;
use super::panel::{Cell, Measure, Panel};
use super::per_case::PerCase;
use super::quantile::{slope, sorted};
use super::rng::{SHUFFLE_STREAM, Stream};
use super::unit_sums::UnitSums;

/// Units above this are shuffled once and merged into this many random groups: sums and counts add up, and the
/// standard error is known to about 1 %.
pub const MOST_GROUPS: usize = 4096;
/// Quantiles of up to this many runs are exact on every resample; of more, linearised.
pub const MOST_EXACT_RUNS: usize = 5000;

/// Where a value comes from.
#[derive(Clone, Debug)]
enum Source {
    /// Column over column.
    Ratio { above: usize, below: usize },
    /// `q + slope (p - share of rows at or below q)`.
    Linear { share: usize, cases: usize, p: f64, slope: f64 },
    /// The type-7 quantile of the resampled runs; each with its group, ascending by value.
    Exact { ascending: Vec<(f64, u32)>, p: f64 },
    /// Does not vary.
    Fixed,
}

/// A panel prepared for resampling.
#[derive(Clone, Debug)]
pub struct Resampler<'a> {
    estimates: &'a Estimates,
    sources: Vec<Vec<Source>>,
    sums: UnitSums,
    groups: usize,
}

impl<'a> Resampler<'a> {
    /// Prepares `panel`, of which `estimates` are; `None` with one unit. `seed` matters above [`MOST_GROUPS`] units.
    pub fn new(
        panel: &Panel<'_>,
        estimates: &'a Estimates,
        confidence: Confidence,
        seed: u64,
    ) -> Option<Self> {
        let sample = &estimates.sample;
        if sample.units < 2 {
            return None;
        }
        let groups = sample.units.min(MOST_GROUPS);
        let group_of_unit = merge(sample.units, groups, seed);
        let mut group_of_case = vec![None; panel.cases];
        for (&case, &unit) in sample.informative.iter().zip(&sample.unit) {
            group_of_case[case] = Some(group_of_unit[unit as usize]);
        }
        let mut columns = Columns { groups, group_of_case, list: Vec::new() };
        let mut sources = Vec::new();
        for (v, measures) in panel.versions.iter().enumerate() {
            let source = |(m, measure): (usize, &Measure<'_>)| {
                columns.source(measure, &sample.common[m], estimates.values[v][m], confidence)
            };
            sources.push(measures.iter().enumerate().map(source).collect());
        }
        Some(Self { estimates, sources, sums: UnitSums::new(&columns.list), groups })
    }

    /// Groups that are resampled.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// `x*_vm` when group g is counted `counts[g]` times, into `values`. A metric none of whose cases was drawn keeps
    /// its estimate. `sums` is scratch space.
    pub fn values(&self, counts: &[u16], sums: &mut Vec<f64>, values: &mut Vec<Vec<f64>>) {
        self.sums.weighted(counts, sums);
        values.resize(self.sources.len(), Vec::new());
        for ((row, sources), estimates) in values.iter_mut().zip(&self.sources).zip(&self.estimates.values) {
            row.clear();
            row.extend(sources.iter().zip(estimates).map(|(source, &x)| source.value(counts, sums, x)));
        }
    }
}

impl Source {
    fn value(&self, counts: &[u16], sums: &[f64], estimate: f64) -> f64 {
        let ratio = |above: usize, below: usize| (sums[below] != 0.0).then(|| sums[above] / sums[below]);
        match self {
            Self::Ratio { above, below } => ratio(*above, *below).unwrap_or(estimate),
            Self::Linear { share, cases, p, slope } => {
                ratio(*share, *cases).map_or(estimate, |below| estimate + slope * (p - below))
            }
            Self::Exact { ascending, p } => weighted_type7(ascending, counts, *p).unwrap_or(estimate),
            Self::Fixed => estimate,
        }
    }
}

/// Type 7 of the sample in which each value stands as often as its group was drawn; `None` if that is never.
fn weighted_type7(ascending: &[(f64, u32)], counts: &[u16], p: f64) -> Option<f64> {
    let times = |group: u32| usize::from(counts[group as usize]);
    let last = ascending.iter().map(|&(_, group)| times(group)).sum::<usize>().checked_sub(1)?;
    let h = last as f64 * p;
    let (below, part) = (h.floor() as usize, h - h.floor());
    let mut seen = 0;
    let mut low = None;
    for &(value, group) in ascending {
        seen += times(group);
        if low.is_none() && seen > below {
            low = Some(value);
        }
        if seen > (below + 1).min(last) {
            return low.map(|low| low + part * (value - low));
        }
    }
    low
}

/// The columns of unit sums, equal ones kept once.
struct Columns {
    groups: usize,
    group_of_case: Vec<Option<u32>>,
    list: Vec<Vec<f64>>,
}

impl Columns {
    fn source(&mut self, of: &Measure<'_>, cases: &[usize], estimate: f64, confidence: Confidence) -> Source {
        let number = |cells: &[Cell], i: usize| cells[i].value().unwrap_or(0.0);
        match of {
            Measure::Mean(cells) => Source::Ratio {
                above: self.add(cases, |i| number(cells, i)),
                below: self.add(cases, |_| 1.0),
            },
            Measure::RatioOfSums { numerator, denominator } => Source::Ratio {
                above: self.add(cases, |i| number(numerator, i)),
                below: self.add(cases, |i| number(denominator, i)),
            },
            Measure::Quantile { p, runs, .. } => self.quantile(*p, runs, cases, estimate, confidence),
            Measure::Fixed(_) => Source::Fixed,
        }
    }

    fn quantile(
        &mut self,
        p: f64,
        runs: &PerCase,
        cases: &[usize],
        estimate: f64,
        confidence: Confidence,
    ) -> Source {
        if cases.iter().map(|&i| runs[i].len()).sum::<usize>() > MOST_EXACT_RUNS {
            let all: Vec<f64> = cases.iter().flat_map(|&i| runs[i].iter().copied()).collect();
            let below = |i: usize| runs[i].iter().filter(|&&x| x <= estimate).count() as f64;
            let share = self.add(cases, |i| below(i) / runs[i].len().max(1) as f64);
            let slope = slope(&sorted(&all), p, confidence);
            return Source::Linear { share, cases: self.add(cases, |_| 1.0), p, slope };
        }
        let of_case = |&i: &usize| {
            self.group_of_case[i].into_iter().flat_map(move |g| runs[i].iter().map(move |&x| (x, g)))
        };
        let mut ascending: Vec<(f64, u32)> = cases.iter().flat_map(of_case).collect();
        ascending.sort_by(|a, b| a.0.total_cmp(&b.0));
        Source::Exact { ascending, p }
    }

    /// The index of the column that sums `value` over the cases of each group.
    fn add(&mut self, cases: &[usize], value: impl Fn(usize) -> f64) -> usize {
        let mut column = vec![0.0; self.groups];
        for &i in cases {
            if let Some(group) = self.group_of_case[i] {
                column[group as usize] += value(i);
            }
        }
        self.list.iter().position(|c| *c == column).unwrap_or_else(|| {
            self.list.push(column);
            self.list.len() - 1
        })
    }
}

/// The group of each unit: itself, or one of `groups` random groups whose sizes differ by at most 1.
fn merge(units: usize, groups: usize, seed: u64) -> Vec<u32> {
    let mut order: Vec<usize> = (0..units).collect();
    if units > groups {
        Stream::new(seed, SHUFFLE_STREAM).shuffle(&mut order);
    }
    let mut group_of_unit = vec![0; units];
    order.iter().enumerate().for_each(|(place, &unit)| group_of_unit[unit] = (place * groups / units) as u32);
    group_of_unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::stats::quantile::type7;

    #[test]
    fn a_weighted_quantile_is_that_of_the_repeated_sample() {
        let ascending = [(1.0, 0), (2.0, 1), (4.0, 0), (8.0, 2)];
        let repeated = [1.0, 1.0, 4.0, 4.0, 8.0, 8.0, 8.0];
        for p in [0.0, 0.1, 0.25, 0.5, 0.9, 1.0] {
            let got = weighted_type7(&ascending, &[2, 0, 3], p);
            assert_eq!(got, type7(&repeated, p), "{p}");
        }
        assert_eq!(weighted_type7(&ascending, &[0, 0, 0], 0.5), None);
    }

    #[test]
    fn merged_groups_are_even_and_random() {
        let groups = merge(10_000, MOST_GROUPS, 42);
        let mut sizes = vec![0; MOST_GROUPS];
        groups.iter().for_each(|&g| sizes[g as usize] += 1);
        assert!(sizes.iter().all(|&s| s == 2 || s == 3));
        assert_ne!(groups, merge(10_000, MOST_GROUPS, 43));
        assert_eq!(merge(5, 5, 42), [0, 1, 2, 3, 4]);
    }
}
