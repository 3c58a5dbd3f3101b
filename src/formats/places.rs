//! What stands in the cells of a ranking, for every format that is read by people. Writes what the decision holds.
use super::cells::{Measured, Room, needs, version_name};
use super::grid::clean;
use super::numbers;
use super::scale::Scale;
use crate::domain::{Decision, Margin, MarginStatus, Ranked, Unit, agreed, out_of_reach};

/// `1`, `1 (1–3)` where the rank is not sure, `–` for what is not ranked.
#[must_use]
pub fn rank(ranked: &Ranked) -> String {
    match (ranked.rank, ranked.rank_interval) {
        (Some(rank), Some((low, high))) if low != high => format!("{rank} ({low}–{high})"),
        (Some(rank), _) => rank.to_string(),
        (None, _) => "–".to_owned(),
    }
}

/// The version's name, the baseline marked.
#[must_use]
pub fn ranked_name(decision: &Decision, ranked: &Ranked) -> String {
    let own = version_name(&ranked.version, &ranked.label);
    if ranked.version == decision.baseline { format!("{own} (baseline)") } else { own }
}

/// The utilities with their intervals.
#[must_use]
pub fn utilities(decision: &Decision) -> Vec<Measured> {
    let scale = Scale::of(Unit::Score, []);
    let cell = |ranked: &Ranked| Measured {
        value: ranked.utility.map_or("–".to_owned(), |utility| scale.with_unit(utility)),
        bracket: if ranked.utility.is_some() { scale.bracket(&ranked.interval) } else { String::new() },
        counts: String::new(),
    };
    decision.ranking.iter().map(cell).collect()
}

/// One weighted metric of every version: `0.870 → 0.522`, the arrows under each other.
#[must_use]
pub fn contributions(decision: &Decision, at: usize) -> Vec<String> {
    let Some(weight) = decision.weights.get(at) else { return Vec::new() };
    let values = |ranked: &Ranked| ranked.metrics.get(at).copied().unwrap_or_default();
    let scale = Scale::of(weight.unit, decision.ranking.iter().filter_map(|ranked| values(ranked).0));
    let text = |ranked| values(ranked).0.map_or("?".to_owned(), |value| scale.with_unit(value));
    let texts: Vec<String> = decision.ranking.iter().map(text).collect();
    let room = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let share = Scale::of(Unit::Score, []);
    let line = |(ranked, text): (&Ranked, &String)| match values(ranked).2 {
        Some(adds) => format!("{text:>room$} → {}", share.with_unit(adds)),
        None => format!("{text:>room$}"),
    };
    decision.ranking.iter().zip(&texts).map(line).collect()
}

/// What the evidence says of every version against the leader; blank for the leader and what is not held against it.
#[must_use]
pub fn against(decision: &Decision, room: Room) -> Vec<String> {
    let of = |ranked: &Ranked| decision.margins.iter().find(|margin| margin.version == ranked.version);
    let one = |margin: &Margin| match margin.status {
        MarginStatus::Beaten => "▼ behind".to_owned(),
        MarginStatus::Equivalent => "= as good".to_owned(),
        MarginStatus::Unresolved => {
            // Too few to estimate from, to be mended first, or out of reach: then it is no use to say how many more.
            let is_told = decision.reason_code != Some("few_units") && decision.mend_first().is_none();
            let more = margin.more_cases.filter(|more| is_told && !out_of_reach(*more, decision.cases));
            format!("· {}", needs_in(decision, more, room).unwrap_or_else(|| "unclear".to_owned()))
        }
    };
    decision.ranking.iter().map(|ranked| of(ranked).map_or(String::new(), one)).collect()
}

/// How much more would settle it: new values of the field the cases are clustered by, where they are what counts.
fn needs_in(decision: &Decision, more: Option<u64>, room: Room) -> Option<String> {
    let more = more?;
    let Some(field) = decision.cluster_by.as_ref().filter(|_| decision.is_clustered()) else {
        return needs(Some(more), decision.cases, room);
    };
    let clusters = decision.clusters_of(more);
    let (values, of) = (numbers::about(clusters), agreed(clusters, &clean(field)));
    Some(match room {
        Room::Full => format!("needs about {values} new {of}"),
        Room::Short | Room::Tight => format!("needs ~{values} new {of}"),
    })
}

/// The margins that are taken apart by metric, in the order of the ranking; none with a single metric.
#[must_use]
pub fn taken_apart(decision: &Decision) -> Vec<(&Ranked, &Margin)> {
    let whole = |margin: &&Margin| margin.parts.len() == decision.weights.len() && margin.parts.len() > 1;
    let of = |ranked: &Ranked| {
        decision.margins.iter().find(|margin| margin.version == ranked.version).filter(whole)
    };
    decision.ranking.iter().filter_map(|ranked| Some((ranked, of(ranked)?))).collect()
}

/// `+0.096`: a part of a margin, in utility.
#[must_use]
pub fn part(utility: f64) -> String {
    match utility {
        x if !x.is_finite() => "?".to_owned(),
        x if x.abs() < 0.0005 => "0.000".to_owned(),
        x => format!("{x:+.3}"),
    }
}

/// Certainty that the gates hold: `?` where the cases at hand cannot say.
#[must_use]
pub fn gates_hold(ranked: &Ranked) -> String {
    match ranked.p_feasible {
        Some(p) => numbers::probability(p),
        None if ranked.gates.is_empty() => String::new(),
        None => "?".to_owned(),
    }
}

/// How many gates a version failed.
#[must_use]
pub fn gates(ranked: &Ranked) -> String {
    let failed = ranked.gates.iter().filter(|gate| !gate.passed).count();
    match (ranked.gates.len(), failed) {
        (0, _) => String::new(),
        (_, 0) => "passed".to_owned(),
        (1, _) => "failed".to_owned(),
        (all, failed) => format!("{failed} of {all} failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{samples, words};

    #[test]
    fn where_the_cases_cannot_say_how_sure_a_gate_is_this_is_said() {
        let mut decision = samples::gate_failed().1;
        let bare: Vec<String> = decision.ranking.iter().map(gates_hold).collect();
        assert_eq!(bare, ["?", "?", "?"]);
        decision.ranking[1].p_feasible = Some(1.0);
        decision.ranking[2].p_feasible = Some(0.2);
        let sure: Vec<String> = decision.ranking.iter().map(gates_hold).collect();
        assert_eq!(sure, ["?", ">=.99", ".20"]);
        let why = "never break it, so P(gates) cannot be told (?)";
        let said = |decision: &Decision| {
            words::remarks(decision)
                .iter()
                .filter(|(label, text)| *label == "unsure" && text.contains(why))
                .count()
        };
        assert_eq!(said(&decision), 1);
        decision.ranking[0].p_feasible = Some(0.9);
        assert_eq!(said(&decision), 0);
        decision.ranking[0].gates.clear();
        decision.ranking[0].p_feasible = None;
        assert_eq!(gates_hold(&decision.ranking[0]), "");
    }

    #[test]
    fn parts_are_signed_and_noise_is_nothing() {
        assert_eq!(
            [part(0.0961), part(-0.002), part(-1e-9), part(f64::NAN)],
            ["+0.096", "-0.002", "0.000", "?"]
        );
    }

    #[test]
    fn rivals_stand_where_their_margin_says() {
        let mut decision = samples::gate_failed().1;
        assert_eq!(against(&decision, Room::Full), ["", "· needs about 230 more cases", ""]);
        decision.reason_code = Some("few_units");
        assert_eq!(against(&decision, Room::Full)[1], "· unclear", "too few to estimate from");
        decision.reason_code = Some("unresolved");
        decision.contenders = vec![decision.ranking[0].version.clone()];
        (decision.ranking[0].runs, decision.ranking[0].failed) = (200, 9);
        assert_eq!(against(&decision, Room::Full)[1], "· needs about 230 more cases");
        decision.ranking[0].failed = 10;
        assert_eq!(against(&decision, Room::Full)[1], "· unclear", "what fails is mended first");
        decision.margins[0].status = MarginStatus::Equivalent;
        assert_eq!(against(&decision, Room::Full)[1], "= as good");
        decision.margins[0].parts.pop();
        assert!(taken_apart(&decision).is_empty(), "over a version that a race stopped");
    }
}
