//! `proto log`: batches, newest first: when, what, outcome.
use serde_json::{Value, json};

use super::context::Context;
use super::error::CommandError;
use super::{Exit, batches, references, version};
use crate::domain::Batch;
use crate::formats;
use crate::plan::{Known, PartSettings, Settings};

/// The column that only partitioned batches fill.
const PART: usize = 5;
/// Names of versions that are shown of a batch, where it has many more.
const NAMED: usize = 12;

/// List batches: when, what, outcome
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  proto log --limit 5")]
pub struct Args {
    /// At most so many
    #[arg(long, short = 'n', default_value_t = 20)]
    limit: usize,
}

/// Lists them.
///
/// # Errors
/// There is no store, or it fails.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let mut reader = batches::reader(context)?;
    let mut found = reader.batches()?;
    found.truncate(args.limit);
    if context.json {
        let rows: Vec<Value> = found.iter().map(row_json).collect();
        let known = references::known(reader.as_mut(), None)?;
        let moves: Vec<Value> =
            known.tags.iter().map(|change| version::change_json(change, &known)).collect();
        context.document("proto.log/1", json!({ "batches": rows, "tag_changes": moves }))?;
        return Ok(Exit::Done);
    }
    let rows = found.iter().map(|batch| {
        vec![
            batch.id.short(),
            formats::numbers::moment(batch.started),
            batch.experiment.clone(),
            batch.status.name().to_owned(),
            match part(batch) {
                Some(part) => format!("{} × {} of {}", batch.versions.len(), batch.cases, part.whole_cases),
                None => format!("{} × {}", batch.versions.len(), batch.cases),
            },
            part(batch).map_or_else(String::new, |part| part.partition),
            versions(batch),
        ]
    });
    let mut head = vec!["batch", "started", "experiment", "status", "size", "part", "versions"];
    let mut rows: Vec<Vec<String>> = rows.collect();
    if found.iter().all(|batch| part(batch).is_none()) {
        head.remove(PART);
        rows.iter_mut().for_each(|row| drop(row.remove(PART)));
    }
    let table = formats::wrapped(&head, rows, &[2], context.layout);
    write!(context.out, "{table}")?;
    tags(&references::known(reader.as_mut(), None)?, args.limit, context)?;
    Ok(Exit::Done)
}

/// The versions' names, the first of very many; X.Y too where a name stands twice.
fn versions(batch: &Batch) -> String {
    let twice = |name: &String| batch.versions.iter().filter(|other| *other == name).count() > 1;
    let planned = Settings::from_map(&batch.settings).map(|settings| settings.versions);
    match planned {
        Some(planned) if batch.versions.iter().any(twice) => {
            listed(planned.iter().map(|version| format!("{}@{}", version.name, version.label)).collect())
        }
        _ => listed(batch.versions.clone()),
    }
}

fn listed(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    if more > 1 {
        names.truncate(NAMED);
        names.push(format!("and {more} more"));
    }
    names.join(", ")
}

/// Where tags went, newest first.
fn tags(known: &Known, limit: usize, context: &mut Context<'_>) -> Result<(), CommandError> {
    if known.tags.is_empty() {
        return Ok(());
    }
    let rows = known.tags.iter().rev().take(limit).map(|change| {
        let at = change.version.as_ref().map(|(name, hash)| {
            let label = known.named(name).find(|v| v.hash == *hash && v.project == change.project);
            label.map_or_else(|| name.clone(), |version| format!("{name}@{}", version.label))
        });
        let at = at.unwrap_or_else(|| "taken away".to_owned());
        vec![
            change.tag.clone(),
            formats::numbers::moment(change.at),
            at,
            change.who.clone(),
            change.why.clone(),
        ]
    });
    let table = formats::wrapped(&["tag", "moved", "to", "by", "because"], rows, &[2], context.layout);
    write!(context.out, "\n{table}")?;
    Ok(())
}

/// The part of the cases a batch ran over, if it was one.
fn part(batch: &Batch) -> Option<PartSettings> {
    Settings::from_map(&batch.settings)?.part
}

fn row_json(batch: &Batch) -> Value {
    json!({
        "batch_id": batch.id.to_string(), "project": batch.project, "experiment": batch.experiment,
        "kind": batch.kind.name(), "status": batch.status.name(), "started_at": batch.started.to_string(),
        "finished_at": batch.finished.map(|at| at.to_string()), "command": batch.command,
        "cases": batch.cases, "planned": batch.planned, "versions": batch.versions, "baseline": batch.baseline,
        "partition": part(batch).map(|part| part.partition),
    })
}
