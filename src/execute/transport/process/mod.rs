//! Programs: one per call, or a persistent one fed JSON lines. No shell, a minimal environment, a process group of
//! their own, so that a deadline ends a program with all it started.
mod group;
mod once;
mod output;
mod programs;
mod start;
mod worker;

pub(super) use programs::Programs;
pub use start::PASSED;
