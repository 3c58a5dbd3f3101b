//! `proto version`: what is registered, found again, told apart, tagged and taken out. One file per action.
//!
//! To add an action: write `src/cli/version/NAME.rs` with `run`, then add its `mod` line here and its variant in
//! `args.rs`. Every action's document under `--json` is a `proto.versions/1`.
mod args;
mod diff;
mod explain;
mod export;
mod list;
mod parts;
mod recorded;
mod register;
mod show;
mod tag;
mod tally;

pub use args::{Args, opened, run};
pub use tag::{change_json, editor, promote};
pub use tally::{Tally, of_batch};
