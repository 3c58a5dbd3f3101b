//! A store keeps what was measured. Few methods, one conformance suite over every row of [`STORES`].
//!
//! To add one: write `src/stores/NAME.rs` with a type that implements [`Store`], [`Writer`] and [`Reader`] and its
//! `ROW`, then add its `mod` line and its `NAME::ROW` below [`STORES`]; `conformance` runs over it at once, and
//! `--store SCHEME:…` opens it.
//!
//! A store gives positions, nothing else: ids come from the plan, times from the transport. The one time it takes
//! itself is when a version was registered.
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::{Batch, BatchId, BatchStatus, Case, Digest, Label, Run, RunId, Score, Version};
use crate::registry::{Row, Table};

#[cfg(test)]
pub(crate) mod conformance;
mod memory;
mod merge;
mod sqlite;
mod stored;

pub use merge::{Merged, Relabelled, merge};
pub use stored::{
    CacheSize, Editor, Measured, MeasuredCase, MeasuredScore, MeasuredValue, Measurement, RunFilter,
    StoredDecision, StoredKey, StoredRun, StoredVersion, TagChange, VersionEdit, measured, standing,
};

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
    /// gives X.(Y+1), another (X+1).0. Also stores description, tags and metadata as they now are, and who changed them.
    ///
    /// # Errors
    /// The store fails.
    fn register(
        &mut self,
        project: &str,
        versions: &[&Version],
        by: &Editor,
    ) -> Result<Vec<Label>, StoreError>;

    /// Appends to the log of tags: sets, moves or takes one away.
    ///
    /// # Errors
    /// The version is not registered, or the store fails.
    fn tag(&mut self, change: &TagChange) -> Result<(), StoreError>;

    /// Stores a batch, or what changed of one that goes on (all but what made it and when). Cases come with the runs that answer them and are kept once.
    ///
    /// # Errors
    /// The store fails.
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

    /// Stores a decision, which is never changed.
    ///
    /// # Errors
    /// Its id is in the store already, or the store fails.
    fn keep_decision(&mut self, decision: &StoredDecision) -> Result<(), StoreError>;

    /// Stores finished runs (with their attempts and what their spans are made of) and scores: all or none.
    /// A run whose key the batch already has replaces it, its scores gone; a score of the same run and evaluator
    /// hash replaces the older one.
    ///
    /// # Errors
    /// A batch, version or judged run is not in the store, a run's key is not its case's, a score is no number, or the
    /// store fails.
    fn append(&mut self, batch: BatchId, records: &[Record]) -> Result<(), StoreError>;

    /// Forgets which answers may be used again; the runs stay. How many there were.
    ///
    /// # Errors
    /// The store fails.
    fn forget_answers(&mut self) -> Result<u64, StoreError>;

    /// Stores everything that `work` hands over: all of it, or nothing when that fails.
    ///
    /// # Errors
    /// As each kind of writing, or `work` says stop.
    fn together(&mut self, work: &mut Work<'_>) -> Result<(), StoreError>;
}

/// What hands [`Write`]s over; each is stored when it is handed over, and seen by nobody before all are.
pub type Work<'a> = dyn FnMut(&mut Take<'_>) -> Result<(), StoreError> + 'a;

/// Takes one [`Write`]; the label where it was a version.
pub type Take<'a> = dyn FnMut(Write<'_>) -> Result<Option<Label>, StoreError> + 'a;

/// One thing to store among several: what the [`Writer`]'s method of that name takes.
#[derive(Clone, Copy, Debug)]
pub enum Write<'a> {
    /// `register`, of a version that another store knows; it is numbered anew.
    Register(&'a StoredVersion, &'a Editor),
    /// `begin`.
    Begin(&'a Batch),
    /// `append`.
    Append(BatchId, &'a [Record]),
    /// `tag`.
    Tag(&'a TagChange),
    /// `keep_decision`.
    Decision(&'a StoredDecision),
}

/// What the recorder appends.
#[derive(Clone, Debug)]
pub enum Record {
    /// A finished run with the case it answered.
    Run(Box<Run>, Arc<Case>),
    /// A verdict.
    Score(Box<Score>),
    /// A stored run whose answer may be used again, and what determined it.
    Answer(Digest, RunId),
}

/// Reads.
pub trait Reader: Send {
    /// Batches, newest first.
    ///
    /// # Errors
    /// The store fails.
    fn batches(&mut self) -> Result<Vec<Batch>, StoreError>;

    /// Every decision, newest first.
    ///
    /// # Errors
    /// The store fails.
    fn decisions(&mut self) -> Result<Vec<StoredDecision>, StoreError>;

    /// What the comparison needs of a batch's runs and their scores, without texts, in no order that matters.
    ///
    /// # Errors
    /// The store fails, or `each` says stop.
    fn measurements(
        &mut self,
        batch: BatchId,
        each: &mut dyn FnMut(Measured<'_>) -> Result<(), StoreError>,
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
    fn keys(&mut self, batch: BatchId) -> Result<Vec<StoredKey>, StoreError>;

    /// The run, bodies included, whose answer may be used again under that key.
    ///
    /// # Errors
    /// The store fails.
    fn answer(&mut self, key: &Digest) -> Result<Option<StoredRun>, StoreError>;

    /// Keys of all answers that may be used again, in no order.
    ///
    /// # Errors
    /// The store fails.
    fn answers(&mut self) -> Result<Vec<Digest>, StoreError>;

    /// How many answers may be used again, and how large they are.
    ///
    /// # Errors
    /// The store fails.
    fn cache_size(&mut self) -> Result<CacheSize, StoreError>;

    /// The registered versions of a project (all projects for `None`), by name and X.Y.
    ///
    /// # Errors
    /// The store fails.
    fn versions(&mut self, project: Option<&str>) -> Result<Vec<StoredVersion>, StoreError>;

    /// Every state that a version's description, declared tags and metadata had, oldest first; none of an unknown one.
    ///
    /// # Errors
    /// The store fails.
    fn edits(&mut self, project: &str, name: &str, hash: &Digest) -> Result<Vec<VersionEdit>, StoreError>;

    /// Every change of a project's tags (all projects for `None`), oldest first; [`standing`] says where they stand.
    ///
    /// # Errors
    /// The store fails.
    fn tag_log(&mut self, project: Option<&str>) -> Result<Vec<TagChange>, StoreError>;
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

/// Opens a store only to read it, whatever release wrote it, and leaves it as it is; `scratch` is a folder for a copy.
pub type Look = fn(place: &Place, scratch: &Path) -> Result<Arc<dyn Store>, StoreError>;

/// What the table knows of a store.
#[derive(Debug)]
pub struct Member {
    /// Its opener: with `create` false, a store that is not there is [`StoreError::Open`].
    pub open: Open,
    /// Its opener for what must not be changed.
    pub look: Look,
    /// The word before the colon of its places: `memory` of `memory:`. `None` for the one store of plain paths.
    pub scheme: Option<&'static str>,
}

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file, for the store of plain paths.
    File(PathBuf),
    /// `SCHEME:REST`, for the store of that scheme.
    Address {
        /// The scheme of a row.
        scheme: &'static str,
        /// As written, for the store to read.
        rest: String,
        /// Where the person stands, for a relative path in `rest`.
        folder: PathBuf,
    },
}

impl Place {
    /// The place people mean by `SCHEME:REST` of a known scheme, else by a path from `folder`.
    #[must_use]
    pub fn parse(text: &str, folder: &Path) -> Self {
        let of = |scheme: &str| STORES.rows.iter().find_map(|row| row.make.scheme.filter(|s| *s == scheme));
        match text.split_once(':').and_then(|(scheme, rest)| Some((of(scheme)?, rest))) {
            Some((scheme, rest)) => {
                Self::Address { scheme, rest: rest.to_owned(), folder: folder.to_owned() }
            }
            None => Self::File(folder.join(text)),
        }
    }

    /// Opens the store that keeps such places; with `create`, one that is not there is made.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(&self, create: bool) -> Result<Arc<dyn Store>, StoreError> {
        (self.member()?.open)(self, create)
    }

    /// Opens it only to read it, whatever release wrote it: nothing of it is changed. `scratch` is a folder that lives
    /// as long as the store.
    ///
    /// # Errors
    /// It is missing, or cannot be read.
    pub fn look(&self, scratch: &Path) -> Result<Arc<dyn Store>, StoreError> {
        (self.member()?.look)(self, scratch)
    }

    fn member(&self) -> Result<&'static Member, StoreError> {
        let wanted = match self {
            Self::File(_) => None,
            Self::Address { scheme, .. } => Some(*scheme),
        };
        let row = STORES.rows.iter().find(|row| row.make.scheme == wanted);
        let row = row.ok_or_else(|| StoreError::Failed("no store keeps such a place".to_owned()))?;
        Ok(&row.make)
    }
}

/// Every store.
pub static STORES: Table<Member> = Table { family: "store", rows: ROWS };

/// One row each.
const ROWS: &[Row<Member>] = &[sqlite::ROW, memory::ROW];

/// What a tag cannot be set to.
fn unknown_version(project: &str, name: &str, hash: &Digest) -> StoreError {
    StoreError::Failed(format!(
        "the version `{name}` sha256:{} is not registered in `{project}`",
        hash.short()
    ))
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
