//! The sentence that says why: what was found, what picking the leader now would risk, what would settle it.
use crate::domain::{Decision, MarginStatus, VerdictKind};

/// One sentence or two, for `Decision::reason`. `quality` is the weight of scores: utility in score points.
pub(super) fn reason(decision: &Decision, quality: f64) -> String {
    let leader = decision.leader.as_deref().unwrap_or_default();
    match decision.verdict {
        VerdictKind::NoneEligible => {
            "every version is excluded by a gate or lacks a value that has a weight".to_owned()
        }
        VerdictKind::Winner if decision.margins.is_empty() => {
            format!("`{leader}` is the only version left to choose from; see below what the others lack")
        }
        VerdictKind::Winner => closest(decision).map_or_else(String::new, |(rival, text)| {
            format!("`{leader}` beats the runner-up, `{rival}`, by {text}: the evidence is clear")
        }),
        VerdictKind::Tie => {
            let set = decision.tie_set.join("`, `");
            let rope = trimmed(decision.rope);
            match closest(decision).filter(|_| decision.margins.len() == 1) {
                Some((_, text)) => format!("`{set}` are {text} apart; less than {rope} does not matter"),
                None => format!("`{set}` are less than {rope} of utility apart, which does not matter"),
            }
        }
        VerdictKind::Undecided => undecided(decision, leader, quality),
    }
}

fn undecided(decision: &Decision, leader: &str, quality: f64) -> String {
    match decision.reason_code {
        Some("few_units") => {
            format!(
                "{} independent cases are too few to decide anything; at least 10 are needed",
                decision.units
            )
        }
        Some("coverage") => "the versions share values on fewer than half of the cases".to_owned(),
        _ => {
            let lead = closest(decision)
                .map_or_else(String::new, |(rival, text)| format!("`{leader}` leads `{rival}` by {text}"));
            let risk = decision.max_regret.filter(|_| quality > 0.0).map(|regret| {
                format!(
                    ". Picking `{leader}` now could turn out {regret:.3} worse at most, worth {:.1} score points of 100",
                    100.0 * regret / quality
                )
            });
            format!("{lead}: it may be chance{}", risk.unwrap_or_default())
        }
    }
}

/// The rival that is hardest to tell from the leader, and the margin over it.
fn closest(decision: &Decision) -> Option<(&str, String)> {
    let unresolved = decision.margins.iter().filter(|margin| margin.status != MarginStatus::Beaten);
    let low = |margin: &&crate::domain::Margin| margin.interval.low.unwrap_or(f64::NEG_INFINITY);
    let hardest = unresolved.min_by(|a, b| low(a).total_cmp(&low(b)));
    let margin = hardest.or_else(|| decision.margins.iter().min_by(|a, b| a.value.total_cmp(&b.value)))?;
    let level = 100.0 * decision.confidence;
    let text = match margin.interval.bounds() {
        Some((low, high)) => {
            format!("{:.3} of utility ({level:.0} % interval {low:.3} to {high:.3})", margin.value)
        }
        None => format!("{:.3} of utility", margin.value),
    };
    Some((&margin.version, text))
}

fn trimmed(x: f64) -> String {
    format!("{x:.4}").trim_end_matches('0').trim_end_matches('.').to_owned()
}
