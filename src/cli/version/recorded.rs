//! What batches recorded about a version beside its hash: where its files lay, what a program leaned on.
use serde_json::{Value, json};

use super::super::error::CommandError;
use crate::domain::{Batch, Digest};
use crate::formats::numbers;
use crate::plan::{Notes, Settings};
use crate::stores::Reader;

/// Notes of every batch that ran a version, newest first.
pub(super) struct Recorded {
    batches: Vec<Noted>,
}

/// The notes of one batch.
pub(super) struct Noted {
    /// Which, and when.
    batch: Batch,
    /// What it noted.
    pub notes: Notes,
}

/// Reads them.
///
/// # Errors
/// The store fails.
pub(super) fn of(reader: &mut dyn Reader, name: &str, hash: &Digest) -> Result<Recorded, CommandError> {
    let hex = hash.hex();
    let noted = |batch: Batch| {
        let settings = Settings::from_map(&batch.settings)?;
        let version =
            settings.versions.into_iter().find(|version| version.hash == hex && version.name == name)?;
        Some(Noted { batch, notes: version.notes })
    };
    Ok(Recorded { batches: reader.batches()?.into_iter().filter_map(noted).collect() })
}

impl Recorded {
    /// The newest batch's.
    pub(super) fn latest(&self) -> Option<&Noted> {
        self.batches.first()
    }

    /// A line for each dependency of the latest batch: `uv.lock sha256:3f2a…`.
    pub(super) fn dependencies(&self) -> Vec<String> {
        let all = self.latest().map(|latest| &latest.notes.dependencies).into_iter().flatten();
        all.map(|(name, what)| match Digest::from_hex(what) {
            Some(digest) => format!("{name} sha256:{}", digest.short()),
            None => format!("{name} {what}"),
        })
        .collect()
    }

    /// A sentence for each pair of neighbouring batches between which a dependency changed, oldest first.
    pub(super) fn changes(&self) -> Vec<String> {
        let pairs = self.batches.windows(2).rev().filter_map(|pair| {
            let [after, before] = pair else { return None };
            let names = before.notes.changed(&after.notes);
            (!names.is_empty()).then(|| {
                format!(
                    "{} changed between {} of {} and {} of {}",
                    names.join(", "),
                    before.batch.id.short(),
                    numbers::moment(before.batch.started),
                    after.batch.id.short(),
                    numbers::moment(after.batch.started)
                )
            })
        });
        pairs.collect()
    }

    /// In `proto.versions/1`.
    pub(super) fn json(&self) -> Value {
        json!({"notes": self.latest().map(|latest| json!(latest.notes)), "changes": self.changes()})
    }
}
