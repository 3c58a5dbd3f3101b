//! Looks stored answers up on a thread of its own: executors ask and wait, no task of theirs ever reads the store.
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::execute::{Answers, CHANNEL, Lookup};
use crate::stores::{Store, StoreError};

/// Starts answering; ends when every clone of what is returned is gone. An answer that cannot be read is none.
///
/// # Errors
/// The store cannot be read, or no thread can be had.
pub fn answers(store: &Arc<dyn Store>) -> Result<Answers, StoreError> {
    let mut reader = store.reader()?;
    let (ask, mut asked) = mpsc::channel::<Lookup>(CHANNEL);
    std::thread::Builder::new()
        .name("answers".to_owned())
        .spawn(move || {
            while let Some(Lookup { key, answer }) = asked.blocking_recv() {
                let found = reader.answer(&key).ok().flatten();
                // Whoever asked may have been stopped meanwhile.
                let _ = answer.send(found.map(|stored| Box::new(stored.run)));
            }
        })
        .map_err(|error| StoreError::Failed(format!("no thread for stored answers: {error}")))?;
    Ok(ask)
}
