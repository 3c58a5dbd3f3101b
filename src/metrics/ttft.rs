//! Seconds from the request sent to the first token, on answers that stream.
use super::{Facts, Member, Summary, Transform};
use crate::domain::{Better, Unit};

/// The row's content.
pub const MEMBER: Member = Member {
    unit: Unit::Seconds,
    better: Better::Lower,
    of: |facts: &Facts| facts.ttft_s,
    is_gap: |_| false,
    summary: Summary::PositiveMean,
    transform: Transform::Ratio { builtin: 0.5 },
    quantiles: true,
    shown: true,
};
