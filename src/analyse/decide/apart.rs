//! What is decided where the versions left to rank cannot be held against each other: on some metric no case has a value
//! of all of them (D.3).
use super::ranking::unranked;
use super::{Inputs, feasible, none_eligible, note_feasible};
use crate::analyse::data::DataError;
use crate::analyse::stats::listwise::EstimateError;
use crate::analyse::stats::verdict::Reason;
use crate::analyse::words::sentence;
use crate::domain::{Decision, VerdictKind};

/// Undecided, with what is known: each version's own values and gates, and no utility, which would be of other cases for
/// each of them.
///
/// # Errors
/// There is no number to show either.
pub(super) fn apart(
    inputs: &Inputs<'_>,
    ranked: &[usize],
    error: EstimateError,
) -> Result<Decision, DataError> {
    let name = |v: usize| inputs.data.versions[v].name.clone();
    let metric = |m: usize| &inputs.weighed[m].report.name;
    let lacking = match error {
        EstimateError::NoCommonCase { metric } => metric,
        EstimateError::NoCases => {
            return Err(DataError::Nothing("no case has a value of a weighted metric".to_owned()));
        }
        EstimateError::Undefined { version, metric: m } => {
            return Err(DataError::Nothing(format!(
                "`{}` has no value of `{}` on the cases that every version has one on: decide without it (no weight \
                 for it)",
                name(ranked[version]),
                metric(m)
            )));
        }
    };
    let rest = (0..inputs.data.versions.len()).filter(|v| !ranked.contains(v));
    let mut decision = Decision {
        verdict: VerdictKind::Undecided,
        ranking: ranked.iter().copied().chain(rest).map(|v| unranked(inputs, v)).collect(),
        contenders: ranked.iter().map(|&v| name(v)).collect(),
        reason_code: Some(Reason::Coverage.name()),
        ..none_eligible(inputs)
    };
    note_feasible(inputs, feasible(inputs, inputs.setting.selected), &mut decision);
    let metric = metric(lacking);
    let all = decision.contenders.join("`, `");
    decision.reason = sentence(&format!("no case has a value of `{metric}` from each of `{all}`"));
    // What a failed run does not have is no gap: making it again would change nothing.
    let is_gap = ranked.iter().any(|&v| inputs.cells[v][lacking].missing(inputs.setting.selected) > 0);
    let mend = if is_gap {
        "make the runs or scores that are missing (`proto run --resume`, `proto evaluate`)"
    } else {
        "mend what fails (`proto runs --status error` lists it) and run again"
    };
    let kept = &decision.baseline;
    decision.advice = sentence(&format!(
        "{mend}, or decide without `{metric}` (no weight for it); until then keep `{kept}`"
    ));
    Ok(decision)
}
