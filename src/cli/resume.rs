//! What `proto run --resume` and `--rerun-failed` go on with.
use std::collections::HashSet;

use super::batches;
use super::context::Context;
use super::error::CommandError;
use crate::domain::{Batch, BatchStatus, Digest, RunStatus};
use crate::plan::{Plan, Settings};
use crate::present::counted;
use crate::record;
use crate::stores::Store;

/// The batch to go on with.
///
/// # Errors
/// The store fails, or there is no batch to make failed runs of again.
pub fn earlier(
    resume: bool,
    rerun_failed: bool,
    experiment: &str,
    store: &dyn Store,
) -> Result<Option<Batch>, CommandError> {
    if !resume && !rerun_failed {
        return Ok(None);
    }
    let mut reader = store.reader()?;
    let latest = batches::one(reader.as_mut(), None, Some(experiment));
    if rerun_failed {
        return latest.map(Some);
    }
    let unfinished = reader
        .batches()?
        .into_iter()
        .find(|batch| batch.experiment == experiment && batch.status != BatchStatus::Done);
    match unfinished {
        Some(batch) => Ok(Some(batch)),
        // Everything is there already: going on with the latest makes nothing and is no error.
        None => latest.map(Some),
    }
}

/// Keys of the runs that need not be made again. `not_run` says nothing about a version, so it is always made.
///
/// # Errors
/// The store fails.
pub fn stored(batch: &Batch, rerun_failed: bool, store: &dyn Store) -> Result<HashSet<Digest>, CommandError> {
    let keeps = |status: RunStatus| match status {
        RunStatus::Ok => true,
        RunStatus::Error => !rerun_failed,
        RunStatus::NotRun => false,
    };
    let keys = store.reader()?.keys(batch.id)?;
    Ok(keys.into_iter().filter(|key| keeps(key.status)).map(|key| key.digest).collect())
}

/// What changed in the cases since a resumed batch was begun: said, and new references taken over.
///
/// # Errors
/// The store or the terminal fails.
pub fn changed(
    plan: &Plan,
    batch: &Batch,
    store: &dyn Store,
    context: &mut Context<'_>,
) -> Result<(), CommandError> {
    let refreshed = record::refresh(store, batch.id, &plan.dataset)?;
    if refreshed > 0 {
        context.say(&format!(
            "{} scored again: the expected answer of their case changed",
            counted(refreshed, "run")
        ))?;
    }
    let left_out = Settings::from_map(&batch.settings).map_or(0, |settings| settings.left_out.len() as u64);
    if left_out > 0 {
        context
            .say(&format!("{} left out: the case or version changed or is gone", counted(left_out, "run")))?;
    }
    Ok(())
}
