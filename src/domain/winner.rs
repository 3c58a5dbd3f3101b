//! How a winner is chosen: the values of `winner:` and of `choose-winner`'s options.

/// The decision rule.
#[derive(Clone, Debug, PartialEq)]
pub struct WinnerRule {
    /// The version the others are held against (default: the first declared).
    pub baseline: Option<String>,
    /// Metric, evaluator or group name and its weight: non-negative, any scale. Empty: quality alone.
    pub weights: Vec<(String, f64)>,
    /// How metrics become utilities.
    pub formula: Formula,
    /// Frozen reference values by metric, in its own unit.
    pub references: Vec<(String, f64)>,
    /// Region of practical equivalence, in utility.
    pub rope: f64,
    /// Level of every interval.
    pub confidence: f64,
    /// What a run that failed by the version's own fault scores.
    pub on_error: OnError,
    /// What happens to a version that lacks a weighted metric.
    pub missing: Missing,
    /// Share of the cases a version must have values on to be ranked.
    pub min_coverage: f64,
    /// What a tie suggests.
    pub tie_prefer: TiePrefer,
    /// How sure a gate must be.
    pub gate_mode: GateMode,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Tag that `--promote` moves.
    pub promote: Option<String>,
}

impl Default for WinnerRule {
    fn default() -> Self {
        Self {
            baseline: None,
            weights: Vec::new(),
            formula: Formula::Ratio,
            references: Vec::new(),
            rope: 0.01,
            confidence: 0.95,
            on_error: OnError::Zero,
            missing: Missing::ExcludeVersion,
            min_coverage: 0.95,
            tie_prefer: TiePrefer::Cost,
            gate_mode: GateMode::Point,
            seed: 42,
            promote: None,
        }
    }
}

/// An enum of choices with the words people write for them.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every choice as people write it.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// As people write it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The choice of that spelling.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

pub(super) use choice;

choice! {
    /// How metrics become utilities.
    Formula {
        /// Quality as is; cost and latency through `ref / (ref + x)` (C.1).
        Ratio = "ratio",
        /// A straight line from 1 at nothing to 0 at twice the reference.
        Linear = "linear",
        /// A factor of ten is worth 1.
        Log = "log",
        /// From the worst of the compared versions to the best.
        MinMax = "minmax",
        /// Weighted sum of raw numbers, as Future AGI ranks.
        FutureAgi = "futureagi",
    }
}
choice! {
    /// What a failed run scores.
    OnError {
        /// The worst value of the evaluator's scale.
        Zero = "zero",
        /// Nothing: the run is left out, visibly.
        Exclude = "exclude",
    }
}
choice! {
    /// What happens to a version that lacks a weighted metric.
    Missing {
        /// It is not ranked.
        ExcludeVersion = "exclude-version",
        /// The metric is dropped for every version.
        DropMetric = "drop-metric",
        /// Its utility for that metric is 0.
        Worst = "worst",
    }
}
choice! {
    /// What a tie suggests.
    TiePrefer {
        /// The cheapest.
        Cost = "cost",
        /// The fastest.
        Latency = "latency",
        /// The baseline, if it is among them.
        Baseline = "baseline",
    }
}
choice! {
    /// How sure a gate must be.
    GateMode {
        /// The point estimate decides.
        Point = "point",
        /// The whole interval must be on the right side.
        Confident = "confident",
        /// Only an interval wholly on the wrong side excludes.
        Permissive = "permissive",
    }
}
