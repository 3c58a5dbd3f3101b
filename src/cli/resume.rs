//! What `proto run --resume` and `--rerun-failed` go on with.
use std::collections::HashSet;

use super::batches;
use super::context::Context;
use super::error::CommandError;
use crate::domain::{Batch, BatchStatus, Digest, RunStatus, counted};
use crate::plan::{Plan, Settings};
use crate::record;
use crate::spec::dataset::Partition;
use crate::stores::Store;

/// The batch to go on with.
///
/// # Errors
/// The store fails, or there is no batch to make failed runs of again.
pub fn earlier(
    resume: bool,
    rerun_failed: bool,
    (experiment, partition): (&str, Option<Partition>),
    store: &dyn Store,
) -> Result<Option<Batch>, CommandError> {
    if !resume && !rerun_failed {
        return Ok(None);
    }
    let mut reader = store.reader()?;
    let mut ours = reader.batches()?;
    let fits = |batch: &Batch| partition.is_none() || self::partition(batch) == partition;
    ours.retain(|batch| batch.experiment == experiment && fits(batch));
    if rerun_failed {
        return match (ours.into_iter().next(), partition) {
            (None, Some(part)) => {
                Err(CommandError::input(format!("no batch of `{experiment}` ran over {part}"))
                    .hint("`proto log` says which parts were run"))
            }
            (None, None) => batches::one(reader.as_mut(), None, Some(experiment)).map(Some),
            (latest, _) => Ok(latest),
        };
    }
    let unfinished = ours.iter().position(|batch| batch.status != BatchStatus::Done);
    // With all of them done, going on with the latest makes nothing; with none at all, `--resume` begins.
    Ok(ours.into_iter().nth(unfinished.unwrap_or(0)))
}

/// The part of the cases a batch ran over: it goes on with that part when nobody says otherwise.
pub fn partition(batch: &Batch) -> Option<Partition> {
    Settings::from_map(&batch.settings)?.part?.partition()
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
