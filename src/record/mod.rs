//! Stage 4: a sink on its own thread that turns events into store transactions. What the progress line counts is on
//! disk: whoever watches is told after the commit, never before. If writing fails, nothing new may start: the record
//! is the product, and each run costs money.
mod answers;
mod recorder;
mod refresh;

pub use answers::answers;
pub use recorder::{Committed, Recorder, Watcher};
pub use refresh::refresh;
