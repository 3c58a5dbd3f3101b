//! From the executors to the recorder: a channel bounded by events, and by the bytes of what they carry, so that long
//! answers do not pile up in memory where short ones may.
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::Event;

/// Events that may wait for the recorder. With the calls in flight it bounds what a kill can lose.
pub const CHANNEL: usize = 256;

/// Kilobytes of bodies that may wait; a larger event waits until it is alone.
const ROOM: u32 = 4 << 10;

/// An event, and the room it takes until it is taken out.
type Waiting = (Event, Option<OwnedSemaphorePermit>);

/// Both ends.
#[must_use]
pub fn channel() -> (Sink, Inbox) {
    let (events, waiting) = mpsc::channel(CHANNEL);
    let room = Arc::new(Semaphore::new(ROOM as usize));
    (Sink { events, room: room.clone() }, Inbox { waiting, room })
}

/// Where events go.
#[derive(Clone, Debug)]
pub struct Sink {
    events: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
}

/// Whoever was to be told is gone.
#[derive(Debug)]
pub struct Gone;

impl Sink {
    /// Hands an event on; waits while the recorder is behind.
    ///
    /// # Errors
    /// The recorder is gone.
    pub async fn send(&self, event: Event) -> Result<(), Gone> {
        let kilobytes = u32::try_from(event.bytes() >> 10).unwrap_or(ROOM).min(ROOM);
        let room = match kilobytes {
            0 => None,
            kilobytes => Some(self.room.clone().acquire_many_owned(kilobytes).await.map_err(|_| Gone)?),
        };
        self.events.send((event, room)).await.map_err(|_| Gone)
    }
}

/// Where events come out, in the order they went in.
#[derive(Debug)]
pub struct Inbox {
    waiting: mpsc::Receiver<Waiting>,
    room: Arc<Semaphore>,
}

impl Inbox {
    /// The next event; `None` once every sink is gone.
    pub async fn recv(&mut self) -> Option<Event> {
        self.waiting.recv().await.map(|(event, _)| event)
    }

    /// The same, on a thread that may wait.
    pub fn blocking_recv(&mut self) -> Option<Event> {
        self.waiting.blocking_recv().map(|(event, _)| event)
    }

    /// The next event, if one waits.
    pub fn try_recv(&mut self) -> Option<Event> {
        self.waiting.try_recv().ok().map(|(event, _)| event)
    }
}

impl Drop for Inbox {
    /// Who waits for room learns that nobody will make any.
    fn drop(&mut self) {
        self.room.close();
    }
}

#[cfg(test)]
mod tests;
