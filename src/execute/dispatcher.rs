//! Hands jobs to executors: one dispatcher per provider, so that a slow one holds nobody back; a permit is taken
//! before a task is spawned, so that nothing waits where it would be counted.
use std::sync::Arc;

use tokio::task::JoinSet;

use super::budget::Exhausted;
use super::executor::{self, Context};
use super::health::Health;
use super::limits::Limits;
use super::{Event, Sink};
use crate::domain::{Case, Endpoint, ErrorType, Money};
use crate::plan::{Job, Order, Plan};

/// How an execution ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Told to stop before the plan was done.
    pub interrupted: bool,
    /// Versions that were stopped, with the reason.
    pub stopped: Vec<(String, String)>,
    /// Every version was stopped.
    pub all_stopped: bool,
    /// The budget ended it.
    pub exhausted: Option<Exhausted>,
}

/// Makes every run of the plan that is not stored yet; returns when all have left through the sink.
pub async fn execute(context: Context, sink: Sink) -> Outcome {
    let context = Arc::new(context);
    let health: Arc<Vec<Health>> = Arc::new(
        context.plan.versions.iter().map(|_| Health::new(context.plan.selection.failed_before)).collect(),
    );
    let mut lanes = JoinSet::new();
    for (endpoint, order) in context.plan.lanes() {
        let lane = Lane::new(&context, &health, &sink, &endpoint);
        lanes.spawn(lane.dispatch(order));
    }
    while lanes.join_next().await.is_some() {}
    let stopped: Vec<(String, String)> = context
        .plan
        .versions
        .iter()
        .zip(health.iter())
        .filter_map(|(planned, health)| Some((planned.version.name.clone(), health.stopped()?.to_owned())))
        .collect();
    Outcome {
        interrupted: context.stop.is_set(),
        all_stopped: stopped.len() == context.plan.versions.len(),
        stopped,
        exhausted: context.budget.as_ref().and_then(|budget| budget.exhausted()),
    }
}

/// One provider's runs.
#[derive(Clone)]
struct Lane {
    context: Arc<Context>,
    health: Arc<Vec<Health>>,
    limits: Arc<Limits>,
    sink: Sink,
}

impl Lane {
    fn new(context: &Arc<Context>, health: &Arc<Vec<Health>>, sink: &Sink, endpoint: &Endpoint) -> Self {
        let limits = context.lanes.limits(endpoint);
        Self { context: context.clone(), health: health.clone(), limits, sink: sink.clone() }
    }

    /// Admits, spawns, and waits for the last executor.
    async fn dispatch(self, order: Order) {
        let mut executors = JoinSet::new();
        let mut current: Option<(usize, Arc<Case>)> = None;
        let (mut place, mut last) = (0, None);
        for job in order {
            // Every lane meets the cases in the race's order, each case's jobs together.
            place += usize::from(last.replace(job.case).is_some_and(|case| case != job.case));
            if self.context.stop.is_set() {
                break;
            }
            if self.context.raced.is_out(job.version) {
                continue;
            }
            let case = match &current {
                Some((index, case)) if *index == job.case => case.clone(),
                _ => match self.context.plan.dataset.get(job.case) {
                    Ok(case) => current.insert((job.case, Arc::new(case))).1.clone(),
                    // The spool was written by this process; it can only fail with the disk.
                    Err(_) => {
                        self.context.raced.release();
                        break;
                    }
                },
            };
            if self.is_stored(job, &case) {
                continue;
            }
            tokio::select! {
                () = self.context.raced.reached(place) => {}
                () = self.context.stop.stopped() => break,
            }
            if self.health[job.version].stopped().is_some() {
                self.skip(job, case).await;
                continue;
            }
            if self.is_beyond_budget(job) {
                continue;
            }
            let permit = tokio::select! {
                permit = self.limits.admit() => permit,
                () = self.context.stop.stopped() => break,
            };
            if self.context.raced.is_out(job.version) {
                continue;
            }
            let lane = self.clone();
            executors.spawn(async move { lane.make(job, case, permit).await });
            while executors.try_join_next().is_some() {}
        }
        while executors.join_next().await.is_some() {}
    }

    fn is_stored(&self, job: Job, case: &Case) -> bool {
        let plan: &Plan = &self.context.plan;
        if plan.selection.stored.is_empty() {
            return false;
        }
        plan.selection.stored.contains(&plan.key(job, case).digest())
    }

    /// Once the budget is exhausted only what is free goes on.
    fn is_beyond_budget(&self, job: Job) -> bool {
        let exhausted = self.context.budget.as_ref().is_some_and(|budget| budget.exhausted().is_some());
        exhausted && !self.context.plan.versions[job.version].simulated
    }

    async fn skip(&self, job: Job, case: Arc<Case>) {
        let message = "not made: its version was stopped".to_owned();
        let run = executor::not_run(&self.context, job, &case, ErrorType::VersionStopped, message);
        let _ = self.sink.send(Event::Finished(Box::new(run), case)).await;
    }

    /// Makes one run and hands it over; the permit is held until the recorder has taken it.
    async fn make(self, job: Job, case: Arc<Case>, mut permit: super::limits::Permit) {
        let health = &self.health[job.version];
        if health.stopped().is_some() {
            return self.skip(job, case).await;
        }
        let (run, key) = executor::run(&self.context, job, &case, &mut permit, !health.has_succeeded()).await;
        let unmade = |kind: &ErrorType| matches!(kind, ErrorType::Cancelled | ErrorType::Budget);
        let given_up = run.error.as_ref().is_some_and(|error| unmade(&error.kind));
        if run.error.as_ref().is_some_and(|error| error.kind == ErrorType::Budget) {
            // The race cannot get past a case that is not paid for; what is free goes on without it.
            self.context.raced.release();
        }
        if given_up && run.cost.spent.is_none_or(|spent| spent == Money::ZERO) {
            return;
        }
        // One that was given up after it had cost something is kept for that: a resume makes it anew and counts both.
        let stopped = if given_up { None } else { health.note(run.status, run.error.as_ref()) };
        let id = run.id;
        if self.sink.send(Event::Finished(Box::new(run), case)).await.is_err() {
            // The recorder is gone: the record is the product, so nothing new may start.
            self.context.stop.gently();
        }
        if let Some(key) = key {
            // A recorder that is gone was noticed just now.
            let _ = self.sink.send(Event::Answered(key, id)).await;
        }
        if let Some(reason) = stopped {
            let version = self.context.plan.versions[job.version].version.name.clone();
            let _ = self.sink.send(Event::VersionStopped { version, reason }).await;
        }
        drop(permit);
    }
}
