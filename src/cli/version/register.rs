//! `proto version register`: a file's versions into the store, without a run.
use std::path::Path;

use serde_json::{Value, json};

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::{Exit, load, place};
use super::tag::editor;

/// Registers them.
pub(super) fn run(file: &Path, outside: bool, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let source = load::load(file, outside, context)?;
    let experiment = &source.experiment;
    let store = place::open(context, Some(&experiment.project_dir), true)?;
    let versions: Vec<_> = experiment.versions.iter().collect();
    let labels = store.writer()?.register(&experiment.project, &versions, &editor(&context.command))?;
    if context.json {
        let rows: Vec<Value> = versions
            .iter()
            .zip(&labels)
            .map(|(version, label)| {
                json!({"name": version.name, "label": label.to_string(), "hash": version.hash.to_string()})
            })
            .collect();
        context.document("proto.versions/1", json!({"project": experiment.project, "versions": rows}))?;
        return Ok(Exit::Done);
    }
    for (version, label) in versions.iter().zip(&labels) {
        writeln!(context.out, "{}@{label}  {}", version.name, version.hash.short())?;
    }
    Ok(Exit::Done)
}
