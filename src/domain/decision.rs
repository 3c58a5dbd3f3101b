//! What `choose-winner` decided, with everything needed to repeat it.
use super::{Better, Caveat, Digest, Interval, Money, Unit};

/// A decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The project.
    pub project: String,
    /// The experiment.
    pub experiment: String,
    /// The verdict.
    pub verdict: VerdictKind,
    /// The winner, where there is one.
    pub winner: Option<String>,
    /// First in the ranking, winner or not.
    pub leader: Option<String>,
    /// The version the others are held against.
    pub baseline: String,
    /// The weighted metrics with their references, weights summing to 1.
    pub weights: Vec<WeightedMetric>,
    /// What halving a metric at its reference (doubling it, where more is better) is worth, in score points (of 100), by metric.
    pub exchange_rates: Vec<(String, f64)>,
    /// Name of the formula.
    pub formula: &'static str,
    /// Every version, ranked first.
    pub ranking: Vec<Ranked>,
    /// The leader against each rival.
    pub margins: Vec<Margin>,
    /// How far each weight can move before another version leads.
    pub sensitivity: Vec<Sensitivity>,
    /// Share of all weightings each version wins, where computed.
    pub robustness: Vec<(String, f64)>,
    /// Versions no other beats on every metric.
    pub pareto: Vec<String>,
    /// The leader and its equivalents, on a tie.
    pub tie_set: Vec<String>,
    /// Versions that may still be best.
    pub contenders: Vec<String>,
    /// On a tie: which of the set to take, by `tie_prefer`.
    pub suggestion: Option<String>,
    /// Whether picking the leader can cost no more than the region of equivalence.
    pub safe_to_pick: bool,
    /// The most that picking the leader can cost, in utility.
    pub max_regret: Option<f64>,
    /// About how many more cases would settle it; `None` when settled, or never.
    pub more_cases_needed: Option<u64>,
    /// Region of practical equivalence, in utility.
    pub rope: f64,
    /// Level of the intervals.
    pub confidence: f64,
    /// Seed of everything drawn.
    pub seed: u64,
    /// Resamples behind P(best) and its like; 0 where they come from the closed form, or nothing was drawn.
    pub replicates: u64,
    /// Cases behind the decision.
    pub cases: u64,
    /// Independent units behind it.
    pub units: u64,
    /// The field whose values the clusters are, where there are any.
    pub cluster_by: Option<String>,
    /// The field that holds how much a case counts, where they do not count alike.
    pub weight_by: Option<String>,
    /// What to do, in a sentence or two for a reader who knows no statistics.
    pub advice: String,
    /// Why, in one sentence.
    pub reason: String,
    /// Stable code of why nothing was decided.
    pub reason_code: Option<&'static str>,
    /// What a reader must know.
    pub caveats: Vec<Caveat>,
}

impl Decision {
    /// Whether cases resemble each other by cluster, so that clusters are what counts.
    #[must_use]
    pub const fn is_clustered(&self) -> bool {
        self.units > 0 && self.units < self.cases
    }

    /// From which chance of being the best on a version wins: the two-sided interval of its lead then lies above 0 (D.3).
    #[must_use]
    pub const fn enough(&self) -> f64 {
        0.5 + self.confidence / 2.0
    }

    /// So many more cases in clusters of the present size, at least one; a number of cases that was rounded up from whole
    /// clusters gives those.
    #[must_use]
    pub fn clusters_of(&self, more: u64) -> u64 {
        (more.saturating_mul(self.units) / self.cases.max(1)).max(1)
    }

    /// A version that may be best and fails often, where nothing is settled: it is worth mending before more cases are
    /// made.
    #[must_use]
    pub fn mend_first(&self) -> Option<&Ranked> {
        let too_few = matches!(self.reason_code, Some("few_units" | "coverage"));
        if self.verdict != VerdictKind::Undecided || too_few || self.safe_to_pick {
            return None;
        }
        let may_be_best = |ranked: &&Ranked| {
            ranked.standing == Standing::Ranked && self.contenders.contains(&ranked.version)
        };
        let worst = self
            .ranking
            .iter()
            .filter(may_be_best)
            .max_by(|a, b| a.failed_share().total_cmp(&b.failed_share()));
        worst.filter(|worst| worst.fails_often())
    }
}

/// Beyond this multiple of the cases at hand, the number needed is advice to stop (F).
pub const OUT_OF_REACH: u64 = 50;

/// Whether so many more cases are too many to be worth naming.
#[must_use]
pub fn out_of_reach(more: u64, cases: u64) -> bool {
    more > OUT_OF_REACH.saturating_mul(cases.max(1))
}

/// The four verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictKind {
    /// One version is clearly first, or the only one eligible.
    Winner,
    /// The first ones differ by less than matters.
    Tie,
    /// The evidence is too thin.
    Undecided,
    /// Every version is excluded.
    NoneEligible,
}

impl VerdictKind {
    /// The name in JSON output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Winner => "winner",
            Self::Tie => "tie",
            Self::Undecided => "undecided",
            Self::NoneEligible => "none_eligible",
        }
    }
}

/// A metric that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedMetric {
    /// Its name.
    pub name: String,
    /// Its share, all summing to 1.
    pub weight: f64,
    /// Its unit.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// The frozen value whose utility is one half, for metrics that have one.
    pub reference: Option<f64>,
    /// Where the reference comes from: `given`, `baseline`, `built-in`.
    pub reference_source: Option<&'static str>,
}

/// One version's place.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// The version.
    pub version: String,
    /// X.Y.
    pub label: String,
    /// Its identity.
    pub hash: Digest,
    /// 1 is first; equal utilities share a rank; `None` when not ranked.
    pub rank: Option<u32>,
    /// Where its rank may lie, where computed.
    pub rank_interval: Option<(u32, u32)>,
    /// Weighted utility in [0, 1].
    pub utility: Option<f64>,
    /// Of the utility.
    pub interval: Interval,
    /// Mean rank over the resamples, ties at their middle.
    pub expected_rank: Option<f64>,
    /// Probability of being best, where computed.
    pub p_best: Option<f64>,
    /// Probability that it passes every gate, where there are gates and enough units.
    pub p_feasible: Option<f64>,
    /// Probability that no other version beats it on every weighted metric, with more than one.
    pub p_pareto: Option<f64>,
    /// Each weighted metric's own value, utility and share of the utility, in the order of `weights`.
    pub metrics: Vec<(Option<f64>, Option<f64>, Option<f64>)>,
    /// Whether it is ranked, and why not.
    pub standing: Standing,
    /// The utility it would have if it were let in: past its gates, or with the best there is in place of what it lacks;
    /// `None` where it is ranked, or nothing bounds it.
    pub utility_at_best: Option<f64>,
    /// How it would then stand against the leader; only of what lacks values, where that can be told.
    pub behind_at_best: Option<Behind>,
    /// Every gate and what it said.
    pub gates: Vec<GateResult>,
    /// Whether no other version beats it on every weighted metric.
    pub pareto: bool,
    /// A version that does.
    pub dominated_by: Option<String>,
    /// Mean cost of a run, for display.
    pub cost: Option<Money>,
    /// Its runs that were made, and how many of them failed by its own fault.
    pub runs: u64,
    /// See `runs`.
    pub failed: u64,
    /// How it scores where it did not fail, by each weighed evaluator; empty where nothing failed.
    pub where_answered: Vec<WhereAnswered>,
}

/// By how much one is behind another, in utility.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Behind {
    /// The difference; below 0 where it is ahead.
    pub by: f64,
    /// Where that likely lies.
    pub interval: Interval,
    /// Cases that both have values on.
    pub cases: u64,
}

/// One evaluator's mean over the runs of a version that did not fail: whether failing is all that is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct WhereAnswered {
    /// The evaluator.
    pub evaluator: String,
    /// The mean of its scores.
    pub mean: f64,
    /// Another version, the baseline or else the leader, and its mean on the same cases.
    pub beside: Option<(String, f64)>,
}

impl Ranked {
    /// The share of its runs that failed by its own fault.
    #[must_use]
    pub fn failed_share(&self) -> f64 {
        self.failed as f64 / self.runs.max(1) as f64
    }

    /// One run in twenty, or more.
    #[must_use]
    pub fn fails_often(&self) -> bool {
        self.failed_share() >= 0.05
    }
}

/// Whether a version takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is ranked.
    Ranked,
    /// A gate excludes it.
    GateFailed,
    /// It lacks a weighted metric, named.
    MissingMetric(String),
    /// It has values of the metric on too few of the cases; so many of the runs that were made have none.
    Coverage {
        /// The metric's name.
        metric: String,
        /// Runs that were made and have no value of it; none, where the runs themselves are missing.
        gaps: u64,
    },
    /// The race stopped it after so many cases.
    RacedOut(u64),
}

/// One gate on one version.
#[derive(Clone, Debug, PartialEq)]
pub struct GateResult {
    /// The gate as written.
    pub gate: String,
    /// What its numbers are.
    pub unit: Unit,
    /// The version's value.
    pub value: Option<f64>,
    /// What it was held against.
    pub bound: Option<f64>,
    /// Whether the version stays.
    pub passed: bool,
    /// By how much the value is on the wrong side of the bound; `None` on the right one.
    pub missed_by: Option<f64>,
    /// Whether the whole interval says so: `pass`, `fail` or `uncertain`.
    pub certainty: &'static str,
}

impl GateResult {
    /// By what part of the bound it is missed; `None` where it is not, or the bound is 0.
    #[must_use]
    pub fn missed_part(&self) -> Option<f64> {
        self.bound.filter(|bound| *bound != 0.0).zip(self.missed_by).map(|(bound, by)| by / bound.abs())
    }
}

/// The leader against one rival.
#[derive(Clone, Debug, PartialEq)]
pub struct Margin {
    /// The rival.
    pub version: String,
    /// Leader's utility minus the rival's.
    pub value: f64,
    /// Standard error; `None` with one independent unit.
    pub se: Option<f64>,
    /// Its interval.
    pub interval: Interval,
    /// Probability, by the t distribution, that the leader is better; `None` with one unit.
    pub p_beats: Option<f64>,
    /// What it says.
    pub status: MarginStatus,
    /// Independent units that would settle it.
    pub units_needed: Option<u64>,
    /// More cases that would, at the present cases a unit; `None` when settled, or never.
    pub more_cases: Option<u64>,
    /// What each weighted metric adds to the margin, in the order of `weights`; empty over a version that a race stopped.
    pub parts: Vec<f64>,
}

/// What a margin says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarginStatus {
    /// Within the region of practical equivalence.
    Equivalent,
    /// The leader is better.
    Beaten,
    /// Neither can be said.
    Unresolved,
}

impl MarginStatus {
    /// The name in JSON output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Equivalent => "equivalent",
            Self::Beaten => "beaten",
            Self::Unresolved => "unresolved",
        }
    }
}

/// How far one weight can move.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity {
    /// The metric.
    pub metric: String,
    /// Its weight.
    pub weight: f64,
    /// The leader leads from this weight …
    pub holds_from: f64,
    /// … to this one, the others in proportion.
    pub holds_to: f64,
    /// Who leads below.
    pub beyond_low: Option<String>,
    /// Who leads above.
    pub beyond_high: Option<String>,
}
