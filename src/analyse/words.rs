//! The sentence that says why: what was found, in numbers, for a reader who knows no statistics. What to do about it
//! is `advice`.
use crate::domain::{
    Decision, Margin, MarginStatus, Ranked, Sensitivity, Standing, Unit, VerdictKind, agreed, counted,
};

/// What utility is worth in points of the scores.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worth {
    /// The weight of all scores together.
    pub scores: f64,
}

impl Worth {
    /// `1.7 score points`, points of 100; nothing where scores have no weight.
    pub fn points(self, utility: f64) -> Option<String> {
        (self.scores > 0.0).then(|| format!("{:.1} score points", 100.0 * utility / self.scores))
    }

    /// `0.010 of utility (1.7 score points)`.
    pub fn both(self, utility: f64) -> String {
        let points = self.points(utility).map_or_else(String::new, |points| format!(" ({points})"));
        format!("{utility:.3} of utility{points}")
    }

    /// `at the low end of what is likely it is 0.017 of utility worse, at the high end 0.043 better (2.8 and 7.2 score
    /// points)`.
    pub fn span(self, loss: f64, gain: f64) -> String {
        let points = (self.scores > 0.0).then(|| {
            let of = |utility: f64| 100.0 * utility / self.scores;
            format!(" ({:.1} and {:.1} score points)", of(loss), of(gain))
        });
        format!(
            "at the low end of what is likely it is {loss:.3} of utility worse, at the high end {gain:.3} better{}",
            points.unwrap_or_default()
        )
    }
}

/// With a capital at its beginning and a full stop at its end.
pub(super) fn sentence(text: &str) -> String {
    format!("{}.", capital(text))
}

/// With a capital at its beginning.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), chars.as_str()))
}

/// What stands for itself: cases, or values of the field they are clustered by.
pub(super) fn independent(units: u64, cluster_by: Option<&str>) -> String {
    cluster_by.map_or_else(|| counted(units, "case"), |field| format!("{units} `{}`", agreed(units, field)))
}

/// One sentence, and who is left out, for `Decision::reason`.
pub(super) fn reason(decision: &Decision, worth: Worth) -> String {
    let why = sentence(&why(decision, worth));
    let out = left_out(decision, |standing| !matches!(standing, Standing::RacedOut(_)));
    // Where nothing is left to compare, why is nothing but that.
    if decision.margins.is_empty() || out.is_empty() {
        return why;
    }
    format!("{why} Left out: {}.", out.join(", "))
}

fn why(decision: &Decision, worth: Worth) -> String {
    let leader = decision.leader.as_deref().unwrap_or_default();
    match decision.verdict {
        VerdictKind::NoneEligible => none_left(decision),
        VerdictKind::Winner if decision.margins.is_empty() => alone(decision),
        VerdictKind::Winner => closest(decision).map_or_else(String::new, |margin| {
            let points = worth
                .points(margin.value)
                .map_or_else(String::new, |p| format!(", all in all worth as much as {p}"));
            let (by, sides) = (likely(margin), sides(decision, margin));
            let beside = beside_baseline(decision, margin);
            format!("it is ahead of the runner-up, `{}`, by {by}{points}{sides}{beside}", margin.version)
        }),
        VerdictKind::Tie => match decision.margins.as_slice() {
            [only] => format!("`{leader}` is ahead of `{}` by {}", only.version, likely(only)),
            _ => format!("each of them is less than {} from `{leader}`", worth.both(decision.rope)),
        },
        VerdictKind::Undecided => undecided(decision, leader),
    }
}

fn undecided(decision: &Decision, leader: &str) -> String {
    match decision.reason_code {
        Some("few_units") => {
            let all = independent(decision.units, decision.cluster_by.as_deref());
            format!("{all} are too few to decide anything")
        }
        Some("coverage") => "the versions share values on fewer than half of the cases".to_owned(),
        _ => closest(decision).map_or_else(String::new, |margin| {
            let chance = if margin.value > 0.0 { ", which may be chance" } else { "" };
            let (by, alike, sides) = (likely(margin), alike(decision), sides(decision, margin));
            let counts = decision.mend_first().is_some_and(|worst| !worst.where_answered.is_empty());
            let counting = if counts { "counting each failed run as the worst score, " } else { "" };
            format!("{counting}`{leader}` is ahead of `{}` by {by}{chance}{alike}{sides}", margin.version)
        }),
    }
}

/// Why many cases may be little evidence.
fn alike(decision: &Decision) -> String {
    let field = decision.cluster_by.as_ref().filter(|_| decision.is_clustered());
    field.map_or_else(String::new, |field| {
        format!(
            ": the file's `cluster_by` says that cases of one `{field}` may go right or wrong together, so these {} count as {}",
            decision.cases, decision.units
        )
    })
}

/// What taking the leader changes, where the runner-up is not what there is.
fn beside_baseline(decision: &Decision, runner_up: &Margin) -> String {
    let is_it = |margin: &&Margin| margin.version == decision.baseline && margin.version != runner_up.version;
    let margin = decision.margins.iter().find(is_it);
    let changed = margin.map(|margin| sides(decision, margin)).filter(|sides| !sides.is_empty());
    changed.map_or_else(String::new, |sides| {
        format!(". Beside what you have, `{}`: {}", decision.baseline, sides.trim_start_matches("; "))
    })
}

/// Weights that need only change a little for another to be ahead, to be sure of first, and what is said if they are right.
pub(super) fn tips(decision: &Decision) -> Option<(String, &'static str)> {
    /// In weight, all of them summing to 1.
    const LITTLE: f64 = 0.05;
    let mut near: Vec<End<'_>> = ends(decision).filter(|end| end.room() < LITTLE).collect();
    near.sort_by(|a, b| a.room().total_cmp(&b.room()));
    let one = |end: &End<'_>| format!("{} {:.2} (now {:.2})", end.side, end.at, end.of.weight);
    let ahead =
        |end: &End<'_>| end.who.as_ref().map_or_else(|| "another".to_owned(), |who| format!("`{who}`"));
    match near.as_slice() {
        [] => None,
        [end] => {
            let text = format!("the weight of {}: {} {} would be ahead", end.of.metric, one(end), ahead(end));
            Some((text, "if it stands"))
        }
        [first, ..] if near.iter().all(|end| end.who == first.who) => {
            let all = near
                .iter()
                .map(|end| format!("{} {}", end.of.metric, one(end)))
                .collect::<Vec<_>>()
                .join(" or ");
            Some((format!("the weights: with {all} {} would be ahead", ahead(first)), "if they stand"))
        }
        all => {
            let each = all.iter().map(|end| format!("with {} {} {}", end.of.metric, one(end), ahead(end)));
            let each = each.collect::<Vec<_>>().join(", ");
            Some((format!("the weights: {each} would be ahead"), "if they stand"))
        }
    }
}

/// Where the leader costs nothing and cost counts: the price of a run from which on the runner-up would be ahead, to
/// `ref m / (w - m)`, which takes away a lead of `m` from the utility `w ref / (ref + x)` (C.1).
pub(super) fn price_that_turns(decision: &Decision) -> Option<(&str, f64, &str)> {
    let leader = decision.leader.as_deref()?;
    let at = decision.weights.iter().position(|weighed| weighed.name == "cost")?;
    let of = |name: &str| decision.ranking.iter().find(|ranked| ranked.version == name);
    let cost = |name: &str| of(name)?.metrics.get(at)?.0;
    let next = decision.margins.iter().min_by(|a, b| a.value.total_cmp(&b.value))?;
    let is_free = cost(leader)? == 0.0 && cost(&next.version)? > 0.0 && decision.formula == "ratio";
    let weighed = &decision.weights[at];
    let price = weighed.reference? * next.value / (weighed.weight - next.value);
    (is_free && next.value > 0.0 && next.value < weighed.weight).then_some((
        leader,
        price,
        next.version.as_str(),
    ))
}

/// The least change of one weight that puts another ahead; `None` where none does.
pub(super) fn nearest_end(decision: &Decision) -> Option<End<'_>> {
    ends(decision).min_by(|a, b| a.room().total_cmp(&b.room()))
}

fn ends(decision: &Decision) -> impl Iterator<Item = End<'_>> {
    decision.sensitivity.iter().flat_map(|s| [End::low(s), End::high(s)]).flatten()
}

/// Where another takes the lead as one weight changes.
pub(super) struct End<'a> {
    pub of: &'a Sensitivity,
    side: &'static str,
    at: f64,
    who: &'a Option<String>,
}

impl<'a> End<'a> {
    fn low(of: &'a Sensitivity) -> Option<Self> {
        (of.holds_from > 0.0).then_some(Self { of, side: "below", at: of.holds_from, who: &of.beyond_low })
    }

    fn high(of: &'a Sensitivity) -> Option<Self> {
        (of.holds_to < 1.0).then_some(Self { of, side: "above", at: of.holds_to, who: &of.beyond_high })
    }

    /// How far the weight may move.
    fn room(&self) -> f64 {
        (self.of.weight - self.at).abs()
    }
}

/// On which metrics the leader is better than a rival and on which worse, those that matter to the margin.
fn sides(decision: &Decision, margin: &Margin) -> String {
    /// Parts below this share of the largest are not worth a word.
    const SMALL: f64 = 0.1;
    if margin.parts.len() != decision.weights.len() || margin.parts.len() < 2 {
        return String::new();
    }
    let least = SMALL * margin.parts.iter().fold(0.0, |most: f64, part| most.max(part.abs()));
    let on = |is_part: &dyn Fn(f64) -> bool| {
        let parts = decision.weights.iter().zip(&margin.parts).filter(|(_, part)| is_part(**part));
        parts.map(|(weighed, _)| weighed.name.as_str()).collect::<Vec<_>>().join(" and ")
    };
    match (on(&|part| part > least), on(&|part| part < -least)) {
        (better, worse) if better.is_empty() && worse.is_empty() => String::new(),
        (better, worse) if worse.is_empty() => format!("; better on {better}"),
        (better, worse) if better.is_empty() => format!("; worse on {worse}"),
        (better, worse) => format!("; better on {better}, worse on {worse}"),
    }
}

/// Why nothing else is ranked.
fn alone(decision: &Decision) -> String {
    let others = left_out(decision, |_| true);
    if others.is_empty() { "it is the only version".to_owned() } else { others.join(", ") }
}

/// Versions that are not ranked, and why, where that reason is asked for.
fn left_out(decision: &Decision, asked: impl Fn(&Standing) -> bool) -> Vec<String> {
    let one = |ranked: &Ranked| {
        let why = match &ranked.standing {
            Standing::Ranked => return None,
            Standing::GateFailed => {
                let failed = ranked.gates.iter().filter(|gate| !gate.passed);
                let gates: Vec<String> = failed.map(|gate| format!("`{}`", gate.gate)).collect();
                format!("does not pass {}", gates.join(" and "))
            }
            Standing::MissingMetric(metric) => format!("has no known `{metric}`"),
            Standing::Coverage { gaps: 0, .. } => "was not run on too many of the cases".to_owned(),
            Standing::Coverage { metric, gaps } => {
                let of = format!("{gaps} of its {}", counted(ranked.runs, "run"));
                if is_score(decision, metric) {
                    format!("has no score on {of}, where the evaluator `{metric}` failed")
                } else {
                    format!("has no known `{metric}` on {of}")
                }
            }
            Standing::RacedOut(cases) => format!("was stopped after {cases} cases"),
        };
        Some(format!("`{}` {why}", ranked.version))
    };
    decision.ranking.iter().filter(|ranked| asked(&ranked.standing)).filter_map(one).collect()
}

pub(super) fn is_score(decision: &Decision, metric: &str) -> bool {
    decision.weights.iter().any(|weighed| weighed.name == metric && weighed.unit == Unit::Score)
}

/// Who was excluded by what, counted.
fn none_left(decision: &Decision) -> String {
    let all = decision.ranking.len();
    let gated = decision.ranking.iter().filter(|ranked| ranked.standing == Standing::GateFailed).count();
    match (all, gated) {
        (_, 0) => "every version lacks a value that has a weight".to_owned(),
        (1, 1) => "the only version breaks a gate".to_owned(),
        (2, 2) => "both versions break a gate".to_owned(),
        (all, gated) if all == gated => format!("all {all} versions break a gate"),
        _ => "every version breaks a gate or lacks a value that has a weight".to_owned(),
    }
}

/// The margin over the rival that is hardest to tell from the leader.
fn closest(decision: &Decision) -> Option<&Margin> {
    let unresolved = decision.margins.iter().filter(|margin| margin.status != MarginStatus::Beaten);
    let low = |margin: &Margin| margin.interval.low.unwrap_or(f64::NEG_INFINITY);
    let hardest = unresolved.min_by(|a, b| low(a).total_cmp(&low(b)));
    hardest.or_else(|| decision.margins.iter().min_by(|a, b| a.value.total_cmp(&b.value)))
}

/// `0.094 of utility (likely 0.055 to 0.132)`.
fn likely(margin: &Margin) -> String {
    let range = margin.interval.bounds();
    let range = range.map_or_else(String::new, |(low, high)| format!(" (likely {low:.3} to {high:.3})"));
    format!("{:.3} of utility{range}", margin.value)
}

#[cfg(test)]
mod tests;
