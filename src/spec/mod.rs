//! The experiment file as written: read, checked with line and column, lowered to `domain::Experiment`. All errors
//! of a file at once. Calls nobody, reads no key and no environment variable.
pub mod closure;
pub mod dataset;
pub mod diagnostic;
pub mod source;
pub mod yaml;
