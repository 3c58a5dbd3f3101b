//! Owns "how many cases": until a decision is clear, and for an experiment not yet run (section F).

use super::interval::Confidence;
use super::rule::Rule;
use super::special::norm_ppf;

/// What settles a margin, and how surely it is to be settled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// At which level it must exclude 0 to count as a difference.
    pub differs: Confidence,
    /// At which level it must lie within `rope` to count as none.
    pub equals: Confidence,
    /// Half the width of the region of equivalence; 0 where there is none.
    pub rope: f64,
    /// How often, in (0, 1).
    pub power: f64,
}

impl Goal {
    /// One interval settles both ways.
    pub fn of(rule: &Rule) -> Self {
        Self { differs: rule.level(), equals: rule.level(), rope: rule.rope, power: rule.power }
    }
}

/// What makes a margin uncertain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// `s2 = sum_g D_g^2/(G-1)`, variance of the margin per unit.
    pub per_unit: f64,
    /// `h`, size of the pseudo-cases.
    pub pseudo: f64,
}

impl Spread {
    /// `req(a) = (s2 + sqrt(s2^2 + 8 a^2 h^2))/(2 a^2)`: units at which the standard error is `a`.
    fn units_for(&self, a: f64) -> f64 {
        let root = (self.per_unit.powi(2) + 8.0 * (a * self.pseudo).powi(2)).sqrt();
        (self.per_unit + root) / (2.0 * a * a)
    }
}

/// Units until a margin of at least 0 is told from 0 or known to lie within the region of equivalence, whichever comes
/// first; `None` when neither ever comes (margin 0 and no region of equivalence).
pub fn units_needed(margin: f64, spread: Spread, goal: &Goal) -> Option<u64> {
    let Goal { differs, equals, rope, power } = *goal;
    let to_differ = (margin > 0.0).then(|| spread.units_for(margin / (differs.z() + norm_ppf(power))));
    let to_equal = (margin < rope)
        .then(|| spread.units_for((rope - margin) / (equals.z() + norm_ppf((1.0 + power) / 2.0))));
    let fewest = to_differ.into_iter().chain(to_equal).fold(f64::INFINITY, f64::min);
    fewest.is_finite().then(|| fewest.ceil() as u64)
}

/// More cases to run so that `units` become `needed`, at the present `n/units` cases per unit.
pub fn more_cases(needed: u64, units: usize, n: usize) -> u64 {
    let (units, n) = (units.max(1) as u64, n as u64);
    needed.saturating_sub(units).saturating_mul(n).div_ceil(units)
}

/// `((z_{1-alpha/2} + z_power) sd/delta)^2`: cases until a paired difference `delta` with standard deviation `sd` per
/// case is separated from 0. Round up. For a binary metric with a share `q` of discordant cases `sd = sqrt(q)`.
pub fn cases_for_difference(delta: f64, sd: f64, power: f64, confidence: Confidence) -> f64 {
    ((confidence.z() + norm_ppf(power)) * sd / delta).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_error_at_the_required_units_is_the_wanted_one() {
        let spread = Spread { per_unit: 0.3, pseudo: 0.2 };
        for a in [0.001, 0.01, 0.2] {
            let n = spread.units_for(a);
            let se = (spread.per_unit * n + 2.0 * spread.pseudo * spread.pseudo).sqrt() / n;
            assert!((se / a - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_dead_heat_without_equivalence_is_never_settled() {
        let spread = Spread { per_unit: 0.3, pseudo: 0.2 };
        let (goal, strict) = (Goal::of(&Rule::default()), Goal::of(&Rule { rope: 0.0, ..Rule::default() }));
        assert_eq!(units_needed(0.0, spread, &strict), None);
        assert!(units_needed(0.0, spread, &goal).is_some());
        assert!(units_needed(0.2, spread, &strict) < units_needed(0.1, spread, &strict));
    }

    #[test]
    fn what_a_race_must_show_takes_more() {
        let spread = Spread { per_unit: 0.3, pseudo: 0.2 };
        let (plain, raced) = (Rule::default(), Rule { adaptive: true, ..Rule::default() });
        for margin in [0.0, 0.1] {
            let needed = |rule| units_needed(margin, spread, &Goal::of(rule));
            assert!(needed(&raced) > needed(&plain));
        }
    }

    #[test]
    fn each_way_to_an_answer_pays_for_its_own_level() {
        let spread = Spread { per_unit: 0.3, pseudo: 0.2 };
        let goal = Goal::of(&Rule { rope: 0.1, ..Rule::default() });
        let surer = goal.differs.simultaneous(4);
        let needed =
            |margin, differs, equals| units_needed(margin, spread, &Goal { differs, equals, ..goal });
        let (same, apart) = (|d, e| needed(0.01, d, e), |d, e| needed(0.2, d, e));
        assert_eq!(same(surer, goal.equals), same(goal.differs, goal.equals));
        assert!(same(goal.differs, surer) > same(goal.differs, goal.equals));
        assert_eq!(apart(goal.differs, surer), apart(goal.differs, goal.equals));
        assert!(apart(surer, goal.equals) > apart(goal.differs, goal.equals));
    }

    #[test]
    fn more_cases_are_rounded_up_to_whole_cases() {
        assert_eq!(more_cases(12, 8, 25), 13);
        assert_eq!(more_cases(8, 12, 25), 0);
        // A margin that is rounding noise needs more than can be counted.
        assert!(more_cases(u64::MAX, 2, 25) > 1 << 60);
    }
}
