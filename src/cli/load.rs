//! Reads experiment files for every command that takes one: errors with their snippets, warnings on stderr.
use std::path::Path;
use std::sync::Arc;

use super::context::Context;
use super::error::CommandError;
use super::references;
use crate::domain::Experiment;
use crate::plan::{self, Plan, PlanError, Problem, Selection};
use crate::spec::diagnostic::{Diagnostic, Severity, render_all};
use crate::spec::source::Place;
use crate::spec::{self, LoadOptions, Loaded};

/// An experiment file, read.
pub struct Source {
    /// What it says.
    pub experiment: Arc<Experiment>,
    loaded: Loaded,
}

/// Reads one file; its warnings go to stderr.
///
/// # Errors
/// It cannot be read, or anything in it is wrong: all of it at once.
pub fn load(path: &Path, allow_outside: bool, context: &mut Context<'_>) -> Result<Source, CommandError> {
    load_for(path, allow_outside, &[], context)
}

/// The same for the versions that `wanted` names; what is wrong with others only, as a note. Everything when empty.
///
/// # Errors
/// As [`load`], of what is wanted.
pub fn load_for(
    path: &Path,
    allow_outside: bool,
    wanted: &[String],
    context: &mut Context<'_>,
) -> Result<Source, CommandError> {
    let selected = (!wanted.is_empty()).then(|| wanted.to_vec());
    let working = context.folder.clone();
    let options = LoadOptions { allow_outside, working, selected, ..LoadOptions::default() };
    let loaded = spec::load(path, &options).map_err(|errors| failure(&errors.diagnostics, context))?;
    warn(&loaded.warnings, context)?;
    for (name, problems) in &loaded.set_aside {
        let why = problems.iter().find(|problem| problem.severity == Severity::Error);
        let why = why.map_or("", |problem| problem.message.as_str());
        context.say(&format!("note: `{name}` of `{}` cannot be used now: {why}", path.display()))?;
    }
    Ok(Source { experiment: Arc::new(loaded.experiment.clone()), loaded })
}

impl Source {
    /// Makes the plan; what planning finds points into the file.
    ///
    /// # Errors
    /// The plan cannot be made.
    pub fn plan(&self, mut selection: Selection, context: &mut Context<'_>) -> Result<Plan, CommandError> {
        if selection.versions.iter().any(|name| self.experiment.version(name).is_none()) {
            selection.known = references::of_experiment(&self.experiment, context)?;
        }
        let plan = plan::make(self.experiment.clone(), selection)
            .map_err(|error| self.plan_failure(error, context))?;
        let warnings: Vec<Diagnostic> =
            plan.warnings.iter().map(|problem| self.diagnostic(problem, Severity::Warning)).collect();
        warn(&warnings, context)?;
        Ok(plan)
    }

    fn plan_failure(&self, error: PlanError, context: &Context<'_>) -> CommandError {
        let problems = match error {
            PlanError::Problems(problems) => problems,
            PlanError::Dataset(error) => {
                let problem =
                    Problem { key: "dataset".to_owned(), message: error.to_string(), hint: error.hint() };
                vec![problem]
            }
        };
        let found: Vec<Diagnostic> =
            problems.iter().map(|problem| self.diagnostic(problem, Severity::Error)).collect();
        failure(&found, context)
    }

    /// What planning found, with the place in the file: of the key itself, else of the nearest key above it.
    fn diagnostic(&self, problem: &Problem, severity: Severity) -> Diagnostic {
        let message = problem.message.clone();
        let diagnostic = match severity {
            Severity::Error => Diagnostic::error(message),
            Severity::Warning => Diagnostic::warning(message),
        };
        let diagnostic = diagnostic.maybe_hint(problem.hint.as_deref());
        match self.place(&problem.key) {
            Some(place) => diagnostic.at(place),
            None => diagnostic,
        }
    }

    /// Where a key is written. A message of a version may stand under `base:` or be the file's one `prompt:`.
    fn place(&self, key: &str) -> Option<Place> {
        let origins = &self.loaded.origins;
        let exact =
            |path: &str| origins.under(path).find(|(found, _)| *found == path).map(|(_, place)| place);
        if let Some((version, message)) = key.split_once(".messages[") {
            let message = format!("messages[{message}");
            let elsewhere = [
                key.to_owned(),
                format!("{version}.prompt"),
                format!("base.{message}"),
                "base.prompt".into(),
                message,
                "prompt".into(),
            ];
            if let Some(place) = elsewhere.iter().find_map(|path| exact(path)) {
                return Some(place);
            }
        }
        origins.place(key)
    }
}

fn warn(found: &[Diagnostic], context: &mut Context<'_>) -> Result<(), CommandError> {
    if !found.is_empty() && !context.quiet {
        write!(context.err, "{}", render_all(found, context.layout.color))?;
    }
    Ok(())
}

fn failure(found: &[Diagnostic], context: &Context<'_>) -> CommandError {
    let first = found.iter().find(|diagnostic| diagnostic.severity == Severity::Error);
    let mut error = CommandError::input(first.map_or_else(String::new, |d| d.message.clone()));
    error.kind = "file";
    error.at = first.and_then(Diagnostic::origin);
    error.hints = first.map(|d| d.hints.clone()).unwrap_or_default();
    error.rendered = Some(render_all(found, context.layout.color));
    error
}
