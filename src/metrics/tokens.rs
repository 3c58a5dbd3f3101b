//! Tokens a run, input and output together, as the provider counted them.
use super::{Facts, Member, Summary, Transform};
use crate::domain::{Better, Unit};

/// The row's content.
pub const MEMBER: Member = Member {
    unit: Unit::Tokens,
    better: Better::Lower,
    of: |facts: &Facts| Some(facts.input_tokens?.saturating_add(facts.output_tokens?) as f64),
    is_gap: |_| false,
    summary: Summary::PositiveMean,
    transform: Transform::Ratio { builtin: 1000.0 },
    quantiles: false,
    shown: true,
};
