//! The sentence that says what to do, for a reader who knows no statistics: what to pick, what that risks, what would
//! settle it, which gate stands in the way. Why is said by `words`.
mod undecided;

use self::undecided::undecided;
use super::words::{Worth, is_score, nearest_end, sentence};
use crate::domain::{
    Behind, Decision, GateResult, Margin, Money, Ranked, Standing, TiePrefer, VerdictKind, counted,
};
use crate::formats::numbers::{gap, usd};

/// One sentence or two, for `Decision::advice`.
pub(super) fn advice(decision: &Decision, worth: Worth, prefer: TiePrefer) -> String {
    sentence(&what_to_do(decision, worth, prefer))
}

fn what_to_do(decision: &Decision, worth: Worth, prefer: TiePrefer) -> String {
    let leader = decision.leader.as_deref().unwrap_or_default();
    match decision.verdict {
        VerdictKind::Winner if decision.margins.is_empty() => alone(decision, leader, worth),
        VerdictKind::Winner => winner(decision, leader, worth),
        VerdictKind::Tie => tie(decision, worth, prefer),
        VerdictKind::Undecided => undecided(decision, leader, worth),
        VerdictKind::NoneEligible => none_eligible(decision),
    }
}

/// A winner that nothing was held against.
fn alone(decision: &Decision, leader: &str, worth: Worth) -> String {
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
    if let Some(behind) = lacking.behind_at_best.filter(|behind| behind.by > 0.0)
        && let Some(low) = behind.interval.low
    {
        let would = format!(
            "even {best}, `{name}` would be behind {}",
            by_at_best(decision, leader, lacking, &behind, worth)
        );
        if low > 0.0 {
            return format!("{take}: {would}; to have it ranked all the same, {mend}");
        }
        let what = match &lacking.standing {
            Standing::MissingMetric(metric) if metric == "cost" => "a price",
            _ => "what it lacks",
        };
        return format!(
            "{take} for now: {would}, which may be chance. If you want to be sure of that, add cases; {what} could only put it \
             further behind. To have it ranked all the same, {mend}"
        );
    }
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

/// `on these cases, by 0.043 of utility (worth as much as 6.1 score points; likely from 0.103 ahead to 0.188 behind)`.
fn by_at_best(decision: &Decision, leader: &str, lacking: &Ranked, behind: &Behind, worth: Worth) -> String {
    let points = worth.points(behind.by);
    let points = points.map_or_else(String::new, |points| format!("worth as much as {points}; "));
    let likely = match behind.interval.bounds() {
        Some((low, high)) if low < 0.0 => format!("from {:.3} ahead to {high:.3} behind", -low),
        Some((low, high)) => format!("{low:.3} to {high:.3}"),
        None => "?".to_owned(),
    };
    let on = match behind.cases {
        all if all == decision.cases => "on these cases".to_owned(),
        shared => {
            // What is lacking is taken at its best, so that without a failed run all that is left out lacks the leader's own.
            let whose = if lacking.failed == 0 { format!("`{leader}` has") } else { "both have".to_owned() };
            format!("on the {shared} of these {} that {whose} values on", counted(decision.cases, "case"))
        }
    };
    format!("{on}, by {:.3} of utility ({points}likely {likely})", behind.by)
}

fn winner(decision: &Decision, leader: &str, worth: Worth) -> String {
    /// A lead that rounds to nothing.
    const NOTHING: f64 = 0.000_5;
    let low = |margin: &Margin| margin.interval.low.unwrap_or(0.0);
    let slim = decision.margins.iter().find(|margin| low(margin) < NOTHING);
    let slim = slim.and_then(|margin| Some((&margin.version, margin.interval.high?)));
    let risk = match (decision.max_regret.filter(|regret| *regret > 0.0), slim) {
        (Some(regret), _) => format!("it is likely behind by at most {}, if at all", worth.both(regret)),
        (None, Some((rival, high))) => {
            format!("likely it is between as good as `{rival}` and {} better", worth.both(high))
        }
        (None, None) => "it is ahead even at the low end of what is likely".to_owned(),
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
        "at most {} is likely to lie between {whom}, less than the {:.3} that counts (`--rope`)",
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
    let others = further(decision, &nearest.version);
    let missed = if others.is_empty() { missed } else { format!("{missed}; {others}") };
    let misses = if *kept == nearest.version {
        format!("it misses {missed}")
    } else {
        format!("in percent `{}` misses least: {missed}", nearest.version)
    };
    format!(
        "keep `{kept}` for now, since it is what you have and nothing passes to replace it. {} Mend what keeps a version \
         out (below), or add one that passes; relax a gate only if less is good enough for you",
        sentence(&misses)
    )
}

/// By how much of the limit the others miss their worst gate, where that is known of all and they are few.
fn further(decision: &Decision, nearest: &str) -> String {
    /// More are listed below only.
    const FEW: usize = 3;
    let gated = decision.ranking.iter().filter(|ranked| ranked.standing == Standing::GateFailed);
    let others: Vec<&Ranked> = gated.filter(|ranked| ranked.version != nearest).collect();
    let worst = |ranked: &&Ranked| {
        let failed = ranked.gates.iter().filter(|gate| !gate.passed);
        let parts: Option<Vec<f64>> = failed.map(GateResult::missed_part).collect();
        Some(100.0 * parts?.into_iter().fold(0.0, f64::max))
    };
    let percents: Option<Vec<f64>> = others.iter().map(worst).collect();
    let Some(percents) = percents.filter(|all| (1..=FEW).contains(&all.len())) else { return String::new() };
    let mut each = others.iter().zip(percents);
    let first = each.next().map(|(other, by)| format!("`{}` misses its gate by {by:.0} %", other.version));
    let rest = each.map(|(other, by)| format!(", `{}` by {by:.0} %", other.version)).collect::<String>();
    format!("{}{rest}", first.unwrap_or_default())
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
            Some(_) => format!("met, but {} are too few to be sure", counted(cases, "case")),
        };
        return format!("`{}` ({why})", gate.gate);
    };
    let part = gate.missed_part();
    let part = part.map_or_else(String::new, |part| format!(" ({:.0} % of the limit)", 100.0 * part));
    format!("`{}` by {}{part}", gate.gate, gap(gate.unit, by))
}

#[cfg(test)]
mod tests;
