//! A decision in sentences, for a reader who knows no statistics. Every format that is read by people takes its
//! sentences here. Words only what it is given; where it chooses between two sentences, it compares two
//! numbers of the decision.
use super::cells::version_name;
use super::grid::clean;
use super::lines::gate_line;
use super::numbers::{by_unit, plural, score, share};
use crate::domain::{
    Better, Decision, GateResult, Margin, MarginStatus, Ranked, Sensitivity, Standing, Unit, VerdictKind,
    WeightedMetric, out_of_reach,
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
    match decision.verdict {
        VerdictKind::Winner => match decision.winner.as_ref().or(decision.leader.as_ref()) {
            Some(winner) if decision.margins.is_empty() && decision.ranking.len() > 1 => {
                let others = decision.ranking.iter().filter(|ranked| ranked.version != *winner);
                let passes = others.clone().all(|ranked| ranked.standing == Standing::GateFailed);
                let why = if passes { "no other version passes" } else { "no other version could be ranked" };
                format!("winner by default: {} ({why})", name(decision, winner))
            }
            Some(winner) => format!("winner: {}", name(decision, winner)),
            None => "winner: ?".to_owned(),
        },
        VerdictKind::Tie => {
            let any = if decision.tie_set.len() == 2 { "either" } else { "any of them" };
            format!("tie: {} ({any} will do)", names(decision, &decision.tie_set))
        }
        VerdictKind::Undecided => {
            let is_far = decision.more_cases_needed.is_some_and(|more| out_of_reach(more, decision.cases));
            let yet = if is_far { "" } else { " yet" };
            let may = match decision.contenders.as_slice() {
                [] | [_] => String::new(),
                several => format!(": {} may each be best", names(decision, several)),
            };
            format!("not enough evidence{yet}{may}")
        }
        VerdictKind::NoneEligible => "no version passes".to_owned(),
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
    let mut all: Vec<Remark> = Vec::new();
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
    all.extend(weights(decision).map(|text| ("weights", text)));
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

/// What the columns mean that no head can say.
fn reading(decision: &Decision) -> Vec<String> {
    let sums = "*: the baseline; utility: what the metrics add up to, at most 1; under each metric: its value → \
                what it adds, at most its weight";
    let told = [&decision.advice, &decision.reason].iter().any(|text| text.contains("score point"))
        || (!is_thin(decision) && !decision.margins.is_empty() && !decision.exchange_rates.is_empty());
    let points = if told { score_point(decision) } else { String::new() };
    let mut texts = Vec::from_iter(decision.leader.is_some().then(|| format!("{sums}{points}")));
    let any = |of: &dyn Fn(&Ranked) -> bool| decision.ranking.iter().any(of);
    let mut chances = Vec::new();
    if any(&|ranked| ranked.interval.bounds().is_some()) {
        chances.push("[low, high]: where the number likely lies on other cases like these".to_owned());
    }
    if any(&|ranked| ranked.p_best.is_some()) {
        chances.push("P(best): how likely that version is the best there".to_owned());
    }
    let spread = |ranked: &&Ranked| ranked.rank_interval.is_some_and(|(low, high)| low != high);
    if let Some((ranked, (low, high))) =
        decision.ranking.iter().find(spread).and_then(|ranked| Some((ranked, ranked.rank_interval?)))
    {
        let rank = ranked.rank.unwrap_or(low);
        chances.push(format!("rank {rank} ({low}–{high}): {rank} on these cases, {low} to {high} there"));
    }
    if any(&|ranked| ranked.p_feasible.is_some()) {
        chances.push("P(gates): how likely the gates hold on other cases like these".to_owned());
    }
    if !chances.is_empty() {
        texts.push(chances.join("; "));
    }
    texts
}

/// What a score point is, and what it is in utility.
fn score_point(decision: &Decision) -> String {
    let scores = decision.weights.iter().filter(|weighed| weighed.unit == Unit::Score);
    let weight: f64 = scores.map(|weighed| weighed.weight).sum();
    let utility = format!("{:.4}", weight / 100.0);
    format!("; a score point: 0.01 of a score, here {} of utility", utility.trim_end_matches('0'))
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
    let own = version_name(&ranked.version, &ranked.label);
    let mut remarks = Vec::new();
    match &ranked.standing {
        Standing::Ranked => {}
        Standing::GateFailed => remarks.extend(
            ranked
                .gates
                .iter()
                .filter(|gate| !gate.passed)
                .map(|gate| ("excluded", format!("{own}: {}", gate_line(gate)))),
        ),
        Standing::MissingMetric(metric) => {
            let remedy = match metric.as_str() {
                "cost" | "cost_per_success" => "; say what it costs under `pricing:`, or give cost no weight",
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
    let of = format!("{gaps} of its {}", plural(ranked.runs, "run"));
    let metric = clean(metric);
    if gaps == 0 {
        return "too many of its runs were not made; `proto run --resume` makes them".to_owned();
    }
    let at = decision.weights.iter().position(|weighed| weighed.name == metric);
    let Some(at) = at.filter(|at| decision.weights[*at].unit == Unit::Score) else {
        return format!("its {metric} is unknown on {of}; `proto trace RUN` shows what a run lacks");
    };
    let mean = ranked.metrics.get(at).and_then(|metric| metric.0);
    let mean = mean.map_or_else(String::new, |mean| {
        format!("; its {} leaves those out, and they may be the bad ones", score(mean))
    });
    format!(
        "no score by `{metric}` on {of}, where the evaluator failed and not the version{mean}. `proto runs --unscored \
         {metric}` lists them and `proto trace RUN` says why; mend `{metric}`, then `proto evaluate`"
    )
}

/// Gates that were passed or failed by less than the interval, each once with the versions it is true of.
fn unsure(decision: &Decision) -> Vec<String> {
    let mut found: Vec<(&GateResult, Vec<String>)> = Vec::new();
    for ranked in &decision.ranking {
        for gate in ranked.gates.iter().filter(|gate| gate.certainty == "uncertain") {
            let own = version_name(&ranked.version, &ranked.label);
            match found.iter_mut().find(|(known, _)| known.gate == gate.gate && known.passed == gate.passed) {
                Some((_, versions)) => versions.push(own),
                None => found.push((gate, vec![own])),
            }
        }
    }
    let cases = plural(decision.cases, "case");
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

/// What counts how much, and against what it is measured.
fn weights(decision: &Decision) -> Option<String> {
    let one = |metric: &WeightedMetric| {
        let from = match metric.reference_source {
            Some("given") => ", as given",
            Some("built-in") => ", built in",
            _ => "",
        };
        let whose = if metric.reference_source == Some("baseline") { "the baseline's " } else { "" };
        let worth = if decision.formula == "log" { "nothing" } else { "half of it" };
        let reference = metric.reference.map_or(String::new(), |reference| {
            format!(" ({worth} at {whose}{}{from})", by_unit(metric.unit, reference))
        });
        format!("{} {:.2}{reference}", metric.name, metric.weight)
    };
    let text = decision.weights.iter().map(one).collect::<Vec<_>>().join(", ");
    (!text.is_empty()).then_some(text)
}

/// Exchange rates in words.
fn worth(decision: &Decision) -> Option<String> {
    let one = |(at, (metric, points)): (usize, &(String, f64))| {
        let weighed = decision.weights.iter().find(|weighed| weighed.name == *metric);
        let lower = weighed.is_none_or(|weighed| weighed.better == Better::Lower);
        let verb = if lower { "halving" } else { "doubling" };
        let from = weighed.and_then(|weighed| Some(by_unit(weighed.unit, weighed.reference?)));
        let from = from.map_or_else(String::new, |from| format!(" (from {from})"));
        let points = if points.is_finite() { format!("{points:.1}") } else { "?".to_owned() };
        let (is_worth, unit) = if at == 0 { (" is worth", " score points of 100") } else { ("", "") };
        format!("{verb} the {metric}{from}{is_worth} {points}{unit}")
    };
    let text = decision.exchange_rates.iter().enumerate().map(one).collect::<Vec<_>>().join(", ");
    (!text.is_empty()).then_some(text)
}

/// How far one weight alone can move before somebody else leads.
fn sensitivity(decision: &Decision) -> Vec<String> {
    let Some(leader) = decision.leader.as_deref().map(|leader| name(decision, leader)) else {
        return Vec::new();
    };
    let free = |s: &&Sensitivity| s.holds_from <= 0.0 && s.holds_to >= 1.0;
    let always: Vec<&str> = decision.sensitivity.iter().filter(free).map(|s| s.metric.as_str()).collect();
    let bounded: Vec<&Sensitivity> = decision.sensitivity.iter().filter(|s| !free(s)).collect();
    let ends = |s: &Sensitivity| [s.beyond_low.clone(), s.beyond_high.clone()].into_iter().flatten();
    let mut beyond: Vec<String> = bounded.iter().flat_map(|s| ends(s)).collect();
    beyond.sort();
    beyond.dedup();
    let several = beyond.len() > 1;
    let ranges: Vec<String> = bounded.iter().map(|s| bounded_weight(decision, s, several)).collect();
    let mut sentences = Vec::new();
    if !ranges.is_empty() {
        let then = match beyond.as_slice() {
            [only] => format!("; otherwise {} wins", name(decision, only)),
            _ => String::new(),
        };
        sentences.push(format!("{leader} stays first with a weight of {}{then}", ranges.join(", ")));
    }
    if !always.is_empty() {
        sentences.push(format!("{leader} stays first whatever the weight of {}", always.join(", ")));
    }
    sentences
}

/// `cost up to 0.34 (now 0.20)`; with who wins beyond, where that is not one and the same.
fn bounded_weight(decision: &Decision, s: &Sensitivity, several: bool) -> String {
    let (low, high) = (s.holds_from > 0.0, s.holds_to < 1.0);
    let range = match (low, high) {
        (true, true) => format!("from {:.2} to {:.2}", s.holds_from, s.holds_to),
        (true, false) => format!("from {:.2} up", s.holds_from),
        _ => format!("up to {:.2}", s.holds_to),
    };
    let wins = |there: bool, word: &str, who: &Option<String>| match who {
        Some(who) if there && several => format!("; {word}, {} wins", name(decision, who)),
        _ => String::new(),
    };
    let (below, above) = (wins(low, "below", &s.beyond_low), wins(high, "above", &s.beyond_high));
    format!("{} {range} (now {:.2}{below}{above})", s.metric, s.weight)
}

/// Who wins how much of all weightings, where the leader's weights matter.
fn robustness(decision: &Decision) -> Option<String> {
    /// From this share on the leader wins almost however one weighs.
    const SETTLED: f64 = 0.8;
    let mut shares: Vec<&(String, f64)> =
        decision.robustness.iter().filter(|(_, share)| *share > 0.0).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let one = |(version, part): &&(String, f64)| format!("{} {}", name(decision, version), share(*part));
    let leads =
        |(version, part): &&(String, f64)| decision.leader.as_ref() == Some(version) && *part >= SETTLED;
    if shares.iter().any(leads) {
        return None;
    }
    let text = shares.iter().map(one).collect::<Vec<_>>().join(", ");
    (!text.is_empty()).then(|| format!("with weights drawn at random, so often would win: {text}"))
}

/// What the numbers rest on.
fn basis(decision: &Decision) -> String {
    let cases = plural(decision.cases, "case");
    let groups = match &decision.cluster_by {
        _ if decision.units == 0 || decision.units == decision.cases => String::new(),
        Some(field) => {
            format!(" of {} of {}, which are what counts", plural(decision.units, "value"), clean(field))
        }
        None => format!(" ({} independent)", decision.units),
    };
    let formula = match decision.formula {
        "ratio" => String::new(),
        other => format!("; formula {other}"),
    };
    format!(
        "{cases}{groups}; \"likely\" and [low, high] are {} intervals; less than {} of utility does not matter{formula}",
        share(decision.confidence),
        score(decision.rope),
    )
}

#[cfg(test)]
mod tests;
