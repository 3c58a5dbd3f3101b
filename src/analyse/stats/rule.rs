//! Owns the rule a decision is made by: confidence, region of equivalence, adaptive stopping, power (sections D.3, F, L).

use super::interval::Confidence;

/// How a decision is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Confidence of the two-sided intervals.
    pub confidence: Confidence,
    /// Half the width of the region of practical equivalence, in utility; 0 is the pure significance rule.
    pub rope: f64,
    /// Whether the experiment was raced or stopped adaptively: intervals then use `alpha/4`.
    pub adaptive: bool,
    /// Power of "how many more cases", in (0, 1).
    pub power: f64,
}

impl Default for Rule {
    /// 95 %, one utility point of 100, not adaptive, power 80 % (section L).
    fn default() -> Self {
        Self { confidence: Confidence::default(), rope: 0.01, adaptive: false, power: 0.8 }
    }
}

impl Rule {
    /// The confidence the intervals of the margins are made at.
    pub fn level(&self) -> Confidence {
        if self.adaptive { self.confidence.after_adaptive_stop() } else { self.confidence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adaptive_stop_costs_three_quarters_of_alpha() {
        let raced = Rule { adaptive: true, ..Rule::default() };
        assert!((raced.level().level() - 0.9875).abs() < 1e-15);
        assert_eq!(Rule::default().level(), Confidence::default());
        assert!((Confidence::default().simultaneous(5).alpha() - 0.01).abs() < 1e-15);
        assert_eq!(
            (Confidence::new(1.0), Confidence::new(0.0), Confidence::new(f64::NAN)),
            (None, None, None)
        );
    }
}
