//! Which batches a command is about: the ones named, else the latest.
use super::context::Context;
use super::error::CommandError;
use crate::domain::Batch;
use crate::present::counted;
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
