//! What happened, as the recorder is told it: finished runs, verdicts, versions that were stopped.
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::domain::{Case, Digest, Run, RunId, Score};

/// Events that may wait for the recorder. With the calls in flight it bounds what a kill can lose.
pub const CHANNEL: usize = 256;

/// Where events go. Waits when the recorder is behind; fails when it is gone.
pub type Sink = mpsc::Sender<Event>;

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
