//! Decisions, kept as they were made.
use super::Contents;
use crate::stores::{StoreError, StoredDecision};

impl Contents {
    /// Keeps one; its id is new.
    pub(super) fn keep_decision(&mut self, decision: &StoredDecision) -> Result<(), StoreError> {
        if self.decisions.iter().any(|known| known.id == decision.id) {
            return Err(StoreError::Failed(format!("the decision {} is in the store already", decision.id)));
        }
        self.decisions.push(decision.clone());
        Ok(())
    }

    /// All, newest first.
    pub(super) fn decisions(&self) -> Vec<StoredDecision> {
        let mut decisions: Vec<StoredDecision> = self.decisions.iter().rev().cloned().collect();
        decisions.sort_by_key(|decision| std::cmp::Reverse(decision.at));
        decisions
    }
}
