//! How versions are compared: the values of `compare`'s options.
use super::winner::choice;

choice! {
    /// The interval of a score or rate (A.2).
    IntervalKind {
        /// Wilson's for pass or fail, its generalisation with t for everything else in [0, 1].
        Wilson = "wilson",
        /// Exact binomial: pass or fail with one run a case only.
        ClopperPearson = "clopper-pearson",
        /// Posterior under the prior Beta(1/2, 1/2): pass or fail with one run a case only.
        Jeffreys = "jeffreys",
        /// `m -+ z SE`, too short where few fail.
        Wald = "wald",
        /// Percentiles of resampled means, too short at small numbers.
        Bootstrap = "bootstrap",
    }
}
choice! {
    /// The test behind a verdict (B.3, B.4).
    Test {
        /// McNemar for pass or fail, signs for other scores, the ratio of means for cost, latency and tokens.
        Auto = "auto",
        /// Random signs of the paired differences, for every metric.
        SignFlip = "signflip",
        /// Ranks of the paired differences, for every metric.
        Wilcoxon = "wilcoxon",
    }
}
choice! {
    /// Over which comparisons p-values are adjusted (B.5).
    Family {
        /// The candidates of one metric.
        Metric = "metric",
        /// All metrics of all candidates.
        All = "all",
    }
}
