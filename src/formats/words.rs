//! A decision in sentences, for a reader who knows no statistics. Every format that is read by people takes its
//! sentences here. Words only what it is given; where it chooses between two sentences, it compares two
//! numbers of the decision.
mod reading;
mod weights;

use self::reading::reading;
use self::weights::{robustness, sensitivity, weights, worth};
use super::cells::version_name;
use super::grid::clean;
use super::lines::gate_line;
use super::numbers::{score, share};
use crate::domain::{
    Decision, GateResult, Margin, MarginStatus, Ranked, Standing, Unit, VerdictKind, agreed, counted,
    out_of_reach,
};

/// A remark with the word it stands under.
pub type Remark = (&'static str, String);

/// A version as the decision's ranking names it.
#[must_use]
pub fn name(decision: &Decision, version: &str) -> String {
    let ranked = decision.ranking.iter().find(|ranked| ranked.version == version);
    version_name(version, ranked.map_or("", |ranked| ranked.label.as_str()))
}

/// Several versions, in the order given.
fn names(decision: &Decision, versions: &[String]) -> String {
    versions.iter().map(|version| name(decision, version)).collect::<Vec<_>>().join(", ")
}

/// The verdict, first and loud.
#[must_use]
pub fn headline(decision: &Decision) -> String {
    let simulated = decision.caveats.iter().any(|caveat| caveat.code == "simulated");
    format!("{}{}", verdict(decision), if simulated { " · simulated" } else { "" })
}

fn verdict(decision: &Decision) -> String {
    match decision.verdict {
        VerdictKind::Winner => match decision.winner.as_ref().or(decision.leader.as_ref()) {
            Some(winner) if decision.margins.is_empty() && decision.ranking.len() > 1 => {
                let others = || decision.ranking.iter().filter(|ranked| ranked.version != *winner);
                let is_gated = |ranked: &Ranked| ranked.standing == Standing::GateFailed;
                let is_behind = |ranked: &Ranked| {
                    ranked.behind_at_best.and_then(|behind| behind.interval.low).is_some_and(|low| low > 0.0)
                };
                let winner = name(decision, winner);
                if others().all(is_gated) {
                    format!("winner by default: {winner} (no other version passes)")
                } else if others().all(|ranked| is_gated(ranked) || is_behind(ranked)) {
                    format!("winner: {winner} (others are behind even at their best)")
                } else {
                    format!("winner by default: {winner} (others are unranked, not proven worse)")
                }
            }
            Some(winner) => format!("winner: {}", name(decision, winner)),
            None => "winner: ?".to_owned(),
        },
        VerdictKind::Tie => {
            let any = if decision.tie_set.len() == 2 { "either" } else { "any of them" };
            format!("tie: {} ({any} will do)", names(decision, &decision.tie_set))
        }
        VerdictKind::Undecided => format!("not enough evidence{}", open(decision)),
        VerdictKind::NoneEligible => "no version passes".to_owned(),
    }
}

/// What is in the way of a verdict.
fn open(decision: &Decision) -> String {
    let contenders = names(decision, &decision.contenders);
    if let Some(worst) = decision.mend_first() {
        let own = version_name(&worst.version, &worst.label);
        return format!(": {own} failed on {} of its {}", worst.failed, counted(worst.runs, "run"));
    }
    let is_far = decision.more_cases_needed.is_some_and(|more| out_of_reach(more, decision.cases));
    let yet = if is_far { "" } else { " yet" };
    match decision.contenders.len() {
        0 | 1 => yet.to_owned(),
        _ => format!("{yet}: {contenders} may each be best"),
    }
}

/// What stands over the margins taken apart by metric; nothing without a leader.
#[must_use]
pub fn taken_apart(decision: &Decision) -> Option<String> {
    let leader = name(decision, decision.leader.as_deref()?);
    Some(format!("metric by metric, {leader} is ahead (+) or behind (-), in utility:"))
}

/// Everything below the tables, in the order it is read.
#[must_use]
pub fn remarks(decision: &Decision) -> Vec<Remark> {
    let mut all: Vec<Remark> = Vec::from_iter(next(decision).map(|text| ("next", text)));
    let (failed, notes): (Vec<_>, Vec<_>) =
        decision.caveats.iter().partition(|caveat| matches!(caveat.code, "errors" | "free-failures"));
    all.extend(failed.into_iter().map(|caveat| ("failed", caveat.message.clone())));
    if !decision.weights.is_empty() {
        all.extend(reading(decision).into_iter().map(|text| ("reading", text)));
    }
    all.extend(decision.ranking.iter().flat_map(|ranked| standing(decision, ranked)));
    all.extend(unsure(decision).into_iter().map(|text| ("unsure", text)));
    all.extend(decision.ranking.iter().filter_map(|r| dominated(decision, r)).map(|text| ("beaten", text)));
    all.extend(open_margins(decision).map(|m| ("margin", margin(decision, m))));
    if decision.ranking.iter().any(|ranked| ranked.utility.is_some()) {
        all.extend(weights(decision).map(|text| ("weights", text)));
    }
    if !is_thin(decision) && !decision.margins.is_empty() {
        all.extend(worth(decision).map(|text| ("worth", text)));
        all.extend(sensitivity(decision).into_iter().map(|text| ("stability", text)));
        all.extend(robustness(decision).map(|text| ("stability", text)));
    }
    all.push(("basis", basis(decision)));
    let said = |code: &str| matches!(code, "unranked" | "only-candidate");
    let notes = notes.into_iter().filter(|caveat| !said(caveat.code));
    all.extend(notes.map(|caveat| ("note", caveat.message.clone())));
    all
}

/// How to change over, where something else than what there is wins.
fn next(decision: &Decision) -> Option<String> {
    let winner = decision.winner.as_ref().filter(|winner| **winner != decision.baseline)?;
    Some(format!(
        "`proto version show {}` prints what to use in place of `{}`; `proto choose-winner --promote`, with the options of \
         this call, tags it as chosen and deploys nothing",
        name(decision, winner),
        clean(&decision.baseline)
    ))
}

/// Whether there is too little to say how sure anything is.
fn is_thin(decision: &Decision) -> bool {
    decision.reason_code == Some("few_units")
}

/// The rivals that are not clearly beaten, where the reason has not already named the only one.
fn open_margins(decision: &Decision) -> impl Iterator<Item = &Margin> {
    let is_open = |margin: &&Margin| margin.status != MarginStatus::Beaten;
    let named = decision.margins.iter().filter(is_open).count() == 1 || is_thin(decision);
    decision.margins.iter().filter(move |margin| !named && is_open(margin))
}

/// Why a version is not ranked.
fn standing(decision: &Decision, ranked: &Ranked) -> Vec<Remark> {
    /// A difference in utility that three digits do not show.
    const HARDLY: f64 = 0.000_5;
    let own = version_name(&ranked.version, &ranked.label);
    let mut remarks = Vec::new();
    match &ranked.standing {
        Standing::Ranked => {}
        Standing::GateFailed => {
            let failed = ranked.gates.iter().filter(|gate| !gate.passed);
            remarks.extend(failed.map(|gate| ("excluded", format!("{own}: {}", gate_line(gate)))));
            let first = decision
                .ranking
                .first()
                .and_then(|first| first.utility)
                .filter(|_| decision.leader.is_some());
            remarks.extend(ranked.utility_at_best.zip(first).map(|(most, first)| {
                let beside = if most - first < HARDLY { "no more than" } else { "more than" };
                let (most, first) = (score(most), score(first));
                ("excluded", format!("{own}: without its gates it would have {most} of utility, {beside} the first one's {first}"))
            }));
        }
        Standing::MissingMetric(metric) => {
            let remedy = match metric.split('.').next().unwrap_or_default() {
                "cost" | "cost_per_success" => {
                    ": say what it costs (a model by `pricing:`, a program by `cost_per_run_usd`, 0 where it is free) \
                     and run again, or give cost no weight"
                }
                "ttft" => ": let its answers stream (`stream: true`) and run again",
                "output_tps" => {
                    ": let its answers stream (`stream: true`), by a provider that counts their tokens, and run again"
                }
                _ => "; without it there is nothing to rank it by",
            };
            remarks.push(("unranked", format!("{own}: its {metric} is unknown{remedy}")));
        }
        Standing::Coverage { metric, gaps } => {
            remarks.push(("unranked", format!("{own}: {}", uncovered(decision, ranked, metric, *gaps))));
        }
        Standing::RacedOut(cases) => {
            remarks.push(("raced out", format!("{own}: stopped after {cases} cases")));
        }
    }
    remarks
}

/// What a version lacks that has values on too few of the cases, what that does to its number, and what to do.
fn uncovered(decision: &Decision, ranked: &Ranked, metric: &str, gaps: u64) -> String {
    let of = format!("{gaps} of its {}", counted(ranked.runs, "run"));
    let metric = clean(metric);
    if gaps == 0 {
        return "too many of its runs were not made; `proto run --resume` makes them".to_owned();
    }
    let at = decision.weights.iter().position(|weighed| weighed.name == metric);
    let Some(at) = at.filter(|at| decision.weights[*at].unit == Unit::Score) else {
        return format!("its {metric} is unknown on {of}; `proto trace RUN` shows what a run lacks");
    };
    let mean = ranked.metrics.get(at).and_then(|metric| metric.0).filter(|mean| (0.0..=1.0).contains(mean));
    let mean = mean.map_or_else(String::new, |mean| {
        let (gaps, runs) = (gaps as f64, ranked.runs as f64);
        let most = (mean * (runs - gaps) + gaps) / runs;
        format!(
            "; its {} leaves those out, and with full marks on all of them that would be {}",
            score(mean),
            score(most)
        )
    });
    format!(
        "no score by `{metric}` on {of}, where the evaluator failed and not the version{mean}. `proto runs --unscored \
         {metric}` lists them and `proto trace RUN` says why; mend `{metric}`, then `proto evaluate`"
    )
}

/// Gates that were passed or failed by less than the interval, each once with the versions it is true of.
fn unsure(decision: &Decision) -> Vec<String> {
    let mut found: Vec<(&GateResult, Vec<String>)> = Vec::new();
    // Of a version that a race stopped nothing hangs on its gates.
    let here = |ranked: &&Ranked| !matches!(ranked.standing, Standing::RacedOut(_));
    // What nobody knows is not unsure for want of cases.
    let is_unsure = |gate: &&GateResult| gate.certainty == "uncertain" && gate.value.is_some();
    for ranked in decision.ranking.iter().filter(here) {
        for gate in ranked.gates.iter().filter(is_unsure) {
            let own = version_name(&ranked.version, &ranked.label);
            match found.iter_mut().find(|(known, _)| known.gate == gate.gate && known.passed == gate.passed) {
                Some((_, versions)) => versions.push(own),
                None => found.push((gate, vec![own])),
            }
        }
    }
    let cases = counted(decision.cases, "case");
    let open = |versions: &[String]| {
        let of_open = |ranked: &Ranked| ranked.p_feasible.is_none() && !ranked.gates.is_empty();
        let named = decision.ranking.iter().filter(|ranked| of_open(ranked));
        named.map(|ranked| version_name(&ranked.version, &ranked.label)).any(|own| versions.contains(&own))
    };
    let sentence = |(gate, versions): (&GateResult, Vec<String>)| {
        let (text, who) = (clean(&gate.gate), versions.join(", "));
        if !gate.passed {
            return format!(
                "{who}: {text} is broken on these {cases}, which are too few to be sure that it is"
            );
        }
        let why = if decision.ranking.iter().any(|ranked| ranked.p_feasible.is_some()) && open(&versions) {
            "; drawn again and again, these cases never break it, so P(gates) cannot be told (?)"
        } else {
            ""
        };
        format!("{who}: {text} holds on these {cases}, which are too few to be sure that it holds{why}")
    };
    found.into_iter().map(sentence).collect()
}

/// Who clearly beats it, and is at least as good on everything.
fn dominated(decision: &Decision, ranked: &Ranked) -> Option<String> {
    let clear = decision
        .margins
        .iter()
        .any(|margin| margin.version == ranked.version && margin.status == MarginStatus::Beaten);
    let better = name(decision, ranked.dominated_by.as_deref().filter(|_| clear)?);
    let own = version_name(&ranked.version, &ranked.label);
    Some(format!("no weights would put {own} first: {better} is at least as good on every metric"))
}

/// The leader against one rival.
fn margin(decision: &Decision, margin: &Margin) -> String {
    let leader = decision.leader.as_deref().map_or("the leader".to_owned(), |leader| name(decision, leader));
    let rival = name(decision, &margin.version);
    let by = score(margin.value);
    let range = match margin.interval.bounds() {
        None => String::new(),
        Some((low, high)) => format!(" (likely {} to {})", score(low), score(high)),
    };
    match margin.status {
        MarginStatus::Beaten => format!("{leader} beats {rival} by {by}{range}"),
        MarginStatus::Equivalent => {
            format!("{leader} and {rival} are {by}{range} apart, too little to matter")
        }
        MarginStatus::Unresolved => {
            format!("{leader} is {by}{range} ahead of {rival}, which may be chance{}", sure(margin.p_beats))
        }
    }
}

/// How probable it is that the leader is the better one.
fn sure(p: Option<f64>) -> String {
    let Some(p) = p.filter(|p| p.is_finite()) else { return String::new() };
    let percent = (p * 100.0).round().clamp(1.0, 99.0);
    format!(": {percent:.0} % sure it is better")
}

/// What the numbers rest on.
fn basis(decision: &Decision) -> String {
    let cases = counted(decision.cases, "case");
    let groups = match &decision.cluster_by {
        _ if !decision.is_clustered() => String::new(),
        Some(field) => {
            let units = decision.units;
            format!(" of {units} `{}`, which are what counts", agreed(units, &clean(field)))
        }
        None => format!(" ({} independent)", decision.units),
    };
    let formula = match decision.formula {
        "ratio" => String::new(),
        other => format!("; formula {other}"),
    };
    if decision.leader.is_none() {
        return format!("{cases}{groups}{formula}");
    }
    format!(
        "{cases}{groups}; \"likely\" and [low, high] hold the true number {} times in 100; less than {} of utility does not \
         matter (`--rope`){formula}",
        share(decision.confidence).trim_end_matches(" %"),
        score(decision.rope),
    )
}

#[cfg(test)]
mod tests;
