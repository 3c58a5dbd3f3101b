//! `Dataset`: the cases that were read, by position. Holds an index in memory and the rows in a spool.
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::answers::Answers;
use super::row::Shape;
use super::rule::Rule;
use super::sample;
use super::spool::{Entry, Record, Spool};
use super::{DatasetError, Partition, Place, Step};
use crate::domain::{Case, Digest};

/// The selected cases, in the order of their rows. Cloning shares the rows.
#[derive(Clone, Debug)]
pub struct Dataset {
    rows: Arc<Rows>,
    entries: Vec<Entry>,
    /// Of each case, what its inputs are beside its fields; empty where none is more.
    files: Vec<Option<Digest>>,
    hash: Digest,
    whole: usize,
}

/// What a dataset and its narrowings share.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) shape: Shape,
    pub(super) fields: Vec<String>,
    pub(super) slices: Vec<String>,
    pub(super) answers: Answers,
    pub(super) spool: Spool,
    /// The files they were read from; none for rows written in the experiment file.
    pub(super) files: Vec<Arc<str>>,
}

impl Dataset {
    pub(super) fn new(rows: Arc<Rows>, entries: Vec<Entry>) -> Self {
        let (hash, whole) = (hash(&entries), entries.len());
        Self { rows, entries, files: Vec::new(), hash, whole }
    }

    /// The same cases, where the files some of them name are inputs too: one digest a case, in order. They enter the
    /// cases' `inputs_hash`; the dataset's own hash stays that of its rows, as a partition's is that of the whole.
    #[must_use]
    pub fn with_files(self, files: Vec<Option<Digest>>) -> Self {
        Self { files, ..self }
    }

    /// How many cases it has: at least one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Never: a selection without a case is an error when it is made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The case at a position, from 0. From any thread.
    ///
    /// # Errors
    /// The position is not below `len`, or the temporary file cannot be read.
    pub fn get(&self, index: usize) -> Result<Case, DatasetError> {
        let outside = || DatasetError::Spool { reason: format!("there is no case at position {index}") };
        self.case(index, self.entries.get(index).ok_or_else(outside)?)
    }

    /// Every case in order, read one at a time.
    pub fn iter(&self) -> impl Iterator<Item = Result<Case, DatasetError>> + '_ {
        self.entries.iter().enumerate().map(|(index, entry)| self.case(index, entry))
    }

    /// Its identity: SHA-256 over the id, the inputs and the expected answer of every case, ordered by the hash of
    /// the id. The order of rows, metadata, clusters, weights and slices do not count. That of a partition is that of the whole
    /// it is a part of: parts made apart compare.
    #[must_use]
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// How many cases the whole has that this is a partition of; its own length where it is none.
    #[must_use]
    pub fn whole(&self) -> usize {
        self.whole
    }

    /// Every field that some row of the files has, in order of appearance.
    #[must_use]
    pub fn fields(&self) -> &[String] {
        &self.rows.fields
    }

    /// The fields that templates see: without the id, the expected answer, the weight and `metadata`.
    pub fn input_fields(&self) -> impl Iterator<Item = &str> {
        self.rows.fields.iter().map(String::as_str).filter(|field| self.rows.shape.is_input(field))
    }

    /// Whether its cases belong to clusters.
    #[must_use]
    pub fn clustered(&self) -> bool {
        self.rows.shape.cluster_by.is_some()
    }

    /// Names of the declared slices, in their order.
    #[must_use]
    pub fn slices(&self) -> &[String] {
        &self.rows.slices
    }

    /// Texts of distinct expected answers, sorted, at most `cap` and at most 1,024; none is longer than 4 KB. Those
    /// of the dataset as declared, before its `sample` and before any narrowing: a case is answered alike in all.
    #[must_use]
    pub fn distinct_expected(&self, cap: usize) -> Vec<Arc<str>> {
        self.rows.answers.first(cap)
    }

    /// A part of it: the cases for which `filter` holds; of those a seeded random `sample` (how many, seed); of those
    /// the `first`; of those the ones in `partition`, so that all partitions together are the whole selection.
    ///
    /// # Errors
    /// The expression is wrong, no case is left, or the temporary file cannot be read.
    pub fn narrow(
        &self,
        filter: Option<&str>,
        first: Option<usize>,
        sample: Option<(usize, u64)>,
        partition: Option<Partition>,
    ) -> Result<Self, DatasetError> {
        let mut entries = self.entries.clone();
        if let Some(text) = filter {
            entries = self.filtered(text)?;
            left(&entries, Step::Where(text.to_owned()), self.len())?;
        }
        if let Some((n, seed)) = sample {
            let keys: Vec<_> = entries.iter().map(|entry| entry.key).collect();
            let before = entries.len();
            entries = sample::choose(&keys, &[], &[], n, seed).into_iter().map(|at| entries[at]).collect();
            left(&entries, Step::Sample, before)?;
        }
        if let Some(n) = first {
            let before = entries.len();
            entries.truncate(n);
            left(&entries, Step::First, before)?;
        }
        let mut narrowed = Self::new(Arc::clone(&self.rows), entries);
        if let Some(partition) = partition {
            narrowed.entries = self.part(&narrowed.entries, partition)?;
            left(&narrowed.entries, Step::Partition, narrowed.whole)?;
        }
        Ok(narrowed)
    }

    /// So many of its cases at most, at least one, spread evenly: a file that is sorted is seen from end to end.
    #[must_use]
    pub fn spread(&self, cases: usize) -> Self {
        let n = cases.clamp(1, self.len());
        let at = |i: usize| i * self.len() / n;
        let files =
            if self.files.is_empty() { Vec::new() } else { (0..n).map(|i| self.files[at(i)]).collect() };
        Self { files, ..Self::new(Arc::clone(&self.rows), (0..n).map(|i| self.entries[at(i)]).collect()) }
    }

    fn filtered(&self, text: &str) -> Result<Vec<Entry>, DatasetError> {
        let mut rule = Rule::new("where", text)?;
        let mut kept = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let row = self.rows.spool.row(entry)?;
            if rule.holds(&self.rows.shape, &row, &place(index)) {
                kept.push(*entry);
            }
        }
        rule.finish(&self.rows.fields)?;
        Ok(kept)
    }

    fn part(&self, entries: &[Entry], partition: Partition) -> Result<Vec<Entry>, DatasetError> {
        let mut kept = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            if partition.contains(&self.case(index, entry)?.id) {
                kept.push(*entry);
            }
        }
        Ok(kept)
    }

    fn case(&self, index: usize, entry: &Entry) -> Result<Case, DatasetError> {
        let Record { row, slices, file } = self.rows.spool.get(entry)?;
        let slices = slices.into_iter().filter_map(|number| self.rows.slices.get(number).cloned()).collect();
        let mut case = self.rows.shape.case(&row, slices, &place(index))?;
        case.file = self.rows.files.get(file).cloned().unwrap_or_default();
        if let Some(files) = self.files.get(index).copied().flatten() {
            case.inputs_hash =
                Digest::of(&[case.inputs_hash.as_bytes().as_slice(), files.as_bytes()].concat());
        }
        Ok(case)
    }

    #[cfg(test)]
    pub(super) fn is_on_disk(&self) -> bool {
        self.rows.spool.is_on_disk()
    }
}

/// Where a case stands once its file is left behind.
fn place(index: usize) -> Place {
    Place { file: Arc::from("the dataset"), line: None, row: index + 1 }
}

/// An error when nothing is left.
pub(super) fn left(entries: &[Entry], step: Step, before: usize) -> Result<(), DatasetError> {
    if entries.is_empty() { Err(DatasetError::Empty { step, before }) } else { Ok(()) }
}

fn hash(entries: &[Entry]) -> Digest {
    let mut order: Vec<&Entry> = entries.iter().collect();
    order.sort_unstable_by_key(|entry| entry.key);
    let mut hasher = Sha256::new_with_prefix(b"proto.dataset/1\n");
    for entry in order {
        hasher.update(entry.key);
        hasher.update(entry.content);
    }
    let bytes: [u8; 32] = hasher.finalize().into();
    Digest::from_slice(&bytes).unwrap_or_else(|| Digest::of(&bytes))
}
