//! What was measured of versions, batch by batch: runs and means. Reads measurements, prints nothing.
use std::collections::BTreeMap;

use crate::domain::{Batch, Digest};
use crate::plan::Settings;
use crate::stores::{MeasuredValue, Reader, StoreError};

/// A mean in the making.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mean {
    sum: f64,
    /// How many values it is of.
    pub n: u64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.n += 1;
    }

    /// The mean, when there is any value.
    pub fn value(self) -> Option<f64> {
        (self.n > 0).then(|| self.sum / self.n as f64)
    }
}

/// What was measured of one version.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Runs, failed ones included.
    pub runs: u64,
    /// Mean score by evaluator's name and hash.
    pub scores: BTreeMap<(String, Digest), Mean>,
    /// Dollars a run.
    pub cost: Mean,
    /// Seconds a run.
    pub latency: Mean,
}

/// One batch's tallies by version's name and hash.
///
/// # Errors
/// The store fails.
pub fn of_batch(
    reader: &mut dyn Reader,
    batch: &Batch,
) -> Result<BTreeMap<(String, Digest), Tally>, StoreError> {
    let settings = Settings::from_map(&batch.settings);
    let mut names = BTreeMap::new();
    for version in settings.iter().flat_map(|settings| &settings.versions) {
        names.extend(version.digest().map(|hash| (hash, version.name.clone())));
    }
    let mut found: BTreeMap<(String, Digest), Tally> = BTreeMap::new();
    reader.measurements(batch.id, &mut |measured| {
        let Some(measured) = measured.run() else { return Ok(()) };
        let Some(name) = names.get(&measured.version) else { return Ok(()) };
        let tally = found.entry((name.clone(), measured.version)).or_default();
        tally.runs += 1;
        measured.facts.cost_usd.into_iter().for_each(|cost| tally.cost.add(cost));
        measured.facts.latency_s.into_iter().for_each(|latency| tally.latency.add(latency));
        for score in &measured.scores {
            if let MeasuredValue::Scored(value, _) = score.value {
                tally.scores.entry((score.evaluator.to_string(), score.hash)).or_default().add(value);
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// All batches of a project together.
///
/// # Errors
/// The store fails.
pub fn of_project(
    reader: &mut dyn Reader,
    project: &str,
) -> Result<BTreeMap<(String, Digest), Tally>, StoreError> {
    let mut all: BTreeMap<(String, Digest), Tally> = BTreeMap::new();
    for batch in reader.batches()?.iter().filter(|batch| batch.project == project) {
        for (version, tally) in of_batch(reader, batch)? {
            let sum = all.entry(version).or_default();
            sum.runs += tally.runs;
            for (evaluator, mean) in tally.scores {
                let whole = sum.scores.entry(evaluator).or_default();
                (whole.sum, whole.n) = (whole.sum + mean.sum, whole.n + mean.n);
            }
        }
    }
    Ok(all)
}
