//! Stage 7: what people see while runs are made: bars on a terminal, a plain line every few seconds elsewhere.
//! Counts only what is on disk, as the recorder reports it.
mod bars;
mod progress;
mod way;

pub use progress::{Notices, Progress, Tally};
pub use way::Way;
