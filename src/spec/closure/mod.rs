//! What a version *is*: its closure (`proto.closure/1`), the hash of that, and the hash of its interface. Owns what
//! counts and what does not; must not know the experiment file, the store or labels (X.Y).
//!
//! What counts beside messages, includes, target, parameters, tools, tool choice and response schema:
//! * `stream` counts when it is true: the request differs, and only such runs have a time to the first token.
//! * `max_turns` counts where there are tools; without them there is no loop to bound.
//! * What a case's field holds counts by the field's name: `{"conversation": "history"}`, `{"turns": "questions"}`.
//! * A message of several parts is its first text, then an entry a part: `{"text": …}`, `{"image": …}`, `{"file": …}`. An
//!   image or a file whose path is fixed counts by the SHA-256 and media type of its bytes, not by its path; one whose
//!   path the case gives counts by the template, a URL as written. The bytes behind such a template are inputs: they
//!   enter the case's `inputs_hash` while planning, so a changed photo is another run, for every version alike.
//! * A tool's `mock` counts, as part of the tool: it is what the model reads. A tool without one is written as ever.
//! * `timeout`, `run_timeout` and `cost_per_run` do not count: none reaches who answers. Nor do name, description, tags, metadata
//!   and the names of prompt files.
//! * A provider counts by its name in the experiment, not by its address, key or limits.
//! * `env` values and `http` texts count as written: `${NAME}` stays, so no secret enters a hash.
//!
//! A part is left out when it is absent or empty, so a part that a later release adds changes no hash of today.
//! To add one: write it in `seal::closure`, read it in `open`, and add its edits to `fixtures/closures/edits.yaml`.
mod error;
mod files;
mod open;
mod seal;
mod signature;

#[cfg(test)]
mod tests;

pub use error::ClosureError;
pub use files::command_files;
pub use open::version_from_closure;
pub use seal::seal;
pub use signature::{Variable, input_variables};

/// The layout of a closure. Raised when the same version would be written another way.
pub const SCHEMA: &str = "proto.closure/1";
