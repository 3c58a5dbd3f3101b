//! What `analyse` makes and every format lays out. Formats compute nothing, so every number shown is here.
use jiff::Timestamp;

use super::{Digest, Interval, Spread};

/// Versions side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The project.
    pub project: String,
    /// The experiment.
    pub experiment: String,
    /// The batches compared, oldest first: short id and when they began.
    pub batches: Vec<(String, Timestamp)>,
    /// Hash of the shared cases.
    pub dataset: Digest,
    /// The slice that was asked for; none for all cases.
    pub slice: Option<String>,
    /// How many cases the dataset selected.
    pub cases: u64,
    /// Repeats of each case.
    pub repeats: u32,
    /// The version the others are held against.
    pub baseline: String,
    /// Level of every interval but those of differences.
    pub confidence: f64,
    /// Level of the intervals of differences: higher where they are to hold together.
    pub difference_confidence: f64,
    /// Independent units behind the intervals (clusters, or cases).
    pub units: u64,
    /// The field whose values the clusters are, where there are any.
    pub cluster_by: Option<String>,
    /// The field that holds how much a case counts, where they do not count alike.
    pub weight_by: Option<String>,
    /// The metrics shown, in order.
    pub columns: Vec<Column>,
    /// One a version, in the file's order.
    pub versions: Vec<VersionReport>,
    /// Every candidate against the baseline, by metric.
    pub comparisons: Vec<Comparison>,
    /// Cases on which a candidate lost most against the baseline, largest first.
    pub regressions: Vec<Regression>,
    /// What the repeats of a case tell, by version and score; empty without repeats.
    pub repeated: Vec<Repeated>,
    /// What a reader must know before trusting the numbers.
    pub caveats: Vec<Caveat>,
    /// Whether a simulated model is among the versions.
    pub simulated: bool,
}

/// A metric as reports show it.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name, as in weights and gates.
    pub name: String,
    /// What its numbers are.
    pub unit: Unit,
    /// Which way is better; `None` for what only describes.
    pub better: Option<Better>,
    /// Whether it is an evaluator's (so that errors count as the worst score in it).
    pub is_score: bool,
}

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A score in [0, 1].
    Score,
    /// A share in [0, 1].
    Share,
    /// Seconds.
    Seconds,
    /// US dollars.
    Usd,
    /// Tokens.
    Tokens,
    /// A count.
    Count,
    /// Per second.
    PerSecond,
}

impl Unit {
    /// The name in JSON output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Score => "score",
            Self::Share => "share",
            Self::Seconds => "s",
            Self::Usd => "usd",
            Self::Tokens => "tokens",
            Self::Count => "count",
            Self::PerSecond => "1/s",
        }
    }
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

impl Better {
    /// The name in JSON output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
        }
    }
}

/// One version's numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionReport {
    /// Its name.
    pub name: String,
    /// X.Y, once registered.
    pub label: String,
    /// Its identity.
    pub hash: Digest,
    /// What answers.
    pub model: String,
    /// Runs stored, whatever their status.
    pub runs: u64,
    /// Runs that failed by its own fault.
    pub failed: u64,
    /// Runs that say nothing about it.
    pub not_run: u64,
    /// The commonest failures: `error.type` and how many.
    pub errors: Vec<(String, u64)>,
    /// Runs answered from the cache.
    pub cached: u64,
    /// Attempts beyond the first, over all runs.
    pub retries: u64,
    /// Mean wait for a permit or connection, seconds.
    pub queue_mean: f64,
    /// Mean wait for limits and between attempts, seconds.
    pub backoff_mean: f64,
    /// Sum of what was spent, dollars; `None` when any run's cost is unknown.
    pub spent_usd: Option<f64>,
    /// Runs that went well, a second in which at least one of its runs was under way; `None` for a slice, and where the
    /// answers took no time (simulated, recorded, from the cache).
    pub throughput: Option<f64>,
    /// One a column of the report, in its order.
    pub values: Vec<Value>,
}

/// A metric of one version.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The estimate; `None` where nothing is known (shown `?`, never 0).
    pub value: Option<f64>,
    /// Cases it rests on.
    pub n: u64,
    /// Cases or runs that have none, and should.
    pub missing: u64,
    /// Its interval.
    pub interval: Interval,
    /// For a quantile without one of its ends: runs needed before both exist.
    pub runs_needed: Option<u64>,
    /// `(SE/SE_naive)²`: how many times the variance of independent cases clusters make of it; `None` without any.
    pub design_effect: Option<f64>,
    /// What single runs and cases say; `None` of quantiles and sums over sums, and where nothing is known.
    pub spread: Option<Spread>,
}

/// What the repeats of a case tell of one version and score (A.6).
#[derive(Clone, Debug, PartialEq)]
pub struct Repeated {
    /// The version.
    pub version: String,
    /// The score.
    pub metric: String,
    /// Repeats of a case, the fewest of those repeated.
    pub repeats: u64,
    /// Chance that two repeats of a case disagree; for pass or fail only, as the next two.
    pub flip_rate: Option<(f64, Interval)>,
    /// `pass@K`: chance that at least one of the repeats passes.
    pub pass_any: Option<(f64, Interval)>,
    /// `pass^K`: chance that all of the repeats pass.
    pub pass_all: Option<(f64, Interval)>,
    /// Share of the variance of one run that lies between repeats of a case; `None` where nothing varies.
    pub share: Option<f64>,
    /// As how many times the cases, run once each, these repeats count.
    pub cases_worth: Option<f64>,
}

/// One candidate against the baseline on one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The candidate.
    pub version: String,
    /// The metric's name.
    pub metric: String,
    /// Candidate minus baseline, in the metric's unit (its sign is not turned by the metric's direction).
    pub difference: Option<f64>,
    /// Of the difference.
    pub interval: Interval,
    /// Candidate over baseline, for cost, latency and tokens, with its interval.
    pub ratio: Option<(f64, Interval)>,
    /// Geometric mean ratio with its interval: what happens to a typical request; for costs and durations.
    pub typical: Option<(f64, Interval)>,
    /// Two-sided.
    pub p_value: Option<f64>,
    /// After Holm, over the candidates of this metric.
    pub p_adjusted: Option<f64>,
    /// Cases on which the candidate is better.
    pub wins: u64,
    /// Cases on which it is worse.
    pub losses: u64,
    /// Cases without a difference.
    pub ties: u64,
    /// `(wins + ties / 2) / pairs`, in [0, 1] (B.5); `None` where no case is held against another.
    pub win_rate: Option<f64>,
    /// `(wins − losses) / pairs`, in [−1, 1] (B.5); `None` as the win rate.
    pub net: Option<f64>,
    /// Cases both have a value for.
    pub pairs: u64,
    /// Cases only the candidate, and only the baseline, has a value for.
    pub unpaired: (u64, u64),
    /// Whether cases are paired; without a common case the means are compared as of independent samples.
    pub paired: bool,
    /// Share of the cases either has a value for that neither lacks data on; `None` where neither has any.
    pub coverage: Option<f64>,
    /// p of McNemar's test with half the probability of what was observed; for pass or fail, one run a case, only.
    pub p_mid: Option<f64>,
    /// Cohen's `d_z`: mean difference over the standard deviation of the differences.
    pub d_z: Option<f64>,
    /// While inconclusive: about how many more cases would settle it; `None` else, or where no number would.
    pub more_cases: Option<u64>,
    /// In a word.
    pub verdict: ComparisonVerdict,
}

/// What the evidence says of one difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComparisonVerdict {
    /// The adjusted p is below alpha, in the good direction.
    Better,
    /// The adjusted p is below alpha, in the bad direction.
    Worse,
    /// The interval lies inside the margin of equivalence.
    Equivalent,
    /// The evidence carries no statement.
    Inconclusive,
}

impl ComparisonVerdict {
    /// The name in JSON output and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Equivalent => "equivalent",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// One case a candidate lost on.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// The candidate.
    pub version: String,
    /// The metric.
    pub metric: String,
    /// The case.
    pub case_id: String,
    /// The baseline's value.
    pub baseline: f64,
    /// The candidate's value.
    pub candidate: f64,
}

/// Something a reader must know, with a stable code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caveat {
    /// Stable, kebab-case.
    pub code: &'static str,
    /// In words.
    pub message: String,
}
