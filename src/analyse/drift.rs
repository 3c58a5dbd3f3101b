//! How far apart in time two versions met the same cases. The versions of one provider meet a case together; providers
//! run on at their own pace, a resumed batch goes on later, and batches lie days apart. What changed meanwhile (the
//! load, the network, a model behind its name) counts as a difference between the versions, so it is said: a
//! comparison that says nothing met at least nine tenths of its cases within five minutes.
use super::data::{Data, Measured};
use crate::domain::RunStatus;
use crate::formats::numbers;

/// Minutes from which on a case was no longer met under the same conditions.
const APART: f64 = 5.0;
/// Share of the cases that may be further apart without a word: a few runs made again are no drift.
const SHARE: f64 = 0.1;

/// Two versions over the cases both met.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Gap {
    cases: usize,
    /// Of them, further apart than [`APART`].
    apart: usize,
    /// The furthest, seconds.
    most: f64,
}

/// What to say of the versions named `others` against `reference`, over the selected cases.
pub(super) fn note<'a>(
    data: &'a Data,
    reference: &str,
    others: impl Iterator<Item = &'a str>,
    selected: &[bool],
) -> Option<String> {
    let find = |name: &str| data.versions.iter().find(|version| version.name == name);
    let moments = |version: &Measured| (!version.settings.simulated).then(|| moments(version, selected));
    let held = find(reference).and_then(moments)?;
    let gaps: Vec<(&str, Gap)> = others
        .filter(|name| *name != reference)
        .filter_map(|name| Some((name, gap(&held, &find(name).and_then(moments)?))))
        .filter(|(_, gap)| gap.apart > 0 && gap.apart as f64 >= SHARE * gap.cases as f64)
        .collect();
    let worst = gaps.iter().map(|(_, gap)| gap).max_by_key(|gap| gap.apart)?;
    let most = gaps.iter().map(|(_, gap)| gap.most).fold(0.0, f64::max);
    let names: Vec<String> = gaps.iter().map(|(name, _)| format!("`{name}`")).collect();
    Some(format!(
        "{}: {}{} of {} cases were run more than {APART} minutes before or after `{reference}` ran them ({} at most); \
         what changed meanwhile counts as a difference; one batch at a like pace (`requests_per_minute`) keeps \
         them together",
        names.join(", "),
        if gaps.len() > 1 { "up to " } else { "" },
        worst.apart,
        worst.cases,
        numbers::seconds(most)
    ))
}

/// When each case was met, seconds since 1970, on average over its runs: a steady drift biases a mean by the distance
/// of the averages. Answers of the cache say nothing (they have a note of their own), nor do runs that were not made.
fn moments(version: &Measured, selected: &[bool]) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0_u32); selected.len()];
    let made = version.runs.iter().filter(|run| !run.cache_hit() && run.status() != RunStatus::NotRun);
    for run in made.filter(|run| selected[run.case() as usize]) {
        let (sum, n) = &mut sums[run.case() as usize];
        (*sum, *n) = (*sum + run.started_s(), *n + 1);
    }
    sums.into_iter().map(|(sum, n)| (n > 0).then(|| sum / f64::from(n))).collect()
}

fn gap(a: &[Option<f64>], b: &[Option<f64>]) -> Gap {
    let pairs = a.iter().zip(b).filter_map(|(a, b)| Some(((*a)? - (*b)?).abs()));
    pairs.fold(Gap { cases: 0, apart: 0, most: 0.0 }, |gap, seconds| Gap {
        cases: gap.cases + 1,
        apart: gap.apart + usize::from(seconds > 60.0 * APART),
        most: gap.most.max(seconds),
    })
}

#[cfg(test)]
mod tests;
