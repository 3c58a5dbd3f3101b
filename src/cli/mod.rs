//! The command line: one file a command, each with its arguments and its `run`. The only module that writes to the
//! terminal, and only to the writers it was given. stdout is the answer, stderr everything else.
//!
//! To add a command: write `src/cli/NAME.rs` with an `Args` struct and `run`, then add its `mod` line here, its
//! variant in `args.rs` and its line in `app.rs`.
mod app;
mod args;
mod batches;
mod budget;
mod cache;
mod check;
mod choose_winner;
mod compare;
mod completions;
mod context;
mod crash;
mod decisions;
mod diff;
mod doctor;
mod drive;
mod error;
mod evaluate;
mod exit;
mod gates;
mod history;
mod init;
mod keys;
mod list;
mod load;
mod log;
mod merge;
mod outcome;
mod place;
mod plan;
mod power;
mod prices;
mod race;
mod references;
mod resume;
mod run;
mod runs;
mod schema;
mod session;
mod trace;
mod values;
mod version;

pub use app::main;
pub use exit::Exit;
