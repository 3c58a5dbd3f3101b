//! Batches that each ran over a part of the cases (`proto run --partition hash:M/N`): what they hold together.
use std::collections::BTreeMap;

use crate::domain::Batch;
use crate::plan::Settings;

/// The cases that were planned: of parts, all of those that are here once; of anything else, those of the latest batch
/// that ran over the whole.
pub(super) fn cases(latest: &Batch, batches: &[Batch], all: &[Settings]) -> u64 {
    let wholes = || batches.iter().zip(all).filter(|(_, settings)| settings.part.is_none());
    match wholes().map(|(batch, _)| batch).max_by_key(|batch| (batch.id == latest.id, batch.started)) {
        Some(whole) => whole.cases,
        None => of_one_split(batches, all).map_or(latest.cases, |(_, parts)| parts.values().sum()),
    }
}

/// The parts of the split of which there is no batch. A part that no case falls into is none.
pub(super) fn missing(batches: &[Batch], all: &[Settings]) -> Vec<String> {
    let Some((n, parts)) = of_one_split(batches, all) else { return Vec::new() };
    let whole = all.iter().filter_map(|settings| settings.part.as_ref()).map(|part| part.whole_cases).max();
    if whole.is_some_and(|whole| parts.values().sum::<u64>() >= whole) {
        return Vec::new();
    }
    (1..=n).filter(|m| !parts.contains_key(m)).map(|m| format!("hash:{m}/{n}")).collect()
}

/// Where every batch is a part of as many: of how many, and the cases of each part.
fn of_one_split(batches: &[Batch], all: &[Settings]) -> Option<(u64, BTreeMap<u64, u64>)> {
    let mut parts = BTreeMap::new();
    let mut of = None;
    for (batch, settings) in batches.iter().zip(all) {
        let partition = settings.part.as_ref()?.partition()?;
        if *of.get_or_insert(partition.n()) != partition.n() {
            return None;
        }
        parts.insert(partition.m(), batch.cases);
    }
    Some((of?, parts))
}
