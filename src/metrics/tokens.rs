//! Tokens a run, input and output together, as the provider counted them.
use super::{Facts, Member, Shown, Summary, Transform};
use crate::domain::{Better, RunStatus, Unit};
use crate::registry::Row;

/// The row.
pub const ROW: Row<Member> =
    Row { name: "tokens", aliases: &[], doc: "input and output tokens a run", keys: &[], make: MEMBER };

const MEMBER: Member = Member {
    unit: Unit::Tokens,
    better: Better::Lower,
    of: |facts: &Facts| Some(facts.input_tokens?.saturating_add(facts.output_tokens?) as f64),
    // Usage that was not counted is a gap; a run that failed has none to count.
    is_gap: |facts: &Facts| facts.status == RunStatus::Ok,
    summary: Summary::PositiveMean,
    transform: Transform::Ratio { builtin: 1000.0 },
    quantiles: false,
    quantiles_shown: &[],
    heavy_tail: false,
    shown: Shown::WhenMeasured,
};
