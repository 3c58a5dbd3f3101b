//! What an answer costs, dollars a run: all attempts, as frozen when it was made. Judges' costs are never in it.
use super::{Facts, Member, Shown, Summary, Transform};
use crate::domain::{Better, RunStatus, Unit};
use crate::registry::Row;

/// The row.
pub const ROW: Row<Member> =
    Row { name: "cost", aliases: &["avg_cost"], doc: "dollars a run", keys: &[], make: MEMBER };

const MEMBER: Member = Member {
    unit: Unit::Usd,
    better: Better::Lower,
    of: |facts: &Facts| facts.cost_usd,
    // Usage that was not counted is a gap; a program that failed before it could say is not.
    is_gap: |facts: &Facts| facts.status == RunStatus::Ok,
    summary: Summary::PositiveMean,
    transform: Transform::Ratio { builtin: 0.001 },
    quantiles: false,
    quantiles_shown: &[],
    heavy_tail: true,
    shown: Shown::Always,
};
