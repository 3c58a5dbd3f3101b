//! Share of the runs that failed by the version's own fault, retries exhausted.
use super::{Facts, Member, Shown, Summary, Transform};
use crate::domain::{Better, RunStatus, Unit};
use crate::registry::Row;

/// The row.
pub const ROW: Row<Member> = Row {
    name: "error_rate",
    aliases: &["errors"],
    doc: "share of runs that failed by the version's fault",
    keys: &[],
    make: MEMBER,
};

const MEMBER: Member = Member {
    unit: Unit::Share,
    better: Better::Lower,
    of: |facts: &Facts| Some(f64::from(u8::from(facts.status == RunStatus::Error))),
    is_gap: |_| false,
    summary: Summary::UnitMean,
    transform: Transform::Linear { best: 0.0, worst: 1.0 },
    quantiles: false,
    quantiles_shown: &[],
    heavy_tail: false,
    shown: Shown::Always,
};
