//! The calls of `--calibrate`: a few cases through every version, by the pipeline, limits and budget of a run, judges
//! asked about the answers, and all of it kept nowhere. A plan must not number versions, and runs that no comparison is
//! meant to see belong into no batch.
use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::context::Context;
use super::super::drive::drive;
use super::super::error::CommandError;
use super::super::{Exit, budget, keys, session};
use crate::analyse::stats::interval::Confidence;
use crate::analyse::{calibrate as measure, calibrate_judge as measure_judge};
use crate::domain::{BatchId, EvaluatorSpec, Money, Run, RunStatus, Score, Verdict, counted};
use crate::evaluate::{self, Asker, Rules};
use crate::execute::{self, Budget, Cache, Event, Lanes, Outcome, Raced, Stop};
use crate::plan::{Answered, Calibration, Plan, PlannedVersion};
use crate::present::Progress;
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
    /// Questions that judges were asked.
    pub questions: u64,
    /// Of them, without an answer.
    pub unanswered: u64,
    /// Dollars it cost; `None` where nobody knows.
    pub spent: Option<Money>,
    /// How it ended.
    pub outcome: Outcome,
}

/// The runs, with or without an answer, and what judges were asked about them.
type Made = (Vec<Answered>, Vec<Score>);

/// Makes the calls and measures them.
///
/// # Errors
/// A key is missing.
pub fn calibrate(plan: &Plan, cases: u64, context: &mut Context<'_>) -> Result<Calibrated, CommandError> {
    let few = Arc::new(plan.calibration(usize::try_from(cases).unwrap_or(usize::MAX)));
    // A judge without its key is one without an answer: `proto plan` says which variable `proto run` will miss.
    let (transport, places) = keys::unjudged(&few)?;
    let rules = Rules::of(&few.experiment).map_err(|error| CommandError::input(error.to_string()))?;
    let stop = Stop::default();
    let own = execute::Context {
        plan: few.clone(),
        batch: BatchId::fresh(),
        transport,
        places,
        lanes: Lanes::new(few.experiment.run.concurrency),
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
    let progress = Progress::start(session::ways(&few), context.interactive, context.quiet, context.layout);
    let ((outcome, made), _) = drive(&stop, "what is in flight is finished", progress, context, |watcher| {
        make(own, rules, watcher)
    })?;
    for (evaluator, why) in in_vain(&made.1) {
        context.warn(&format!("the judge `{evaluator}` did not answer: {why}"), None)?;
    }
    let calibrated = calibrated(&few, cases, outcome, made);
    if let Some(exhausted) = calibrated.outcome.exhausted {
        context.say(&budget::line(exhausted))?;
    }
    Ok(calibrated)
}

/// Makes the runs, of which whoever watches is told, and asks the judges.
async fn make(own: execute::Context, rules: Rules, mut watcher: Watcher) -> (Outcome, Made) {
    let (few, stop, asker) =
        (own.plan.clone(), own.stop.clone(), Asker::new(own.transport.clone(), own.lanes.clone()));
    let (sink, mut events) = execute::channel();
    let take = async {
        let mut made = Vec::new();
        while let Some(event) = events.recv().await {
            match event {
                Event::Finished(run, case) => {
                    watcher(Committed::of(&run));
                    made.push(Answered { version: name(&few, &run), case, run });
                }
                Event::VersionStopped { version, reason } => {
                    watcher(Committed::VersionStopped { version, reason });
                }
                Event::Answered(..) | Event::Scored(_) | Event::Flush(_) => {}
            }
        }
        made
    };
    let (outcome, made) = tokio::join!(execute::execute(own, sink), take);
    let answered: Vec<Answered> =
        made.iter().filter(|made| made.run.status == RunStatus::Ok).cloned().collect();
    let scores = evaluate::ask(&rules, &asker, &answered, &stop).await;
    (outcome, (made, scores))
}

/// Judges of whom a question was not answered, each once, with the first reason.
fn in_vain(scores: &[Score]) -> BTreeMap<&str, &str> {
    let mut found = BTreeMap::new();
    for score in scores {
        if let (None, Verdict::Failed(why)) = (&score.judge, &score.verdict) {
            found.entry(score.evaluator.as_str()).or_insert(why.as_str());
        }
    }
    found
}

fn name(few: &Plan, run: &Run) -> String {
    let own = few.versions.iter().find(|planned| planned.version.hash == run.key.version);
    own.map(|planned| planned.version.name.clone()).unwrap_or_default()
}

fn calibrated(few: &Plan, cases: u64, outcome: Outcome, (made, scores): Made) -> Calibrated {
    let all: Vec<&Run> = made.iter().map(|made| made.run.as_ref()).collect();
    let of = |planned: &PlannedVersion| -> Vec<&Run> {
        all.iter().copied().filter(|run| run.key.version == planned.version.hash).collect()
    };
    let by = |spec: &EvaluatorSpec| -> Vec<&Score> {
        scores.iter().filter(|score| score.evaluator == spec.name).collect()
    };
    let confidence = Confidence::default();
    let judges = few.experiment.evaluators.iter().filter(|spec| spec.asked_model().is_some());
    let calibration = Calibration {
        versions: few.versions.iter().map(|planned| measure(&of(planned), confidence)).collect(),
        judges: judges.map(|spec| measure_judge(&all, &by(spec), confidence)).collect(),
    };
    let sent = few.versions.iter().filter(|planned| !planned.is_free()).flat_map(of);
    let spent = sent.filter(|run| !run.attempts.is_empty()).map(|run| run.cost.spent);
    let judged = scores.iter().filter_map(|score| score.judge.as_ref()).map(|call| call.cost);
    Calibrated {
        cases,
        calls: all.iter().map(|run| run.calls_sent()).sum(),
        failed: all.iter().filter(|run| run.status != RunStatus::Ok).count() as u64,
        questions: scores.len() as u64,
        unanswered: scores.iter().filter(|score| score.judge.is_none()).count() as u64,
        spent: spent.chain(judged).sum(),
        calibration,
        outcome,
    }
}

impl Calibrated {
    /// How the command ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match &self.outcome {
            outcome if outcome.interrupted => Exit::Interrupted,
            outcome if outcome.all_stopped => Exit::World,
            outcome if outcome.exhausted.is_some() || self.failed + self.unanswered > 0 => Exit::Incomplete,
            _ => Exit::Done,
        }
    }
}
