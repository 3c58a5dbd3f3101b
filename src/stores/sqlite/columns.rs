//! Domain values as columns hold them, and back. Anything a column cannot hold is an error, never a wrong value.
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Row;
use serde::de::DeserializeOwned;

use crate::domain::{BatchId, DecisionId, Digest, Map, RunId};
use crate::stores::StoreError;

/// Nanoseconds; up to 292 years.
pub(super) fn nanos(duration: Duration) -> Result<i64, StoreError> {
    i64::try_from(duration.as_nanos()).map_err(|_| StoreError::Failed("a duration beyond 292 years".into()))
}

/// Nanoseconds since 1970; up to the year 2262.
pub(super) fn instant_ns(at: Timestamp) -> Result<i64, StoreError> {
    i64::try_from(at.as_nanosecond())
        .map_err(|_| StoreError::Failed(format!("the time {at} is too far away")))
}

/// A count.
pub(super) fn count(n: u64) -> Result<i64, StoreError> {
    i64::try_from(n).map_err(|_| StoreError::Failed(format!("the number {n} is too large")))
}

/// A count that may be unknown.
pub(super) fn maybe(n: Option<u64>) -> Result<Option<i64>, StoreError> {
    n.map(count).transpose()
}

/// The two halves of a UUID.
pub(super) fn halves(bytes: &[u8; 16]) -> (i64, i64) {
    let whole = i128::from_be_bytes(*bytes);
    ((whole >> 64) as i64, whole as i64)
}

/// A UUID from its halves.
fn whole(high: i64, low: i64) -> [u8; 16] {
    ((i128::from(high) << 64) | i128::from(low as u64)).to_be_bytes()
}

/// A run's id from its halves.
pub(super) fn run_id(high: i64, low: i64) -> Result<RunId, StoreError> {
    RunId::from_slice(&whole(high, low)).ok_or_else(|| damaged("a run's id"))
}

/// A batch's id from its halves.
pub(super) fn batch_id(high: i64, low: i64) -> Result<BatchId, StoreError> {
    BatchId::from_slice(&whole(high, low)).ok_or_else(|| damaged("a batch's id"))
}

/// A decision's id from its halves.
pub(super) fn decision_id(high: i64, low: i64) -> Result<DecisionId, StoreError> {
    DecisionId::from_slice(&whole(high, low)).ok_or_else(|| damaged("a decision's id"))
}

/// A duration.
pub(super) fn duration(ns: i64) -> Duration {
    Duration::from_nanos(u64::try_from(ns).unwrap_or(0))
}

/// An instant.
pub(super) fn instant(ns: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_nanosecond(ns.into()).map_err(|_| damaged("a time"))
}

/// A whole number that is never negative.
pub(super) fn unsigned<T: TryFrom<i64>>(n: i64) -> Result<T, StoreError> {
    T::try_from(n).map_err(|_| damaged("a count"))
}

/// A digest column.
pub(super) fn digest(row: &Row<'_>, column: usize) -> Result<Digest, StoreError> {
    let bytes = row.get_ref(column)?.as_blob().map_err(|_| damaged("a hash"))?;
    Digest::from_slice(bytes).ok_or_else(|| damaged("a hash"))
}

/// A JSON column.
pub(super) fn json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| damaged(&format!("JSON ({error})")))
}

/// A JSON object column, null when empty.
pub(super) fn map(text: Option<&str>) -> Result<Map, StoreError> {
    text.map_or_else(|| Ok(Map::new()), json)
}

/// JSON of an object; none when it is empty.
pub(super) fn map_text(map: &Map) -> Option<String> {
    (!map.is_empty()).then(|| to_json(map))
}

/// JSON of something that always has one.
pub(super) fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A text column that may be null.
pub(super) fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<Option<&'a str>, StoreError> {
    row.get_ref(column)?.as_str_or_null().map_err(|_| damaged("a text"))
}

/// A text column as a name's value.
pub(super) fn named<T>(
    row: &Row<'_>,
    column: usize,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    let name = text(row, column)?.unwrap_or_default();
    parse(name).ok_or_else(|| damaged(&format!("the word `{name}`")))
}

/// A row that does not make sense.
pub(super) fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("{what} that cannot be read"))
}
