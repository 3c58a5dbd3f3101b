//! Owns the leader's margin over each rival, in closed form with two pseudo-cases (section D.2), and whether it beats
//! the rival (section D.3). Draws nothing at random: a verdict never depends on a seed.

use super::estimate::Estimates;
use super::interval::{Interval, Method};
use super::listwise::Listwise;
use super::panel::{Measure, Panel};
use super::pieces::side_by_side;
use super::power::{Goal, Spread, units_needed};
use super::ranking::TIE_TOLERANCE;
use super::rule::Rule;
use super::special::t_cdf;
use super::sums::sum;

/// Where a rival stands against the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// The margin is inside the region of practical equivalence.
    Equivalent,
    /// The margin is above 0.
    Beaten,
    /// Neither is known.
    Unresolved,
}

impl Status {
    /// The stored name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Equivalent => "equivalent",
            Self::Beaten => "beaten",
            Self::Unresolved => "unresolved",
        }
    }

    /// Equivalence is checked first. Without an interval nothing is resolved.
    fn of(interval: &Interval, rope: f64) -> Self {
        match (interval.low, interval.high) {
            (Some(low), Some(high)) if low > -rope && high < rope => Self::Equivalent,
            (Some(low), _) if low > 0.0 => Self::Beaten,
            _ => Self::Unresolved,
        }
    }
}

/// The leader against one rival.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rival {
    /// Index of the rival.
    pub version: usize,
    /// `U_leader - U_rival`; 0 for a tie (within 1e-12).
    pub margin: f64,
    /// `h_r`, the size of the pseudo-cases, in utility.
    pub pseudo: f64,
    /// Standard error of the margin; `None` with one unit.
    pub se: Option<f64>,
    /// `margin -+ t_{G-1} SE`.
    pub interval: Interval,
    /// `F_t(margin/SE; G-1)`; `None` with one unit.
    pub p_beats: Option<f64>,
    /// Where the rival stands.
    pub status: Status,
    /// Units at which the outcome would be clear; only for unresolved rivals, `None` when no number is enough.
    pub units_needed: Option<u64>,
}

/// The leader against every other version, in declaration order.
pub fn rivals(panel: &Panel<'_>, estimates: &Estimates, leader: usize, rule: &Rule) -> Vec<Rival> {
    let others: Vec<usize> = (0..panel.versions.len()).filter(|&v| v != leader).collect();
    let numbers = panel.cases * others.len();
    side_by_side(others.len(), numbers, |i| against(panel, estimates, leader, others[i], rule))
}

fn against(panel: &Panel<'_>, estimates: &Estimates, leader: usize, rival: usize, rule: &Rule) -> Rival {
    let difference = estimates.totals[leader] - estimates.totals[rival];
    // Equal versions differ by rounding; with no spread at all even that would count as beaten.
    let margin = if difference.abs() <= TIE_TOLERANCE { 0.0 } else { difference };
    let pseudo = pseudo_case(panel, &estimates.sample, leader, rival);
    let (ours, theirs) = (&estimates.influence[leader], &estimates.influence[rival]);
    let squares = sum(ours.iter().zip(theirs).map(|(a, b)| (a - b).powi(2)));
    let g = estimates.sample.units as f64;
    let level = rule.level();
    let enough = estimates.sample.units > 1;
    let se = enough.then(|| ((squares + 2.0 * pseudo * pseudo) / (g * (g - 1.0))).sqrt());
    let interval = Interval::around(margin, se.map(|se| level.t(g - 1.0) * se), Method::DeltaT);
    let status = Status::of(&interval, rule.rope);
    let spread = Spread { per_unit: squares / (g - 1.0), pseudo };
    let unresolved = status == Status::Unresolved && enough;
    Rival {
        version: rival,
        margin,
        pseudo,
        se,
        interval,
        p_beats: se.map(|se| chance_ahead(margin, se, g - 1.0)),
        status,
        units_needed: unresolved.then(|| units_needed(margin, spread, &Goal::of(rule))).flatten(),
    }
}

/// `F_t(margin/SE)`, and its limit when nothing varies.
fn chance_ahead(margin: f64, se: f64, df: f64) -> f64 {
    match (se > 0.0, margin == 0.0) {
        (true, _) => t_cdf(margin / se, df),
        (false, true) => 0.5,
        (false, false) => f64::from(u8::from(margin > 0.0)),
    }
}

/// `h_r = 1/2 sum_{m in evaluators} w_m R_m`, with `R_m` the largest observed swing between the two versions on a
/// case, at most 1, and 1 where none was observed or the metric has no case values. Without it a sample with no
/// discordant case would claim certainty.
fn pseudo_case(panel: &Panel<'_>, sample: &Listwise, leader: usize, rival: usize) -> f64 {
    let is_mean = |measure: &Measure<'_>| !matches!(measure, Measure::Quantile { .. } | Measure::Fixed(_));
    let largest = |m: usize| {
        let (ours, theirs) = (&panel.versions[leader][m], &panel.versions[rival][m]);
        if !(is_mean(ours) && is_mean(theirs)) {
            return 1.0;
        }
        let swing = |&i: &usize| match (ours.value(i), theirs.value(i)) {
            (Some(a), Some(b)) => panel.metrics[m].transform.swing(a, b),
            _ => 0.0,
        };
        let observed = sample.common[m].iter().map(swing).fold(0.0, f64::max);
        if observed > 0.0 { observed.min(1.0) } else { 1.0 }
    };
    let evaluators = panel.metrics.iter().enumerate().filter(|(_, metric)| metric.evaluator);
    0.5 * sum(evaluators.map(|(m, metric)| metric.weight * largest(m)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equivalence_is_checked_before_superiority() {
        let status = |low, high, rope| Status::of(&Interval::new(low, high, Method::DeltaT), rope);
        assert_eq!(status(0.002, 0.008, 0.01), Status::Equivalent);
        assert_eq!(status(0.002, 0.012, 0.01), Status::Beaten);
        assert_eq!(status(-0.002, 0.012, 0.01), Status::Unresolved);
        assert_eq!(status(0.002, 0.008, 0.0), Status::Beaten);
        assert_eq!(status(0.0, 0.0, 0.0), Status::Unresolved);
        assert_eq!(status(-0.01, 0.005, 0.01), Status::Unresolved, "at the edge is not within");
        assert_eq!(Status::of(&Interval::none(Method::DeltaT), 1.0), Status::Unresolved);
    }

    #[test]
    fn without_any_spread_the_sign_decides() {
        assert_eq!([0.1, 0.0, -0.1].map(|m| chance_ahead(m, 0.0, 9.0)), [1.0, 0.5, 0.0]);
    }
}
