//! Keeps runs in memory: for tests, and for looking without leaving anything behind. The plainest thing that obeys the
//! traits, and so what `sqlite` is held against.
mod answers;
mod decisions;
mod register;
mod together;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::{
    CacheSize, Editor, Measured, MeasuredCase, Measurement, Member, Place, Reader, Record, RunFilter, Store,
    StoreError, StoredDecision, StoredKey, StoredRun, StoredVersion, TagChange, VersionEdit, Work, Writer,
    consistent, finite,
};
use crate::domain::{
    Batch, BatchId, BatchStatus, Case, Digest, Label, Run, RunId, RunKey, RunStatus, Score, Verdict, Version,
};
use crate::registry::Row;

/// The row.
pub(super) const ROW: Row<Member> = Row {
    name: "memory",
    aliases: &[],
    doc: "in memory, gone with the process: `memory:`",
    keys: &[],
    make: Member { open, look, scheme: Some("memory") },
};

fn open(_place: &Place, _create: bool) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(MemoryStore::default()))
}

fn look(place: &Place, _scratch: &Path) -> Result<Arc<dyn Store>, StoreError> {
    open(place, false)
}

/// Everything, behind one lock.
#[derive(Clone, Debug, Default)]
struct MemoryStore(Arc<Mutex<Contents>>);

#[derive(Clone, Debug, Default)]
struct Contents {
    versions: Vec<StoredVersion>,
    tags: Vec<TagChange>,
    edits: Vec<((String, String, Digest), VersionEdit)>,
    batches: Vec<Batch>,
    decisions: Vec<StoredDecision>,
    /// By position.
    runs: BTreeMap<u64, Arc<Kept>>,
    by_id: HashMap<RunId, u64>,
    by_key: HashMap<(BatchId, RunKey), u64>,
    /// Keys of answers that may be used again.
    answers: HashMap<Digest, RunId>,
    /// Positions given so far.
    last: u64,
    /// What this append changed, as it was before.
    undo: Vec<(u64, Option<Arc<Kept>>)>,
}

#[derive(Clone, Debug)]
struct Kept {
    position: u64,
    /// Index of its version.
    version: usize,
    run: Run,
    case: Arc<Case>,
    scores: Vec<Score>,
}

impl Store for MemoryStore {
    fn writer(&self) -> Result<Box<dyn Writer>, StoreError> {
        Ok(Box::new(self.clone()))
    }

    fn reader(&self) -> Result<Box<dyn Reader>, StoreError> {
        Ok(Box::new(self.clone()))
    }

    fn place(&self) -> String {
        "memory".into()
    }
}

impl MemoryStore {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer for MemoryStore {
    fn register(
        &mut self,
        project: &str,
        versions: &[&Version],
        by: &Editor,
    ) -> Result<Vec<Label>, StoreError> {
        let mut contents = self.contents();
        let unlabelled = |version: &&Version| StoredVersion::unlabelled(project, version);
        Ok(versions.iter().map(unlabelled).map(|version| contents.register(&version, by)).collect())
    }

    fn tag(&mut self, change: &TagChange) -> Result<(), StoreError> {
        self.contents().tag(change)
    }

    fn keep_decision(&mut self, decision: &StoredDecision) -> Result<(), StoreError> {
        self.contents().keep_decision(decision)
    }

    fn begin(&mut self, batch: &Batch) -> Result<(), StoreError> {
        self.contents().begin(batch);
        Ok(())
    }

    fn set_status(
        &mut self,
        batch: BatchId,
        status: BatchStatus,
        at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let mut contents = self.contents();
        let index = contents.batch(batch)?;
        let batch = &mut contents.batches[index];
        (batch.status, batch.finished) = (status, at);
        Ok(())
    }

    fn append(&mut self, batch: BatchId, records: &[Record]) -> Result<(), StoreError> {
        let mut contents = self.contents();
        contents.undo.clear();
        let done = contents.append(batch, records);
        if done.is_err() {
            contents.roll_back();
        }
        done
    }

    fn forget_answers(&mut self) -> Result<u64, StoreError> {
        let mut contents = self.contents();
        let forgotten = contents.known_answers().count() as u64;
        contents.answers.clear();
        Ok(forgotten)
    }

    fn together(&mut self, work: &mut Work<'_>) -> Result<(), StoreError> {
        together::store(&mut self.contents(), work)
    }
}

impl Contents {
    fn batch(&self, batch: BatchId) -> Result<usize, StoreError> {
        let found = self.batches.iter().position(|known| known.id == batch);
        found.ok_or_else(|| StoreError::Failed(format!("the batch {batch} is not in the store")))
    }

    fn append(&mut self, batch: BatchId, records: &[Record]) -> Result<(), StoreError> {
        let index = self.batch(batch)?;
        for record in records {
            match record {
                Record::Run(run, case) => self.run(index, run, case)?,
                Record::Score(score) => self.score(score)?,
                Record::Answer(key, run) => self.answer(*key, *run)?,
            }
        }
        Ok(())
    }

    fn run(&mut self, batch: usize, run: &Run, case: &Arc<Case>) -> Result<(), StoreError> {
        consistent(self.batches[batch].id, run, case).map_err(StoreError::Failed)?;
        let version = self.version(&self.batches[batch], &run.key.version)?;
        if let Some(old) = self.by_key.get(&(run.batch, run.key.clone())).copied() {
            self.set(old, None);
        }
        if self.by_id.contains_key(&run.id) {
            let reason = format!("the run {} is stored already, under another key", run.id);
            return Err(StoreError::Failed(reason));
        }
        self.last += 1;
        let kept =
            Kept { position: self.last, version, run: run.clone(), case: case.clone(), scores: Vec::new() };
        self.set(self.last, Some(Arc::new(kept)));
        Ok(())
    }

    /// Sets what stands at a position, remembering what stood there.
    fn set(&mut self, position: u64, kept: Option<Arc<Kept>>) {
        let old = self.runs.remove(&position);
        if let Some(old) = &old {
            self.by_id.remove(&old.run.id);
            self.by_key.remove(&(old.run.batch, old.run.key.clone()));
        }
        if let Some(kept) = kept {
            self.by_id.insert(kept.run.id, position);
            self.by_key.insert((kept.run.batch, kept.run.key.clone()), position);
            self.runs.insert(position, kept);
        }
        self.undo.push((position, old));
    }

    /// Takes back what this append did before a record was refused.
    fn roll_back(&mut self) {
        for (position, old) in std::mem::take(&mut self.undo).into_iter().rev() {
            self.set(position, old);
        }
        self.undo.clear();
    }

    /// The batch's version of that hash: under one of the batch's names where several have it.
    fn version(&self, batch: &Batch, hash: &Digest) -> Result<usize, StoreError> {
        let has = |version: &&StoredVersion| version.project == batch.project && version.hash == *hash;
        let all = || self.versions.iter().enumerate().filter(|(_, version)| has(version));
        all()
            .find(|(_, version)| batch.versions.contains(&version.name))
            .or_else(|| all().next())
            .map(|(index, _)| index)
            .ok_or_else(|| {
                let (hash, project) = (hash.short(), &batch.project);
                StoreError::Failed(format!("the version sha256:{hash} is not registered in `{project}`"))
            })
    }

    fn score(&mut self, score: &Score) -> Result<(), StoreError> {
        finite(score).map_err(StoreError::Failed)?;
        let found = self.by_id.get(&score.run).and_then(|position| self.runs.get(position));
        let mut kept = found.map(|kept| Kept::clone(kept)).ok_or_else(|| {
            StoreError::Failed(format!("a score of the run {}, which is not in the store", score.run))
        })?;
        kept.scores.retain(|old| old.evaluator_hash != score.evaluator_hash);
        kept.scores.push(score.clone());
        kept.scores.sort_by(|a, b| (&a.evaluator, a.evaluator_hash).cmp(&(&b.evaluator, b.evaluator_hash)));
        self.set(kept.position, Some(Arc::new(kept)));
        Ok(())
    }
}

impl Reader for MemoryStore {
    fn batches(&mut self) -> Result<Vec<Batch>, StoreError> {
        let mut batches: Vec<Batch> = self.contents().batches.iter().rev().cloned().collect();
        batches.sort_by_key(|batch| std::cmp::Reverse(batch.started));
        Ok(batches)
    }

    fn decisions(&mut self) -> Result<Vec<StoredDecision>, StoreError> {
        Ok(self.contents().decisions())
    }

    fn measurements(
        &mut self,
        batch: BatchId,
        each: &mut dyn FnMut(Measured<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let runs = self.contents().runs.clone();
        for (kept, number) in runs.values().filter(|kept| kept.run.batch == batch).zip(0..) {
            each(Measured::Case(&MeasuredCase::of(&kept.case)))?;
            each(Measured::Run(number, &Measurement::of(&kept.run, &kept.scores)))?;
        }
        Ok(())
    }

    fn runs(
        &mut self,
        filter: &RunFilter,
        each: &mut dyn FnMut(StoredRun) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let (runs, batches, versions) = {
            let contents = self.contents();
            (contents.runs.clone(), contents.batches.clone(), contents.versions.clone())
        };
        let shared: HashMap<usize, Arc<StoredVersion>> =
            versions.into_iter().map(Arc::new).enumerate().collect();
        let mut chosen: Vec<&Arc<Kept>> =
            runs.values().filter(|kept| chosen(filter, kept, &shared[&kept.version].name)).collect();
        if filter.newest_first {
            chosen.reverse();
        }
        let limit = filter.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        for kept in chosen.into_iter().take(limit) {
            if let Some(batch) = batches.iter().find(|batch| batch.id == kept.run.batch) {
                each(stored(kept, batch, &shared[&kept.version], filter.bodies))?;
            }
        }
        Ok(())
    }

    fn answer(&mut self, key: &Digest) -> Result<Option<StoredRun>, StoreError> {
        let run = self.contents().answers.get(key).copied();
        let Some(run) = run else { return Ok(None) };
        let filter = RunFilter { id: Some(run.to_string()), bodies: true, ..RunFilter::default() };
        let mut found = None;
        self.runs(&filter, &mut |stored| {
            found = Some(stored);
            Ok(())
        })?;
        Ok(found)
    }

    fn answers(&mut self) -> Result<Vec<Digest>, StoreError> {
        Ok(self.contents().known_answers().map(|(key, _)| key).collect())
    }

    fn cache_size(&mut self) -> Result<CacheSize, StoreError> {
        Ok(self.contents().cache_size())
    }

    fn keys(&mut self, batch: BatchId) -> Result<Vec<StoredKey>, StoreError> {
        let contents = self.contents();
        let of_batch = contents.runs.values().filter(|kept| kept.run.batch == batch);
        let key = |run: &Run| StoredKey { digest: run.key.digest(), run: run.id, status: run.status };
        Ok(of_batch.map(|kept| key(&kept.run)).collect())
    }

    fn versions(&mut self, project: Option<&str>) -> Result<Vec<StoredVersion>, StoreError> {
        let mut versions = self.contents().versions.clone();
        versions.retain(|version| project.is_none_or(|project| version.project == project));
        versions.sort_by(|a, b| (&a.project, &a.name, a.label).cmp(&(&b.project, &b.name, b.label)));
        Ok(versions)
    }

    fn edits(&mut self, project: &str, name: &str, hash: &Digest) -> Result<Vec<VersionEdit>, StoreError> {
        let contents = self.contents();
        let is = |of: &(String, String, Digest)| of.0 == project && of.1 == name && of.2 == *hash;
        Ok(contents.edits.iter().filter(|(of, _)| is(of)).map(|(_, edit)| edit.clone()).collect())
    }

    fn tag_log(&mut self, project: Option<&str>) -> Result<Vec<TagChange>, StoreError> {
        let mut log = self.contents().tags.clone();
        log.sort_by_key(|change| change.at);
        log.retain(|change| project.is_none_or(|project| change.project == project));
        Ok(log)
    }
}

fn chosen(filter: &RunFilter, kept: &Kept, version: &str) -> bool {
    let run = &kept.run;
    filter.batch.is_none_or(|batch| run.batch == batch)
        && filter.id.as_ref().is_none_or(|id| is_id(run.id, id))
        && filter.version.as_ref().is_none_or(|name| name == version)
        && filter.version_hash.is_none_or(|hash| run.key.version == hash)
        && filter.case_id.as_ref().is_none_or(|case| *case == kept.case.id)
        && filter.status.is_none_or(|status| run.status == status)
        && filter.after.is_none_or(|after| kept.position > after)
        && filter.unscored_by.as_ref().is_none_or(|hashes| {
            let scored = |hash: &Digest| kept.scores.iter().any(|score| score.evaluator_hash == *hash);
            hashes.iter().any(|hash| !scored(hash))
        })
        && filter.no_score_by.as_ref().is_none_or(|hash| {
            let told =
                |score: &Score| score.evaluator_hash == *hash && !matches!(score.verdict, Verdict::Failed(_));
            run.status == RunStatus::Ok && !kept.scores.iter().any(told)
        })
}

/// Whether the id is this, or begins or ends with it.
fn is_id(run: RunId, part: &str) -> bool {
    let plain = |text: &str| text.replace('-', "").to_lowercase();
    let (whole, part) = (plain(&run.to_string()), plain(part));
    !part.is_empty() && (whole.starts_with(&part) || whole.ends_with(&part))
}

fn stored(kept: &Kept, batch: &Batch, version: &Arc<StoredVersion>, bodies: bool) -> StoredRun {
    let mut run = kept.run.clone();
    if !bodies {
        (run.messages, run.request, run.reply) = (Vec::new(), None, None);
        run.calls.iter_mut().for_each(|call| (call.request, call.reply) = (None, None));
    }
    StoredRun {
        position: kept.position,
        run,
        case: Case::clone(&kept.case),
        project: batch.project.clone(),
        experiment: batch.experiment.clone(),
        version: version.name.clone(),
        label: version.label,
        signature_hash: version.signature_hash,
        provider: version.provider.clone(),
        registered: version.clone(),
        scores: kept.scores.clone(),
    }
}
