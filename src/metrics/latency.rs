//! Seconds from the request sent to the last byte of the last attempt. Waits for permits, limits and back-off are
//! not in it. A timeout enters with the time it took: a lower bound, else slow versions would look fast.
use super::{Facts, Member, Shown, Summary, Transform};
use crate::domain::{Better, RunStatus, Unit};
use crate::registry::Row;

/// The row.
pub const ROW: Row<Member> = Row {
    name: "latency",
    aliases: &["speed", "avg_latency"],
    doc: "seconds from request to last byte; also .p50 .p90 .p95 .p99",
    keys: &[],
    make: MEMBER,
};

const MEMBER: Member = Member {
    unit: Unit::Seconds,
    better: Better::Lower,
    of: |facts: &Facts| facts.latency_s,
    is_gap: |facts: &Facts| facts.status == RunStatus::Ok,
    summary: Summary::PositiveMean,
    transform: Transform::Ratio { builtin: 1.0 },
    quantiles: true,
    quantiles_shown: &[0.5, 0.95, 0.99],
    heavy_tail: true,
    shown: Shown::Always,
};
