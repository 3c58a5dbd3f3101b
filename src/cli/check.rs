//! `proto check`: everything that can be wrong with an experiment file, without network and without a trace.
use std::path::PathBuf;

use serde_json::json;

use super::context::Context;
use super::error::CommandError;
use super::{Exit, load};
use crate::domain::counted;
use crate::plan::Selection;

/// Say everything that is wrong with an experiment file
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  proto check experiments/quickstart.yaml")]
pub struct Args {
    /// Experiment files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Allow files outside the project folder
    #[arg(long)]
    allow_outside: bool,
}

/// Checks each file; the first that fails decides the exit code after all have been checked.
///
/// # Errors
/// A file has errors.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let (mut checked, mut failed) = (Vec::new(), None);
    for file in &args.files {
        let result = load::load(file, args.allow_outside, context).and_then(|source| {
            let plan = source.plan(Selection::default(), context)?;
            Ok((source.experiment, plan))
        });
        match result {
            Ok((experiment, plan)) => {
                let line = format!(
                    "{}: ok ({}, {}, {})",
                    file.display(),
                    counted(plan.versions.len() as u64, "version"),
                    counted(plan.dataset.len() as u64, "case"),
                    counted(experiment.evaluators.len() as u64, "evaluator"),
                );
                checked.push((file, plan.versions.len(), plan.dataset.len(), experiment.evaluators.len()));
                if !context.json {
                    writeln!(context.out, "{line}")?;
                }
            }
            Err(error) => {
                if let Some(earlier) = failed.replace(error) {
                    earlier.write(context.json, context.err)?;
                }
            }
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    if context.json {
        let files: Vec<_> = checked
            .iter()
            .map(|(file, versions, cases, evaluators)| {
                json!({"file": file, "ok": true, "versions": versions, "cases": cases, "evaluators": evaluators})
            })
            .collect();
        context.document("proto.check/1", json!({ "files": files }))?;
    }
    Ok(Exit::Done)
}
