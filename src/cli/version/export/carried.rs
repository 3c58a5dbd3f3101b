//! What an exported version needs and the store does not hold: a program's files, recorded replies, images. They are taken from
//! where they lie, when their contents are still those that were hashed.
use std::path::{Component, Path, PathBuf};

use super::super::super::error::CommandError;
use super::super::recorded::Recorded;
use super::attached;
use crate::domain::{Digest, Target, Version};
use crate::stores::StoredVersion;

/// Where recorded replies go.
pub(super) const RECORDING: &str = "recording.jsonl";

/// Files to copy: from where, and to which path from the experiment file's folder.
pub(super) struct Carried {
    /// From, to.
    pub files: Vec<(PathBuf, String)>,
    /// How many folders above the experiment file the highest of them lies.
    pub up: usize,
}

/// The files the version needs, each with the contents it was hashed with.
///
/// # Errors
/// Nobody knows where they lie, or one is gone or has other contents now.
pub(super) fn carried(
    version: &Version,
    stored: &StoredVersion,
    from: Option<&Path>,
    recorded: &Recorded,
    project: &Path,
) -> Result<Carried, CommandError> {
    let who = format!("{}@{}", stored.name, stored.label);
    let notes = recorded.latest().map(|latest| &latest.notes);
    let (wanted, noted): (Vec<(String, Digest)>, _) = match &version.target {
        Target::Command(command) => (command.files.clone(), notes.and_then(|notes| notes.folder.clone())),
        Target::Replay { digest, .. } => {
            (vec![(RECORDING.to_owned(), *digest)], notes.and_then(|notes| notes.recording.clone()))
        }
        Target::Model { .. } | Target::Http(_) => (Vec::new(), None),
    };
    let mut files = attached::files(version, &who, notes, (from, project))?;
    if wanted.is_empty() {
        return Ok(Carried { files, up: 0 });
    }
    let place = from.map(Path::to_path_buf).or_else(|| noted.map(|noted| project.join(noted)));
    let place = place.ok_or_else(|| {
        CommandError::input(format!(
            "nobody knows where the files of `{who}` lie: it was registered and never run"
        ))
        .hint("name the folder its experiment file lies in, or its recording: `--from PATH`")
    })?;
    for (name, digest) in wanted {
        let path =
            if matches!(version.target, Target::Replay { .. }) { place.clone() } else { place.join(&name) };
        same(&path, &digest, &who)?;
        files.push((path, name));
    }
    let above =
        |name: &str| Path::new(name).components().filter(|part| *part == Component::ParentDir).count();
    let up = files.iter().map(|(_, name)| above(name)).max().unwrap_or(0);
    Ok(Carried { files, up })
}

/// Whether the file is the one that was hashed.
pub(super) fn same(path: &Path, digest: &Digest, who: &str) -> Result<(), CommandError> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|error| {
        CommandError::input(format!("cannot read `{shown}`, a file of `{who}`: {error}")).hint(
            "the store keeps the hashes of such files, not their contents; `--from PATH` says where they lie",
        )
    })?;
    if Digest::of(&bytes) == *digest {
        return Ok(());
    }
    Err(CommandError::input(format!("`{shown}` has other contents now than in `{who}`")).hint(format!(
        "check the version with sha256:{} out first; `--from PATH` says where",
        digest.short()
    )))
}
