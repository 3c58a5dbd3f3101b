//! `proto plan`: the runs that would be made and what they would take, of the versions and of the judges; nothing is
//! registered or recorded. `--calibrate` makes a few of them to measure that.
use std::path::PathBuf;

use super::Exit;
use super::context::Context;
use super::error::CommandError;
use super::run::Choice;
use super::{budget, keys, place};
use crate::domain::Part;
use crate::execute::hits;
use crate::plan::{Calibration, Estimate, Plan};

mod calibrate;
mod document;
mod table;

use calibrate::Calibrated;

/// Show the runs that would be made and what they would cost
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Nothing is recorded, and without --calibrate nothing is asked and no key is needed.\n\n\
    Without --calibrate, tokens are counted from the prompts, four characters \
    each, and an answer has from one token to `max_tokens`. With it, a few real \
    calls are made and measured, judges are asked about the answers, and what all \
    of that cost is said; judges are outside the budget, as in a run.\n\n\
    Examples:\n  proto plan experiment.yaml\n  \
    proto plan experiments/openai-vs-anthropic.yaml --show-prompts --first 20\n  \
    proto plan experiment.yaml --calibrate 10 --budget-usd 0.50"
)]
pub struct Args {
    /// Experiment files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    /// Print each version's prompt for the first case
    #[arg(long)]
    show_prompts: bool,
    /// Run N cases, spread over the dataset, through every version, ask the judges, and estimate from what that takes; not recorded
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    calibrate: Option<u64>,
}

/// A plan and what is known of it.
struct Planned<'a> {
    plan: &'a Plan,
    estimate: Estimate,
    /// The calls made to measure it, if any were asked for.
    calibrated: Option<&'a Calibrated>,
}

/// Shows each file's plan.
///
/// # Errors
/// A file is wrong; to calibrate, a key is missing.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let mut exit = Exit::Done;
    for file in &args.files {
        let source = args.choice.load(file, context)?;
        let plan = source.plan(args.choice.selection()?, context)?;
        let calibrated =
            args.calibrate.map(|cases| calibrate::calibrate(&plan, cases, context)).transpose()?;
        tell(&plan, calibrated.as_ref(), args.show_prompts, context)?;
        for missing in keys::lacking(&plan) {
            let hint = format!("before `proto run`: {}", missing.remedy());
            context.warn(&missing.to_string(), Some(&hint))?;
        }
        exit = exit.worse(calibrated.map_or(Exit::Done, |calibrated| calibrated.exit()));
        if exit == Exit::Interrupted {
            break;
        }
    }
    Ok(exit)
}

/// Prints one plan, estimated from its texts.
///
/// # Errors
/// The stream is closed, or the store fails.
pub fn show(plan: &Plan, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    tell(plan, None, false, context)?;
    Ok(Exit::Done)
}

fn tell(
    plan: &Plan,
    calibrated: Option<&Calibrated>,
    prompts: bool,
    context: &mut Context<'_>,
) -> Result<(), CommandError> {
    let cached = cached(plan, context)?;
    let none = Calibration::default();
    let estimate =
        Estimate::of(plan, &cached, calibrated.map_or(&none, |calibrated| &calibrated.calibration));
    let planned = Planned { plan, estimate, calibrated };
    if context.json {
        context.document("proto.plan/1", document::document(&planned))?;
        return Ok(());
    }
    table::print(&planned, context)?;
    if prompts {
        show_prompts(plan, context)?;
    }
    if let Some(warning) = budget::warning(plan, &planned.estimate) {
        context.warn(&warning, None)?;
    }
    Ok(())
}

/// How many runs of each version stored answers would spare; none unless the experiment uses them.
fn cached(plan: &Plan, context: &Context<'_>) -> Result<Vec<u64>, CommandError> {
    let none = vec![0; plan.versions.len()];
    if !plan.experiment.run.cache.reads() {
        return Ok(none);
    }
    // Without a store nothing was ever kept.
    let Ok(store) = place::open(context, Some(&plan.experiment.project_dir), false) else { return Ok(none) };
    let stored = store.reader()?.answers()?.into_iter().collect();
    Ok(hits(plan, &stored, &keys::settled(plan)))
}

fn show_prompts(plan: &Plan, context: &mut Context<'_>) -> Result<(), CommandError> {
    let Ok(case) = plan.dataset.get(0) else { return Ok(()) };
    for planned in &plan.versions {
        writeln!(context.out, "\n{} (case `{}`)", planned.version.name, case.id)?;
        let turns = planned.prompt.later(&case).unwrap_or_default();
        for message in planned.prompt.render(&case).unwrap_or_default().into_iter().chain(turns) {
            writeln!(context.out, "  [{}]", message.role.name())?;
            for part in &message.parts {
                let shown = match part {
                    Part::Text(text) => text.clone(),
                    Part::Attachment(attachment) => attachment.to_string(),
                    Part::Thought(_) | Part::ToolCall(_) | Part::ToolResult { .. } => continue,
                };
                for line in shown.lines() {
                    writeln!(context.out, "  {line}")?;
                }
            }
        }
    }
    Ok(())
}
