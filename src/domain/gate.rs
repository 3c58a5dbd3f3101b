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

    /// Whether `left OP right` holds.
    #[must_use]
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::AtLeast => left >= right,
            Self::Above => left > right,
            Self::AtMost => left <= right,
            Self::Below => left < right,
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
