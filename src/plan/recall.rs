//! The versions of a selection: declared in the file, or recalled from what the store knows and run again from their
//! closure. What a closure does not hold (a program's folder, a recording's path) comes from the experiment.
use std::path::{Path, PathBuf};

use super::reference::{Known, ReferenceError};
use super::{Problem, Selection};
use crate::domain::{Experiment, MessageTemplate, Target, Version};
use crate::registry::nearest;
use crate::spec::closure;
use crate::stores::StoredVersion;

/// The versions that run, in the order asked for; all of the file's when nothing is.
///
/// # Errors
/// A reference names nothing, or a stored version can no longer be run as it was.
pub(super) fn selected(experiment: &Experiment, selection: &Selection) -> Result<Vec<Version>, Problem> {
    if selection.versions.is_empty() {
        return Ok(experiment.versions.clone());
    }
    selection.versions.iter().map(|word| one(experiment, &selection.known, word)).collect()
}

fn one(experiment: &Experiment, known: &Known, word: &str) -> Result<Version, Problem> {
    if let Some(declared) = experiment.version(word) {
        return Ok(declared.clone());
    }
    // The latest counts what the file would be registered as now.
    if let Some(declared) = word.strip_suffix("@latest").and_then(|name| experiment.version(name))
        && known.named(&declared.name).all(|version| version.hash != declared.hash)
    {
        return Ok(declared.clone());
    }
    let stored = known.find(word).map_err(|error| unknown(experiment, word, &error))?;
    match experiment.version(&stored.name).filter(|declared| declared.hash == stored.hash) {
        Some(declared) => Ok(declared.clone()),
        None => recall(experiment, stored),
    }
}

fn unknown(experiment: &Experiment, word: &str, error: &ReferenceError) -> Problem {
    let declared = || experiment.versions.iter().map(|version| version.name.as_str());
    if !matches!(error, ReferenceError::Unknown { .. }) {
        return Problem::new("versions", error.to_string()).hint(error.hint());
    }
    let hint = match (nearest(word, declared()), error) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, ReferenceError::Unknown { known, .. }) if known.is_empty() => {
            format!("it declares: {}", declared().collect::<Vec<_>>().join(", "))
        }
        (None, _) => error.hint(),
    };
    Problem::new("versions", format!("no version `{word}` in this experiment or its store")).hint(hint)
}

/// A registered version as it was, to be run again.
fn recall(experiment: &Experiment, stored: &StoredVersion) -> Result<Version, Problem> {
    let reference = format!("{}@{}", stored.name, stored.label);
    let wrong = |why: String| Problem::new("versions", format!("`{reference}` cannot run again: {why}"));
    let mut version = closure::version_from_closure(&stored.name, &stored.closure)
        .map_err(|error| wrong(error.to_string()))?;
    version.description.clone_from(&stored.description);
    version.tags.clone_from(&stored.tags);
    version.metadata.clone_from(&stored.metadata);
    if let Some(declared) = experiment.version(&stored.name) {
        (version.timeout, version.run_timeout) = (declared.timeout, declared.run_timeout);
        version.cost_per_run = declared.cost_per_run;
    }
    for message in version.messages.iter_mut().filter(|message| message.fixed.is_some()) {
        let same = |other: &&MessageTemplate| other.fixed == message.fixed;
        let known = experiment.versions.iter().flat_map(|version| &version.messages).find(same);
        message.text = known.map(|known| known.text.clone()).ok_or_else(|| {
            let what = message.kind.name().unwrap_or_default();
            wrong(format!("its {what} `{}` is in no version of this file", message.text))
                .hint("the store keeps the hashes of such files: declare a version with that file")
        })?;
    }
    match &mut version.target {
        Target::Model { .. } | Target::Http(_) => {}
        Target::Command(command) => {
            command.cwd = folder(experiment);
            let named: Vec<PathBuf> = command.files.iter().map(|(name, _)| PathBuf::from(name)).collect();
            let now = closure::command_files(&command.argv, &named, &command.cwd, &experiment.project_dir)
                .map_err(|error| wrong(error.to_string()))?;
            if let Some((name, _)) = command.files.iter().find(|file| !now.contains(file)) {
                return Err(wrong(format!("its file `{name}` has other contents now")).hint(
                    "the store keeps a program's hashes, not its files: check the old ones out first",
                ));
            }
        }
        Target::Replay { path, digest } => {
            let same = |version: &Version| match &version.target {
                Target::Replay { path, digest: other } if other == digest => Some(path.clone()),
                _ => None,
            };
            *path = experiment.versions.iter().find_map(same).ok_or_else(|| {
                wrong("its recorded replies are in no `replay:` of this file".to_owned())
                    .hint("declare a version with that recording")
            })?;
        }
    }
    Ok(version)
}

/// The experiment file's folder, absolute: where its programs are started.
#[must_use]
pub fn folder(experiment: &Experiment) -> PathBuf {
    let folder = experiment.path.parent().unwrap_or(Path::new(""));
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf())
}
