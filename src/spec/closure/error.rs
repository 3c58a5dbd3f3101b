//! Why a stored closure cannot be run, or a command's file cannot be hashed.
use std::path::PathBuf;

/// What is wrong with a closure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClosureError {
    /// Another layout, or no closure at all.
    #[error("the stored version has the layout `{found}`, this build reads `{}`", super::SCHEMA)]
    Schema {
        /// What its `schema` says.
        found: String,
    },
    /// Its templates were written for another engine.
    #[error(
        "the stored version needs the template engine `{found}`, this build has `{}`",
        crate::template::ENGINE_ID
    )]
    Engine {
        /// What its `engine` says.
        found: String,
    },
    /// A part this build does not know: running without it would be another version.
    #[error("the stored version has a part this build does not know: `{key}`")]
    Unknown {
        /// Its path in the closure.
        key: String,
    },
    /// A part that is missing or of another shape.
    #[error("the stored version's `{key}` must be {expected}")]
    Shape {
        /// Its path in the closure.
        key: String,
        /// What was expected.
        expected: &'static str,
    },
    /// What was read back has another hash than the closure.
    #[error(
        "the stored version does not reproduce its own hash: it was written by another build, or altered"
    )]
    Altered,
    /// A file of a command cannot be read.
    #[error("cannot read `{}`, a file of the command: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
}
