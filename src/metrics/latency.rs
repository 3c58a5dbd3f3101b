//! Seconds from the request sent to the last byte of the last attempt. Waits for permits, limits and back-off are
//! not in it. A timeout enters with the time it took: a lower bound, else slow versions would look fast.
use super::{Facts, Member, Summary, Transform};
use crate::domain::{Better, RunStatus, Unit};

/// The row's content.
pub const MEMBER: Member = Member {
    unit: Unit::Seconds,
    better: Better::Lower,
    of: |facts: &Facts| facts.latency_s,
    is_gap: |facts: &Facts| facts.status == RunStatus::Ok,
    summary: Summary::PositiveMean,
    transform: Transform::Ratio { builtin: 1.0 },
    quantiles: true,
    shown: true,
};
