//! The runs made together by one `proto run`, or recorded together.
use jiff::Timestamp;

use super::{BatchId, Digest, Map};

/// One batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Given by the plan.
    pub id: BatchId,
    /// The project its versions belong to.
    pub project: String,
    /// The experiment's name.
    pub experiment: String,
    /// Made by `proto run` or recorded from an application.
    pub kind: BatchKind,
    /// Where it stands.
    pub status: BatchStatus,
    /// When it began.
    pub started: Timestamp,
    /// When it ended, once it has.
    pub finished: Option<Timestamp>,
    /// The command line that made it, secrets never in it.
    pub command: String,
    /// Hash of the selected cases: ids, inputs and expected answers. Runs compare within one.
    pub dataset: Digest,
    /// How many cases.
    pub cases: u64,
    /// How many runs were planned.
    pub planned: u64,
    /// Names of its versions in the file's order, the baseline's among them.
    pub versions: Vec<String>,
    /// The baseline's name.
    pub baseline: Option<String>,
    /// Everything needed to analyse it again without the file: seed, weights, gates, evaluators, simulated or not.
    pub settings: Map,
}

/// What made the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchKind {
    /// `proto run`.
    Run,
    /// `proto record`.
    Recording,
}

impl BatchKind {
    /// The stored name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Recording => "recording",
        }
    }

    /// The kind of that stored name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Run, Self::Recording].into_iter().find(|kind| kind.name() == name)
    }
}

/// Where a batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchStatus {
    /// Being made, or killed while it was.
    Running,
    /// Every planned run is stored.
    Done,
    /// Ended before its plan did: interrupted, out of budget.
    Stopped,
}

impl BatchStatus {
    /// The stored name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Stopped => "stopped",
        }
    }

    /// The status of that stored name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Running, Self::Done, Self::Stopped].into_iter().find(|status| status.name() == name)
    }
}
