//! The names of metrics as gates, weights and references spell them, and what kind of number each is. Evaluators'
//! names are metrics too, so no evaluator may take one of these.

/// What kind of number a metric is: decides units, ranges and which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// A share in [0, 1], more is better: scores and pass rates.
    Score,
    /// A share in [0, 1], less is better.
    ErrorRate,
    /// Seconds, less is better.
    Seconds,
    /// Dollars, less is better.
    Dollars,
    /// Tokens, less is better.
    Tokens,
}

impl Measure {
    /// Whether less of it is better.
    #[must_use]
    pub fn less_is_better(self) -> bool {
        self != Self::Score
    }

    /// Whether it lies in [0, 1].
    #[must_use]
    pub fn is_share(self) -> bool {
        matches!(self, Self::Score | Self::ErrorRate)
    }
}

/// Every reserved name but `pass_rate(NAME)`.
pub const RESERVED: &[(&str, Measure)] = &[
    ("score", Measure::Score),
    ("cost", Measure::Dollars),
    ("cost_per_success", Measure::Dollars),
    ("latency", Measure::Seconds),
    ("latency.p50", Measure::Seconds),
    ("latency.p90", Measure::Seconds),
    ("latency.p95", Measure::Seconds),
    ("latency.p99", Measure::Seconds),
    ("ttft", Measure::Seconds),
    ("ttft.p50", Measure::Seconds),
    ("ttft.p90", Measure::Seconds),
    ("ttft.p95", Measure::Seconds),
    ("ttft.p99", Measure::Seconds),
    ("tokens", Measure::Tokens),
    ("error_rate", Measure::ErrorRate),
];

/// Other spellings people use for them.
const ALIASES: &[(&str, &str)] = &[("quality", "score"), ("speed", "latency")];

/// The canonical spelling.
#[must_use]
pub fn canonical(name: &str) -> &str {
    ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name)
}

/// What kind of number the metric of that canonical name is; an unknown name is taken for an evaluator's.
#[must_use]
pub fn measure(name: &str) -> Measure {
    RESERVED.iter().find(|(reserved, _)| *reserved == name).map_or(Measure::Score, |(_, measure)| *measure)
}

/// Whether no evaluator may be called that.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED.iter().any(|(reserved, _)| *reserved == name)
        || ALIASES.iter().any(|(alias, _)| *alias == name)
        || pass_rate_of(name).is_some()
}

/// The evaluator in `pass_rate(NAME)`.
#[must_use]
pub fn pass_rate_of(name: &str) -> Option<&str> {
    name.strip_prefix("pass_rate(")?.strip_suffix(')').map(str::trim)
}

/// Whether it names a metric of an experiment with these evaluators.
#[must_use]
pub fn is_known(name: &str, evaluators: &[&str]) -> bool {
    match pass_rate_of(name) {
        Some(evaluator) => evaluators.contains(&evaluator),
        None => is_reserved(name) || evaluators.contains(&name),
    }
}

/// The known name nearest to an unknown one.
#[must_use]
pub fn nearest<'a>(name: &str, evaluators: &[&'a str]) -> Option<&'a str> {
    let known = evaluators.iter().copied().chain(RESERVED.iter().map(|(name, _)| *name));
    crate::registry::nearest(pass_rate_of(name).unwrap_or(name), known)
}
