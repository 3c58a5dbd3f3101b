//! Dollars for one passing run: all that was spent over the runs whose evaluators all passed.
use super::{Below, Facts, Member, Shown, Summary, Transform};
use crate::domain::{Better, RunStatus, Unit};
use crate::registry::Row;

/// The row.
pub const ROW: Row<Member> = Row {
    name: "cost_per_success",
    aliases: &[],
    doc: "dollars for one passing run",
    keys: &[],
    make: MEMBER,
};

const MEMBER: Member = Member {
    unit: Unit::Usd,
    better: Better::Lower,
    of: |facts: &Facts| facts.cost_usd,
    is_gap: |facts: &Facts| facts.status == RunStatus::Ok,
    summary: Summary::RatioOfSums(Below::Passes),
    transform: Transform::Ratio { builtin: 0.001 },
    quantiles: false,
    quantiles_shown: &[],
    heavy_tail: false,
    shown: Shown::Never,
};
