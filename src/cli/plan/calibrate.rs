//! The calls of `--calibrate`: a few cases through every version, by the pipeline, limits and budget of a run, and kept
//! nowhere. A plan must not number versions, and runs that no comparison is meant to see belong into no batch.
use std::sync::Arc;

use tokio::sync::mpsc;

use super::super::context::Context;
use super::super::drive::drive;
use super::super::error::CommandError;
use super::super::{Exit, budget, keys, session};
use crate::analyse::calibrate as measure;
use crate::analyse::stats::interval::Confidence;
use crate::domain::{BatchId, Case, Money, Run, RunStatus};
use crate::execute::{self, Budget, CHANNEL, Cache, Event, Outcome, Raced, Stop};
use crate::plan::{Answered, Calibration, Plan};
use crate::present::{Progress, counted};
use crate::record::{Committed, Watcher};

/// What came of it.
pub struct Calibrated {
    /// What was measured.
    pub calibration: Calibration,
    /// Cases that were run through each version.
    pub cases: u64,
    /// Calls that were answered or failed; those of a conversation each.
    pub calls: u64,
    /// Runs without an answer.
    pub failed: u64,
    /// Dollars it cost; `None` where nobody knows.
    pub spent: Option<Money>,
    /// How it ended.
    pub outcome: Outcome,
}

type Made = Vec<(Box<Run>, Arc<Case>)>;

/// Makes the calls and measures them.
///
/// # Errors
/// A key is missing.
pub fn calibrate(plan: &Plan, cases: u64, context: &mut Context<'_>) -> Result<Calibrated, CommandError> {
    let few = Arc::new(plan.calibration(usize::try_from(cases).unwrap_or(usize::MAX)));
    let (transport, places) = keys::unjudged(&few)?;
    let stop = Stop::default();
    let own = execute::Context {
        plan: few.clone(),
        batch: BatchId::fresh(),
        transport,
        places,
        stop: stop.clone(),
        budget: few.experiment.run.budget.map(|total| Budget::new(total, Money::ZERO)),
        // What a run takes now is measured, not what one took once.
        cache: Cache::default(),
        raced: Raced::default(),
    };
    let cases = few.dataset.len() as u64;
    context.say(&format!(
        "calibrating: {} × {} = {}, not recorded",
        counted(few.versions.len() as u64, "version"),
        counted(cases, "case"),
        counted(few.total(), "run"),
    ))?;
    let progress = Progress::start(session::ways(&few), context.interactive, context.quiet);
    let ((outcome, made), _) =
        drive(&stop, "what is in flight is finished", progress, context, |watcher| make(own, watcher))?;
    let calibrated = calibrated(&few, cases, outcome, made);
    if let Some(exhausted) = calibrated.outcome.exhausted {
        context.say(&budget::line(exhausted))?;
    }
    Ok(calibrated)
}

/// Makes the runs; whoever watches is told of each.
async fn make(own: execute::Context, mut watcher: Watcher) -> (Outcome, Made) {
    let (sink, mut events) = mpsc::channel(CHANNEL);
    let take = async {
        let mut made = Made::new();
        while let Some(event) = events.recv().await {
            match event {
                Event::Finished(run, case) => {
                    watcher(Committed::of(&run));
                    made.push((run, case));
                }
                Event::VersionStopped { version, reason } => {
                    watcher(Committed::VersionStopped { version, reason });
                }
                Event::Answered(..) | Event::Scored(_) | Event::Flush(_) => {}
            }
        }
        made
    };
    tokio::join!(execute::execute(own, sink), take)
}

fn calibrated(few: &Plan, cases: u64, outcome: Outcome, made: Made) -> Calibrated {
    let of = |planned: &crate::plan::PlannedVersion| -> Vec<&Run> {
        let own = made.iter().filter(|(run, _)| run.key.version == planned.version.hash);
        own.map(|(run, _)| run.as_ref()).collect()
    };
    let versions = few.versions.iter().map(|planned| measure(&of(planned), Confidence::default())).collect();
    let sent = few.versions.iter().filter(|planned| !planned.is_free()).flat_map(of);
    let spent = sent.filter(|run| !run.attempts.is_empty()).map(|run| run.cost.spent).sum();
    let calls = made.iter().map(|(run, _)| run.calls_sent()).sum();
    let failed = made.iter().filter(|(run, _)| run.status != RunStatus::Ok).count() as u64;
    let name = |run: &Run| {
        let own = few.versions.iter().find(|planned| planned.version.hash == run.key.version);
        own.map(|planned| planned.version.name.clone()).unwrap_or_default()
    };
    let answers = made
        .into_iter()
        .filter(|(run, _)| run.status == RunStatus::Ok)
        .map(|(run, case)| Answered { version: name(&run), case, run })
        .collect();
    Calibrated { calibration: Calibration { versions, answers }, cases, calls, failed, spent, outcome }
}

impl Calibrated {
    /// How the command ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match &self.outcome {
            outcome if outcome.interrupted => Exit::Interrupted,
            outcome if outcome.all_stopped => Exit::World,
            outcome if outcome.exhausted.is_some() || self.failed > 0 => Exit::Incomplete,
            _ => Exit::Done,
        }
    }
}
