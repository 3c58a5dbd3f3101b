//! The recorder: one thread, one writer, group commit. It takes whatever has arrived, up to a bound, into one
//! transaction; under load the groups grow by themselves and each run's share of a commit shrinks.
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{oneshot, watch};

use crate::domain::{BatchId, Digest, Money, Run, RunId, RunStatus};
use crate::execute::{self, Event, Inbox, Sink, Stop};
use crate::stores::{MeasuredScore, Measurement, Record, Store, StoreError, Writer};

/// Most events one transaction takes.
const GROUP: usize = 256;
/// Bytes of runs and cases from which on a transaction takes no more events.
const GROUP_BYTES: usize = 1 << 20;

/// Something that is now on disk.
#[derive(Clone, Debug, PartialEq)]
pub enum Committed {
    /// A run.
    Run {
        /// Its version's identity.
        version: Digest,
        /// How it ended.
        status: RunStatus,
        /// What was spent on it, where known.
        spent: Option<Money>,
        /// Its case.
        case_id: Arc<str>,
        /// What the statistics see of it, its scores to come.
        measured: Box<Measurement>,
    },
    /// Scores, with the runs they judge.
    Scores(Vec<(RunId, MeasuredScore)>),
    /// How far the race is (not a stored row).
    Raced {
        /// Cases the race has seen of every version in it.
        cases: usize,
        /// Versions still in it.
        left: usize,
    },
    /// The race stopped a version.
    RacedOut {
        /// Its name.
        version: String,
        /// The version that beats it.
        by: String,
        /// Cases the race had seen.
        after_cases: usize,
        /// How far behind it was, in utility.
        margin: f64,
        /// Runs that need not be made, at most.
        spared: u64,
    },
    /// No race: after the warm-up fewer than two versions had enough values of every weighted metric.
    NoRace,
    /// The race needs no more cases.
    RaceOver {
        /// Cases the race had seen.
        after_cases: usize,
        /// Runs that need not be made, at most.
        spared: u64,
    },
    /// A version was stopped (not a stored row: its runs say so).
    VersionStopped {
        /// Its name.
        version: String,
        /// Why.
        reason: String,
    },
}

impl Committed {
    /// A run that has no scores yet.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        Self::Run {
            version: run.key.version,
            status: run.status,
            spent: run.cost.spent,
            case_id: run.key.case_id.as_str().into(),
            measured: Box::new(Measurement::of(run, &[])),
        }
    }
}

/// Who is told what is on disk. Called on the recorder's thread: must be quick.
pub type Watcher = Box<dyn FnMut(Committed) + Send>;

/// A running recorder.
#[derive(Debug)]
pub struct Recorder {
    thread: JoinHandle<Result<(), StoreError>>,
    runs: watch::Receiver<u64>,
}

impl Recorder {
    /// Starts recording a batch. Recording ends when every clone of the sink is gone; if it fails, `stop` is set.
    ///
    /// # Errors
    /// The store cannot be written, or no thread can be had.
    pub fn start(
        store: &Arc<dyn Store>,
        batch: BatchId,
        stop: Stop,
        watcher: Watcher,
    ) -> Result<(Self, Sink), StoreError> {
        let writer = store.writer()?;
        let (sink, inbox) = execute::channel();
        let (committed, runs) = watch::channel(0);
        let work = Work { writer, batch, watcher, committed, inbox };
        let thread = std::thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || work.run().inspect_err(|_| stop.gently()))
            .map_err(|error| StoreError::Failed(format!("no thread for the recorder: {error}")))?;
        Ok((Self { thread, runs }, sink))
    }

    /// How many runs are on disk, as it grows.
    #[must_use]
    pub fn runs(&self) -> watch::Receiver<u64> {
        self.runs.clone()
    }

    /// Waits for the last commit, after every sink is gone.
    ///
    /// # Errors
    /// A write failed.
    pub fn finish(self) -> Result<(), StoreError> {
        self.thread
            .join()
            .unwrap_or_else(|_| Err(StoreError::Failed("the recorder's thread panicked".to_owned())))
    }
}

/// The thread's own state.
struct Work {
    writer: Box<dyn Writer>,
    batch: BatchId,
    watcher: Watcher,
    committed: watch::Sender<u64>,
    inbox: Inbox,
}

/// One transaction's worth.
#[derive(Default)]
struct Group {
    /// Of its runs and their cases.
    bytes: usize,
    records: Vec<Record>,
    news: Vec<Committed>,
    runs: u64,
    flushes: Vec<oneshot::Sender<()>>,
}

impl Work {
    fn run(mut self) -> Result<(), StoreError> {
        while let Some(event) = self.inbox.blocking_recv() {
            let mut group = Group::default();
            group.take(event);
            for _ in 1..GROUP {
                if group.bytes >= GROUP_BYTES {
                    break;
                }
                match self.inbox.try_recv() {
                    Some(event) => group.take(event),
                    None => break,
                }
            }
            self.commit(group)?;
        }
        Ok(())
    }

    fn commit(&mut self, group: Group) -> Result<(), StoreError> {
        if !group.records.is_empty() {
            self.writer.append(self.batch, &group.records)?;
        }
        self.committed.send_modify(|runs| *runs += group.runs);
        group.news.into_iter().for_each(|news| (self.watcher)(news));
        for flush in group.flushes {
            // Whoever asked may have gone; nothing is lost by that.
            let _ = flush.send(());
        }
        Ok(())
    }
}

impl Group {
    fn take(&mut self, event: Event) {
        match event {
            Event::Finished(run, case) => {
                self.runs += 1;
                self.bytes += run.size() + case.size();
                self.news.push(Committed::of(&run));
                self.records.push(Record::Run(run, case));
            }
            Event::Scored(scores) => {
                let told = scores.iter().map(|score| (score.run, MeasuredScore::of(score))).collect();
                self.news.push(Committed::Scores(told));
                self.records.extend(scores.into_iter().map(|score| Record::Score(Box::new(score))));
            }
            Event::Answered(key, run) => self.records.push(Record::Answer(key, run)),
            Event::VersionStopped { version, reason } => {
                self.news.push(Committed::VersionStopped { version, reason });
            }
            Event::Flush(done) => self.flushes.push(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stores::conformance::samples;

    #[test]
    fn a_group_counts_every_call_of_a_conversation_and_what_the_case_holds() {
        let version = samples::version("baseline", "a", "s");
        let (batch, case) = (samples::batch(&[&version]), samples::case(0));
        let bytes = |run: Run, case: &Arc<crate::domain::Case>| {
            let mut group = Group::default();
            group.take(Event::Finished(Box::new(run), case.clone()));
            group.bytes
        };
        let run = samples::conversed(&batch, &version, &case);
        let usual = bytes(run.clone(), &case);
        let mut talkative = run.clone();
        talkative.calls[0].reply.get_or_insert_default().extend([0; 1000]);
        assert_eq!(bytes(talkative, &case), usual + 1000);
        let mut large = case.as_ref().clone();
        large.inputs.insert("more".to_owned(), serde_json::json!([{"text": "x".repeat(1000)}]));
        assert_eq!(bytes(run, &Arc::new(large)), usual + 1000);
    }
}
