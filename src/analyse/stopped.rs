//! What a race leaves to the decision: which cases count, and the leader against the versions that were stopped. The
//! race says that the full run would not have chosen them; whether the evidence at hand carries that beyond this
//! dataset is section D's question, asked at alpha/4.
use super::data::Data;
use super::stats::estimate::Estimates;
use super::stats::listwise::Listwise;
use super::stats::margin::{Rival, Status, rivals};
use super::stats::panel::{Measure, Metric, Panel};
use super::stats::rule::Rule;
use super::stats::sums::Groups;
use super::stats::verdict::{FEWEST_UNITS, Reason};
use crate::domain::{Decision, MarginStatus, VerdictKind};

/// Narrows the cases to those every version that was not stopped was run on: a race that ends early leaves some that
/// only the quickest had begun.
pub(super) fn contested(data: &Data, selected: &mut [bool]) {
    if !data.is_raced() {
        return;
    }
    for version in data.versions.iter().filter(|version| data.raced_out(version).is_none()) {
        let mut met = vec![false; selected.len()];
        version.runs.iter().for_each(|run| met[run.case() as usize] = true);
        selected.iter_mut().zip(met).for_each(|(on, met)| *on &= met);
    }
}

/// The leader (the first row) against one stopped version (the second), over the cases both have.
pub(super) fn against(
    metrics: &[Metric],
    rows: &[Vec<Measure<'_>>],
    cases: usize,
    groups: Groups<'_>,
    rule: &Rule,
) -> Option<(Rival, Listwise)> {
    let panel = Panel { metrics, versions: rows, cases, groups };
    let estimates = Estimates::of(&panel, rule.level()).ok()?;
    let mut rival = rivals(&panel, &estimates, 0, rule).pop()?;
    if estimates.sample.units < FEWEST_UNITS {
        rival.status = Status::Unresolved;
    }
    // What only the leader was run on was spared, not lost: every further case would be one of both.
    let sample = Listwise { n: estimates.sample.informative.len(), ..estimates.sample };
    Some((rival, sample))
}

/// Takes the margins over stopped versions into the verdict: a winner must beat them too.
pub(super) fn settle(decision: &mut Decision) {
    let named = |decision: &Decision, keep: &dyn Fn(MarginStatus) -> bool| {
        let kept = decision.margins.iter().filter(|margin| keep(margin.status));
        decision.leader.iter().cloned().chain(kept.map(|margin| margin.version.clone())).collect::<Vec<_>>()
    };
    let any = |status| decision.margins.iter().any(|margin| margin.status == status);
    let (unresolved, equivalent) = (any(MarginStatus::Unresolved), any(MarginStatus::Equivalent));
    decision.contenders = named(decision, &|status| status != MarginStatus::Beaten);
    let lows = decision.margins.iter().filter_map(|margin| margin.interval.low);
    let lowest = lows.fold(f64::INFINITY, f64::min);
    decision.safe_to_pick &= lowest > -decision.rope;
    if lowest.is_finite() {
        decision.max_regret = Some((-lowest).max(0.0));
    }
    decision.more_cases_needed = still_needed(decision);
    let decided = matches!(decision.verdict, VerdictKind::Winner | VerdictKind::Tie);
    if decided && unresolved {
        (decision.verdict, decision.winner) = (VerdictKind::Undecided, None);
        (decision.tie_set, decision.suggestion) = (Vec::new(), None);
        decision.reason_code = Some(Reason::Unresolved.name());
    } else if decided && equivalent {
        (decision.verdict, decision.winner) = (VerdictKind::Tie, None);
        decision.tie_set = named(decision, &|status| status == MarginStatus::Equivalent);
        decision.suggestion = decision.suggestion.take().or_else(|| decision.leader.clone());
    } else if decision.verdict == VerdictKind::Winner {
        // The race left one version, and it beats those it left behind: it is not the only candidate there was.
        decision.reason_code = None;
    }
}

/// The most any unresolved version needs, stopped or not; `None` where one never is settled. With too few units at
/// least what makes enough of them (F).
fn still_needed(decision: &Decision) -> Option<u64> {
    let unresolved = decision.margins.iter().filter(|margin| margin.status == MarginStatus::Unresolved);
    let needed: Option<Vec<u64>> = unresolved.map(|margin| margin.more_cases).collect();
    let floor = decision.more_cases_needed.filter(|_| decision.units < FEWEST_UNITS as u64);
    needed.and_then(|all| all.into_iter().max()).max(floor)
}

#[cfg(test)]
mod tests;
