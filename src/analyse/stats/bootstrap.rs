//! Owns the bootstrap: paired resamples of units from numbered random streams, and what they say beside the verdict:
//! P(best), expected ranks, P(feasible), intervals of utilities (section D.5). The verdict never depends on it.

use super::estimate::Estimates;
use super::interval::{Confidence, Interval, Method};
use super::panel::Panel;
use super::pareto::dominates;
use super::quantile::{sorted, type7};
use super::ranking::{mid_ranks, total_utility, winners};
use super::resample::Resampler;
use super::rng::{DEFAULT_SEED, Stream};
use super::student;

/// Below this many units P(best) is not shown.
pub const FEWEST_UNITS_SHOWN: usize = 10;

/// How much to draw. The result depends on `replicates` and `seed`, never on `threads`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Replicates B.
    pub replicates: usize,
    /// Seed of every stream.
    pub seed: u64,
    /// Threads to use; 0 counts as 1.
    pub threads: usize,
}

impl Default for Plan {
    /// 10,000 replicates from seed 42 on one thread.
    fn default() -> Self {
        Self { replicates: 10_000, seed: DEFAULT_SEED, threads: 1 }
    }
}

/// One resample.
#[derive(Clone, Copy, Debug)]
pub struct Draw<'d> {
    /// Which, from 0: the number of its stream.
    pub replicate: usize,
    /// `x*_vm`.
    pub values: &'d [Vec<f64>],
    /// One standard normal per version.
    pub normals: &'d [f64],
}

/// Calls `each` on every resample: replicate b reads stream b, first one index per group, then the normals. Results
/// come in the order of replicates for any number of threads.
pub fn draw<T: Send>(
    resampler: &Resampler<'_>,
    versions: usize,
    plan: Plan,
    each: impl Fn(Draw<'_>) -> T + Sync,
) -> Vec<T> {
    let mut results: Vec<Option<T>> = std::iter::repeat_with(|| None).take(plan.replicates).collect();
    let share = plan.replicates.div_ceil(plan.threads.max(1)).max(1);
    let each = &each;
    std::thread::scope(|scope| {
        for (part, results) in results.chunks_mut(share).enumerate() {
            scope.spawn(move || {
                let (mut counts, mut sums, mut values) =
                    (vec![0; resampler.groups()], Vec::new(), Vec::new());
                for (offset, result) in results.iter_mut().enumerate() {
                    let replicate = part * share + offset;
                    let mut stream = Stream::new(plan.seed, replicate as u64);
                    resample(&mut stream, &mut counts);
                    resampler.values(&counts, &mut sums, &mut values);
                    let normals: Vec<f64> = (0..versions).map(|_| stream.normal()).collect();
                    *result = Some(each(Draw { replicate, values: &values, normals: &normals }));
                }
            });
        }
    });
    results.into_iter().flatten().collect()
}

/// Draws as many groups as there are, with replacement, into `counts`.
pub fn resample(stream: &mut Stream, counts: &mut [u16]) {
    counts.fill(0);
    for _ in 0..counts.len() {
        counts[stream.index(counts.len())] += 1;
    }
}

/// Makes the spread of bootstrap utilities that of the closed form: inflated by t over z, and smoothed by the
/// pseudo-cases (simulated in D.5: without both, P(best) overstates at small n).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Smoothing {
    /// `lambda = sqrt(G/(G-1)) t_{1-alpha/2, G-1} / z`.
    pub inflation: f64,
    /// `h/G`, `h = max_r h_r`.
    pub jitter: f64,
}

impl Smoothing {
    /// For `units` units, of which `groups` (fewer when merged) are resampled; both above 1.
    pub fn new(pseudo: f64, units: usize, groups: usize, confidence: Confidence) -> Self {
        let (g, resampled) = (units as f64, groups as f64);
        let inflation = (resampled / (resampled - 1.0)).sqrt() * confidence.t(g - 1.0) / confidence.z();
        Self { inflation, jitter: pseudo / g }
    }

    /// `U' = U + lambda [(U* - U) + (h/G) xi]`.
    pub fn apply(&self, estimate: f64, resampled: f64, normal: f64) -> f64 {
        estimate + self.inflation * ((resampled - estimate) + self.jitter * normal)
    }
}

/// What one resample says.
#[derive(Clone, Debug, PartialEq)]
pub struct Replicate {
    /// `U*_v`.
    pub utility: Vec<f64>,
    /// `U'_v`.
    pub smoothed: Vec<f64>,
    /// Versions that pass the gates on `x*`.
    pub feasible: Vec<bool>,
    /// Versions on the Pareto front of `x*`.
    pub front: Vec<bool>,
}

impl Replicate {
    /// Of one draw; `feasible` tells which versions pass the gates on it.
    pub fn of(
        panel: &Panel<'_>,
        estimates: &Estimates,
        smoothing: Smoothing,
        draw: Draw<'_>,
        feasible: &dyn Fn(Draw<'_>) -> Vec<bool>,
    ) -> Self {
        let weights: Vec<f64> = panel.metrics.iter().map(|m| m.weight).collect();
        let worth = |row: &Vec<f64>| -> Vec<f64> {
            panel.metrics.iter().zip(row).map(|(m, &x)| m.transform.utility(x)).collect()
        };
        let utilities: Vec<Vec<f64>> = draw.values.iter().map(worth).collect();
        let utility: Vec<f64> = utilities.iter().map(|u| total_utility(&weights, u)).collect();
        let smooth = |(v, &u): (usize, &f64)| smoothing.apply(estimates.totals[v], u, draw.normals[v]);
        let on_front = |u: &Vec<f64>| !utilities.iter().any(|x| dominates(x, u, &weights));
        Self {
            smoothed: utility.iter().enumerate().map(smooth).collect(),
            feasible: feasible(draw),
            front: utilities.iter().map(on_front).collect(),
            utility,
        }
    }
}

/// What all resamples say, per version.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// Share of the resamples with a feasible version in which this one is the best of the feasible; ties shared.
    /// Sums to 1, or is all 0 when nothing ever was feasible.
    pub p_best: Vec<f64>,
    /// Share of the resamples in which it passes the gates.
    pub p_feasible: Vec<f64>,
    /// Share of the resamples in which any version passes.
    pub p_any_feasible: f64,
    /// Share of the resamples in which it is on the Pareto front.
    pub p_pareto: Vec<f64>,
    /// Mean rank over all versions, ties at their middle; sums to `V(V+1)/2`.
    pub expected_rank: Vec<f64>,
    /// Percentile interval of the rank, from whole ranks that contain it.
    pub rank: Vec<(u32, u32)>,
    /// Percentile interval of `U'_v`.
    pub utility: Vec<Interval>,
    /// Percentile interval of the leader's margin over the runner-up; `None` with one version.
    pub margin: Option<Interval>,
}

impl Bootstrap {
    /// Draws and summarises; `None` with one unit. `pseudo` is the largest `h_r` of the rivals.
    pub fn of(
        panel: &Panel<'_>,
        estimates: &Estimates,
        pseudo: f64,
        confidence: Confidence,
        plan: Plan,
        feasible: &(dyn Fn(Draw<'_>) -> Vec<bool> + Sync),
    ) -> Option<Self> {
        let resampler = Resampler::new(panel, estimates, confidence, plan.seed)?;
        let smoothing = Smoothing::new(pseudo, estimates.sample.units, resampler.groups(), confidence);
        let one = |draw: Draw<'_>| Replicate::of(panel, estimates, smoothing, draw, feasible);
        let replicates = draw(&resampler, panel.versions.len(), plan, one);
        Some(Self::summarise(&replicates, &estimates.totals, confidence))
    }

    /// The same by the closed form, without resamples: what concerns gates and the front stays unknown. `None` with one
    /// unit.
    pub fn of_closed_form(
        estimates: &Estimates,
        pseudo: f64,
        confidence: Confidence,
        plan: Plan,
    ) -> Option<Self> {
        let replicates = student::replicates(estimates, pseudo, plan)?;
        Some(Self::summarise(&replicates, &estimates.totals, confidence))
    }

    /// The summary of replicates, in their order; `totals` are the estimates `U_v`.
    pub fn summarise(replicates: &[Replicate], totals: &[f64], confidence: Confidence) -> Self {
        let versions = totals.len();
        let b = replicates.len().max(1) as f64;
        let mut p_best = vec![0.0; versions];
        let mut expected_rank = vec![0.0; versions];
        let mut places = RankTally::new(versions);
        for replicate in replicates {
            winners(&replicate.smoothed, &replicate.feasible).for_each(|(v, share)| p_best[v] += share);
            let ranks = mid_ranks(&replicate.smoothed);
            places.count(&ranks);
            expected_rank.iter_mut().zip(ranks).for_each(|(sum, rank)| *sum += rank / b);
        }
        let share =
            |holds: &dyn Fn(&Replicate) -> bool| replicates.iter().filter(|r| holds(r)).count() as f64 / b;
        let p_any_feasible = share(&|r| r.feasible.contains(&true));
        let possible = (p_any_feasible * b).max(1.0);
        let percentiles = |of: &dyn Fn(&Replicate) -> f64| {
            let ascending = sorted(&replicates.iter().map(of).collect::<Vec<f64>>());
            let at = |p| type7(&ascending, p);
            let (low, high) = (at(confidence.alpha() / 2.0), at(confidence.upper()));
            Interval { low, high, method: Method::Bootstrap }
        };
        Self {
            p_best: p_best.into_iter().map(|sum| sum / possible).collect(),
            p_feasible: (0..versions).map(|v| share(&|r| r.feasible[v])).collect(),
            p_any_feasible,
            p_pareto: (0..versions).map(|v| share(&|r| r.front[v])).collect(),
            expected_rank,
            rank: (0..versions).map(|v| places.interval(v, confidence)).collect(),
            utility: (0..versions).map(|v| percentiles(&|r| r.smoothed[v])).collect(),
            margin: first_two(totals)
                .map(|(first, second)| percentiles(&|r| r.smoothed[first] - r.smoothed[second])),
        }
    }
}

/// How often each version had each rank, in half ranks: whole numbers, so that parts of it add up in any order.
struct RankTally {
    half_ranks: Vec<Vec<u32>>,
}

impl RankTally {
    fn new(versions: usize) -> Self {
        Self { half_ranks: vec![vec![0; 2 * versions + 1]; versions] }
    }

    fn count(&mut self, ranks: &[f64]) {
        for (tally, rank) in self.half_ranks.iter_mut().zip(ranks) {
            tally[(2.0 * rank).round() as usize] += 1;
        }
    }

    /// The ranks at `alpha/2` and `1 - alpha/2`; a shared rank counts as the places it shares.
    fn interval(&self, version: usize, confidence: Confidence) -> (u32, u32) {
        let tally = &self.half_ranks[version];
        let total = f64::from(tally.iter().sum::<u32>());
        let at = |p: f64| {
            let mut seen = 0;
            let reached = tally.iter().position(|&times| {
                seen += times;
                seen > 0 && f64::from(seen) >= p * total
            });
            u32::try_from(reached.unwrap_or(2)).unwrap_or(u32::MAX)
        };
        (at(confidence.alpha() / 2.0) / 2, at(confidence.upper()).div_ceil(2))
    }
}

/// The versions with the highest and the second highest total.
fn first_two(totals: &[f64]) -> Option<(usize, usize)> {
    let mut order: Vec<usize> = (0..totals.len()).collect();
    order.sort_by(|&i, &j| totals[j].total_cmp(&totals[i]));
    Some((*order.first()?, *order.get(1)?))
}
