//! Gates exclude: the values of `gates:` and `--require`.

/// `METRIC [slice] OP VALUE`, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// What is compared.
    pub metric: MetricRef,
    /// How.
    pub op: GateOp,
    /// With what.
    pub value: GateValue,
    /// As the person wrote it.
    pub text: String,
}

/// A metric as people name it: `latency.p95`, `pass_rate(NAME)`, an evaluator's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MetricRef {
    /// The whole name without a slice.
    pub name: String,
    /// The slice it is taken over, if not all cases.
    pub slice: Option<String>,
}

/// The four comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateOp {
    /// `>=`
    AtLeast,
    /// `>`
    Above,
    /// `<=`
    AtMost,
    /// `<`
    Below,
}

impl GateOp {
    /// As written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::AtLeast => ">=",
            Self::Above => ">",
            Self::AtMost => "<=",
            Self::Below => "<",
        }
    }

    /// The operator of that spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::AtLeast, Self::Above, Self::AtMost, Self::Below].into_iter().find(|op| op.symbol() == text)
    }

    /// Whether `left OP right` holds; numbers that differ by rounding only are equal.
    #[must_use]
    pub fn holds(self, left: f64, right: f64) -> bool {
        /// Relative size of rounding: a mean of thirds, a bound such as `baseline - 0.02`.
        const SAME: f64 = 1e-12;
        let is_same = (left - right).abs() <= SAME * left.abs().max(right.abs());
        match self {
            Self::AtLeast => left >= right || is_same,
            Self::Above => left > right && !is_same,
            Self::AtMost => left <= right || is_same,
            Self::Below => left < right && !is_same,
        }
    }
}

/// What a metric is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum GateValue {
    /// A number in the metric's own unit (seconds, dollars, share).
    Constant(f64),
    /// `version * times + plus`; the baseline when `version` is `None`.
    Relative {
        /// The version compared with.
        version: Option<String>,
        /// Factor on its value.
        times: f64,
        /// Added to it.
        plus: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::GateOp::{Above, AtLeast, AtMost, Below};

    #[test]
    fn what_differs_by_rounding_only_is_equal() {
        let (sum, said) = (0.1 + 0.2, 0.3);
        assert!(sum > said);
        for (a, b) in [(sum, said), (said, sum), (0.0, 0.0), (-sum, -said)] {
            assert_eq!([AtLeast, AtMost, Above, Below].map(|op| op.holds(a, b)), [true, true, false, false]);
        }
        assert_eq!(
            [AtLeast, Above, AtMost, Below].map(|op| op.holds(1e-12, 2e-12)),
            [false, false, true, true]
        );
        assert!(!AtLeast.holds(f64::NAN, 0.0) && AtMost.holds(1.0, f64::INFINITY));
    }
}
