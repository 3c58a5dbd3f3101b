//! One store into another, of whatever kinds: what the other lacks, and nothing that it has. Versions are matched by
//! their hash and keep the label they have there; a new one gets the next by the rule, and the batches say so too.
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::{Reader, Record, RunFilter, Store, StoreError, StoredRun, StoredVersion, TagChange, Take, Write};
use crate::domain::{Batch, BatchId, BatchStatus, DecisionId, Digest, Label, RunId};

/// Records appended at once: bounds what is in memory.
const CHUNK: usize = 256;

/// What a merge added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Batches that were not there, or have gone on since.
    pub batches: u64,
    /// Versions that were not there.
    pub versions: u64,
    /// Runs.
    pub runs: u64,
    /// Scores.
    pub scores: u64,
    /// Changes of tags.
    pub tags: u64,
    /// Decisions.
    pub decisions: u64,
    /// Versions that have another label here than there.
    pub relabelled: Vec<Relabelled>,
}

/// A version that two stores numbered differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relabelled {
    /// Its name.
    pub name: String,
    /// Its label in the source.
    pub there: Label,
    /// Its label from now on.
    pub here: Label,
}

impl Merged {
    /// Whether everything was there already.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        [self.batches, self.versions, self.runs, self.scores, self.tags, self.decisions]
            .iter()
            .all(|n| *n == 0)
    }
}

/// Copies what `into` lacks of `from`: versions, batches, runs with their bodies, scores, changes of tags, decisions; all
/// of it or nothing. A batch that went on in `from` goes on in `into`. Answers kept for use again stay where they are.
///
/// # Errors
/// Either store fails.
pub fn merge(from: &dyn Store, into: &dyn Store) -> Result<Merged, StoreError> {
    let mut from = from.reader()?;
    // The file is made before it is read, and read before it is written.
    let mut writer = into.writer()?;
    let here = Here::of(into.reader()?.as_mut(), from.as_mut())?;
    let nothing = Had::default();
    let mut merged = Merged::default();
    writer.together(&mut |take| {
        merged = Merged::default();
        let labels = versions(from.as_mut(), &here, take, &mut merged)?;
        // Oldest first, as they would have been begun.
        for batch in from.batches()?.into_iter().rev() {
            let batch = relabelled(batch, &labels);
            let known = here.batches.get(&batch.id);
            if known.is_none_or(|(known, _)| has_gone_on(known, &batch)) {
                take(Write::Begin(&batch))?;
                merged.batches += 1;
            }
            let had = known.map_or(&nothing, |(_, had)| had);
            runs(from.as_mut(), &batch, had, take, &mut merged)?;
        }
        rest(from.as_mut(), &here, take, &mut merged)
    })?;
    Ok(merged)
}

/// What the destination has.
struct Here {
    labels: HashMap<Identity, Label>,
    /// Of the batches that the source has too.
    batches: HashMap<BatchId, (Batch, Had)>,
    tags: Vec<TagChange>,
    decisions: HashSet<DecisionId>,
}

impl Here {
    fn of(into: &mut dyn Reader, from: &mut dyn Reader) -> Result<Self, StoreError> {
        let there: HashSet<BatchId> = from.batches()?.iter().map(|batch| batch.id).collect();
        let mut batches = HashMap::new();
        for batch in into.batches()?.into_iter().filter(|batch| there.contains(&batch.id)) {
            let had = Had::of(into, &batch)?;
            batches.insert(batch.id, (batch, had));
        }
        Ok(Self {
            labels: into.versions(None)?.iter().map(|version| (identity(version), version.label)).collect(),
            batches,
            tags: into.tag_log(None)?,
            decisions: into.decisions()?.iter().map(|decision| decision.id).collect(),
        })
    }
}

/// Where a version stands: project, name, hash.
type Identity = (String, String, Digest);

fn identity(version: &StoredVersion) -> Identity {
    (version.project.clone(), version.name.clone(), version.hash)
}

/// Registers what is new, in the order of its labels, and says under which label each is known here.
fn versions(
    from: &mut dyn Reader,
    here: &Here,
    take: &mut Take<'_>,
    merged: &mut Merged,
) -> Result<HashMap<Identity, Label>, StoreError> {
    let mut labels = here.labels.clone();
    for version in from.versions(None)? {
        let here = match labels.get(&identity(&version)) {
            Some(label) => *label,
            None => {
                merged.versions += 1;
                // Whoever made its latest edit there; the edits before it stay there.
                let edits = from.edits(&version.project, &version.name, &version.hash)?;
                let by = edits.into_iter().next_back().map(|edit| edit.by).unwrap_or_default();
                let label = take(Write::Register(&version, &by))?.unwrap_or(version.label);
                labels.insert(identity(&version), label);
                label
            }
        };
        if here != version.label {
            merged.relabelled.push(Relabelled { name: version.name, there: version.label, here });
        }
    }
    Ok(labels)
}

/// The batch with the labels that its versions have here.
fn relabelled(mut batch: Batch, labels: &HashMap<Identity, Label>) -> Batch {
    let project = batch.project.clone();
    let Some(Value::Array(versions)) = batch.settings.get_mut("versions") else { return batch };
    for version in versions.iter_mut().filter_map(Value::as_object_mut) {
        let text = |key: &str| version.get(key).and_then(Value::as_str);
        let named = text("name").map(str::to_owned).zip(text("hash").and_then(Digest::from_hex));
        if let Some(label) = named.and_then(|(name, hash)| labels.get(&(project.clone(), name, hash))) {
            version.insert("label".to_owned(), label.to_string().into());
        }
    }
    batch
}

/// Whether the batch was resumed there after it was copied.
fn has_gone_on(here: &Batch, there: &Batch) -> bool {
    match (here.finished, there.finished) {
        (Some(here), Some(there)) => there > here,
        (None, Some(_)) => true,
        (None, None) => here.status != there.status && there.status != BatchStatus::Running,
        (Some(_), None) => false,
    }
}

/// What the destination has of a batch.
#[derive(Default)]
struct Had {
    keys: HashMap<Digest, RunId>,
    scores: HashMap<RunId, HashSet<Digest>>,
}

impl Had {
    fn of(into: &mut dyn Reader, batch: &Batch) -> Result<Self, StoreError> {
        let keys = into.keys(batch.id)?.into_iter().map(|key| (key.digest, key.run)).collect();
        let mut scores = HashMap::new();
        into.measurements(batch.id, &mut |measured| {
            if let Some(run) = measured.run() {
                scores.insert(run.run, run.scores.iter().map(|score| score.hash).collect());
            }
            Ok(())
        })?;
        Ok(Self { keys, scores })
    }

    /// What of a run is to be copied: all of it where it is not there, or made again there since (its id is later); else
    /// the scores that are not there.
    fn lacks(&self, stored: StoredRun) -> Vec<Record> {
        let id = stored.run.id;
        let given = self.scores.get(&id);
        let older = self.keys.get(&stored.run.key.digest()).is_some_and(|known| *known > id);
        if older {
            return Vec::new();
        }
        let scores =
            stored.scores.into_iter().filter(|s| given.is_none_or(|g| !g.contains(&s.evaluator_hash)));
        let mut records: Vec<Record> = scores.map(|score| Record::Score(Box::new(score))).collect();
        if given.is_none() {
            records.insert(0, Record::Run(Box::new(stored.run), Arc::new(stored.case)));
        }
        records
    }
}

fn runs(
    from: &mut dyn Reader,
    batch: &Batch,
    had: &Had,
    take: &mut Take<'_>,
    merged: &mut Merged,
) -> Result<(), StoreError> {
    let filter = RunFilter { batch: Some(batch.id), bodies: true, ..RunFilter::default() };
    let mut waiting: Vec<Record> = Vec::with_capacity(CHUNK);
    let mut append = |waiting: &mut Vec<Record>| {
        let runs = waiting.iter().filter(|record| matches!(record, Record::Run(..))).count();
        (merged.runs, merged.scores) =
            (merged.runs + runs as u64, merged.scores + (waiting.len() - runs) as u64);
        take(Write::Append(batch.id, waiting))?;
        waiting.clear();
        Ok::<_, StoreError>(())
    };
    from.runs(&filter, &mut |stored| {
        waiting.extend(had.lacks(stored));
        if waiting.len() >= CHUNK { append(&mut waiting) } else { Ok(()) }
    })?;
    if waiting.is_empty() { Ok(()) } else { append(&mut waiting) }
}

/// Changes of tags and decisions.
fn rest(
    from: &mut dyn Reader,
    here: &Here,
    take: &mut Take<'_>,
    merged: &mut Merged,
) -> Result<(), StoreError> {
    for change in from.tag_log(None)?.iter().filter(|change| !here.tags.contains(change)) {
        take(Write::Tag(change))?;
        merged.tags += 1;
    }
    let decisions = from.decisions()?;
    for decision in decisions.iter().rev().filter(|decision| !here.decisions.contains(&decision.id)) {
        take(Write::Decision(decision))?;
        merged.decisions += 1;
    }
    Ok(())
}
