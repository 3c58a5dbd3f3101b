//! The sentence that says what to do, for a reader who knows no statistics: what to pick, what that risks, what would
//! settle it, which gate stands in the way. Why is said by `words`.
use super::stats::rule::Rule;
use super::stats::special::norm_ppf;
use super::words::{Worth, capital, is_score, nearest_end, sentence, tips};
use crate::domain::{
    Decision, GateResult, Margin, Money, OUT_OF_REACH, Ranked, Standing, TiePrefer, VerdictKind, out_of_reach,
};
use crate::formats::numbers::{about, gap, plural, probability, usd};

/// With fewer independent cases no estimate of how many more means much.
const FEWEST: u64 = 30;

/// One sentence or two, for `Decision::advice`.
pub(super) fn advice(decision: &Decision, worth: Worth, prefer: TiePrefer) -> String {
    sentence(&what_to_do(decision, worth, prefer))
}

fn what_to_do(decision: &Decision, worth: Worth, prefer: TiePrefer) -> String {
    let leader = decision.leader.as_deref().unwrap_or_default();
    match decision.verdict {
        VerdictKind::Winner if decision.margins.is_empty() => alone(decision, leader),
        VerdictKind::Winner => winner(decision, leader, worth),
        VerdictKind::Tie => tie(decision, worth, prefer),
        VerdictKind::Undecided => undecided(decision, leader, worth),
        VerdictKind::NoneEligible => none_eligible(decision),
    }
}

/// A winner that nothing was held against.
fn alone(decision: &Decision, leader: &str) -> String {
    let others = || decision.ranking.iter().filter(|ranked| ranked.version != leader);
    let best = |ranked: &Ranked| ranked.utility_at_best.unwrap_or(f64::INFINITY);
    let lacking = others().filter(|ranked| ranked.standing != Standing::GateFailed);
    let Some(lacking) = lacking.max_by(|a, b| best(a).total_cmp(&best(b))) else {
        let passes = if others().next().is_some() { ": nothing else passes (below)" } else { "" };
        return format!("`{leader}` wins by default{passes}");
    };
    let name = &lacking.version;
    let (best, mend) = match &lacking.standing {
        Standing::MissingMetric(metric) if metric == "cost" => {
            ("if it cost nothing", format!("say what `{name}` costs and run it again (below)"))
        }
        Standing::Coverage { metric, gaps: 1.. } if is_score(decision, metric) => {
            ("with full marks where the evaluator failed", format!("mend the evaluator `{metric}` (below)"))
        }
        Standing::Coverage { gaps: 0, .. } => {
            ("at its best", format!("make the missing runs of `{name}` (below)"))
        }
        _ => ("at its best", format!("mend what keeps `{name}` out (below)")),
    };
    let own = decision.ranking.first().and_then(|first| first.utility).unwrap_or_default();
    let take = format!("{} `{leader}`", take(decision, leader));
    match lacking.utility_at_best {
        Some(most) if most < own => format!(
            "{take}: even {best}, `{name}` would stay behind on these cases, with {most:.3} of utility \
             against {own:.3}; to have it ranked all the same, {mend}"
        ),
        Some(most) => format!(
            "{mend}, and decide again: {best}, `{name}` would be ahead, with {most:.3} of utility against {own:.3}; \
             until then {take}"
        ),
        None => format!("{mend}, and decide again; until then {take}"),
    }
}

fn winner(decision: &Decision, leader: &str, worth: Worth) -> String {
    /// A lead that rounds to nothing.
    const NOTHING: f64 = 0.000_5;
    let low = |margin: &Margin| margin.interval.low.unwrap_or(0.0);
    let is_slim = decision.margins.iter().any(|margin| low(margin) < NOTHING);
    let risk = match decision.max_regret.filter(|regret| *regret > 0.0) {
        None if is_slim => "it is ahead, though perhaps by next to nothing, so it does no harm".to_owned(),
        Some(regret) => format!("it may lose up to {}", worth.both(regret)),
        None => "it is ahead even at the low end of what is likely".to_owned(),
    };
    let first = stays_first(decision).map_or_else(String::new, |range| format!("; it stays first {range}"));
    format!("{} `{leader}`: {risk}{first}", take(decision, leader))
}

/// What is done with a version: what there is needs no change.
fn take(decision: &Decision, version: &str) -> &'static str {
    if version == decision.baseline { "keep" } else { "take" }
}

/// How far the weight that is nearest to changing the leader can move.
fn stays_first(decision: &Decision) -> Option<String> {
    let Some(nearest) = nearest_end(decision) else {
        return (!decision.sensitivity.is_empty())
            .then(|| "whichever one of the weights is changed".to_owned());
    };
    let tightest = nearest.of;
    let range = match (tightest.holds_from > 0.0, tightest.holds_to < 1.0) {
        (true, true) => format!("between {:.2} and {:.2}", tightest.holds_from, tightest.holds_to),
        (true, false) => format!("at least {:.2}", tightest.holds_from),
        _ => format!("at most {:.2}", tightest.holds_to),
    };
    Some(format!("while the {} weight is {range} (now {:.2})", tightest.metric, tightest.weight))
}

fn tie(decision: &Decision, worth: Worth, prefer: TiePrefer) -> String {
    let set = &decision.tie_set;
    let named = format!("`{}`", set.join("`, `"));
    let any = if set.len() == 2 { "either of" } else { "any of" };
    let reach = |margin: &Margin| {
        margin.interval.low.unwrap_or(0.0).abs().max(margin.interval.high.unwrap_or(0.0).abs())
    };
    let in_set = decision.margins.iter().filter(|margin| set.contains(&margin.version));
    let furthest = in_set.map(reach).fold(0.0, f64::max);
    // Every margin is the leader's: two others may lie further from each other than either from it.
    let whom = match (set.len(), set.first()) {
        (3.., Some(leader)) => format!("`{leader}` and any other"),
        _ => "them".to_owned(),
    };
    let lies = format!(
        "at most {} is likely to lie between {whom}, less than the {:.3} that matters",
        worth.both(furthest),
        decision.rope
    );
    match unchanged(decision, prefer) {
        Some(kept) => {
            let others: Vec<String> =
                set.iter().filter(|other| *other != kept).map(|other| format!("`{other}`")).collect();
            format!("keep `{kept}`, or take {} as you like: {lies}", others.join(" or "))
        }
        None => format!("take {any} {named}: {lies}{}", which(decision, prefer)),
    }
}

/// What there is, where it is in the tie and nothing else is cheaper (or faster, where that is asked for).
fn unchanged(decision: &Decision, prefer: TiePrefer) -> Option<&String> {
    let kept = decision.tie_set.iter().find(|version| **version == decision.baseline)?;
    let is_better = match prefer {
        TiePrefer::Baseline => false,
        TiePrefer::Latency => decision.suggestion.as_ref() != Some(kept),
        TiePrefer::Cost => {
            decision.suggestion.as_ref().is_some_and(|taken| is_cheaper(decision, taken, kept))
        }
    };
    (!is_better).then_some(kept)
}

/// Whether one costs less than the other by more than anyone who pays would call the same.
fn is_cheaper(decision: &Decision, one: &str, other: &str) -> bool {
    let (one, other) = (cost(decision, one), cost(decision, other));
    one.zip(other).is_some_and(|(one, other)| one < (1.0 - SAME_COST) * other)
}

/// Costs closer than this share of the larger are the same to anyone who pays them.
const SAME_COST: f64 = 0.01;

/// Dollars a run.
fn cost(decision: &Decision, version: &str) -> Option<f64> {
    let ranked = decision.ranking.iter().find(|ranked| ranked.version == version);
    ranked.and_then(|ranked| ranked.cost).map(Money::usd)
}

/// Which of a tie to take, and why.
fn which(decision: &Decision, prefer: TiePrefer) -> String {
    let Some(taken) = decision.suggestion.as_deref() else { return String::new() };
    let others: Option<Vec<f64>> =
        decision.tie_set.iter().filter(|other| *other != taken).map(|other| cost(decision, other)).collect();
    let most = if decision.tie_set.len() == 2 { ("cheaper", "faster") } else { ("cheapest", "fastest") };
    let why = match (prefer, cost(decision, taken), others) {
        (TiePrefer::Latency, ..) => format!("is the {} one", most.1),
        (TiePrefer::Cost, Some(own), Some(others)) => {
            let next = others.into_iter().fold(f64::INFINITY, f64::min);
            if own < (1.0 - SAME_COST) * next {
                format!("is the {} one, at {} a run against {}", most.0, usd(own), usd(next))
            } else {
                "costs no more".to_owned()
            }
        }
        _ => "is the first among them".to_owned(),
    };
    format!("; `{taken}` {why}")
}

fn undecided(decision: &Decision, leader: &str, worth: Worth) -> String {
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
                    let first = format!("add {cases}, with which 8 of 10 tries settle it{kept}");
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
        "stop here unless a lead of {} would matter: {fewer} new cases would show it, if there is one; one as small as \
         this takes over {far}",
        worth.both(seen)
    )
}

/// A version that fails often is worth mending before more cases are made.
fn mend(decision: &Decision, worst: &Ranked) -> String {
    let baseline = decision.ranking.iter().find(|ranked| ranked.version == decision.baseline);
    let kept = kept(decision).filter(|_| baseline.is_some_and(|baseline| !baseline.fails_often()));
    format!(
        "mend `{}` first (`proto runs --status error` lists its failures), and run again{}",
        worst.version,
        kept.map_or_else(String::new, |kept| format!("; until then keep `{kept}`")),
    )
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
            clusters_of(decision)
        )
    } else {
        format!("{} (the same ones again add nothing)", plural(more(&|cases| cases), "new case"))
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
    let (clusters, more) = (about(decision.clusters_of(more)), about(more));
    format!("about {clusters} new {} (about {more} cases, as many each as now)", clusters_of(decision))
}

/// What clusters are called: by the values of their field, where it is known.
fn clusters_of(decision: &Decision) -> String {
    let field = decision.cluster_by.as_ref();
    field.map_or_else(|| "clusters".to_owned(), |field| format!("`{field}`s"))
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

fn none_eligible(decision: &Decision) -> String {
    let gated = decision.ranking.iter().filter(|ranked| ranked.standing == Standing::GateFailed);
    let nearest = gated.min_by(|a, b| furthest_miss(a).total_cmp(&furthest_miss(b)));
    let kept = &decision.baseline;
    let Some(nearest) = nearest else {
        return format!(
            "pick none yet: give what the versions lack (below), and decide again; until then keep `{kept}`"
        );
    };
    let failed: Vec<&GateResult> = nearest.gates.iter().filter(|gate| !gate.passed).collect();
    let missed = failed.iter().map(|gate| miss(gate, decision.cases)).collect::<Vec<_>>().join(" and ");
    let gates = if failed.len() == 1 { "that gate" } else { "those gates" };
    let nearest = &nearest.version;
    let keep = if kept == nearest {
        format!("keep `{kept}` for now: it comes nearest, and")
    } else {
        format!("keep `{kept}` for now; `{nearest}` comes nearest, and")
    };
    format!(
        "{keep} misses {missed}; mend `{nearest}` there, add a version that passes, or relax {gates} if less is good enough"
    )
}

/// The worst of a version's misses, in parts of the bound; what is only unsure misses by nothing.
fn furthest_miss(ranked: &Ranked) -> f64 {
    let part = |gate: &GateResult| match (gate.missed_part(), gate.missed_by) {
        (Some(part), _) => part,
        (None, Some(by)) => by,
        (None, None) if gate.value.is_none() => f64::INFINITY,
        (None, None) => 0.0,
    };
    ranked.gates.iter().filter(|gate| !gate.passed).map(part).fold(0.0, f64::max)
}

/// `` `latency.p95 <= 3s` by 5.61 s (187 %) ``.
fn miss(gate: &GateResult, cases: u64) -> String {
    let Some(by) = gate.missed_by else {
        let why = match gate.value {
            None => "its value is unknown".to_owned(),
            Some(_) => format!("met, but {} are too few to be sure", plural(cases, "case")),
        };
        return format!("`{}` ({why})", gate.gate);
    };
    let part = gate.missed_part();
    let part = part.map_or_else(String::new, |part| format!(" ({:.0} % of the limit)", 100.0 * part));
    format!("`{}` by {}{part}", gate.gate, gap(gate.unit, by))
}

#[cfg(test)]
mod tests;
