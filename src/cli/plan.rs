//! `proto plan`: the runs that would be made, tokens and dollars low to high; nothing is registered or recorded.
use std::path::PathBuf;

use serde_json::json;

use super::Exit;
use super::context::Context;
use super::error::CommandError;
use super::keys;
use super::place;
use super::run::Choice;
use crate::domain::Part;
use crate::execute::hits;
use crate::formats::numbers;
use crate::plan::{Estimate, Plan};
use crate::present::counted;

/// Show the runs that would be made and what they would cost
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  proto plan experiments/openai-vs-anthropic.yaml --show-prompts")]
pub struct Args {
    /// Experiment files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    /// Print each version's prompt for the first case
    #[arg(long)]
    show_prompts: bool,
}

/// Shows each file's plan.
///
/// # Errors
/// A file is wrong.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    for file in &args.files {
        let source = args.choice.load(file, context)?;
        let plan = source.plan(args.choice.selection()?, context)?;
        show(&plan, args.show_prompts, context)?;
        for missing in keys::lacking(&plan) {
            context
                .say(&format!("\nwarning: {missing}\n  = hint: before `proto run`: {}", missing.remedy()))?;
        }
    }
    Ok(Exit::Done)
}

/// Prints one plan.
///
/// # Errors
/// The stream is closed.
pub fn show(plan: &Plan, prompts: bool, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let estimate = Estimate::of(plan);
    let cached = cached(plan, context)?;
    if context.json {
        let versions: Vec<_> = plan.versions.iter().zip(&estimate.versions).zip(&cached).map(|((planned, estimate), cached)| json!({
            "cached": cached,
            "name": planned.version.name, "model": planned.version.target.model(), "provider": planned.endpoint.name,
            "hash": planned.version.hash.to_string(), "runs": estimate.runs,
            "input_tokens": estimate.input_tokens, "output_tokens": [estimate.output_tokens.0, estimate.output_tokens.1],
            "cost_usd": estimate.cost.map(|(low, high)| [low.usd(), high.usd()]), "simulated": planned.simulated,
        })).collect();
        let body = json!({"experiment": plan.experiment.name, "cases": plan.dataset.len(), "repeats": plan.repeats,
                          "runs": plan.total(), "versions": versions});
        context.document("proto.plan/1", body)?;
        return Ok(Exit::Done);
    }
    let head = format!(
        "{}: {} × {} × {} = {}",
        plan.experiment.name,
        counted(plan.versions.len() as u64, "version"),
        counted(plan.dataset.len() as u64, "case"),
        counted(u64::from(plan.repeats), "repeat"),
        counted(plan.total(), "run"),
    );
    writeln!(context.out, "{head}\n")?;
    let spared: u64 = cached.iter().sum();
    let rows = plan.versions.iter().zip(&estimate.versions).map(|(planned, estimate)| {
        let cost = estimate.cost.map_or_else(
            || "?".to_owned(),
            |(low, high)| format!("{} – {}", numbers::usd(low.usd()), numbers::usd(high.usd())),
        );
        vec![
            planned.version.name.clone(),
            planned.version.target.model(),
            estimate.runs.to_string(),
            estimate.input_tokens.map_or_else(|| "–".to_owned(), |tokens| format!("~{tokens}")),
            cost,
        ]
    });
    let table =
        crate::formats::grid(&["version", "model", "runs", "input tokens", "cost"], rows, context.layout);
    write!(context.out, "{table}")?;
    if spared > 0 {
        writeln!(
            context.out,
            "\n{} of {} come from the cache and cost nothing",
            spared,
            counted(plan.total(), "run")
        )?;
    }
    if prompts {
        show_prompts(plan, context)?;
    }
    Ok(Exit::Done)
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
