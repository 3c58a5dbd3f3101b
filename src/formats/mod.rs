//! A format lays a report or a decision out. It computes nothing: two formats of one report can never disagree.
//!
//! To add one: write `src/formats/NAME.rs` with a type that implements [`Format`] and its `ROW`, then add its `mod`
//! line and its `NAME::ROW` below [`FORMATS`]. Numbers come from [`numbers`], aligned columns from [`grid`](grid()), sentences from
//! `captions` and `words`, so that every format says the same.
use crate::domain::{Decision, Report};
use crate::registry::{Row, Table};

mod captions;
mod cells;
mod csv;
mod grid;
mod json;
mod lines;
mod markdown;
pub mod numbers;
mod places;
#[cfg(test)]
pub(crate) mod samples;
mod scale;
mod table;
#[cfg(test)]
mod tests;
mod words;
mod wrapped;

pub use cells::version_name;
pub use grid::{grid, sentence, shrunk, width};
pub use json::{decision_json, report_json};
pub use lines::{gate_line, score_line};
pub use scale::Scale;
pub use wrapped::{flow, wrapped};

/// Lays out what `analyse` made.
pub trait Format: Send + Sync {
    /// The comparison as text, ending with a newline.
    fn report(&self, report: &Report, layout: Layout) -> String;

    /// The decision as text, ending with a newline.
    fn decision(&self, decision: &Decision, layout: Layout) -> String;
}

/// What the reader's screen takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Columns; 80 where nobody knows.
    pub width: usize,
    /// Whether colour may be used; it never carries the meaning alone.
    pub color: bool,
}

impl Default for Layout {
    fn default() -> Self {
        Self { width: 80, color: false }
    }
}

/// What the table knows of a format.
pub struct Member {
    /// The one instance.
    pub format: &'static dyn Format,
}

/// Every format.
pub static FORMATS: Table<Member> = Table { family: "format", rows: ROWS };

/// One row each.
const ROWS: &[Row<Member>] = &[table::ROW, markdown::ROW, json::ROW, csv::ROW];
