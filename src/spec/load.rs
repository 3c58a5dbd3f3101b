//! The way in: a path into an experiment, or everything that is wrong with it.
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::diagnostic::{self, Diagnostic, Severity};
use super::folder::{FileError, Folder, read_bytes};
use super::lower::{self, Lowering};
use super::origins::Origins;
use super::source::{Place, Source};
use super::yaml;
use crate::domain::{Experiment, counted};
use crate::registry::Table;
use crate::{evaluators, providers};

/// What loading may do and knows.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// Read files outside the project folder (`--allow-outside`).
    pub allow_outside: bool,
    /// The versions that will be used: errors confined to others are set aside. All of them for `None`.
    pub selected: Option<Vec<String>>,
    /// The working folder (rule 0).
    pub working: PathBuf,
    /// The providers there are.
    pub providers: &'static Table<providers::Member>,
    /// The evaluators there are.
    pub evaluators: &'static Table<evaluators::Member>,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            allow_outside: false,
            selected: None,
            working: PathBuf::from("."),
            providers: &providers::PROVIDERS,
            evaluators: &evaluators::EVALUATORS,
        }
    }
}

/// An experiment and what else was learned while reading it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The experiment.
    pub experiment: Experiment,
    /// What is probably not meant.
    pub warnings: Vec<Diagnostic>,
    /// Where everything is written: `origins.place("versions.short.messages[0]")`.
    pub origins: Origins,
    /// Versions left out with what is wrong with them, since they were not selected.
    pub set_aside: Vec<(String, Vec<Diagnostic>)>,
}

/// Everything that is wrong with a file, in file order.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.summary())]
pub struct LoadErrors {
    /// Errors, and warnings found on the way.
    pub diagnostics: Vec<Diagnostic>,
    /// The file, as given.
    pub file: String,
}

impl LoadErrors {
    /// Every message with its snippet.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        diagnostic::render_all(&self.diagnostics, color)
    }

    /// How many errors there are, in words.
    #[must_use]
    pub fn summary(&self) -> String {
        let count = self.diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        format!("{} in `{}`", counted(count as u64, "error"), self.file)
    }
}

/// Reads and checks an experiment file.
///
/// # Errors
/// Everything that is wrong with it, all at once.
pub fn load(path: &Path, options: &LoadOptions) -> Result<Loaded, LoadErrors> {
    let name = path.to_string_lossy().into_owned();
    let folder = Folder::of(path, &options.working, options.allow_outside);
    let source = read(path, &name, &folder)
        .map_err(|diagnostic| LoadErrors { diagnostics: vec![*diagnostic], file: name.clone() })?;
    let tree = yaml::parse(&source);
    let mut cx = Lowering::new(&source, folder, options);
    cx.problems = tree.problems;
    let experiment = match &tree.root {
        Some(root) if !root.is_null() => Some(lower::experiment(&mut cx, path, root)),
        _ => {
            if cx.problems.is_empty() {
                cx.report(empty(&source));
            }
            None
        }
    };
    diagnostic::tidy(&mut cx.problems, source.name());
    let failed = cx.problems.iter().any(|problem| problem.severity == Severity::Error);
    match experiment {
        Some(experiment) if !failed => {
            let (origins, set_aside) = (cx.origins, cx.set_aside);
            Ok(Loaded { experiment, warnings: cx.problems, origins, set_aside })
        }
        _ => Err(LoadErrors { diagnostics: cx.problems, file: name }),
    }
}

fn empty(source: &Arc<Source>) -> Diagnostic {
    Diagnostic::error("the file holds no experiment")
        .at(Place::new(source, 0..0))
        .hint("begin with `project: NAME`, or let `proto init` write one")
}

/// The file's text; its name is the path as given.
fn read(path: &Path, name: &str, folder: &Folder) -> Result<Arc<Source>, Box<Diagnostic>> {
    let bytes = read_bytes(path, yaml::MAX_BYTES).map_err(|error| {
        Box::new(match error {
            FileError::TooLarge => {
                Diagnostic::error(format!("`{name}` is larger than {} MiB", yaml::MAX_BYTES >> 20))
                    .hint("put rows into a dataset file, which is streamed: `dataset: data/cases.jsonl`")
            }
            FileError::Missing { .. } => {
                let file =
                    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let near = folder.nearest(folder.base(), &file);
                let near = near.map(|near| folder.base().join(near).to_string_lossy().into_owned());
                FileError::Missing { nearest: near }.diagnostic(name)
            }
            FileError::Folder => {
                Diagnostic::error(format!("`{name}` is a folder")).hint("name the experiment file in it")
            }
            other => other.diagnostic(name),
        })
    })?;
    match yaml::decode(&bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => {
            let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
            let source = Source::new(name, String::from_utf8_lossy(bytes));
            let place = Place::new(&source, error.at()..error.at() + 1);
            Err(Box::new(Diagnostic::error(error.to_string()).at(place).hint(error.hint())))
        }
    }
}
