//! Answers that may be used again, in memory: keys that point to kept runs.
use std::sync::Arc;

use super::{CacheSize, Contents, Kept, StoreError};
use crate::domain::{Digest, Run, RunId};

impl Contents {
    pub(super) fn answer(&mut self, key: Digest, run: RunId) -> Result<(), StoreError> {
        if !self.by_id.contains_key(&run) {
            return Err(StoreError::Failed(format!("an answer of the run {run}, which is not in the store")));
        }
        self.answers.insert(key, run);
        Ok(())
    }

    pub(super) fn known_answers(&self) -> impl Iterator<Item = (Digest, &Arc<Kept>)> {
        let kept = |run| self.runs.get(self.by_id.get(run)?);
        self.answers.iter().filter_map(move |(key, run)| Some((*key, kept(run)?)))
    }

    pub(super) fn cache_size(&self) -> CacheSize {
        let bytes = |run: &Run| {
            let text = run.completion.as_ref().map_or(0, |answer| answer.text.len());
            (text + run.reply.as_ref().map_or(0, Vec::len)) as u64
        };
        let mut size = CacheSize::default();
        for (_, kept) in self.known_answers() {
            size.entries += 1;
            size.bytes += bytes(&kept.run);
        }
        size
    }
}
