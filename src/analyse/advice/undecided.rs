//! What to do where the evidence is too thin: what to mend, what to add, what to keep until then.
use std::cmp::Ordering;

use super::super::stats::rule::Rule;
use super::super::stats::special::norm_ppf;
use super::super::words::{Worth, capital, sentence, tips};
use crate::domain::{Decision, OUT_OF_REACH, Ranked, WhereAnswered, agreed, counted, out_of_reach};
use crate::formats::numbers::{about, probability, score};

/// With fewer independent cases no estimate of how many more means much.
const FEWEST: u64 = 30;

pub(super) fn undecided(decision: &Decision, leader: &str, worth: Worth) -> String {
    match decision.reason_code {
        Some("few_units") => few_units(decision),
        Some("coverage") => {
            "make the runs or scores that are missing first: `proto run --resume`, `proto evaluate`"
                .to_owned()
        }
        _ => {
            if let Some(worst) = decision.mend_first() {
                return mend(decision, worst);
            }
            let risk = picking(decision, leader, worth);
            match decision.more_cases_needed.filter(|more| *more > 0) {
                None => kept(decision).map_or_else(|| risk.clone(), |kept| format!("keep `{kept}`; {risk}")),
                Some(more) if out_of_reach(more, decision.cases) => {
                    let kept = kept(decision).map_or_else(String::new, |kept| format!("keep `{kept}`, and "));
                    format!("{} {}", sentence(&format!("{kept}{}", too_far(decision, worth))), capital(&risk))
                }
                Some(more) => {
                    let kept = kept(decision).map(|kept| format!(", and keep `{kept}` until that is sure"));
                    let cases = new_cases(decision, more);
                    let kept = kept.unwrap_or_default();
                    let first = format!("add {cases}, enough to settle it in 8 of 10 tries{kept}");
                    let weight = tips(decision).map_or_else(String::new, |tips| sentence(&tips) + " ");
                    format!("{weight}{} {}", sentence(&first), capital(&risk))
                }
            }
        }
    }
}

/// Where more cases than anyone has would be needed: what fewer would show.
fn too_far(decision: &Decision, worth: Worth) -> String {
    /// So many times the cases at hand are thought of.
    const TIMES: u64 = 10;
    let far = about(OUT_OF_REACH.saturating_mul(decision.cases));
    // The margin that is seen with the usual power: F, solved for it.
    let z = norm_ppf(0.5 + decision.confidence / 2.0) + norm_ppf(Rule::default().power);
    let widest = decision.margins.iter().filter_map(|margin| margin.se).fold(0.0, f64::max);
    let seen = z * widest / (TIMES as f64).sqrt();
    if seen <= decision.rope {
        return format!("stop here: to be sure of a lead as small as this takes over {far} new cases");
    }
    let fewer = about((TIMES - 1).saturating_mul(decision.cases));
    format!(
        "stop here: to be sure of a lead as small as this takes over {far} new cases; only if a lead of {} seems \
         possible and would matter to you, add {fewer}, which would show it",
        worth.both(seen)
    )
}

/// A version that fails often is worth mending before more cases are made.
fn mend(decision: &Decision, worst: &Ranked) -> String {
    let baseline = decision.ranking.iter().find(|ranked| ranked.version == decision.baseline);
    let kept = kept(decision).filter(|_| baseline.is_some_and(|baseline| !baseline.fails_often()));
    let first = format!(
        "mend `{}` first (`proto runs --status error` lists its failures), and run again{}",
        worst.version,
        where_it_answers(worst).map_or_else(String::new, |answers| format!(": {answers}"))
    );
    let Some(kept) = kept else { return first };
    format!("{} Until then, or if it cannot be mended, keep `{kept}`", sentence(&first))
}

/// Whether mending is likely to pay, where all evaluators say the same.
fn where_it_answers(ranked: &Ranked) -> Option<String> {
    let beside = |of: &WhereAnswered| of.beside.as_ref().map(|(_, other)| of.mean.total_cmp(other));
    let sides: Vec<_> = ranked.where_answered.iter().map(beside).collect();
    let (first, other) = ranked.where_answered.first().and_then(|of| Some((of, of.beside.as_ref()?)))?;
    let means = match ranked.where_answered.len() {
        1 => format!(" ({} against {})", score(first.mean), score(other.1)),
        _ => String::new(),
    };
    let all = |side: Ordering| sides.iter().all(|found| *found == Some(side));
    match () {
        () if all(Ordering::Greater) => {
            Some(format!("where it answers, it scores more than `{}`{means}", other.0))
        }
        () if all(Ordering::Less) => {
            Some(format!("though even where it answers, it scores less than `{}`{means}", other.0))
        }
        () => None,
    }
}

/// What there is stays while nothing is settled, where it may be best and the leader is not safe to pick.
fn kept(decision: &Decision) -> Option<&str> {
    let may_be_best = !decision.safe_to_pick && decision.contenders.contains(&decision.baseline);
    may_be_best.then_some(decision.baseline.as_str())
}

/// How many independent cases at least; where cases resemble each other by cluster, how many clusters.
fn few_units(decision: &Decision) -> String {
    let (cases, units) = (decision.cases.max(1), decision.units.max(1));
    let more =
        |per_unit: &dyn Fn(u64) -> u64| decision.more_cases_needed.map_or(FEWEST, per_unit).min(FEWEST);
    let least = if decision.is_clustered() {
        let clusters = more(&|needed| decision.clusters_of(needed));
        let about = about(clusters.saturating_mul(cases).div_ceil(units));
        format!(
            "{clusters} new {} (about {about} cases; more of those there are add little)",
            clusters_of(decision, clusters)
        )
    } else {
        format!("{} (the same ones again add nothing)", counted(more(&|cases| cases), "new case"))
    };
    let kept = &decision.baseline;
    format!(
        "add at least {least}, keep `{kept}` until then, and decide again: then it is said how many more it takes"
    )
}

/// New cases that add evidence: where clusters are what counts, of new clusters.
fn new_cases(decision: &Decision, more: u64) -> String {
    if !decision.is_clustered() {
        return format!("about {} new cases", about(more));
    }
    let (clusters, more) = (decision.clusters_of(more), about(more));
    let each = (decision.cases as f64 / decision.units.max(1) as f64).round();
    format!(
        "about {} new {}, with about {each} cases each as now ({more} cases)",
        about(clusters),
        clusters_of(decision, clusters)
    )
}

/// What so many clusters are called: by the values of their field, where it is known.
fn clusters_of(decision: &Decision, count: u64) -> String {
    let field = decision.cluster_by.as_ref();
    field.map_or_else(|| agreed(count, "cluster"), |field| format!("`{}`", agreed(count, field)))
}

/// What picking the leader before anything is settled can cost.
fn picking(decision: &Decision, leader: &str, worth: Worth) -> String {
    match decision.max_regret {
        _ if decision.safe_to_pick => format!(
            "picking `{leader}` now is safe: whatever is best is likely less than {} better",
            worth.both(decision.rope)
        ),
        Some(regret) => {
            let is_kept = kept(decision) == Some(leader);
            let chance = decision.ranking.first().and_then(|first| first.p_best);
            let chance = chance.map_or_else(String::new, |p| format!(" ({})", probability(p)));
            let pick = if is_kept {
                "it".to_owned()
            } else {
                format!("if you must choose now, `{leader}` is the likelier best{chance}: it")
            };
            let gain = decision.margins.iter().find(|margin| Some(margin.version.as_str()) == kept(decision));
            let gain = gain.and_then(|margin| margin.interval.high).filter(|gain| *gain > 0.0);
            match gain {
                Some(gain) => format!("{pick} may {}", worth.span(regret, gain)),
                None => format!("{pick} may lose up to {}", worth.both(regret)),
            }
        }
        None => format!("nothing says yet what picking `{leader}` now may lose"),
    }
}
