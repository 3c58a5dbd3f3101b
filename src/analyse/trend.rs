//! Whether a version's latency rose or fell over the time its runs were made in (of a resumed batch or of pooled ones that
//! is more than one stretch): a provider that slows down, a cache that warms
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

/// What to say of the versions whose latency changed, if any.
pub(super) fn note(data: &Data, selected: &[bool]) -> Option<String> {
    let timed: Vec<(&Measured, Vec<f64>)> = data
        .versions
        .iter()
        .filter(|version| !version.settings.simulated)
        .filter_map(|version| Some((version, in_time(version, selected)?)))
        .collect();
    let level = ALPHA / timed.len().max(1) as f64;
    let ends = |(version, latencies): &(&Measured, Vec<f64>)| {
        let (before, after) = changed(latencies, level)?;
        Some(format!("`{}` {} → {}", version.name, numbers::seconds(before), numbers::seconds(after)))
    };
    let all: Vec<String> = timed.iter().filter_map(ends).collect();
    (!all.is_empty()).then(|| {
        format!(
            "latency changed with time, from the median of the third of the cases that was run first to that of the \
             third run last: {}; versions that ran side by side met the same, but no single number says what one takes",
            all.join(", ")
        )
    })
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

/// The medians of the first and the last third, where they differ by more than chance and by enough.
fn changed(latencies: &[f64], level: f64) -> Option<(f64, f64)> {
    let third = latencies.len() / 3;
    let (first, last) = (&latencies[..third], &latencies[latencies.len() - third..]);
    let median = |part: &[f64]| type7(&sorted(part), 0.5);
    let (before, after) = (median(first)?, median(last)?);
    let factor = if after > before { after / before } else { before / after };
    let is_notable = factor >= NOTABLE && rank_sum(first, last)?.p < level;
    is_notable.then_some((before, after))
}

#[cfg(test)]
mod tests;
