//! Seconds from the request sent to the first token, on answers that stream.
use super::{Facts, Member, Shown, Summary, Transform};
use crate::domain::{Better, Unit};
use crate::registry::Row;

/// The row.
pub const ROW: Row<Member> = Row {
    name: "ttft",
    aliases: &["time_to_first_token"],
    doc: "seconds to the first token of a stream; also .p50 .p90 .p95 .p99",
    keys: &[],
    make: MEMBER,
};

const MEMBER: Member = Member {
    unit: Unit::Seconds,
    better: Better::Lower,
    of: |facts: &Facts| facts.ttft_s,
    is_gap: |_| false,
    summary: Summary::PositiveMean,
    transform: Transform::Ratio { builtin: 0.5 },
    quantiles: true,
    quantiles_shown: &[],
    heavy_tail: false,
    shown: Shown::WhenMeasured,
};
