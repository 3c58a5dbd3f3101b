//! What a comparison that is open rests on, and how many more cases would settle it (section F).
use super::stats::interval::Confidence;
use super::stats::power::{Goal, Spread, more_cases, units_needed};
use super::stats::rule::Rule;
use super::stats::verdict::FEWEST_UNITS;

/// What the need for more cases follows from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    /// The difference, or the logarithm of a ratio.
    pub gap: f64,
    /// Its standard error.
    pub se: Option<f64>,
    /// Independent cases behind it, and cases.
    pub units: usize,
    /// Cases, repeats counted once.
    pub cases: usize,
    /// Half the region of equivalence; 0 where there is none.
    pub rope: f64,
    /// Size of each of the two pseudo-cases in the interval: 1 in Bonett and Price's, which adds a case to both sides.
    pub pseudo: f64,
}

impl Evidence {
    /// How many more cases would settle it four times in five: as *better* or *worse*, for which p must stay below what
    /// Holm leaves it (`differs`), or as *equivalent*, for which its interval must lie within the region at its own
    /// level (`equals`). `None` where that never comes, or nothing more is needed.
    pub fn more_cases(&self, differs: Confidence, equals: Confidence) -> Option<u64> {
        /// A gap this small beside its standard error is rounding noise of none.
        const NOISE: f64 = 1e-9;
        let se = self.se?;
        let gap = if self.gap.abs() > NOISE * se { self.gap.abs() } else { 0.0 };
        let spread = Spread { per_unit: se.powi(2) * self.units as f64, pseudo: self.pseudo };
        let goal = Goal { differs, equals, rope: self.rope, power: Rule::default().power };
        let needed = units_needed(gap, spread, &goal)?.max(FEWEST_UNITS as u64);
        Some(more_cases(needed, self.units, self.cases)).filter(|more| *more > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_the_baseline_need_not_pay_for_the_other_candidates() {
        let level = Confidence::default();
        let evidence =
            |gap| Evidence { gap, se: Some(0.03), units: 100, cases: 200, rope: 0.05, pseudo: 0.0 };
        let needs = |gap: f64, candidates| evidence(gap).more_cases(level.simultaneous(candidates), level);
        assert_eq!(needs(0.0, 3), needs(0.0, 1));
        assert!(needs(0.06, 3) > needs(0.06, 1));
        assert!(
            needs(-0.06, 1).is_some() && needs(-0.06, 1) == needs(0.06, 1),
            "its direction does not matter"
        );
    }

    #[test]
    fn no_number_of_cases_settles_a_dead_heat_without_a_region() {
        let (level, open) = (
            Confidence::default(),
            Evidence { gap: 0.0, se: Some(0.1), units: 20, cases: 20, rope: 0.0, pseudo: 0.0 },
        );
        assert_eq!(open.more_cases(level, level), None);
        assert_eq!(Evidence { gap: 1e-16, ..open }.more_cases(level, level), None);
        assert_eq!(Evidence { se: None, gap: 1.0, ..open }.more_cases(level, level), None);
    }
}
