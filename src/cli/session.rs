//! One batch from plan to last commit: register, begin, record, execute, evaluate, end. The pipeline of `proto run`.
use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::error::CommandError;
use super::race::{self, Race, Release};
use super::version;
use crate::domain::{Batch, BatchId, BatchKind, BatchStatus, Digest, Money, RunId};
use crate::evaluate::{Asker, Done, Rules, Sweep};
use crate::execute::transport::{Resolved, Transport};
use crate::execute::{self, Budget, Cache, Event, Lanes, Outcome, Stop};
use crate::plan::{Plan, PlannedVersion, RaceSettings, Settings};
use crate::present::Way;
use crate::record::{self, Recorder, Watcher};
use crate::stores::{Store, StoreError};

/// What a session is given.
pub struct Session {
    /// What is run.
    pub plan: Arc<Plan>,
    /// Where it is kept.
    pub store: Arc<dyn Store>,
    /// The network and the stopwatch.
    pub transport: Transport,
    /// Where each version's calls go, keys found.
    pub places: Vec<Resolved>,
    /// The switch that Ctrl-C turns.
    pub stop: Stop,
    /// The batch to go on with; a new one without.
    pub resumed: Option<Batch>,
    /// Score the runs too.
    pub evaluate: bool,
    /// Race the versions; nothing has come of it yet.
    pub race: Option<RaceSettings>,
    /// The command line, for the log.
    pub command: String,
}

/// How it went.
pub struct Ended {
    /// The batch.
    pub batch: BatchId,
    /// What execution said.
    pub outcome: Outcome,
    /// What the race came to.
    pub race: Option<RaceSettings>,
}

impl Session {
    /// Registers the versions and stores the batch: from here on `--resume` finds it.
    ///
    /// # Errors
    /// The store fails, or what is to be raced cannot be.
    pub fn begin(&self) -> Result<Batch, CommandError> {
        let mut settings = self.plan.settings();
        settings.race = self.race.clone();
        let mut batch = self.batch();
        batch.settings = settings.to_map();
        if self.race.is_some() {
            race::referee(&self.plan, &batch)?;
        }
        let mut writer = self.store.writer()?;
        let versions: Vec<_> = self.plan.versions.iter().map(|planned| planned.version.as_ref()).collect();
        let labels =
            writer.register(&self.plan.experiment.project, &versions, &version::editor(&self.command))?;
        settings.replaced_usd = self.earlier()?.replaced.usd();
        settings.left_out = self.left_out()?;
        for (version, label) in settings.versions.iter_mut().zip(labels) {
            version.label = label.to_string();
        }
        batch.settings = settings.to_map();
        writer.begin(&batch)?;
        Ok(batch)
    }

    /// Of a resumed batch: the runs whose case or version is no longer planned.
    fn left_out(&self) -> Result<Vec<String>, StoreError> {
        let Some(batch) = &self.resumed else { return Ok(Vec::new()) };
        let planned = self.plan.keys();
        let stored = self.store.reader()?.keys(batch.id)?;
        Ok(stored
            .iter()
            .filter(|key| !planned.contains(&key.digest))
            .map(|key| key.run.to_string())
            .collect())
    }

    /// What a resumed batch has spent so far; simulated and recorded answers cost nobody anything.
    fn earlier(&self) -> Result<Earlier, StoreError> {
        let Some(batch) = &self.resumed else { return Ok(Earlier::default()) };
        let before = Settings::from_map(&batch.settings).map_or(0.0, |settings| settings.replaced_usd);
        let before = Money::from_usd(before).unwrap_or_default();
        let mut earlier = Earlier { spent: before, replaced: before };
        let keys = self.store.reader()?.keys(batch.id)?;
        let kept = &self.plan.selection.stored;
        let (planned, free) = (self.plan.keys(), free(&self.plan));
        let again: HashSet<RunId> = keys
            .iter()
            .filter(|key| planned.contains(&key.digest) && !kept.contains(&key.digest))
            .map(|key| key.run)
            .collect();
        self.store.reader()?.measurements(batch.id, &mut |measured| {
            let Some(run) = measured.run() else { return Ok(()) };
            let spent = run.spent_usd.filter(|_| !free.contains(&run.version));
            let spent = spent.and_then(Money::from_usd).unwrap_or_default();
            earlier.spent = earlier.spent + spent;
            if again.contains(&run.run) {
                earlier.replaced = earlier.replaced + spent;
            }
            Ok(())
        })?;
        Ok(earlier)
    }

    /// The purse, with what a resumed batch has spent taken out of it.
    fn budget(&self) -> Result<Option<Arc<Budget>>, StoreError> {
        let Some(total) = self.plan.experiment.run.budget else { return Ok(None) };
        Ok(Some(Budget::new(total, self.earlier()?.spent)))
    }

    /// Stored answers, as the experiment uses them.
    fn cache(&self) -> Result<Cache, StoreError> {
        let mode = self.plan.experiment.run.cache;
        let answers = if mode.reads() { Some(record::answers(&self.store)?) } else { None };
        Ok(Cache { answers, keeps: mode.writes() })
    }

    fn batch(&self) -> Batch {
        let experiment = &self.plan.experiment;
        let fresh = || (BatchId::fresh(), Timestamp::now(), self.command.clone());
        let resumed = self.resumed.as_ref().map(|batch| (batch.id, batch.started, batch.command.clone()));
        let (id, started, command) = resumed.unwrap_or_else(fresh);
        Batch {
            id,
            project: experiment.project.clone(),
            experiment: experiment.name.clone(),
            kind: BatchKind::Run,
            status: BatchStatus::Running,
            started,
            finished: None,
            command,
            dataset: self.plan.dataset.hash(),
            cases: self.plan.dataset.len() as u64,
            planned: self.plan.total(),
            versions: self.plan.versions.iter().map(|planned| planned.version.name.clone()).collect(),
            baseline: self.plan.baseline(),
            settings: crate::domain::Map::new(),
        }
    }

    /// Makes, records and scores the runs of a batch that has begun.
    ///
    /// # Errors
    /// The store fails; nothing that was committed is lost.
    pub async fn make(self, batch: &Batch, watcher: Watcher) -> Result<Ended, CommandError> {
        let rules = Arc::new(
            Rules::of(&self.plan.experiment).map_err(|error| CommandError::input(error.to_string()))?,
        );
        let budget = self.budget()?;
        let race = match &self.race {
            Some(_) => Some(Race::start(&self.plan, batch, &self.store)?),
            None => None,
        };
        let raced = race.as_ref().map(Race::raced).unwrap_or_default();
        let watcher = match &race {
            Some(race) => race.watched(watcher),
            None => watcher,
        };
        let (recorder, sink) = Recorder::start(&self.store, batch.id, self.stop.clone(), watcher)?;
        let (last, is_last) = watch::channel(false);
        let lanes = Lanes::new(self.plan.experiment.run.concurrency);
        let evaluation = self.evaluate.then(|| {
            let asker = Asker::new(self.transport.clone(), lanes.clone());
            let sweep = Sweep::new(rules, asker, batch.id, sink.clone(), false);
            let (release, swept) =
                (Release(raced.clone()), sweep.beside(self.store.clone(), recorder.runs(), is_last));
            tokio::spawn(async move {
                let _release = release;
                swept.await
            })
        });
        let context = execute::Context {
            plan: self.plan.clone(),
            batch: batch.id,
            transport: self.transport.clone(),
            places: self.places.clone(),
            lanes,
            stop: self.stop.clone(),
            budget,
            cache: self.cache()?,
            raced,
        };
        let mut outcome = execute::execute(context, sink.clone()).await;
        flush(&sink).await;
        drop(sink);
        let _ = last.send(true);
        let is_cut = match evaluation {
            Some(task) => is_cut(task, &self.stop).await,
            None => Ok(false),
        };
        tokio::task::spawn_blocking(move || recorder.finish())
            .await
            .unwrap_or_else(|_| Err(StoreError::Failed("the recorder panicked".to_owned())))?;
        outcome.interrupted |= is_cut?;
        if let Some(race) = &race {
            race.remember()?;
        }
        let complete = !outcome.interrupted && outcome.stopped.is_empty() && outcome.exhausted.is_none();
        let status = if complete { BatchStatus::Done } else { BatchStatus::Stopped };
        self.store.writer()?.set_status(batch.id, status, Some(Timestamp::now()))?;
        Ok(Ended { batch: batch.id, outcome, race: race.map(|race| race.result()) })
    }
}

/// Waits for the evaluation. Told to stop now, it leaves what is not scored to `--resume` and `proto evaluate`: true then.
async fn is_cut(
    mut task: JoinHandle<Result<Done, StoreError>>,
    stop: &execute::Stop,
) -> Result<bool, StoreError> {
    tokio::select! {
        done = &mut task => {
            done.unwrap_or_else(|_| Err(StoreError::Failed("evaluation panicked".to_owned()))).map(|_| false)
        }
        () = stop.aborted() => {
            task.abort();
            let _ = task.await;
            Ok(true)
        }
    }
}

/// Returns once everything the executors sent is on disk (or the recorder is gone, which it will say itself).
async fn flush(sink: &execute::Sink) {
    let (done, flushed) = oneshot::channel();
    if sink.send(Event::Flush(done)).await.is_ok() {
        let _ = flushed.await;
    }
}

/// What was spent before a batch went on.
#[derive(Default)]
struct Earlier {
    /// In all.
    spent: Money,
    /// Of it, on runs that are made again.
    replaced: Money,
}

/// Versions whose answers cost nobody anything, whatever cost they report.
fn free(plan: &Plan) -> HashSet<Digest> {
    plan.versions.iter().filter(|planned| planned.is_free()).map(|planned| planned.version.hash).collect()
}

/// The versions a plan runs and how far each has to go, for whoever counts by version.
pub fn ways(plan: &Plan) -> Vec<Way> {
    let way = |(planned, to_make): (&PlannedVersion, u64)| Way {
        version: planned.version.hash,
        name: planned.version.name.clone(),
        to_make,
        made: 0,
    };
    plan.versions.iter().zip(plan.to_make()).map(way).collect()
}
