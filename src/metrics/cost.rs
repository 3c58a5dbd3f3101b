//! What an answer costs, dollars a run: all attempts, as frozen when it was made. Judges' costs are never in it.
use super::{Facts, Member, Summary, Transform};
use crate::domain::{Better, RunStatus, Unit};

/// The row's content.
pub const MEMBER: Member = Member {
    unit: Unit::Usd,
    better: Better::Lower,
    of: |facts: &Facts| facts.cost_usd,
    // Usage that was not counted is a gap; a program that failed before it could say is not.
    is_gap: |facts: &Facts| facts.status == RunStatus::Ok,
    summary: Summary::PositiveMean,
    transform: Transform::Ratio { builtin: 0.001 },
    quantiles: false,
    shown: true,
};
