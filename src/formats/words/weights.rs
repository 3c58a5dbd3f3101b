//! What the weights of a decision mean, and how much hangs on them.
use super::super::numbers::{by_unit, score, share};
use super::name;
use crate::domain::{Better, Decision, Sensitivity, VerdictKind, WeightedMetric};

/// What counts how much, and against what it is measured.
pub(super) fn weights(decision: &Decision) -> Option<String> {
    let baseline = decision.ranking.iter().find(|ranked| ranked.version == decision.baseline);
    let one = |(at, metric): (usize, &WeightedMetric)| {
        let from = match metric.reference_source {
            Some("given") => ", as given",
            Some("built-in") => ", built in",
            _ => "",
        };
        let whose = if metric.reference_source == Some("baseline") { "the baseline's " } else { "" };
        let worth = if decision.formula == "log" { 0.0 } else { metric.weight / 2.0 };
        let each = if metric.name == "cost" { " a run" } else { "" };
        let reference = metric.reference.map_or(String::new(), |reference| {
            let text = by_unit(metric.unit, reference);
            // The columns are over the cases that all versions have values on.
            let shown = baseline.and_then(|baseline| baseline.metrics.get(at)?.0);
            let elsewhere = shown.is_some_and(|shown| by_unit(metric.unit, shown) != text);
            let over = if elsewhere && !whose.is_empty() { " over all its cases" } else { "" };
            format!(" ({} at {whose}{text}{each}{over}{from})", score(worth))
        });
        format!("{} {:.2}{reference}", metric.name, metric.weight)
    };
    let text = decision.weights.iter().enumerate().map(one).collect::<Vec<_>>().join(", ");
    let adds = [(Better::Lower, "less"), (Better::Higher, "more")].map(|(better, word)| {
        let of = decision.weights.iter().filter(|w| w.reference.is_some() && w.better == better);
        let names: Vec<&str> = of.map(|weighed| weighed.name.as_str()).collect();
        if names.is_empty() { String::new() } else { format!("; {word} {} adds more", names.join(" or ")) }
    });
    let by_baseline = decision.weights.iter().any(|weighed| weighed.reference_source == Some("baseline"));
    let fixed = if by_baseline {
        "; another baseline may change the order (`--ref from=DECISION` keeps these values)"
    } else {
        ""
    };
    (!text.is_empty()).then(|| text + &adds.concat() + fixed)
}

/// Exchange rates in words.
pub(super) fn worth(decision: &Decision) -> Option<String> {
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
pub(super) fn sensitivity(decision: &Decision) -> Vec<String> {
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
    let (first, wins) = lead(decision);
    let mut sentences = Vec::new();
    if !ranges.is_empty() {
        let then = match beyond.as_slice() {
            [only] => format!("; otherwise {} {wins}", name(decision, only)),
            _ => String::new(),
        };
        sentences.push(format!("{leader} {first} with a weight of {}{then}", ranges.join(", ")));
    }
    if !always.is_empty() {
        sentences.push(format!("{leader} {first} whatever the weight of {}", always.join(", ")));
    }
    sentences
}

/// What the leader and another do: nobody wins where nothing is decided.
fn lead(decision: &Decision) -> (&'static str, &'static str) {
    if matches!(decision.verdict, VerdictKind::Undecided | VerdictKind::Tie) {
        ("is ahead on these cases", "is ahead")
    } else {
        ("stays first", "wins")
    }
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
        Some(who) if there && several => format!("; {word}, {} {}", name(decision, who), lead(decision).1),
        _ => String::new(),
    };
    let (below, above) = (wins(low, "below", &s.beyond_low), wins(high, "above", &s.beyond_high));
    format!("{} {range} (now {:.2}{below}{above})", s.metric, s.weight)
}

/// Who wins how much of all weightings, where the leader's weights matter and something is decided.
pub(super) fn robustness(decision: &Decision) -> Option<String> {
    /// From this share on the leader wins almost however one weighs.
    const SETTLED: f64 = 0.8;
    let mut shares: Vec<&(String, f64)> =
        decision.robustness.iter().filter(|(_, share)| *share > 0.0).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let one = |(version, part): &&(String, f64)| (share(*part), name(decision, version));
    let leads =
        |(version, part): &&(String, f64)| decision.leader.as_ref() == Some(version) && *part >= SETTLED;
    if shares.is_empty() || decision.verdict == VerdictKind::Undecided || shares.iter().any(leads) {
        return None;
    }
    let mut all = shares.iter().map(one);
    let (most, first) = all.next()?;
    let rest: String = all.map(|(part, version)| format!(", with {part} {version}")).collect();
    Some(format!(
        "be sure of your weights: with {most} of all possible ones {first} would win{rest}; that is not the chance \
         of being wrong at yours: P(best) tells that"
    ))
}
