//! One row of the dataset: the workload every version gets alike.
use std::sync::Arc;

use serde_json::Value;

use super::message::texts;
use super::{Digest, Map};

/// One case: what a version is shown, and what its answer is held against.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Stable id: pairing, resume, partition and diffs depend on it.
    pub id: String,
    /// The row's fields without the id, the expected answer, the weight and `metadata`: what templates see.
    pub inputs: Map,
    /// The reference answer, where the dataset has one. Never shown to a version.
    pub expected: Option<Value>,
    /// The row's `metadata` field, for evaluators and filters.
    pub metadata: Map,
    /// The value of the `cluster_by` field: cases of one cluster are not independent evidence.
    pub cluster: Option<String>,
    /// The value of the `weight_by` field, above 0: how much the case counts beside the others; alike without.
    pub weight: Option<f64>,
    /// The slices it belongs to, by name.
    pub slices: Vec<String>,
    /// Hash of `inputs`: an edited case runs again, an edited `expected` is only evaluated again.
    pub inputs_hash: Digest,
    /// The dataset file it was read from, where the paths in its own messages start; empty for one that was written in
    /// the experiment file, or comes from a store.
    pub file: Arc<str>,
}

impl Case {
    /// Bytes of its texts.
    #[must_use]
    pub fn size(&self) -> usize {
        self.inputs.values().chain(&self.expected).chain(self.metadata.values()).map(texts).sum()
    }
}

/// The hash that `Case::inputs_hash` holds.
#[must_use]
pub fn inputs_hash(inputs: &Map) -> Digest {
    Digest::of_json(&Value::Object(inputs.clone()))
}
