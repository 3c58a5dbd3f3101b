//! The tree into `domain::Experiment`: one file per part of the experiment file, all errors collected on the way.
//! Everything is read through `context::Lowering`, which knows the tables, the folders and what was already said.
mod command;
mod context;
mod dataset;
mod decode;
mod evaluator;
mod evaluator_form;
mod experiment;
mod fields;
mod http;
mod include;
mod judged;
mod matrix;
mod merge;
mod messages;
mod prompt;
mod providers;
mod run;
mod secrets;
mod target;
mod text;
mod tools;
mod version;
mod versions;

pub(super) use context::Lowering;
pub(super) use experiment::experiment;
