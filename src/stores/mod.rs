//! A store keeps what was measured. Few methods, one conformance suite over every row of [`STORES`].
//!
//! To add one: write `src/stores/NAME.rs` with a type that implements [`Store`], [`Writer`] and [`Reader`] and an
//! `open` function, then add its `mod` line and its row below; `conformance` runs over it at once.
//!
//! A store gives positions, nothing else: ids come from the plan, times from the transport. The one time it takes
//! itself is when a version was registered.
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::{
    Batch, BatchId, BatchStatus, Case, Digest, Label, Map, Run, RunId, RunStatus, Score, Verdict, Version,
};
use crate::metrics::Facts;
use crate::otel::genai::{Trace, TracedVersion};
use crate::registry::{Row, Table};

#[cfg(test)]
mod conformance;
mod memory;
mod sqlite;

/// An open store. Handles are cheap to make and belong to one thread each.
pub trait Store: Send + Sync + std::fmt::Debug {
    /// The one writer. A second writer waits for the first one's transaction, never for its end.
    ///
    /// # Errors
    /// The store cannot be written.
    fn writer(&self) -> Result<Box<dyn Writer>, StoreError>;

    /// A reader; sees what is committed.
    ///
    /// # Errors
    /// The store cannot be read.
    fn reader(&self) -> Result<Box<dyn Reader>, StoreError>;

    /// Where it is, for messages.
    fn place(&self) -> String;
}

/// Writes. Each method is one transaction.
pub trait Writer: Send {
    /// Registers versions of a project, in order: a known hash keeps its X.Y, the same signature as the name's latest
    /// gives X.(Y+1), another (X+1).0. Also stores description, tags and metadata as they now are.
    ///
    /// # Errors
    /// The store fails.
    fn register(&mut self, project: &str, versions: &[&Version]) -> Result<Vec<Label>, StoreError>;

    /// Stores a new batch. Cases come with the runs that answer them and are kept once.
    ///
    /// # Errors
    /// The store has a batch of that id, or fails.
    fn begin(&mut self, batch: &Batch) -> Result<(), StoreError>;

    /// Sets where a batch stands, and when it ended (`None` takes an end back: a resumed batch runs again).
    ///
    /// # Errors
    /// The store has no such batch, or fails.
    fn set_status(
        &mut self,
        batch: BatchId,
        status: BatchStatus,
        at: Option<Timestamp>,
    ) -> Result<(), StoreError>;

    /// Stores finished runs (with their attempts and what their spans are made of) and scores: all or none.
    /// A run whose key the batch already has replaces it, its scores gone; a score of the same run and evaluator
    /// hash replaces the older one.
    ///
    /// # Errors
    /// A batch, version or judged run is not in the store, a run's key is not its case's, a score is no number, or the
    /// store fails.
    fn append(&mut self, batch: BatchId, records: &[Record]) -> Result<(), StoreError>;
}

/// What the recorder appends.
#[derive(Clone, Debug)]
pub enum Record {
    /// A finished run with the case it answered.
    Run(Box<Run>, Arc<Case>),
    /// A verdict.
    Score(Box<Score>),
}

/// Reads.
pub trait Reader: Send {
    /// Batches, newest first.
    ///
    /// # Errors
    /// The store fails.
    fn batches(&mut self) -> Result<Vec<Batch>, StoreError>;

    /// What the comparison needs of a batch's runs and their scores, without texts, in no order that matters.
    ///
    /// # Errors
    /// The store fails, or `each` says stop.
    fn measurements(
        &mut self,
        batch: BatchId,
        each: &mut dyn FnMut(Measurement) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;

    /// Whole runs with their scores, by filter, in the order they were stored (a replacement counts as stored anew).
    ///
    /// # Errors
    /// The store fails, or `each` says stop.
    fn runs(
        &mut self,
        filter: &RunFilter,
        each: &mut dyn FnMut(StoredRun) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;

    /// Digests of the keys of the runs a batch has, with their status: what resume subtracts from the plan.
    ///
    /// # Errors
    /// The store fails.
    fn keys(&mut self, batch: BatchId) -> Result<Vec<(Digest, RunStatus)>, StoreError>;

    /// The registered versions of a project (all projects for `None`), by name and X.Y.
    ///
    /// # Errors
    /// The store fails.
    fn versions(&mut self, project: Option<&str>) -> Result<Vec<StoredVersion>, StoreError>;
}

/// What the comparison needs of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// The run.
    pub run: RunId,
    /// Its version's identity.
    pub version: Digest,
    /// Its case.
    pub case_id: Arc<str>,
    /// The cluster its case belongs to.
    pub cluster: Option<Arc<str>>,
    /// The slices its case belongs to, comma-separated as stored; empty for none.
    pub slices: Arc<str>,
    /// Index of the repeat.
    pub repeat: u32,
    /// What metrics see.
    pub facts: Facts,
    /// Seconds waited for a permit or connection.
    pub queue_s: f64,
    /// Seconds waited for limits and between attempts.
    pub backoff_s: f64,
    /// Attempts made.
    pub attempts: u32,
    /// Whether a stored answer was used.
    pub cache_hit: bool,
    /// Dollars this batch paid for it.
    pub spent_usd: Option<f64>,
    /// Its scores.
    pub scores: Vec<MeasuredScore>,
}

/// One score of a measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredScore {
    /// The evaluator's name.
    pub evaluator: Arc<str>,
    /// The evaluator's identity.
    pub hash: Digest,
    /// The verdict's status: the score, or why there is none.
    pub value: MeasuredValue,
}

/// A verdict without its texts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MeasuredValue {
    /// A score and whether it passes.
    Scored(f64, Option<bool>),
    /// Nothing to say.
    NotApplicable,
    /// Could not judge.
    Failed,
}

/// Which runs.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    /// Of one batch.
    pub batch: Option<BatchId>,
    /// Whose id is this, or ends or begins with this (hyphens ignored).
    pub id: Option<String>,
    /// Of a version's name.
    pub version: Option<String>,
    /// Of a case.
    pub case_id: Option<String>,
    /// With this status.
    pub status: Option<RunStatus>,
    /// Lacking a score by at least one evaluator of these hashes.
    pub unscored_by: Option<Vec<Digest>>,
    /// Stored after this position (see `StoredRun::position`).
    pub after: Option<u64>,
    /// At most so many.
    pub limit: Option<u64>,
    /// Newest first instead of in the order stored.
    pub newest_first: bool,
    /// With request and reply bodies and messages.
    pub bodies: bool,
}

/// A run as stored, with what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRun {
    /// Grows in the order runs were stored.
    pub position: u64,
    /// The run. Without `bodies`, its messages and bodies are empty.
    pub run: Run,
    /// The case it answered.
    pub case: Case,
    /// Its project.
    pub project: String,
    /// Its experiment.
    pub experiment: String,
    /// Its version's name.
    pub version: String,
    /// Its version's X.Y.
    pub label: Label,
    /// Its version's signature.
    pub signature_hash: Digest,
    /// The provider's name.
    pub provider: String,
    /// Its whole version, shared by its runs.
    pub registered: Arc<StoredVersion>,
    /// Its scores, by evaluator's name and hash.
    pub scores: Vec<Score>,
}

impl StoredRun {
    /// What its spans are made of (see `otel::genai::spans`).
    #[must_use]
    pub fn trace(&self) -> Trace<'_> {
        Trace {
            run: &self.run,
            case: &self.case,
            scores: &self.scores,
            experiment: &self.experiment,
            version: self.registered.traced(),
        }
    }
}

/// A registered version.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredVersion {
    /// Its project.
    pub project: String,
    /// Its name.
    pub name: String,
    /// X.Y.
    pub label: Label,
    /// Its identity.
    pub hash: Digest,
    /// Its interface.
    pub signature_hash: Digest,
    /// `proto.closure/1`.
    pub closure: serde_json::Value,
    /// The provider's name.
    pub provider: String,
    /// The model's name.
    pub model: String,
    /// Outside the hash, as last registered: what it is for.
    pub description: Option<String>,
    /// Outside the hash, as last registered.
    pub tags: Vec<String>,
    /// Outside the hash, as last registered.
    pub metadata: Map,
    /// When it was first run.
    pub registered: Timestamp,
}

impl StoredVersion {
    /// What spans say of it.
    #[must_use]
    pub fn traced(&self) -> TracedVersion<'_> {
        TracedVersion {
            project: &self.project,
            name: &self.name,
            label: self.label,
            hash: self.hash,
            signature_hash: self.signature_hash,
            provider: &self.provider,
            tags: &self.tags,
            metadata: &self.metadata,
            closure: &self.closure,
        }
    }
}

/// What can be wrong with a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be opened.
    #[error("cannot open the store `{place}`: {reason}")]
    Open {
        /// Where.
        place: String,
        /// Why.
        reason: String,
    },
    /// It was written by a later release.
    #[error("the store `{place}` was written by a later release (schema {found}, this one knows {known})")]
    Newer {
        /// Where.
        place: String,
        /// Its schema.
        found: i64,
        /// The newest this release knows.
        known: i64,
    },
    /// A read or write failed.
    #[error("the store failed: {0}")]
    Failed(String),
    /// A row does not make sense.
    #[error("the store holds a damaged row: {0}")]
    Damaged(String),
}

/// Opens a store, making it when it is not there and that is wanted.
pub type Open = fn(place: &Place, create: bool) -> Result<Arc<dyn Store>, StoreError>;

/// What the table knows of a store.
#[derive(Debug)]
pub struct Member {
    /// Its opener: with `create` false, a store that is not there is [`StoreError::Open`].
    pub open: Open,
}

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file.
    File(PathBuf),
    /// In memory, gone with the process.
    Memory,
}

/// Every store.
pub static STORES: Table<Member> = Table { family: "store", rows: ROWS };

/// One row each.
const ROWS: &[Row<Member>] = &[
    Row {
        name: "sqlite",
        aliases: &["file"],
        doc: "one SQLite file, `.proto/store.db` by default",
        keys: &[],
        make: sqlite::MEMBER,
    },
    Row {
        name: "memory",
        aliases: &[],
        doc: "in memory, gone with the process",
        keys: &[],
        make: memory::MEMBER,
    },
];

/// The verdict of a stored score as measurements carry it.
#[must_use]
pub fn measured(verdict: &Verdict) -> MeasuredValue {
    match verdict {
        Verdict::Scored { score, passed, .. } => MeasuredValue::Scored(*score, *passed),
        Verdict::NotApplicable(_) => MeasuredValue::NotApplicable,
        Verdict::Failed(_) => MeasuredValue::Failed,
    }
}

/// Whether a run belongs to the batch it is appended to and its key is that of the case it comes with; else why not.
///
/// # Errors
/// What does not fit, in words.
fn consistent(batch: BatchId, run: &Run, case: &Case) -> Result<(), String> {
    if run.batch != batch {
        return Err(format!("the run {} belongs to the batch {}, not to {batch}", run.id, run.batch));
    }
    if run.key.case_id != case.id || run.key.inputs != case.inputs_hash {
        return Err(format!("the run {} answers the case `{}`, not `{}`", run.id, run.key.case_id, case.id));
    }
    Ok(())
}

/// Whether a score is a number; else what is wrong. Some stores have no way to write one that is not.
///
/// # Errors
/// It is infinite or not a number.
fn finite(score: &Score) -> Result<(), String> {
    match score.verdict.value() {
        Some(value) if !value.is_finite() => {
            Err(format!("the score {value} of `{}` for the run {} is no number", score.evaluator, score.run))
        }
        _ => Ok(()),
    }
}
