//! Takes over what changed in the cases of stored runs outside their inputs: an edited reference is no reason to ask
//! a model again, only to score again.
use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{BatchId, Case};
use crate::spec::dataset::Dataset;
use crate::stores::{Record, RunFilter, Store, StoreError};

/// Runs rewritten in one transaction.
const GROUP: usize = 256;

/// Stores the batch's runs again with the dataset's present form of their case, where only the reference, metadata,
/// cluster, weight or slices differ; their scores go, so that the next sweep scores them. How many there were.
///
/// # Errors
/// The store fails.
pub fn refresh(store: &dyn Store, batch: BatchId, dataset: &Dataset) -> Result<u64, StoreError> {
    // As a store has it: which file a case was read from is not kept, and is no difference.
    let as_stored = |case: Case| (case.id.clone(), Arc::new(Case { file: Arc::default(), ..case }));
    let cases: HashMap<String, Arc<Case>> = dataset.iter().flatten().map(as_stored).collect();
    let mut changed = Vec::new();
    let filter = RunFilter { batch: Some(batch), bodies: true, ..RunFilter::default() };
    store.reader()?.runs(&filter, &mut |stored| {
        if let Some(case) = cases.get(&stored.case.id)
            && case.inputs_hash == stored.case.inputs_hash
            && **case != stored.case
        {
            changed.push(Record::Run(Box::new(stored.run), case.clone()));
        }
        Ok(())
    })?;
    let mut writer = store.writer()?;
    for group in changed.chunks(GROUP) {
        writer.append(batch, group)?;
    }
    Ok(changed.len() as u64)
}
