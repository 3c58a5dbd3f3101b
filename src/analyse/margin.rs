//! The leader's margin over one rival, from the statistics' words into the decision's.
use super::stats::margin::{Rival, Status};
use crate::domain::{Margin, MarginStatus};

/// As a decision reports it.
pub(super) fn margin(rival: &Rival, version: String) -> Margin {
    Margin {
        version,
        value: rival.margin,
        se: rival.se,
        interval: rival.interval,
        p_beats: rival.p_beats,
        status: match rival.status {
            Status::Equivalent => MarginStatus::Equivalent,
            Status::Beaten => MarginStatus::Beaten,
            Status::Unresolved => MarginStatus::Unresolved,
        },
        units_needed: rival.units_needed,
    }
}
