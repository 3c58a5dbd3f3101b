//! Versions: numbered when they are first seen, their edits kept.
use jiff::Timestamp;

use super::Contents;
use crate::domain::Label;
use crate::stores::{Editor, StoredVersion, VersionEdit};

impl Contents {
    /// Registers one, or finds it and notes what changed about it.
    pub(super) fn register(&mut self, version: &StoredVersion, by: &Editor) -> Label {
        let is_same = |known: &StoredVersion| {
            known.description == version.description
                && known.tags == version.tags
                && known.metadata == version.metadata
        };
        let is = |known: &&StoredVersion| {
            known.project == version.project && known.name == version.name && known.hash == version.hash
        };
        if !self.versions.iter().find(is).is_some_and(is_same) {
            let edit = VersionEdit {
                at: Timestamp::now(),
                by: by.clone(),
                description: version.description.clone(),
                tags: version.tags.clone(),
                metadata: version.metadata.clone(),
            };
            self.edits.push(((version.project.clone(), version.name.clone(), version.hash), edit));
        }
        let of_name =
            |known: &&mut StoredVersion| known.project == version.project && known.name == version.name;
        let known = self.versions.iter_mut().filter(of_name).find(|known| known.hash == version.hash);
        if let Some(known) = known {
            known.description.clone_from(&version.description);
            known.tags.clone_from(&version.tags);
            known.metadata.clone_from(&version.metadata);
            return known.label;
        }
        let latest = self.versions.iter_mut().filter(of_name).max_by_key(|known| known.label);
        let label = latest.map_or(Label::FIRST, |latest| {
            latest.label.next(latest.signature_hash == version.signature_hash)
        });
        self.versions.push(StoredVersion { label, ..version.clone() });
        label
    }
}
