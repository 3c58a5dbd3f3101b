//! Measurements as fast as SQLite steps: one cursor over runs by position, one over scores by run, merged. Names are
//! looked up once each; texts of runs are never touched. A large batch is read in two halves side by side.
mod names;
mod part;

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rusqlite::{Connection, OptionalExtension as _, Transaction};

use self::part::Range;
use super::columns::halves;
use crate::domain::BatchId;
use crate::stores::{Measured, MeasuredCase, Measurement, StoreError};

/// Runs from which on a second connection and thread are worth it.
const LARGE: i64 = 50_000;
/// Runs handed over at a time.
const CHUNK: usize = 256;
/// Chunks that may wait.
const WAITING: usize = 8;
/// How often one moment is looked for while others commit; then one cursor reads all.
const TRIES: usize = 8;

type Each<'a> = &'a mut dyn FnMut(Measured<'_>) -> Result<(), StoreError>;
/// Runs of the other half, with their cases as [`part::Each`] has them.
type Chunk = Vec<(Option<MeasuredCase>, u32, Measurement)>;

/// Streams a batch's measurements. `other` opens a second connection to the same store; one is enough.
pub(super) fn stream(
    connection: &Connection,
    other: impl FnOnce() -> Result<Connection, StoreError>,
    batch: BatchId,
    each: Each<'_>,
) -> Result<(), StoreError> {
    let Some(about) = range(connection, batch)? else { return Ok(()) };
    let other = (about.last - about.first >= LARGE).then(other).and_then(Result::ok);
    let (snapshot, other) = moment(connection, other)?;
    let Some(range) = range(&snapshot, batch)? else { return Ok(()) };
    if let Some(other) = other {
        return side_by_side(&snapshot, other, range, each);
    }
    let mut out = Out::new(each);
    part::read(&snapshot, range, &mut |case, number, run| out.give(0, case, number, run))
}

fn range(connection: &Connection, batch: BatchId) -> Result<Option<Range>, StoreError> {
    let (high, low) = halves(batch.as_bytes());
    let found = connection
        .prepare_cached("SELECT first_run, last_run, id FROM batch_row WHERE id_high = ?1 AND id_low = ?2")?
        .query_row([high, low], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((Some(first), Some(last), batch)) = found else { return Ok(None) };
    Ok(Some(Range { batch, first, last }))
}

/// A transaction here, in which all cursors see one moment, and the other connection where it sees the same: two moments
/// could show a run twice that is made again meanwhile, or one half with the scores that are given meanwhile.
fn moment(
    connection: &Connection,
    other: Option<Connection>,
) -> Result<(Transaction<'_>, Option<Connection>), StoreError> {
    let begin = || {
        let snapshot = connection.unchecked_transaction()?;
        version(&snapshot)?;
        Ok::<_, StoreError>(snapshot)
    };
    let Some(other) = other else { return Ok((begin()?, None)) };
    for _ in 0..TRIES {
        let Ok(before) = version(&other) else { break };
        let snapshot = begin()?;
        match follow(&other, before) {
            Ok(true) => return Ok((snapshot, Some(other))),
            Ok(false) => other.execute_batch("ROLLBACK")?,
            Err(_) => break,
        }
    }
    Ok((begin()?, None))
}

/// Begins there; whether nothing was committed since that connection was at `before`.
fn follow(other: &Connection, before: i64) -> Result<bool, StoreError> {
    other.execute_batch("BEGIN")?;
    Ok(version(other)? == before)
}

/// Changes, on one connection, with every commit of another that it sees. Asking begins what `BEGIN` only announced.
fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("PRAGMA data_version", [], |row| row.get(0))?)
}

/// The first half here, the second on a thread of its own, given as they come.
fn side_by_side(
    connection: &Connection,
    other: Connection,
    range: Range,
    each: Each<'_>,
) -> Result<(), StoreError> {
    let middle = range.first + (range.last - range.first) / 2;
    let second = Range { first: middle + 1, ..range };
    let mut out = Out::new(each);
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(WAITING);
        let reading = scope.spawn(move || hand_over(&other, second, &sender));
        out.both(connection, Range { last: middle, ..range }, receiver)?;
        reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Reads a range for someone else; stops when nobody takes it any more.
fn hand_over(connection: &Connection, range: Range, to: &SyncSender<Chunk>) -> Result<(), StoreError> {
    let gone = |_| StoreError::Failed("nobody reads on".into());
    let mut chunk = Vec::with_capacity(CHUNK);
    part::read(connection, range, &mut |case, number, run| {
        let scores = std::mem::take(&mut run.scores);
        chunk.push((case, number, Measurement { scores, error: run.error.take(), ..run.clone() }));
        if chunk.len() < CHUNK {
            return Ok(());
        }
        to.send(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK))).map_err(gone)
    })?;
    to.send(chunk).map_err(gone)
}

/// What is given, under one numbering of the cases of both halves.
struct Out<'a> {
    each: Each<'a>,
    given: u32,
    /// By half and its own number.
    numbers: [Vec<u32>; 2],
}

impl<'a> Out<'a> {
    fn new(each: Each<'a>) -> Self {
        Self { each, given: 0, numbers: Default::default() }
    }

    fn give(
        &mut self,
        half: usize,
        case: Option<MeasuredCase>,
        number: u32,
        run: &Measurement,
    ) -> Result<(), StoreError> {
        let numbers = &mut self.numbers[half];
        if let Some(case) = case {
            (self.each)(Measured::Case(&case))?;
            numbers.push(self.given);
            self.given += 1;
        }
        (self.each)(Measured::Run(numbers[number as usize], run))
    }

    fn both(
        &mut self,
        connection: &Connection,
        first: Range,
        second: Receiver<Chunk>,
    ) -> Result<(), StoreError> {
        let mut since = 0;
        part::read(connection, first, &mut |case, number, run| {
            self.give(0, case, number, run)?;
            since += 1;
            if since < CHUNK {
                return Ok(());
            }
            since = 0;
            second.try_iter().try_for_each(|chunk| self.chunk(chunk))
        })?;
        second.into_iter().try_for_each(|chunk| self.chunk(chunk))
    }

    fn chunk(&mut self, chunk: Chunk) -> Result<(), StoreError> {
        chunk.into_iter().try_for_each(|(case, number, run)| self.give(1, case, number, &run))
    }
}

#[cfg(test)]
mod tests;
