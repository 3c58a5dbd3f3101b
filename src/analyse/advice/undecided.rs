//! What to do where the evidence is too thin: what to mend, what to add, what to keep until then.
use std::cmp::Ordering;

use super::super::stats::rule::Rule;
use super::super::stats::special::norm_ppf;
use super::super::words::{Worth, capital, price_that_turns, sentence, tips};
use crate::domain::{Decision, OUT_OF_REACH, Ranked, WhereAnswered, agreed, counted, out_of_reach};
use crate::formats::numbers::{about, probability, score, usd};

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
                return mend(decision, leader, worst, worth);
            }
            let bet = picking(decision, leader, worth);
            match decision.more_cases_needed.filter(|more| *more > 0) {
                None => kept(decision)
                    .map_or_else(|| bet.clone(), |kept| format!("keep `{kept}`. {}", capital(&bet))),
                Some(more) if out_of_reach(more, decision.cases) => {
                    let kept = kept(decision).map_or_else(String::new, |kept| format!("keep `{kept}`, and "));
                    format!("{} {}", sentence(&format!("{kept}{}", too_far(decision, worth))), capital(&bet))
                }
                Some(more) => format!("{} {}", sentence(&add(decision, more)), capital(&bet)),
            }
        }
    }
}

/// How many more cases, and what stays until they are there.
fn add(decision: &Decision, more: u64) -> String {
    let add = format!(
        "add {}: with that many there is a chance of 8 in 10 that the answer is clear, whichever it is",
        new_cases(decision, more)
    );
    let keep = kept(decision).map(|kept| format!("keep `{kept}` for now"));
    let price = price_that_turns(decision).map(|(leader, price, who)| {
        let from = usd(price);
        format!("what `{leader}` costs: its price is $0, and as soon as a run of it costs {from} or more, `{who}` is ahead")
    });
    let weights = tips(decision);
    let stand = match (&price, &weights) {
        (None, None) => return keep.map_or_else(|| add.clone(), |keep| format!("{keep}, and {add}")),
        (None, Some((_, stand))) => stand,
        (Some(_), _) => "if all that stands",
    };
    let of = price.into_iter().chain(weights.map(|(weights, _)| weights));
    let checks =
        ["be sure first of", "then of"].into_iter().zip(of).map(|(be_sure, of)| format!("{be_sure} {of}"));
    let first: Vec<String> = keep.into_iter().chain(checks).map(|text| sentence(&text)).collect();
    format!("{} {}, {add}", first.join(" "), capital(stand))
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
    let stop = format!("stop here: to be sure of a lead as small as the one seen takes over {far} new cases");
    if seen <= decision.rope {
        return stop;
    }
    let fewer = about((TIMES - 1).saturating_mul(decision.cases));
    let leader = decision.leader.as_deref().unwrap_or_default();
    format!(
        "{stop}. If `{leader}` really leads by {} or more, {fewer} new cases, {TIMES} times as many in all, would show it 8 \
         times in 10: add them only if finding that is worth the work to you",
        worth.both(seen)
    )
}

/// A version that fails often is worth mending before more cases are made.
fn mend(decision: &Decision, leader: &str, worst: &Ranked, worth: Worth) -> String {
    let baseline = decision.ranking.iter().find(|ranked| ranked.version == decision.baseline);
    let kept = kept(decision).filter(|_| baseline.is_some_and(|baseline| !baseline.fails_often()));
    let first = format!(
        "mend `{}` first (`proto runs --status error` lists its failures), and `proto run` all cases again{}",
        worst.version,
        where_it_answers(worst).map_or_else(String::new, |answers| format!(": {answers}"))
    );
    let Some(kept) = kept else { return first };
    let risk = match decision.max_regret.filter(|_| kept == leader) {
        Some(regret) => format!(
            ": beside `{}` as it is now, failures included, `{kept}` is likely behind by at most {}, if at all",
            worst.version,
            worth.both(regret)
        ),
        None => format!(". {}", capital(&picking(decision, leader, worth))),
    };
    format!("{} Until then, or if it cannot be mended, keep `{kept}`{risk}", sentence(&first))
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
        () if all(Ordering::Greater) => Some(format!(
            "where it answers, it scores more than `{}`{means}, though how it does on the cases it failed is not known",
            other.0
        )),
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
        "keep `{kept}` for now, add at least {least}, and decide again: then there is a verdict, or it is said how many \
         more it takes"
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
        "about {} new {} (none of these {}), with about {each} cases each as now ({more} cases)",
        about(clusters),
        clusters_of(decision, clusters),
        decision.units
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
            let chance = decision.ranking.first().and_then(|first| first.p_best);
            let gain = decision.margins.iter().find(|margin| Some(margin.version.as_str()) == kept(decision));
            let gain = gain.and_then(|margin| margin.interval.high).filter(|gain| *gain > 0.0);
            match (kept(decision), gain) {
                (Some(kept), _) if kept == leader => {
                    format!("`{kept}` is likely behind the best by at most {}, if at all", worth.both(regret))
                }
                (Some(kept), Some(gain)) => format!(
                    "changing to `{leader}`{} now would be a bet{}: {}; careful is to keep `{kept}`",
                    if price_that_turns(decision).is_some() { " at a price of $0" } else { "" },
                    odds(decision, chance),
                    worth.span(regret, gain)
                ),
                _ => {
                    let chance = chance.map_or_else(String::new, |p| format!(" ({})", probability(p)));
                    format!(
                        "if you must choose now, `{leader}` is the likelier best{chance}: at the low end of what is likely it \
                         is {} worse",
                        worth.both(regret)
                    )
                }
            }
        }
        None => format!("nothing says yet what picking `{leader}` now may lose"),
    }
}

/// How good a bet is, beside what a winner has.
fn odds(decision: &Decision, chance: Option<f64>) -> String {
    let needed = decision.enough();
    match chance {
        None => String::new(),
        Some(p) if p >= needed => format!(" ({} that it is the best)", probability(p)),
        Some(p) => format!(
            " ({} that it is the best, where a winner has about {})",
            probability(p),
            probability(needed)
        ),
    }
}
