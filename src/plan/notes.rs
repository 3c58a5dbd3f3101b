//! What is recorded about a version and not hashed: where its files lie, and what a program leans on beside its own
//! files. Two batches of one hash whose notes differ may still have measured different things, and that is said.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::VersionSettings;
use crate::domain::{Command, Digest, Experiment, MessageTemplate, Target, Version};

/// Files in which package managers pin what a program uses.
const LOCKS: [&str; 14] = [
    "requirements.txt",
    "uv.lock",
    "poetry.lock",
    "Pipfile.lock",
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "Cargo.lock",
    "go.sum",
    "Gemfile.lock",
    "composer.lock",
    "mix.lock",
    "gradle.lockfile",
];

/// The notes of one version in one batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// The folder a program starts in, from the project folder, with `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The file of recorded replies, from the project folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<String>,
    /// Where each image and file that the prompt fixes lies, from the project folder, by its SHA-256 in hex.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attachments: BTreeMap<String, String>,
    /// What a program leans on: lock files from its folder up to the project's, each with its SHA-256, and the program
    /// that runs it, with the name and size of the file it is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dependencies: BTreeMap<String, String>,
}

impl Notes {
    /// The notes of a version as it stands. What cannot be read is left out: notes explain, they decide nothing.
    #[must_use]
    pub fn of(version: &Version, experiment: &Experiment) -> Self {
        let project = &experiment.project_dir;
        let mut notes = Self { attachments: attachments(version, experiment), ..Self::default() };
        match &version.target {
            Target::Command(command) => {
                notes.folder = within(&command.cwd, project);
                notes.dependencies = dependencies(command, project);
            }
            Target::Replay { path, .. } => notes.recording = within(path, project),
            Target::Model { .. } | Target::Http(_) => {}
        }
        notes
    }

    /// Nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The dependencies that are not the same in both, by name.
    #[must_use]
    pub fn changed<'a>(&'a self, other: &'a Self) -> Vec<&'a str> {
        let names = self
            .dependencies
            .keys()
            .chain(other.dependencies.keys().filter(|name| !self.dependencies.contains_key(*name)));
        let differs = |name: &&String| self.dependencies.get(*name) != other.dependencies.get(*name);
        names.filter(differs).map(String::as_str).collect()
    }
}

/// Versions whose dependencies changed between batches, though their hash did not: name and what changed.
pub fn changed<'a>(batches: impl Iterator<Item = &'a [VersionSettings]>) -> Vec<(String, Vec<String>)> {
    let mut first: Vec<&VersionSettings> = Vec::new();
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for version in batches.flatten() {
        let Some(known) = first.iter().find(|known| known.hash == version.hash) else {
            first.push(version);
            continue;
        };
        let names: Vec<String> = known.notes.changed(&version.notes).into_iter().map(str::to_owned).collect();
        if !names.is_empty() && !found.iter().any(|(name, _)| *name == version.name) {
            found.push((version.name.clone(), names));
        }
    }
    found
}

fn attachments(version: &Version, experiment: &Experiment) -> BTreeMap<String, String> {
    let folder = experiment.path.parent().unwrap_or(Path::new(""));
    let noted = |message: &MessageTemplate| {
        let path = within(&folder.join(&message.text), &experiment.project_dir)?;
        Some((message.fixed.as_ref()?.digest.hex(), path))
    };
    version.messages.iter().filter_map(noted).collect()
}

fn dependencies(command: &Command, project: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for folder in command.cwd.ancestors().take_while(|folder| folder.starts_with(project)) {
        for name in LOCKS {
            let path = folder.join(name);
            if let (Ok(bytes), Some(name)) = (std::fs::read(&path), within(&path, project)) {
                found.insert(name, Digest::of(&bytes).to_string());
            }
        }
    }
    found.extend(
        command.argv.first().and_then(|program| Some((program.clone(), file_of(program, &command.cwd)?))),
    );
    found
}

/// The file a program is, links followed: `python3.11, 6831704 bytes`. Its folder is this machine's business.
fn file_of(program: &str, cwd: &Path) -> Option<String> {
    let path = if program.contains('/') { cwd.join(program) } else { on_path(program)? };
    let real = path.canonicalize().ok()?;
    let size = real.metadata().ok()?.len();
    Some(format!("{}, {size} bytes", real.file_name()?.to_string_lossy()))
}

fn on_path(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// The path from the project folder, with `/`; `None` outside it. The project's own folder is `.`.
fn within(path: &Path, project: &Path) -> Option<String> {
    let (path, project) = (path.canonicalize().ok()?, project.canonicalize().ok()?);
    let rest = path.strip_prefix(&project).ok()?;
    let parts: Vec<_> = rest.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    Some(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(hash: &str, dependencies: &[(&str, &str)]) -> VersionSettings {
        let pairs = dependencies.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let notes = Notes { dependencies: pairs.collect(), ..Notes::default() };
        VersionSettings {
            name: "app".to_owned(),
            hash: hash.to_owned(),
            label: "1.0".to_owned(),
            model: "sh".to_owned(),
            simulated: false,
            recorded: false,
            priced: true,
            notes,
        }
    }

    #[test]
    fn a_lock_file_and_the_program_are_noted_and_what_changed_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().canonicalize().unwrap();
        let cwd = project.join("app");
        std::fs::create_dir_all(&cwd).unwrap();
        std::fs::write(project.join("uv.lock"), "one").unwrap();
        std::fs::write(cwd.join("run.sh"), "echo").unwrap();
        let command = Command { argv: vec!["./run.sh".to_owned()], cwd, ..Command::default() };
        let found = dependencies(&command, &project);
        let expected =
            [("./run.sh", "run.sh, 4 bytes".to_owned()), ("uv.lock", Digest::of(b"one").to_string())];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value)).into());
        let batches = [
            [settings("a", &[("uv.lock", "1"), ("sh", "dash")])],
            [settings("a", &[("uv.lock", "2"), ("sh", "dash")])],
        ];
        let all = batches.iter().map(<[VersionSettings; 1]>::as_slice);
        assert_eq!(changed(all), [("app".to_owned(), vec!["uv.lock".to_owned()])]);
        let others = [[settings("a", &[("x", "1")])], [settings("b", &[("x", "2")])]];
        assert_eq!(changed(others.iter().map(<[VersionSettings; 1]>::as_slice)), []);
    }
}
