//! Which batches a command is about: the ones named, else the latest.
use std::collections::BTreeMap;

use super::context::Context;
use super::error::CommandError;
use crate::domain::{Batch, counted};
use crate::plan::{PartSettings, Settings};
use crate::stores::Reader;

/// The batch whose id is, begins or ends with `reference`, or the latest; `experiment` narrows it.
///
/// # Errors
/// There is none, or the reference fits several.
pub fn one(
    reader: &mut dyn Reader,
    reference: Option<&str>,
    experiment: Option<&str>,
) -> Result<Batch, CommandError> {
    let mut batches = reader.batches()?;
    batches.retain(|batch| experiment.is_none_or(|name| batch.experiment == name));
    let Some(reference) = reference else {
        return batches.into_iter().next().ok_or_else(|| nothing(experiment));
    };
    let plain = reference.replace('-', "").to_lowercase();
    let fits = |batch: &Batch| {
        let id = batch.id.to_string().replace('-', "");
        id.starts_with(&plain) || id.ends_with(&plain)
    };
    let mut fitting: Vec<Batch> = batches.into_iter().filter(fits).collect();
    match (fitting.pop(), fitting.len()) {
        (Some(batch), 0) => Ok(batch),
        (None, _) => {
            Err(CommandError::input(format!("no batch `{reference}`")).hint("`proto log` lists them"))
        }
        (Some(_), more) => {
            Err(CommandError::input(format!("`{reference}` fits {}", counted(more as u64 + 1, "batch")))
                .hint("give more digits of the id; `proto log` lists them"))
        }
    }
}

/// The latest batch; where it ran over a part of the cases, with the latest batch of every other part of its split.
///
/// # Errors
/// There is none, or the store fails.
pub fn latest(reader: &mut dyn Reader, experiment: Option<&str>) -> Result<Vec<Batch>, CommandError> {
    let latest = one(reader, None, experiment)?;
    let settings = Settings::from_map(&latest.settings);
    let Some(settings) = settings.filter(|settings| settings.part.is_some()) else { return Ok(vec![latest]) };
    let mut parts: BTreeMap<u64, Batch> = BTreeMap::new();
    // Newest first: the first of a part is its latest.
    for batch in reader.batches()? {
        let same = (&batch.project, &batch.experiment, batch.dataset)
            == (&latest.project, &latest.experiment, latest.dataset);
        let Some(other) =
            Settings::from_map(&batch.settings).filter(|other| same && settings.same_split(other))
        else {
            continue;
        };
        if let Some(partition) = other.part.as_ref().and_then(PartSettings::partition) {
            parts.entry(partition.m()).or_insert(batch);
        }
    }
    Ok(parts.into_values().collect())
}

fn nothing(experiment: Option<&str>) -> CommandError {
    let what = experiment.map(|name| format!(" of experiment `{name}`")).unwrap_or_default();
    CommandError::input(format!("nothing has been run yet{what}"))
        .hint("`proto run FILE` makes the first batch")
}

/// Opens the store for reading.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn reader(context: &Context<'_>) -> Result<Box<dyn Reader>, CommandError> {
    Ok(super::place::open(context, None, false)?.reader()?)
}
