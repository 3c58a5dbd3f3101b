//! Stage 2: every run that will be made, every name resolved, every prompt rendered once. Nothing is written and
//! nothing is paid for; after this stage no run can fail because of a name or an option.
mod attach;
mod check;
mod error;
mod estimate;
mod make;
mod mock;
pub mod notes;
mod order;
mod prompt;
mod questions;
mod recall;
mod reference;
mod said;
#[cfg(test)]
pub mod sample;
mod selection;
mod settings;
mod slots;

pub use error::{PlanError, Problem};
pub use estimate::{
    Answered, Calibration, Estimate, JudgeEstimate, LaneEstimate, Measured, Share, VersionEstimate,
    output_ceiling,
};
pub use make::{Plan, PlannedVersion, make};
pub use mock::{MockedTool, Mocks};
pub use notes::Notes;
pub use order::{Job, Order};
pub use prompt::{Prompt, PromptError};
pub use questions::{no_case, questioner};
pub use recall::folder;
pub use reference::{Known, ReferenceError};
pub use selection::Selection;
pub use settings::{
    EvaluatorSettings, PartSettings, RaceSettings, RacedOut, Settings, VersionSettings, rule_from_json,
    rule_to_json,
};
pub use slots::{QUESTIONS, START, slots};
