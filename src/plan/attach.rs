//! The files that cases name are part of their inputs: the same path with other bytes is another case.
use crate::domain::{Attachment, Content, Digest, Experiment};
use crate::spec::dataset::{Dataset, DatasetError};
use crate::spec::folder::Folder;

use super::{PlannedVersion, Prompt};

/// Where the paths of an experiment's images and files start.
pub(super) fn folder(experiment: &Experiment) -> Folder {
    Folder::of(&experiment.path, &experiment.project_dir, experiment.allow_outside)
}

/// The dataset with what lies in the files that any version of the experiment, chosen or not, has a case name: for all
/// versions alike, so that runs of one case stay comparable, and no stored run answers for a file that has changed.
///
/// # Errors
/// A case cannot be read.
pub(super) fn with_files(
    dataset: Dataset,
    experiment: &Experiment,
    chosen: &[PlannedVersion],
) -> Result<Dataset, DatasetError> {
    let folder = folder(experiment);
    let is_chosen = |hash: Digest| chosen.iter().any(|planned| planned.version.hash == hash);
    let others: Vec<Prompt> = experiment
        .versions
        .iter()
        .filter(|version| !is_chosen(version.hash))
        .filter_map(|version| Prompt::compile(version, &folder).ok())
        .collect();
    let mut prompts: Vec<&Prompt> =
        chosen.iter().map(|planned| planned.prompt.as_ref()).chain(&others).collect();
    prompts.retain(|prompt| prompt.reads_files());
    if prompts.is_empty() {
        return Ok(dataset);
    }
    let mut files = Vec::with_capacity(dataset.len());
    for case in dataset.iter() {
        let case = case?;
        let mut found: Vec<String> =
            prompts.iter().flat_map(|prompt| prompt.attached(&case)).filter_map(|one| hash(&one)).collect();
        found.sort();
        found.dedup();
        files.push((!found.is_empty()).then(|| Digest::of(found.join("\n").as_bytes())));
    }
    Ok(dataset.with_files(files))
}

/// The hash of a file's bytes; a URL is an input by its text.
fn hash(attachment: &Attachment) -> Option<String> {
    match &attachment.content {
        Content::Bytes { digest, .. } => Some(digest.hex()),
        Content::Url => None,
    }
}
