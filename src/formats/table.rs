//! `table`, the default: aligned columns for a terminal or a pipe. Right at 80 columns, where it splits into blocks by
//! what is measured rather than wrap; at 100 and more, intervals are drawn too.
use super::cells::version_name;
use super::grid::sentence;
use super::words::Remark;
use super::{Format, Layout, Member, numbers};
use crate::domain::{Decision, Report};
use crate::registry::Row;

mod bar;
mod decision;
mod report;
#[cfg(test)]
mod tests;

/// From this width on, intervals are drawn as well as written.
const WIDE: usize = 100;
/// Where the sentences of a decision begin, after their labels.
const INDENT: usize = 11;

/// The row.
pub const ROW: Row<Member> = Row {
    name: "table",
    aliases: &["text"],
    doc: "aligned columns for a terminal or a pipe",
    keys: &[],
    make: Member { format: &Table },
};

/// The format.
pub(super) struct Table;

impl Format for Table {
    fn report(&self, report: &Report, layout: Layout) -> String {
        report::show(report, layout)
    }

    fn decision(&self, decision: &Decision, layout: Layout) -> String {
        decision::show(decision, layout)
    }
}

/// A version's name, at most a third of the width.
fn names(name: &str, label: &str, layout: Layout) -> String {
    numbers::clip(&version_name(name, label), layout.width / 3)
}

/// Sentences under each other; a label is written once where it repeats.
fn notes(remarks: &[Remark], indent: usize, layout: Layout) -> String {
    let mut before = "";
    let mut text = String::new();
    for (label, said) in remarks {
        let shown = if *label == before && *label != "note:" { "" } else { label };
        text += &sentence(shown, indent, said, layout);
        before = label;
    }
    text
}
