//! What a person narrows a run to, beyond what the experiment file says.
use std::collections::HashSet;

use super::Known;
use crate::domain::Digest;
use crate::spec::dataset::Partition;

/// The options of `proto run` and `proto plan` that choose what is run.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only these versions, in this order; all when empty. Names of the file or references (see [`Known::find`]).
    pub versions: Vec<String>,
    /// What references may name.
    pub known: Known,
    /// Only cases for which this expression holds.
    pub filter: Option<String>,
    /// Only the first cases of the dataset.
    pub first: Option<usize>,
    /// Only a seeded random part of the cases.
    pub sample: Option<usize>,
    /// Only the cases of this partition.
    pub partition: Option<Partition>,
    /// In place of the file's repeats.
    pub repeats: Option<u32>,
    /// Keys of runs a batch already has: resumed batches run the rest.
    pub stored: HashSet<Digest>,
    /// What is made again is what failed before: failing again says nothing new of a version.
    pub failed_before: bool,
}
