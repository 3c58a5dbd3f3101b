//! Several writes, all of them or none.
use super::Contents;
use crate::domain::Batch;
use crate::stores::{StoreError, StoredVersion, TagChange, Work, Write, unknown_version};

/// Stores what `work` hands over; when that fails, everything is as it was.
pub(super) fn store(contents: &mut Contents, work: &mut Work<'_>) -> Result<(), StoreError> {
    let before = contents.clone();
    let done = work(&mut |write| contents.write(write));
    if done.is_err() {
        *contents = before;
    }
    done
}

impl Contents {
    fn write(&mut self, write: Write<'_>) -> Result<Option<crate::domain::Label>, StoreError> {
        match write {
            Write::Register(version, by) => return Ok(Some(self.register(version, by))),
            Write::Begin(batch) => self.begin(batch),
            Write::Append(batch, records) => self.append(batch, records)?,
            Write::Tag(change) => self.tag(change)?,
            Write::Decision(decision) => self.keep_decision(decision)?,
        }
        Ok(None)
    }

    pub(super) fn begin(&mut self, batch: &Batch) {
        match self.batches.iter_mut().find(|known| known.id == batch.id) {
            // What made it and when it began stay as they were.
            Some(known) => {
                let (started, command) = (known.started, known.command.clone());
                *known = Batch { started, command, ..batch.clone() };
            }
            None => self.batches.push(batch.clone()),
        }
    }

    pub(super) fn tag(&mut self, change: &TagChange) -> Result<(), StoreError> {
        if let Some((name, hash)) = &change.version {
            let is = |v: &StoredVersion| v.project == change.project && v.name == *name && v.hash == *hash;
            if !self.versions.iter().any(is) {
                return Err(unknown_version(&change.project, name, hash));
            }
        }
        self.tags.push(change.clone());
        Ok(())
    }
}
