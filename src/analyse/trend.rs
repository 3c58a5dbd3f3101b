//! Whether a version's latency rose or fell while its runs were made: a provider that slows down, a cache that warms
//! up. Versions that ran side by side meet it together, so their differences stand; what a version takes by itself, and
//! so a gate on it, is of no one time. (`drift` is another thing: versions that ran at different times.)
//!
//! The cases are met in an order drawn at random, so without a trend any third of them is like any other: the first
//! third in time against the last by ranks, at 1 % over all versions together, and only where the medians differ by a
//! tenth. Robust: one slow answer moves neither.
use super::data::{Data, Measured};
use super::stats::quantile::{sorted, type7};
use super::stats::rank_sum::rank_sum;
use crate::domain::RunStatus;
use crate::formats::numbers;

/// Cases below which a third says nothing.
const FEWEST: usize = 30;
/// Chance of a false word about any version of a batch without a trend.
const ALPHA: f64 = 0.01;
/// The factor between medians from which on it is worth a word.
const NOTABLE: f64 = 1.1;

/// One sentence a version whose latency changed.
pub(super) fn notes(data: &Data, selected: &[bool]) -> Vec<String> {
    let timed: Vec<(&Measured, Vec<f64>)> = data
        .versions
        .iter()
        .filter(|version| !version.settings.simulated)
        .filter_map(|version| Some((version, in_time(version, selected)?)))
        .collect();
    let level = ALPHA / timed.len().max(1) as f64;
    timed.iter().filter_map(|(version, latencies)| note(&version.name, latencies, level)).collect()
}

/// The latency of each case in the order they were met, seconds; `None` where they are too few, or the first third was
/// not over before the last began. What the cache answered and what failed has no latency of its own here.
fn in_time(version: &Measured, selected: &[bool]) -> Option<Vec<f64>> {
    let mut cases = vec![(0.0, 0.0, 0_u32); selected.len()];
    let made = version.runs.iter().filter(|run| !run.cache_hit() && run.status() == RunStatus::Ok);
    for run in made.filter(|run| selected[run.case() as usize]) {
        if let Some(latency) = run.facts().latency_s {
            let (started, seconds, n) = &mut cases[run.case() as usize];
            (*started, *seconds, *n) = (*started + run.started_s(), *seconds + latency, *n + 1);
        }
    }
    let mean = |(started, seconds, n): (f64, f64, u32)| (started / f64::from(n), seconds / f64::from(n));
    let mut met: Vec<(f64, f64)> = cases.into_iter().filter(|(.., n)| *n > 0).map(mean).collect();
    met.sort_by(|a, b| a.0.total_cmp(&b.0));
    let third = met.len() / 3;
    let is_apart = met.len() >= FEWEST && met[third - 1].0 < met[met.len() - third].0;
    is_apart.then(|| met.into_iter().map(|(_, seconds)| seconds).collect())
}

fn note(name: &str, latencies: &[f64], level: f64) -> Option<String> {
    let third = latencies.len() / 3;
    let (first, last) = (&latencies[..third], &latencies[latencies.len() - third..]);
    let median = |part: &[f64]| type7(&sorted(part), 0.5);
    let (before, after) = (median(first)?, median(last)?);
    let factor = if after > before { after / before } else { before / after };
    if factor.is_nan() || factor < NOTABLE || rank_sum(first, last)?.p >= level {
        return None;
    }
    Some(format!(
        "`{name}`: its latency {} while the batch ran, from {} (median of the first third of its cases) to {} (of the \
         last); versions that ran beside it met the same, but no single number says what it takes",
        if after > before { "rose" } else { "fell" },
        numbers::seconds(before),
        numbers::seconds(after)
    ))
}

#[cfg(test)]
mod tests;
