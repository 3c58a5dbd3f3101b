//! What the columns of a decision mean that no head can say.
use super::super::cells::quantile;
use super::super::grid::clean;
use super::super::numbers::probability;
use super::is_thin;
use crate::domain::{Decision, Ranked, Unit, VerdictKind};

/// What the columns mean that no head can say.
pub(super) fn reading(decision: &Decision) -> Vec<String> {
    let sums = "*: the baseline, what you have; utility: what the metrics add up to, at most 1; under each metric: its value → \
                what it adds, at most its weight";
    let told = [&decision.advice, &decision.reason].iter().any(|text| text.contains("score point"))
        || (!is_thin(decision) && !decision.margins.is_empty() && !decision.exchange_rates.is_empty());
    let points = if told { score_point(decision) } else { String::new() };
    let is_weighed = decision.ranking.iter().any(|ranked| ranked.utility.is_some());
    let mut texts = Vec::from_iter(is_weighed.then(|| format!("{sums}{points}")));
    let any = |of: &dyn Fn(&Ranked) -> bool| decision.ranking.iter().any(of);
    let mut chances = Vec::new();
    if any(&|ranked| ranked.interval.bounds().is_some()) {
        let overlap = if overlaps(decision) {
            ", which may overlap although one wins: that is judged case by case, on the same cases for both"
        } else {
            ""
        };
        chances.push(format!("[low, high]: where the number likely lies on other cases like these{overlap}"));
    }
    if any(&|ranked| ranked.p_best.is_some()) {
        chances.push(format!("P(best): how likely that version is the best on those{}", enough(decision)));
    }
    let spread = |ranked: &&Ranked| ranked.rank_interval.is_some_and(|(low, high)| low != high);
    if let Some((ranked, (low, high))) =
        decision.ranking.iter().find(spread).and_then(|ranked| Some((ranked, ranked.rank_interval?)))
    {
        let rank = ranked.rank.unwrap_or(low);
        chances.push(format!("rank {rank} ({low}–{high}): {rank} on these cases, {low} to {high} on those"));
    }
    if any(&|ranked| ranked.p_feasible.is_some()) {
        let gates = "gates: the limits a version must keep; P(gates): how likely it keeps them on other cases like these";
        chances.push(gates.to_owned());
    }
    if !chances.is_empty() {
        texts.push(chances.join("; "));
    }
    texts.extend(quantiles(decision));
    texts
}

/// From which chance on a version wins.
fn enough(decision: &Decision) -> String {
    if decision.verdict == VerdictKind::Tie {
        return String::new();
    }
    format!("; a winner has about {} or more", probability(decision.enough()))
}

/// Whether there is a winner whose utility, by itself, a rival may have as well.
fn overlaps(decision: &Decision) -> bool {
    let low = decision.ranking.first().and_then(|first| first.interval.low);
    let mut rivals = decision.ranking.iter().skip(1).filter_map(|ranked| ranked.interval.high);
    decision.winner.is_some() && low.is_some_and(|low| rivals.any(|high| high > low))
}

/// What a quantile is, of the first one that is weighed or a gate.
fn quantiles(decision: &Decision) -> Option<String> {
    let gates = decision.ranking.iter().flat_map(|ranked| &ranked.gates).map(|gate| gate.gate.as_str());
    let mut names = decision.weights.iter().map(|weighed| weighed.name.as_str()).chain(gates);
    names.find_map(|text| {
        let name = text.split_whitespace().next()?;
        let (of, percent) = quantile(name)?;
        let (of, name) = (clean(of), clean(name));
        Some(format!("{name}: {percent} of 100 runs lie at or below it; {of}: their mean"))
    })
}

/// What a score point is, and what it is in utility.
fn score_point(decision: &Decision) -> String {
    let scores = decision.weights.iter().filter(|weighed| weighed.unit == Unit::Score);
    let weight: f64 = scores.map(|weighed| weighed.weight).sum();
    let utility = format!("{:.4}", weight / 100.0);
    format!("; a score point: 0.01 of a score, here {} of utility", utility.trim_end_matches('0'))
}
