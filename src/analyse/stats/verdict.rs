//! Owns the verdict: winner, tie or undecided, and what choosing now would risk (section D.3).

use super::estimate::Estimates;
use super::margin::{Rival, Status, rivals};
use super::panel::Panel;
use super::power::more_cases;
use super::rule::Rule;

/// Units below which nothing is decided.
pub const FEWEST_UNITS: usize = 10;
/// Share of covered cases below which nothing is decided.
pub const LEAST_COVERAGE: f64 = 0.5;

/// What a decision says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The leader beats every rival.
    Winner,
    /// No rival is unresolved and some are equivalent to the leader.
    Tie,
    /// The evidence does not carry an answer.
    Undecided,
}

impl Verdict {
    /// The printed and stored name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Winner => "winner",
            Self::Tie => "tie",
            Self::Undecided => "undecided",
        }
    }
}

/// What must be said beside a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Winner because nothing else is ranked.
    OnlyCandidate,
    /// Fewer than [`FEWEST_UNITS`] units, overall or on some weighted metric.
    FewUnits,
    /// Less than [`LEAST_COVERAGE`] of the cases is covered on some weighted metric.
    Coverage,
    /// Some rival is neither beaten nor equivalent.
    Unresolved,
}

impl Reason {
    /// The stored name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OnlyCandidate => "only_candidate",
            Self::FewUnits => "few_units",
            Self::Coverage => "coverage",
            Self::Unresolved => "unresolved",
        }
    }
}

/// A decision between the versions of a panel, all of them ranked.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Index of the version decided for.
    pub leader: usize,
    /// The leader against every other version, in declaration order.
    pub rivals: Vec<Rival>,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, where the verdict alone does not say.
    pub reason: Option<Reason>,
    /// On a tie the leader and its equivalents; else empty.
    pub tie_set: Vec<usize>,
    /// The leader and every rival it does not beat.
    pub contenders: Vec<usize>,
    /// "Choosing the leader cannot cost more than the region of equivalence": every lower end above it, and enough units.
    pub safe_to_pick: bool,
    /// `max(0, -lowest margin)`: what picking the leader now risks, in utility; `None` without intervals.
    pub max_regret: Option<f64>,
    /// More cases until a clear outcome; `None` when nothing is unresolved, or no number is enough.
    pub more_cases: Option<u64>,
}

/// Decides for `leader`: [`Estimates::leader`], or the first of several tied versions in display order.
/// `estimates` are of `panel`.
pub fn decide(panel: &Panel<'_>, estimates: &Estimates, leader: usize, rule: &Rule) -> Decision {
    let rivals = rivals(panel, estimates, leader, rule);
    let few = estimates.sample.units.min(estimates.sample.fewest_units) < FEWEST_UNITS;
    let (verdict, reason) = verdict(&rivals, few, estimates.sample.coverage);
    let with_leader = |keep: &dyn Fn(Status) -> bool| {
        let kept = rivals.iter().filter(|r| keep(r.status)).map(|r| r.version);
        std::iter::once(leader).chain(kept).collect::<Vec<usize>>()
    };
    let lows: Option<Vec<f64>> = rivals.iter().map(|r| r.interval.low).collect();
    Decision {
        leader,
        verdict,
        reason,
        tie_set: if verdict == Verdict::Tie { with_leader(&|s| s == Status::Equivalent) } else { Vec::new() },
        contenders: with_leader(&|s| s != Status::Beaten),
        safe_to_pick: !few && lows.as_ref().is_some_and(|lows| lows.iter().all(|&low| low > -rule.rope)),
        max_regret: lows.map(|lows| lows.iter().fold(0.0, |worst: f64, low| worst.max(-low))),
        more_cases: cases_until_clear(&rivals, estimates),
        rivals,
    }
}

fn verdict(rivals: &[Rival], few_units: bool, coverage: f64) -> (Verdict, Option<Reason>) {
    let any = |status| rivals.iter().any(|r| r.status == status);
    if rivals.is_empty() {
        (Verdict::Winner, Some(Reason::OnlyCandidate))
    } else if few_units {
        (Verdict::Undecided, Some(Reason::FewUnits))
    } else if coverage < LEAST_COVERAGE {
        (Verdict::Undecided, Some(Reason::Coverage))
    } else if any(Status::Unresolved) {
        (Verdict::Undecided, Some(Reason::Unresolved))
    } else if any(Status::Equivalent) {
        (Verdict::Tie, None)
    } else {
        (Verdict::Winner, None)
    }
}

/// The most any unresolved rival needs, and at least the cases that make ten units.
fn cases_until_clear(rivals: &[Rival], estimates: &Estimates) -> Option<u64> {
    let (units, n) = (estimates.sample.units, estimates.sample.n);
    let unresolved = rivals.iter().filter(|r| r.status == Status::Unresolved);
    let needed: Option<Vec<u64>> = unresolved.map(|r| r.units_needed).collect();
    let to_resolve = needed.and_then(|all| all.into_iter().max()).map(|most| more_cases(most, units, n));
    let to_floor = (units < FEWEST_UNITS).then(|| more_cases(FEWEST_UNITS as u64, units, n));
    to_resolve.max(to_floor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::stats::interval::{Interval, Method};
    use crate::analyse::stats::panel::{Cell, Measure, Metric};
    use crate::analyse::stats::utility::Transform;

    fn beaten() -> Rival {
        Rival {
            version: 1,
            margin: 0.5,
            pseudo: 0.5,
            se: Some(0.1),
            interval: Interval::new(0.3, 0.7, Method::DeltaT),
            p_beats: Some(1.0),
            status: Status::Beaten,
            units_needed: None,
        }
    }

    #[test]
    fn half_of_the_cases_are_enough() {
        assert_eq!(verdict(&[beaten()], false, 0.5), (Verdict::Winner, None));
        assert_eq!(verdict(&[beaten()], false, 0.499), (Verdict::Undecided, Some(Reason::Coverage)));
        assert_eq!(verdict(&[beaten()], true, 0.1), (Verdict::Undecided, Some(Reason::FewUnits)));
        let only = (Verdict::Winner, Some(Reason::OnlyCandidate));
        assert_eq!(verdict(&[], true, 0.1), only);
    }

    /// Quality of each version, all on the same cases.
    fn decided(versions: &[Vec<f64>]) -> Decision {
        let metrics = [Metric { transform: Transform::Identity, weight: 1.0, evaluator: true }];
        let cells: Vec<Vec<Cell>> =
            versions.iter().map(|values| values.iter().map(|&x| Cell::Value(x)).collect()).collect();
        let rows: Vec<Vec<Measure<'_>>> = cells.iter().map(|cells| vec![Measure::Mean(cells)]).collect();
        let panel = Panel { metrics: &metrics, versions: &rows, cases: versions[0].len(), groups: None };
        let rule = Rule::default();
        let estimates = Estimates::of(&panel, rule.level()).expect("values");
        decide(&panel, &estimates, 0, &rule)
    }

    #[test]
    fn ten_units_are_enough() {
        let on = |n: usize| decided(&[vec![1.0; n], vec![0.0; n]]);
        assert_eq!((on(9).verdict, on(9).reason), (Verdict::Undecided, Some(Reason::FewUnits)));
        assert_eq!((on(10).verdict, on(10).reason), (Verdict::Winner, None));
    }

    #[test]
    fn the_rival_that_takes_longest_sets_how_many_more() {
        let of = |right: usize| (0..40).map(|i| f64::from(u8::from(i < right))).collect::<Vec<f64>>();
        let [far, near] = [30, 31].map(|right| decided(&[of(32), of(right)]).more_cases.expect("unresolved"));
        assert!(far < near, "{far} {near}");
        assert_eq!(decided(&[of(32), of(30), of(31)]).more_cases, Some(near));
        assert_eq!(decided(&[of(32), of(31), of(30)]).more_cases, Some(near));
    }

    #[test]
    fn versions_that_differ_by_rounding_are_level() {
        let decision = decided(&[vec![0.1 + 0.2; 400], vec![0.3; 400]]);
        assert_eq!((decision.rivals[0].margin, decision.rivals[0].p_beats), (0.0, Some(0.5)));
    }
}
