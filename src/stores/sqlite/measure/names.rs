//! What row ids stand for, each looked up once.
use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, Row, Statement};

use crate::domain::Digest;
use crate::stores::sqlite::cases::joined_slices;
use crate::stores::sqlite::columns::{damaged, digest};
use crate::stores::{MeasuredCase, StoreError};

/// Cases from a row to a row.
pub(super) const CASES: &str =
    "SELECT id, case_id, cluster, slices, weight FROM case_row WHERE id BETWEEN ?1 AND ?2";

/// Versions and evaluators: a handful, so a list is the fastest map.
#[derive(Default)]
pub(super) struct Names {
    versions: Vec<(i64, Digest)>,
    evaluators: Vec<(i64, Arc<str>, Digest)>,
}

impl Names {
    pub fn version(&mut self, connection: &Connection, row: i64) -> Result<Digest, StoreError> {
        if let Some((_, hash)) = self.versions.iter().find(|(known, _)| *known == row) {
            return Ok(*hash);
        }
        let hash = connection
            .prepare_cached("SELECT hash FROM version_row WHERE id = ?1")?
            .query_row([row], |row| Ok(digest(row, 0)))??;
        self.versions.push((row, hash));
        Ok(hash)
    }

    pub fn evaluator(&mut self, connection: &Connection, row: i64) -> Result<(Arc<str>, Digest), StoreError> {
        if let Some((_, name, hash)) = self.evaluators.iter().find(|(known, ..)| *known == row) {
            return Ok((name.clone(), *hash));
        }
        let (name, hash) = connection
            .prepare_cached("SELECT name, hash FROM evaluator WHERE id = ?1")?
            .query_row([row], |row| Ok((row.get::<_, Arc<str>>(0)?, digest(row, 1))))?;
        let hash = hash?;
        self.evaluators.push((row, name.clone(), hash));
        Ok((name, hash))
    }
}

/// Cases are stored in the order in which they were first run, which is nearly the order in which runs ask for them:
/// so they are read ahead instead of one by one.
pub(super) struct Cases<'a, 's> {
    statement: &'a mut Statement<'s>,
    /// Read and not yet asked for.
    ahead: HashMap<i64, MeasuredCase>,
    numbers: Numbers,
    /// Where to read on.
    next: i64,
}

/// Rows read beyond the one asked for.
const AHEAD: i64 = 1_024;
/// Rows read and left unasked for, at most: another batch's cases between ours.
const MOST: usize = 65_536;

impl<'a, 's> Cases<'a, 's> {
    /// Over [`CASES`].
    pub fn new(statement: &'a mut Statement<'s>) -> Self {
        Self { statement, ahead: HashMap::new(), numbers: Numbers::default(), next: i64::MIN }
    }

    /// The number of the case of that row, and the case when it comes for the first time.
    pub fn number(&mut self, row: i64) -> Result<(u32, Option<MeasuredCase>), StoreError> {
        if let Some(known) = self.numbers.get(row) {
            return Ok((known, None));
        }
        let case = match self.ahead.remove(&row) {
            Some(case) => case,
            None => self.read(row)?,
        };
        Ok((self.numbers.next(row), Some(case)))
    }

    /// Reads on to the row and beyond, where it comes soon; else that row alone, and on from there the next time.
    fn read(&mut self, row: i64) -> Result<MeasuredCase, StoreError> {
        let is_near = (self.next..self.next.saturating_add(AHEAD)).contains(&row);
        let (from, until) = if is_near { (self.next, row.saturating_add(AHEAD)) } else { (row, row) };
        if self.ahead.len() > MOST {
            self.ahead.clear();
        }
        let mut rows = self.statement.query([from, until])?;
        let mut wanted = None;
        while let Some(found) = rows.next()? {
            let id: i64 = found.get(0)?;
            if id == row {
                wanted = Some(case(found)?);
            } else if self.numbers.get(id).is_none() {
                self.ahead.insert(id, case(found)?);
            }
        }
        self.next = until.saturating_add(1);
        wanted.ok_or_else(|| damaged("a run's case"))
    }
}

/// Numbers by row, in pages: rows that are asked for lie close together.
#[derive(Default)]
struct Numbers {
    count: u32,
    pages: Vec<[u32; PAGE as usize]>,
    places: HashMap<i64, usize>,
    /// The page looked at last.
    last: Option<(i64, usize)>,
}

const PAGE: i64 = 256;
/// Not numbered yet.
const NONE: u32 = u32::MAX;

impl Numbers {
    fn get(&mut self, row: i64) -> Option<u32> {
        let page = row.div_euclid(PAGE);
        let place = match self.last {
            Some((last, place)) if last == page => place,
            _ => *self.places.get(&page)?,
        };
        self.last = Some((page, place));
        Some(self.pages[place][slot(row)]).filter(|number| *number != NONE)
    }

    /// Gives the row the next number.
    fn next(&mut self, row: i64) -> u32 {
        let place = *self.places.entry(row.div_euclid(PAGE)).or_insert(self.pages.len());
        if place == self.pages.len() {
            self.pages.push([NONE; PAGE as usize]);
        }
        let number = self.count;
        self.pages[place][slot(row)] = number;
        self.count += 1;
        number
    }
}

fn slot(row: i64) -> usize {
    usize::try_from(row.rem_euclid(PAGE)).unwrap_or_default()
}

fn case(row: &Row<'_>) -> Result<MeasuredCase, StoreError> {
    let slices: Option<String> = row.get(3)?;
    Ok(MeasuredCase {
        id: row.get(1)?,
        cluster: row.get(2)?,
        weight: row.get(4)?,
        slices: joined_slices(slices.as_deref())?.into(),
    })
}
