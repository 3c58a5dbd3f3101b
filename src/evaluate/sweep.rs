//! Walks the stored runs that lack a score and judges them, page by page, on its own thread.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use tokio::sync::watch;

use super::ask::Asker;
use super::rules::{Judge, Rules};
use crate::domain::{BatchId, RunId, RunStatus, Score, ScoreSource, Verdict};
use crate::evaluators::{Ask, Subject};
use crate::execute::{Event, Sink};
use crate::plan::QUESTIONS;
use crate::stores::{Reader, RunFilter, Store, StoreError, StoredRun};

/// Runs read at once: bounds memory, keeps the reader's transactions short.
const PAGE: u64 = 256;
/// Bytes of runs and cases from which on a page is full, whatever the number of its runs.
const PAGE_BYTES: usize = 1 << 20;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Scores given.
    pub scored: u64,
    /// Runs an evaluator had nothing to say of.
    pub not_applicable: u64,
    /// Runs an evaluator could not judge.
    pub failed: u64,
}

/// A sweep over one batch.
#[derive(Debug)]
pub struct Sweep {
    rules: Arc<Rules>,
    asker: Asker,
    batch: BatchId,
    sink: Sink,
    again: bool,
    seen: AtomicU64,
}

/// The one reader of a sweep: opening the store for every page would read its schema for every page.
type Pages = Arc<Mutex<Box<dyn Reader>>>;

fn pages(store: &Arc<dyn Store>) -> Result<Pages, StoreError> {
    Ok(Arc::new(Mutex::new(store.reader()?)))
}

impl Sweep {
    /// A sweep that sends its verdicts to `sink`. `again` judges scored runs too.
    #[must_use]
    pub fn new(rules: Arc<Rules>, asker: Asker, batch: BatchId, sink: Sink, again: bool) -> Self {
        Self { rules, asker, batch, sink, again, seen: AtomicU64::new(0) }
    }

    /// Sweeps whenever runs were committed, and once more after the last of them (when `last` turns true).
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn beside(
        self,
        store: Arc<dyn Store>,
        mut committed: watch::Receiver<u64>,
        mut last: watch::Receiver<bool>,
    ) -> Result<Done, StoreError> {
        let pages = pages(&store)?;
        let mut done = Done::default();
        let mut ending = self.rules.judges.is_empty();
        if !ending {
            // What an earlier session stored and did not score: a race waits for it before it lets new runs start.
            done = done.plus(self.through(&pages).await?);
        }
        while !ending {
            ending = tokio::select! {
                changed = committed.changed() => changed.is_err(),
                changed = last.changed() => changed.is_err() || *last.borrow(),
            };
            // A moment for the group to grow: judging run by run would read the store once a run.
            if !ending {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            done = done.plus(self.through(&pages).await?);
        }
        Ok(done)
    }

    /// Judges every run stored since the last call that lacks a score.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn sweep(&self, store: &Arc<dyn Store>) -> Result<Done, StoreError> {
        self.through(&pages(store)?).await
    }

    async fn through(&self, pages: &Pages) -> Result<Done, StoreError> {
        let mut done = Done::default();
        loop {
            let (page, is_last) = self.page(pages.clone()).await?;
            let Some(last) = page.last() else { return Ok(done) };
            self.seen.store(last.position, Ordering::Relaxed);
            let scores = self.judge_page(&page).await;
            for score in &scores {
                done.count(&score.verdict);
            }
            if !scores.is_empty() && self.sink.send(Event::Scored(scores)).await.is_err() {
                return Err(StoreError::Failed("the recorder has stopped".to_owned()));
            }
            if is_last {
                return Ok(done);
            }
        }
    }

    /// The next runs, and whether they are the last.
    async fn page(&self, pages: Pages) -> Result<(Vec<StoredRun>, bool), StoreError> {
        let filter = RunFilter {
            batch: Some(self.batch),
            status: Some(RunStatus::Ok),
            unscored_by: (!self.again).then(|| self.rules.hashes()),
            after: Some(self.seen.load(Ordering::Relaxed)),
            limit: Some(PAGE),
            ..RunFilter::default()
        };
        let read = move || {
            let mut reader = pages.lock().unwrap_or_else(PoisonError::into_inner);
            read(reader.as_mut(), &filter)
        };
        tokio::task::spawn_blocking(read)
            .await
            .unwrap_or_else(|_| Err(StoreError::Failed("reading runs to evaluate panicked".to_owned())))
    }

    /// Pure evaluators first, on this task; then what must be asked, several at once.
    async fn judge_page(&self, page: &[StoredRun]) -> Vec<Score> {
        let (mut scores, mut questions) = (Vec::new(), Vec::new());
        for stored in page {
            let subject = self.subject(stored);
            for judge in self.rules.judges.iter().filter(|judge| self.again || !has(stored, judge)) {
                let verdict = match judge.ask(&subject) {
                    Ok(Ask::Nothing) => judge.judge(&subject, None),
                    Ok(ask) => {
                        questions.push((stored, judge, ask));
                        continue;
                    }
                    Err(verdict) => verdict,
                };
                scores.push(score(stored.run.id, judge, verdict));
            }
        }
        // Boxed one by one: the compiler cannot see through a closure that borrows as it goes.
        let mut asking: Vec<BoxFuture<'_, Score>> = Vec::with_capacity(questions.len());
        for (stored, judge, ask) in questions {
            asking.push(put((&self.rules, &self.asker), judge, self.subject(stored), ask).boxed());
        }
        let answered: Vec<Score> = stream::iter(asking).buffered(QUESTIONS).collect().await;
        scores.extend(answered);
        scores
    }

    fn subject<'a>(&'a self, stored: &'a StoredRun) -> Subject<'a> {
        Subject::new(&stored.case, &stored.run, &stored.version, &self.rules.folder)
    }
}

/// Asks what is to be asked, and judges by the answer.
pub(super) async fn put(
    (rules, asker): (&Rules, &Asker),
    judge: &Judge,
    subject: Subject<'_>,
    ask: Ask,
) -> Score {
    let source = if matches!(ask, Ask::Model(_)) { ScoreSource::Judge } else { ScoreSource::Auto };
    let asked = asker.ask(rules, ask).await;
    let verdict = judge.judge(&subject, Some(&asked.answer));
    Score { source, took: asked.took, judge: asked.judge, ..score(subject.run.id, judge, verdict) }
}

/// One page of runs, and whether it is the last.
fn read(reader: &mut dyn Reader, filter: &RunFilter) -> Result<(Vec<StoredRun>, bool), StoreError> {
    let (mut page, mut bytes) = (Vec::new(), 0);
    let read = reader.runs(filter, &mut |stored| {
        bytes += stored.run.size() + stored.case.size();
        page.push(stored);
        if bytes < PAGE_BYTES { Ok(()) } else { Err(StoreError::Failed("the page is full".to_owned())) }
    });
    let is_full = bytes >= PAGE_BYTES;
    read.or_else(|error| if is_full { Ok(()) } else { Err(error) })?;
    let is_last = !is_full && (page.len() as u64) < PAGE;
    Ok((page, is_last))
}

fn has(stored: &StoredRun, judge: &Judge) -> bool {
    stored.scores.iter().any(|score| score.evaluator_hash == judge.hash && score.evaluator == judge.name)
}

fn score(run: RunId, judge: &Judge, verdict: Verdict) -> Score {
    Score {
        run,
        evaluator: judge.name.clone(),
        evaluator_hash: judge.hash,
        verdict,
        source: ScoreSource::Auto,
        at: Timestamp::now(),
        took: Duration::ZERO,
        judge: None,
    }
}

impl Done {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            scored: self.scored + other.scored,
            not_applicable: self.not_applicable + other.not_applicable,
            failed: self.failed + other.failed,
        }
    }

    fn count(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Scored { .. } => self.scored += 1,
            Verdict::NotApplicable(_) => self.not_applicable += 1,
            Verdict::Failed(_) => self.failed += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stores::conformance::samples;
    use crate::stores::{Editor, Place, Record};

    #[test]
    fn a_page_is_full_by_what_its_cases_hold_too() {
        let folder = tempfile::tempdir().unwrap();
        let store = Place::File(folder.path().join("store.db")).open(true).unwrap();
        let version = samples::version("baseline", "a", "s");
        let batch = samples::batch(&[&version]);
        let mut writer = store.writer().unwrap();
        writer.register(&batch.project, &[&version], &Editor::default()).unwrap();
        writer.begin(&batch).unwrap();
        let large = |n: u32| {
            let mut case = samples::case(n).as_ref().clone();
            case.metadata.insert("document".to_owned(), "x".repeat(PAGE_BYTES / 2).into());
            Arc::new(case)
        };
        let record = |n: u32| {
            let case = large(n);
            Record::Run(Box::new(samples::ok(&batch, &version, &case, 0)), case)
        };
        writer.append(batch.id, &[record(0), record(1), record(2)]).unwrap();
        let mut reader = store.reader().unwrap();
        let (page, is_last) = read(reader.as_mut(), &RunFilter::default()).unwrap();
        assert_eq!((page.len(), is_last), (2, false));
        let filter = RunFilter { after: Some(page[1].position), ..RunFilter::default() };
        let (page, is_last) = read(reader.as_mut(), &filter).unwrap();
        assert_eq!((page.len(), is_last), (1, true));
    }
}
