//! The verdict and the leader's margin over one rival, from the statistics' words into the decision's.
use super::stats::estimate::Estimates;
use super::stats::listwise::Listwise;
use super::stats::margin::{Rival, Status};
use super::stats::power::more_cases;
use super::stats::verdict::{Decision, Verdict};
use crate::domain::{Margin, MarginStatus, VerdictKind};

/// Over every rival of `found`, each taken apart by metric.
pub(super) fn margins(
    found: &Decision,
    estimates: &Estimates,
    weights: &[f64],
    name: &dyn Fn(usize) -> String,
) -> Vec<Margin> {
    let one = |rival: &Rival| {
        let (ours, theirs) = (&estimates.utilities[found.leader], &estimates.utilities[rival.version]);
        let parts = weights.iter().zip(ours.iter().zip(theirs)).map(|(w, (a, b))| w * (a - b)).collect();
        margin(rival, name(rival.version), &estimates.sample, parts)
    };
    found.rivals.iter().map(one).collect()
}

/// As a decision reports it; `sample` holds the cases it was found on, `parts` what each metric adds to it.
pub(super) fn margin(rival: &Rival, version: String, sample: &Listwise, parts: Vec<f64>) -> Margin {
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
        more_cases: rival.units_needed.map(|units| more_cases(units, sample.units, sample.n)),
        parts,
    }
}

/// As a decision reports it.
pub(super) fn kind(verdict: Verdict) -> VerdictKind {
    match verdict {
        Verdict::Winner => VerdictKind::Winner,
        Verdict::Tie => VerdictKind::Tie,
        Verdict::Undecided => VerdictKind::Undecided,
    }
}
