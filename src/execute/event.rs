//! What happened, as the recorder is told it: finished runs, verdicts, versions that were stopped.
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::domain::{Case, Digest, Run, RunId, Score};

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A run ended, well or not.
    Finished(Box<Run>, Arc<Case>),
    /// The answer of a finished run may be used again under that key.
    Answered(Digest, RunId),
    /// A version was stopped, its remaining runs will not be made.
    VersionStopped {
        /// Its name.
        version: String,
        /// Why, for people.
        reason: String,
    },
    /// Verdicts on stored runs.
    Scored(Vec<Score>),
    /// Answer once everything sent before is on disk.
    Flush(oneshot::Sender<()>),
}

impl Event {
    /// Bytes of what was said in the run it carries.
    pub(super) fn bytes(&self) -> usize {
        if let Self::Finished(run, _) = self { run.size() } else { 0 }
    }
}
