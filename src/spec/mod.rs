//! The experiment file as written: read, checked with line and column, lowered to `domain::Experiment`. All errors
//! of a file at once. Calls nobody, reads no key and no environment variable.
//!
//! ```text
//! yaml        bytes -> spanned tree              keys        every key of the file, once
//! lower       tree -> domain::Experiment         schema      the key table as JSON Schema
//! gate weights duration                          the small grammars, pure
//! folder      paths, globs, the project folder   source diagnostic origins   where and how to say it
//! closure     a version's identity               dataset     the rows
//! ```
pub mod attach;
pub mod closure;
pub mod dataset;
pub mod diagnostic;
pub mod duration;
pub mod folder;
pub mod gate;
pub mod keys;
mod load;
mod lower;
mod origins;
pub mod schema;
pub mod source;
pub mod weights;
pub mod yaml;

pub use load::{LoadErrors, LoadOptions, Loaded, load};
pub use origins::Origins;

#[cfg(test)]
mod tests;
