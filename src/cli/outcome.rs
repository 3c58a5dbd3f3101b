//! How `proto run` ends: what was made, failed and is missing; the comparison; and what to type next.
use std::path::Path;

use serde_json::{Value, json};

use super::context::Context;
use super::error::CommandError;
use super::session::Ended;
use super::{Exit, batches, budget, compare};
use crate::domain::{Report, counted};
use crate::plan::Plan;
use crate::present::Tally;
use crate::stores::Store;

/// What came of the plan.
struct Counts {
    failed: u64,
    missing: u64,
    /// Not made because the race made them needless.
    spared: u64,
}

impl Counts {
    fn of(plan: &Plan, ended: &Ended, report: &Report) -> Self {
        let mut counts = Self { failed: 0, missing: 0, spared: 0 };
        for version in &report.versions {
            counts.failed += version.failed;
            counts.missing += version.not_run;
            let absent = (plan.dataset.len() as u64 * u64::from(plan.repeats)).saturating_sub(version.runs);
            let ran_all = ended.race.as_ref().is_none_or(|race| race.ran_all(&version.hash.hex()));
            *(if ran_all { &mut counts.missing } else { &mut counts.spared }) += absent;
        }
        counts
    }

    fn exit(&self, ended: &Ended) -> Exit {
        match (ended.outcome.interrupted, ended.outcome.all_stopped) {
            (true, _) => Exit::Interrupted,
            (_, true) => Exit::World,
            _ if self.failed + self.missing > 0 => Exit::Incomplete,
            _ => Exit::Done,
        }
    }
}

/// Prints the comparison and what to type next; the exit code.
///
/// # Errors
/// The store fails, or a gate names what does not exist.
pub fn tell(
    (file, gate): (&Path, bool),
    plan: &Plan,
    store: &dyn Store,
    ended: &Ended,
    tally: &Tally,
    context: &mut Context<'_>,
) -> Result<Exit, CommandError> {
    let mut reader = store.reader()?;
    let batch = batches::one(reader.as_mut(), Some(&ended.batch.to_string()), None)?;
    let report = compare::report(reader.as_mut(), std::slice::from_ref(&batch), &compare::Wanted::default())?;
    let counts = Counts::of(plan, ended, &report);
    let mut exit = counts.exit(ended);
    if gate {
        exit = exit.worse(compare::gates(reader.as_mut(), &batch, context)?);
    }
    if context.json {
        context.document("proto.run/1", document(plan, ended, tally, &counts, &report))?;
        return Ok(exit);
    }
    // A table of question marks would hide the one message that matters.
    let has_evidence = report.versions.iter().any(|version| version.runs > version.not_run);
    if has_evidence {
        compare::print(&report, context)?;
    }
    if counts.spared > 0 {
        context.say(&format!("\nthe race spared {} of {}", counts.spared, counted(plan.total(), "run")))?;
    }
    if let Some(line) = remaining(file, exit, ended, &counts) {
        context.say(&format!("\n{line}"))?;
    }
    if has_evidence {
        writeln!(context.out, "\nnext: proto choose-winner{}", suggested_weights(plan, &report))?;
    }
    Ok(exit)
}

fn document(plan: &Plan, ended: &Ended, tally: &Tally, counts: &Counts, report: &Report) -> Value {
    let sum = |of: fn(&crate::domain::VersionReport) -> u64| report.versions.iter().map(of).sum::<u64>();
    json!({
        "batch_id": ended.batch.to_string(),
        "experiment": report.experiment,
        "runs": {"planned": plan.total(), "done": sum(|v| v.runs - v.not_run), "failed": counts.failed,
                 "cached": sum(|v| v.cached), "made": tally.runs, "spared": counts.spared},
        "cost_usd": report.versions.iter().map(|v| v.spent_usd).sum::<Option<f64>>(),
        "duration_s": tally.seconds,
        "resumable": counts.missing > 0,
        "budget": ended.outcome.exhausted.map(budget::document),
        "report": compare::document(report),
    })
}

/// What is left to do, and what to type for it.
fn remaining(file: &Path, exit: Exit, ended: &Ended, counts: &Counts) -> Option<String> {
    let resume = format!("proto run {} --resume", file.display());
    let missing = counted(counts.missing, "run");
    match (exit, ended.outcome.exhausted) {
        (Exit::Interrupted, _) => Some(format!("interrupted with {missing} to go: {resume}")),
        (_, Some(exhausted)) => {
            Some(format!("{}; {missing} to go: {resume} --budget-usd USD", budget::line(exhausted)))
        }
        _ if counts.missing > 0 => Some(format!("{missing} missing; to go on: {resume}")),
        _ if counts.failed > 0 => {
            Some(format!("{} failed; see `proto runs --status error`", counted(counts.failed, "run")))
        }
        _ => None,
    }
}

/// Weights to try where the file declares none; cost only where every version's is known.
fn suggested_weights(plan: &Plan, report: &Report) -> &'static str {
    let known = report.versions.iter().all(|version| version.spent_usd.is_some());
    match (plan.experiment.winner.weights.is_empty(), known) {
        (false, _) => "",
        (true, true) => " --weights score=0.7,cost=0.2,latency=0.1",
        (true, false) => " --weights score=0.8,latency=0.2",
    }
}
