//! `proto evaluate`: scores stored runs, for new evaluators only, or for all with `--again`. Never calls the model
//! under test.
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::context::Context;
use super::error::CommandError;
use super::keys::process_transport;
use super::{Exit, batches, compare, load, place};
use crate::domain::{Batch, Experiment, counted};
use crate::evaluate::{Asker, Done, Rules, Sweep};
use crate::execute::{Lanes, Stop};
use crate::plan::Settings;
use crate::record::Recorder;
use crate::stores::{Store, StoreError};

/// Score stored runs, without calling the model under test
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  proto evaluate experiment.yaml\n  proto evaluate experiment.yaml --again"
)]
pub struct Args {
    /// The experiment file whose evaluators are used
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The batch, by id or its beginning or end [default: the experiment's latest]
    #[arg(long, value_name = "BATCH")]
    batch: Option<String>,
    /// Score again what has a score
    #[arg(long)]
    again: bool,
    /// Allow files outside the project folder
    #[arg(long)]
    allow_outside: bool,
}

/// Scores the batch's runs that lack a score by the file's evaluators.
///
/// # Errors
/// The file is wrong, there is no batch, or the store fails.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let experiment = load::load(&args.file, args.allow_outside, context)?.experiment;
    let store = place::open(context, Some(&experiment.project_dir), false)?;
    let mut chosen = match &args.batch {
        Some(text) => vec![batches::one(store.reader()?.as_mut(), Some(text), Some(&experiment.name))?],
        None => batches::latest(store.reader()?.as_mut(), Some(&experiment.name))?,
    };
    let mut done = Done::default();
    for batch in &mut chosen {
        let rules = Rules::of(&experiment).map_err(|error| CommandError::input(error.to_string()))?;
        remember(store.as_ref(), batch, &experiment)?;
        let swept = sweep(&store, batch, rules, args.again)?;
        done.scored += swept.scored;
        done.not_applicable += swept.not_applicable;
        done.failed += swept.failed;
        *batch = batches::one(store.reader()?.as_mut(), Some(&batch.id.to_string()), None)?;
    }
    let ids: Vec<String> = chosen.iter().map(|batch| batch.id.to_string()).collect();
    if context.json {
        let body = json!({"batch_id": ids.last(), "batch_ids": ids, "scored": done.scored,
                          "not_applicable": done.not_applicable, "failed": done.failed});
        context.document("proto.evaluate/1", body)?;
        return Ok(Exit::Done);
    }
    let which = chosen.iter().map(|batch| batch.id.short()).collect::<Vec<_>>().join(", ");
    let mut line = format!("batch {which}: {} given", counted(done.scored, "score"));
    if done.not_applicable + done.failed > 0 {
        line += &format!(", {} not applicable, {} failed", done.not_applicable, done.failed);
    }
    context.say(&line)?;
    let report = compare::report(store.reader()?.as_mut(), &chosen, &compare::Wanted::default())?;
    compare::print(&report, context)?;
    Ok(Exit::Done)
}

/// The batch is from now on judged by the file's evaluators, gates and weights.
fn remember(store: &dyn Store, batch: &Batch, experiment: &Experiment) -> Result<(), CommandError> {
    let fresh = Settings::of(experiment);
    let mut settings = Settings::from_map(&batch.settings).unwrap_or_else(|| fresh.clone());
    settings.evaluators = fresh.evaluators;
    settings.gates = fresh.gates;
    settings.winner = fresh.winner;
    Ok(store.writer()?.begin(&Batch { settings: settings.to_map(), ..batch.clone() })?)
}

fn sweep(store: &Arc<dyn Store>, batch: &Batch, rules: Rules, again: bool) -> Result<Done, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandError::world(format!("no runtime: {error}")))?;
    let (recorder, sink) = Recorder::start(store, batch.id, Stop::default(), Box::new(|_| {}))?;
    let asker = Asker::new(process_transport(), Lanes::new(rules.concurrency));
    let sweep = Sweep::new(Arc::new(rules), asker, batch.id, sink, again);
    let swept: Result<Done, StoreError> = runtime.block_on(sweep.sweep(store));
    drop(sweep);
    recorder.finish()?;
    Ok(swept?)
}
