//! Dollars for one passing run: all that was spent over the runs whose evaluators all passed.
use super::{Facts, Member, Summary, Transform};
use crate::domain::{Better, RunStatus, Unit};

/// The row's content.
pub const MEMBER: Member = Member {
    unit: Unit::Usd,
    better: Better::Lower,
    of: |facts: &Facts| facts.cost_usd,
    is_gap: |facts: &Facts| facts.status == RunStatus::Ok,
    summary: Summary::PerSuccess,
    transform: Transform::Ratio { builtin: 0.001 },
    quantiles: false,
    shown: false,
};
