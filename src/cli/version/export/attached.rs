//! The images and files that a version's prompt fixes: the store keeps their hashes, so they are copied from where they
//! lie, while they are the same.
use std::path::{Path, PathBuf};

use super::super::super::error::CommandError;
use super::carried::same;
use crate::domain::{AttachmentKind, Digest, FixedFile, MAX_ATTACHMENT_BYTES, MessageKind, Version};
use crate::plan::Notes;
use crate::spec::folder::{Folder, read_bytes};

/// Where they go.
const FOLDER: &str = "attached";

/// The path an exported file of that kind has, from the experiment file's folder: its ending says its type.
pub(super) fn name(kind: AttachmentKind, fixed: &FixedFile) -> String {
    let of_type = |(_, media_type): &&(&str, &str)| *media_type == fixed.media_type;
    let ending = kind.endings().iter().find(of_type).map_or("bin", |(ending, _)| ending);
    format!("{FOLDER}/{}-{}.{ending}", kind.name(), fixed.digest.short())
}

/// Each file to copy: from where, and to which path. `from` is a folder to search instead of where the latest batch
/// read them.
///
/// # Errors
/// Nobody knows where one lies, or it is gone or has other contents now.
pub(super) fn files(
    version: &Version,
    who: &str,
    notes: Option<&Notes>,
    (from, project): (Option<&Path>, &Path),
) -> Result<Vec<(PathBuf, String)>, CommandError> {
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for message in &version.messages {
        let (MessageKind::Attachment(kind), Some(fixed)) = (message.kind, &message.fixed) else { continue };
        let name = name(kind, fixed);
        if files.iter().all(|(_, known)| *known != name) {
            files.push((place(kind, fixed, who, notes, (from, project))?, name));
        }
    }
    Ok(files)
}

fn place(
    kind: AttachmentKind,
    fixed: &FixedFile,
    who: &str,
    notes: Option<&Notes>,
    (from, project): (Option<&Path>, &Path),
) -> Result<PathBuf, CommandError> {
    let (word, short) = (kind.name(), fixed.digest.short());
    if let Some(from) = from.filter(|from| from.is_dir()) {
        return found(kind, &fixed.digest, from).ok_or_else(|| {
            let shown = from.display();
            CommandError::input(format!(
                "no {word} below `{shown}` has the contents sha256:{short} of `{who}`"
            ))
        });
    }
    let noted = notes.and_then(|notes| notes.attachments.get(&fixed.digest.hex()));
    let noted = noted.ok_or_else(|| {
        CommandError::input(format!("nobody knows where the {word} sha256:{short} of `{who}` lies"))
            .hint("name the folder its experiment file lies in: `--from PATH`")
    })?;
    let path = project.join(noted);
    same(&path, &fixed.digest, who)?;
    Ok(path)
}

/// The first file below a folder that has these contents.
fn found(kind: AttachmentKind, digest: &Digest, from: &Path) -> Option<PathBuf> {
    let all = Folder::of(&from.join("experiment"), from, true).glob("**/*").ok()?;
    let is_it = |path: &PathBuf| {
        kind.media_type(&path.to_string_lossy()).is_some()
            && read_bytes(path, MAX_ATTACHMENT_BYTES).is_ok_and(|bytes| Digest::of(&bytes) == *digest)
    };
    all.into_iter().find(is_it)
}
