//! A format lays a report or a decision out. It computes nothing: two formats of one report can never disagree.
//!
//! To add one: write `src/formats/NAME.rs` with a type that implements [`Format`], then add its `mod` line and its
//! row in [`FORMATS`] below.
use crate::domain::{Decision, Report};
use crate::registry::{Row, Table};

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
const ROWS: &[Row<Member>] = &[];
