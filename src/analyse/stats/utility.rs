//! Owns what a metric's value is worth: the transforms to utility and their slopes (section C.1).
//! A utility uses the version's own value and frozen constants only, so that no third version can reorder two others;
//! the one exception, min-max, says so. A new transform is one variant and one arm in each method below.

use std::fmt;

/// Whether more or less of a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Goal {
    /// More is better.
    Maximize,
    /// Less is better.
    Minimize,
}

/// From the value of a metric to its utility.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transform {
    /// `u = x`: evaluators on [0, 1], rates.
    Identity,
    /// `u = clamp((x-worst)/(best-worst), 0, 1)`: evaluators with a declared range, the error rate.
    Linear {
        /// The value worth 1.
        best: f64,
        /// The value worth 0.
        worst: f64,
    },
    /// `u = ref/(ref+x)` to minimise, `x/(x+ref)` to maximise: the same as the reference is worth 1/2. Values below 0
    /// count as 0.
    Ratio {
        /// Direction.
        goal: Goal,
        /// The frozen reference, `> 0`, in the metric's unit.
        reference: f64,
    },
    /// `u = -log10(max(x, floor)/ref)` to minimise; unbounded, a factor of ten is worth 1.
    Log {
        /// Direction.
        goal: Goal,
        /// The value worth 0, `> 0`; the order of versions does not depend on it.
        reference: f64,
        /// Values below count as this, `> 0`.
        floor: f64,
    },
    /// `u = factor x`: raw numbers, unbounded.
    Raw {
        /// What one unit is worth.
        factor: f64,
    },
    /// Linear between the extremes of the compared set. **Set-dependent**: another version can reorder two others.
    /// Not clamped, so that its slope also holds at the extremes, where two of the versions always are.
    MinMax {
        /// Direction.
        goal: Goal,
        /// Smallest value in the set.
        low: f64,
        /// Largest value in the set.
        high: f64,
    },
}

/// Why a transform cannot be used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TransformError {
    /// The reference must be finite and above 0.
    Reference(f64),
    /// The floor must be finite and above 0.
    Floor(f64),
    /// Best and worst must be finite and differ.
    Range {
        /// As declared.
        best: f64,
        /// As declared.
        worst: f64,
    },
}

impl fmt::Display for TransformError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reference(x) => write!(f, "a reference must be above 0, not `{x}`"),
            Self::Floor(x) => write!(f, "a floor must be above 0, not `{x}`"),
            Self::Range { best, worst } => {
                write!(f, "best `{best}` and worst `{worst}` must be finite and differ")
            }
        }
    }
}

impl std::error::Error for TransformError {}

impl Transform {
    /// Min-max over the values of the compared set.
    pub fn min_max(goal: Goal, values: &[f64]) -> Self {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self::MinMax { goal, low, high }
    }

    /// Checks the constants.
    pub fn check(&self) -> Result<(), TransformError> {
        let usable = |x: f64| x.is_finite() && x > 0.0;
        match *self {
            Self::Ratio { reference, .. } | Self::Log { reference, .. } if !usable(reference) => {
                Err(TransformError::Reference(reference))
            }
            Self::Log { floor, .. } if !usable(floor) => Err(TransformError::Floor(floor)),
            Self::Linear { best, worst } if best == worst || !(best - worst).is_finite() => {
                Err(TransformError::Range { best, worst })
            }
            _ => Ok(()),
        }
    }

    /// Whether utilities depend on which versions are compared.
    pub fn set_dependent(&self) -> bool {
        matches!(self, Self::MinMax { .. })
    }

    /// Whether utilities stay within [0, 1] for values within their own range.
    pub fn bounded(&self) -> bool {
        !matches!(self, Self::Log { .. } | Self::Raw { .. })
    }

    /// The value worth least: 0 where utilities are [bounded](Self::bounded), which a ratio to minimise reaches in the limit.
    pub fn worst(&self) -> f64 {
        match (*self, self.goal()) {
            (Self::Linear { worst, .. }, _) => worst,
            (_, Goal::Minimize) => f64::INFINITY,
            (_, Goal::Maximize) => 0.0,
        }
    }

    /// The direction the transform rewards.
    pub fn goal(&self) -> Goal {
        match *self {
            Self::Identity => Goal::Maximize,
            Self::Linear { best, worst } if best > worst => Goal::Maximize,
            Self::Linear { .. } => Goal::Minimize,
            Self::Raw { factor } if factor >= 0.0 => Goal::Maximize,
            Self::Raw { .. } => Goal::Minimize,
            Self::Ratio { goal, .. } | Self::Log { goal, .. } | Self::MinMax { goal, .. } => goal,
        }
    }

    /// `u(x)`.
    pub fn utility(&self, x: f64) -> f64 {
        match *self {
            Self::Identity => x,
            Self::Raw { factor } => factor * x,
            Self::Linear { best, worst } => ((x - worst) / (best - worst)).clamp(0.0, 1.0),
            Self::Ratio { goal: Goal::Minimize, reference } => reference / (reference + x.max(0.0)),
            Self::Ratio { goal: Goal::Maximize, reference } => x.max(0.0) / (x.max(0.0) + reference),
            Self::Log { goal, reference, floor } => sign(goal) * (x.max(floor) / reference).log10(),
            Self::MinMax { low, high, .. } if high <= low => 0.5,
            Self::MinMax { goal: Goal::Maximize, low, high } => (x - low) / (high - low),
            Self::MinMax { goal: Goal::Minimize, low, high } => (high - x) / (high - low),
        }
    }

    /// `u'(x)`; 0 at and beyond a clamp (D.2).
    pub fn slope(&self, x: f64) -> f64 {
        match *self {
            Self::Identity => 1.0,
            Self::Raw { factor } => factor,
            Self::Linear { best, worst } => {
                let within = (x - worst) / (best - worst);
                if within > 0.0 && within < 1.0 { 1.0 / (best - worst) } else { 0.0 }
            }
            Self::Ratio { .. } if x < 0.0 => 0.0,
            Self::Ratio { goal, reference } => sign(goal) * reference / (reference + x).powi(2),
            Self::Log { goal, floor, .. } if x > floor => sign(goal) / (x * std::f64::consts::LN_10),
            Self::Log { .. } => 0.0,
            Self::MinMax { low, high, .. } if high <= low => 0.0,
            Self::MinMax { goal, low, high } => sign(goal) / (high - low),
        }
    }

    /// How far two case values are apart on the scale of utility, before any clamp: `s_m |a - b|` of D.2; for the
    /// curved transforms, which D.2 leaves open for evaluators, the difference of their utilities.
    pub fn swing(&self, a: f64, b: f64) -> f64 {
        match *self {
            Self::Identity => (a - b).abs(),
            Self::Raw { factor } => (factor * (a - b)).abs(),
            Self::Linear { best, worst } => ((a - b) / (best - worst)).abs(),
            Self::Ratio { .. } | Self::Log { .. } | Self::MinMax { .. } => {
                (self.utility(a) - self.utility(b)).abs()
            }
        }
    }
}

/// +1 to maximise, -1 to minimise.
fn sign(goal: Goal) -> f64 {
    match goal {
        Goal::Maximize => 1.0,
        Goal::Minimize => -1.0,
    }
}

/// A difference of utility as quality points of 100: `100 dU / w_quality`; `None` when quality has no weight (C.6).
pub fn quality_points(difference: f64, quality_weight: f64) -> Option<f64> {
    (quality_weight > 0.0).then(|| 100.0 * difference / quality_weight)
}

/// What halving a metric at its reference is worth, in quality points: with the ratio transform
/// `100 (2/3 - 1/2) w/w_quality` (C.3). Weights are normalised.
pub fn halving_in_quality_points(weight: f64, quality_weight: f64) -> Option<f64> {
    quality_points((2.0 / 3.0 - 0.5) * weight, quality_weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRANSFORMS: [Transform; 7] = [
        Transform::Identity,
        Transform::Linear { best: 10.0, worst: 0.0 },
        Transform::Linear { best: 0.0, worst: 4.0 },
        Transform::Ratio { goal: Goal::Minimize, reference: 2.0 },
        Transform::Ratio { goal: Goal::Maximize, reference: 2.0 },
        Transform::Log { goal: Goal::Minimize, reference: 2.0, floor: 1e-6 },
        Transform::MinMax { goal: Goal::Minimize, low: 0.5, high: 3.5 },
    ];

    #[test]
    fn slopes_are_the_derivatives_of_utilities() {
        for transform in TRANSFORMS {
            for x in [0.6, 1.7, 3.1] {
                let numeric = (transform.utility(x + 1e-6) - transform.utility(x - 1e-6)) / 2e-6;
                assert!((transform.slope(x) - numeric).abs() < 1e-8, "{transform:?} at {x}");
                assert_eq!(transform.slope(x) > 0.0, transform.goal() == Goal::Maximize);
            }
        }
        assert_eq!(Transform::Linear { best: 10.0, worst: 0.0 }.slope(12.0), 0.0);
        assert_eq!(TRANSFORMS[5].slope(0.0), 0.0);
    }

    #[test]
    fn the_worst_is_worth_nothing() {
        for transform in &TRANSFORMS[..5] {
            assert_eq!(transform.utility(transform.worst()), 0.0, "{transform:?}");
        }
    }

    #[test]
    fn a_set_of_equal_values_is_worth_one_half() {
        let flat = Transform::min_max(Goal::Minimize, &[3.0, 3.0]);
        assert_eq!((flat.utility(3.0), flat.slope(3.0), flat.set_dependent()), (0.5, 0.0, true));
    }

    #[test]
    fn unusable_constants_are_refused() {
        let ratio = |reference| Transform::Ratio { goal: Goal::Minimize, reference };
        assert_eq!(ratio(0.0).check(), Err(TransformError::Reference(0.0)));
        assert!(ratio(f64::NAN).check().is_err() && ratio(1.0).check().is_ok());
        let log = Transform::Log { goal: Goal::Minimize, reference: 1.0, floor: -1.0 };
        assert_eq!(log.check(), Err(TransformError::Floor(-1.0)));
        let flat = Transform::Linear { best: 1.0, worst: 1.0 };
        assert_eq!(flat.check(), Err(TransformError::Range { best: 1.0, worst: 1.0 }));
    }

    #[test]
    fn the_reading_aid_of_the_design_example() {
        let points = halving_in_quality_points(0.2, 0.6).expect("quality counts");
        assert!((points - 5.555_555_555_555_555).abs() < 1e-12);
        assert_eq!(quality_points(0.1, 0.0), None);
    }
}
