//! Jinja, one language everywhere: prompts, evaluator options, and the expressions of `where`, `when`, slices and
//! the `expr` evaluator. Owns the engine's settings; knows nothing of versions, cases or files.
mod engine;
mod error;
mod expression;
mod value;

pub use engine::{DATA_END, DATA_START, Templates, context, is_template};
pub use error::TemplateError;
pub use expression::Expression;
/// A rendering context, built once and shared.
pub use minijinja::Value as Context;
pub use value::ValueTemplate;

/// Names the engine itself defines: functions, never inputs.
pub const GLOBALS: [&str; 4] = ["range", "dict", "debug", "namespace"];

/// Part of every version's hash. Raised by hand, and only when the same template renders differently.
pub const ENGINE_ID: &str = "jinja/1";
