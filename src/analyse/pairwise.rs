//! Every candidate against the baseline, always paired by case (section B).
mod independent;
mod regressions;

use super::cells::Cells;
use super::compare::Judged;
use super::data::{Data, Measured};
use super::draws::Draws;
use super::evidence::Evidence;
use super::metric::Metric;
use super::stats::bootstrap::Plan;
use super::stats::holm::{Finding, holm};
use super::stats::interval::Confidence;
use super::stats::mcnemar::mcnemar;
use super::stats::paired::{COVERAGE_REFUSE, PairedT, Pairs, Tally, bonett_price, pseudo_case};
use super::stats::panel::Cell;
use super::stats::quantile_ratio::{Drawn, QuantileRatio, quantile_ratio};
use super::stats::ratio::{geometric_mean_ratio, ratio_of_means};
use super::stats::signflip::sign_flip;
use super::stats::sums::{Groups, group_sums, times, unit_count};
use super::stats::verdict::FEWEST_UNITS;
use super::stats::wilcoxon::wilcoxon;
use super::summarise::Setting;
use crate::domain::{
    Better, Comparison, ComparisonVerdict, Family, Interval, Method, OnError, Test, Unit, Value,
};

/// Resamples behind the ratio of a quantile: fewer than behind a decision, which ends are not hung on.
const REPLICATES: usize = 2_000;

/// What comparisons are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pairing<'a> {
    pub data: &'a Data,
    pub metrics: &'a [Metric],
    /// How many of them are tested ([`is_tested`]).
    pub tested: usize,
    /// `cells[v]`, of the metric at hand.
    pub cells: &'a [Cells],
    /// What they come to, `values[v]`.
    pub values: &'a [Value],
    /// Index of the baseline.
    pub baseline: usize,
    pub setting: Setting<'a>,
    /// Half the region of equivalence of each metric, in its unit.
    pub margins: &'a [Option<f64>],
    pub judged: &'a Judged,
    /// What an adjusted p must stay below.
    pub alpha: f64,
    pub seed: u64,
}

/// Whether the candidates are compared with the baseline on a metric: a share of which no version has anything but 0 (no
/// errors at all) leaves nothing to compare.
pub(super) fn is_tested(metric: Metric, data: &Data, selected: &[bool], on_error: OnError) -> bool {
    let may_be_zero = metric.unit() == Unit::Share && !metric.is_score();
    let is_zero = |version| {
        let cells = Cells::of(data, version, metric, selected, on_error).cells;
        cells.iter().all(|cell| cell.value().is_none_or(|x| x == 0.0))
    };
    !(may_be_zero && data.versions.iter().all(is_zero))
}

/// Adjusts p-values over the candidates of each metric, or over all (Holm), and says what the comparisons come to, in the
/// order of the metrics; no cells are looked at.
pub(super) fn judged(pairing: Pairing<'_>, mut all: Vec<Found>) -> Vec<Comparison> {
    for of_family in all.chunks_mut(pairing.family().max(1)) {
        pairing.judge(of_family);
    }
    // Of too few runs for a quantile there is nothing to compare.
    let is_said = |found: &Found| {
        pairing.metrics[found.metric].quantile().is_none() || found.comparison.ratio.is_some()
    };
    all.into_iter().filter(is_said).map(|found| found.comparison).collect()
}

/// A comparison before the others of its family are known.
#[derive(Debug)]
pub(super) struct Found {
    /// Index of its metric.
    pub metric: usize,
    comparison: Comparison,
    /// Where there is any.
    evidence: Option<Evidence>,
}

impl Pairing<'_> {
    /// Every candidate on one metric, its p-value not adjusted yet.
    pub fn compared(mut self, m: usize) -> Vec<Found> {
        self.setting.confidence = self.level();
        self.candidates().map(|candidate| self.compare(candidate, m)).collect()
    }

    /// The level of the intervals of differences.
    pub fn level(&self) -> Confidence {
        let alone = self.setting.confidence;
        if self.judged.simultaneous { alone.simultaneous(self.family()) } else { alone }
    }

    /// One family: its p-values adjusted, then its verdicts, then what the open ones need.
    fn judge(&self, family: &mut [Found]) {
        let p: Vec<f64> = family.iter().filter_map(|found| found.comparison.p_value).collect();
        let tested = family.iter_mut().filter(|found| found.comparison.p_value.is_some());
        let mut open = p.len();
        for (found, p) in tested.zip(holm(&p)) {
            found.comparison.p_adjusted = Some(p);
            open -= usize::from(p < self.alpha);
        }
        // Holm leaves those that are open alpha by their number: what is told from chance already takes none of it.
        let differs = Confidence::new(1.0 - self.alpha).unwrap_or_default().simultaneous(open);
        for Found { metric, comparison, evidence } in family {
            comparison.verdict = self.verdict(comparison, *metric);
            let is_open = comparison.verdict == ComparisonVerdict::Inconclusive && !self.refused(comparison);
            let evidence = evidence.filter(|_| is_open && comparison.p_value.is_some());
            comparison.more_cases = evidence.and_then(|evidence| evidence.more_cases(differs, self.level()));
        }
    }

    /// How many comparisons share one error rate.
    fn family(&self) -> usize {
        let candidates = self.candidates().count();
        match self.judged.family {
            Family::Metric => candidates,
            Family::All => candidates * self.tested,
        }
    }

    fn candidates(&self) -> impl Iterator<Item = usize> + use<> {
        let baseline = self.baseline;
        (0..self.data.versions.len()).filter(move |&v| v != baseline)
    }

    fn compare(&self, candidate: usize, m: usize) -> Found {
        let pairs = self.pairs(candidate);
        let (comparison, evidence) = match self.metrics[m].quantile() {
            Some(p) => self.compare_quantile(candidate, m, p, &pairs),
            None => self.compare_means(candidate, m, &pairs),
        };
        Found { metric: m, comparison, evidence }
    }

    fn compare_means(&self, candidate: usize, m: usize, pairs: &Pairs) -> (Comparison, Option<Evidence>) {
        let metric = self.metrics[m];
        let differences = pairs.differences();
        let groups = pairs.groups(self.setting.groups);
        let weights = self.cells[candidate].weights(&pairs.cases);
        let weights = weights.as_deref();
        let toward_better: Vec<f64> = if metric.better() == Better::Lower {
            differences.iter().map(|d| -d).collect()
        } else {
            differences.clone()
        };
        // A sum over a sum has no value a case: neither does it win or lose one, nor is there a typical one.
        let by_case = metric.below().is_none();
        let tally = if by_case { Tally::of(&toward_better) } else { Tally::default() };
        let mut comparison = Comparison {
            wins: tally.wins as u64,
            losses: tally.losses as u64,
            ties: tally.ties as u64,
            win_rate: tally.win_rate(),
            net: tally.net(),
            ..self.nothing_yet(candidate, m, pairs)
        };
        let Some(t) = PairedT::of(&differences, weights, groups.as_deref(), self.setting.confidence) else {
            self.as_independent(candidate, m, &mut comparison);
            return (comparison, None);
        };
        comparison.difference = Some(t.summary.mean);
        comparison.interval = self.on_scale(m, t.interval);
        comparison.d_z = t.d_z.filter(|_| by_case);
        let mut evidence = Evidence {
            gap: t.summary.mean,
            se: t.summary.se,
            units: t.summary.units,
            cases: pairs.cases.len(),
            rope: self.margins[m].unwrap_or(0.0),
            pseudo: 0.0,
        };
        if is_share(metric) {
            evidence.pseudo =
                self.test_scores(pairs, (&differences, weights, groups.as_deref()), &t, &mut comparison);
        } else {
            let (a, b) = (times(&pairs.a, weights), times(&pairs.b, weights));
            let ratio = ratio_of_means(&a, &b, groups.as_deref(), self.setting.confidence);
            comparison.ratio = ratio.map(|ratio| (ratio.ratio, ratio.interval));
            comparison.p_value = ratio.and_then(|ratio| ratio.p).or(t.p);
            if let Some(ratio) = ratio.filter(|_| evidence.rope == 0.0) {
                evidence = Evidence { gap: ratio.ratio.ln(), se: ratio.se_log, ..evidence };
            }
            if by_case && metric.unit() != Unit::Tokens {
                let (groups, confidence) = (groups.as_deref(), self.setting.confidence);
                let typical = geometric_mean_ratio(&pairs.a, &pairs.b, weights, groups, confidence);
                comparison.typical = typical.map(|ratio| (ratio.ratio, ratio.interval));
            }
        }
        let sums = || group_sums(&times(&differences, weights), groups.as_deref());
        comparison.p_value = match self.judged.test {
            Test::SignFlip if by_case => Some(sign_flip(&sums(), self.seed).p),
            Test::Wilcoxon if by_case => Some(wilcoxon(&sums()).p()),
            Test::Auto | Test::SignFlip | Test::Wilcoxon => comparison.p_value,
        };
        (comparison, Some(evidence))
    }

    /// A candidate on a metric before anything is said of the difference.
    fn nothing_yet(&self, candidate: usize, m: usize, pairs: &Pairs) -> Comparison {
        Comparison {
            version: self.data.versions[candidate].name.clone(),
            metric: self.metrics[m].name(self.data),
            difference: None,
            interval: Interval::none(Method::T),
            ratio: None,
            typical: None,
            p_value: None,
            p_adjusted: None,
            wins: 0,
            losses: 0,
            ties: 0,
            win_rate: None,
            net: None,
            pairs: pairs.cases.len() as u64,
            unpaired: (pairs.only_a as u64, pairs.only_b as u64),
            paired: !pairs.cases.is_empty(),
            coverage: self.coverage(candidate),
            p_mid: None,
            d_z: None,
            more_cases: None,
            verdict: ComparisonVerdict::Inconclusive,
        }
    }

    /// A quantile has no value a case: its ratio is resampled by unit (B.4). Nothing is said of one that has too few
    /// runs for both ends of its own interval, or fewer units than can be resampled.
    fn compare_quantile(
        &self,
        candidate: usize,
        m: usize,
        p: f64,
        pairs: &Pairs,
    ) -> (Comparison, Option<Evidence>) {
        let mut comparison = self.nothing_yet(candidate, m, pairs);
        let (own, base) = (&self.cells[candidate], &self.cells[self.baseline]);
        let is_closed = |v: usize| self.values[v].interval.bounds().is_some();
        if !(is_closed(candidate) && is_closed(self.baseline)) {
            return (comparison, None);
        }
        let confidence = self.setting.confidence;
        let found = quantile_ratio((&own.runs, &base.runs), self.setting.groups, p, confidence, self.drawn());
        let found = found.filter(|found| found.ratio.units >= FEWEST_UNITS);
        let Some(QuantileRatio { difference, se, interval, ratio }) = found else {
            return (comparison, None);
        };
        comparison.difference = Some(difference);
        comparison.interval = interval;
        comparison.ratio = Some((ratio.ratio, ratio.interval));
        comparison.p_value = ratio.p;
        let rope = self.margins[m].unwrap_or(0.0);
        let (gap, se) = if rope > 0.0 { (difference, se) } else { (ratio.ratio.ln(), ratio.se_log) };
        let evidence = Evidence { gap, se, units: ratio.units, cases: pairs.cases.len(), rope, pseudo: 0.0 };
        (comparison, Some(evidence))
    }

    /// Enough for the ends of the intervals to have resamples beyond them, and for p to pass Holm's first step.
    fn drawn(&self) -> Drawn {
        let tails = (20.0 / self.setting.confidence.alpha()).ceil() as usize;
        let Draws { threads, .. } = Draws::default();
        Drawn {
            plan: Plan { replicates: REPLICATES.max(tails), seed: self.seed, threads },
            below: self.alpha / self.family().max(1) as f64,
        }
    }

    /// An interval of a difference, where the metric's scale ends: two scores or shares are at most 1 apart.
    fn on_scale(&self, m: usize, interval: Interval) -> Interval {
        if is_share(self.metrics[m]) { interval.clipped(-1.0, 1.0) } else { interval }
    }

    /// Share of the cases either has a value for that neither lacks data on. A failed run has no latency by the
    /// version's own fault: that is not missing data.
    fn coverage(&self, candidate: usize) -> Option<f64> {
        let both = || self.cells[candidate].cells.iter().zip(&self.cells[self.baseline].cells);
        let either = both().filter(|(a, b)| a.value().or(b.value()).is_some()).count();
        let lacking = |(a, b): &(&Cell, &Cell)| {
            a.value().or(b.value()).is_some() && (**a == Cell::Missing || **b == Cell::Missing)
        };
        (either > 0).then(|| 1.0 - both().filter(lacking).count() as f64 / either as f64)
    }

    /// The size of the pseudo-cases in the interval.
    fn test_scores(
        &self,
        pairs: &Pairs,
        (differences, weights, groups): (&[f64], Option<&[f64]>, Groups<'_>),
        t: &PairedT,
        out: &mut Comparison,
    ) -> f64 {
        let (cases, confidence) = (pairs.cases.len(), self.setting.confidence);
        // Clusters of one case each are none.
        let is_independent = self.setting.one_run && weights.is_none() && unit_count(cases, groups) == cases;
        if let (true, Some((b, c))) = (is_independent, pairs.discordant()) {
            out.interval = bonett_price(b, c, cases as u64, confidence);
            let p = mcnemar(b, c);
            (out.p_value, out.p_mid) = (Some(p.exact), Some(p.mid));
            return 1.0;
        }
        out.p_value = Some(sign_flip(&group_sums(&times(differences, weights), groups), self.seed).p);
        if t.summary.se != Some(0.0) {
            return 0.0;
        }
        let pseudo = pseudo_case(differences);
        out.interval = t.with_pseudo_cases(pseudo, confidence).clipped(-1.0, 1.0);
        pseudo
    }

    fn pairs(&self, candidate: usize) -> Pairs {
        self.cells[candidate].pairs(&self.cells[self.baseline])
    }

    fn verdict(&self, comparison: &Comparison, m: usize) -> ComparisonVerdict {
        let (Some(difference), Some(p)) = (comparison.difference, comparison.p_adjusted) else {
            return ComparisonVerdict::Inconclusive;
        };
        if self.refused(comparison) {
            return ComparisonVerdict::Inconclusive;
        }
        let metric = self.metrics[m];
        let lower = metric.better() == Better::Lower;
        let oriented = if lower { -difference } else { difference };
        let interval = if lower { negated(&comparison.interval) } else { comparison.interval };
        // What has no region of its own (costs, times, counts) is equivalent where it is the same on every case. A score or
        // share never is by that alone: its interval keeps a width, and needs a region to lie in.
        let margin = self.margins[m].or(Some(f64::MIN_POSITIVE));
        match Finding::of(oriented, p, self.alpha, &interval, margin) {
            Finding::Better => ComparisonVerdict::Better,
            Finding::Worse => ComparisonVerdict::Worse,
            Finding::Equivalent => ComparisonVerdict::Equivalent,
            Finding::Inconclusive => ComparisonVerdict::Inconclusive,
        }
    }

    /// Whether too few of the cases are paired for a verdict (B.1).
    fn refused(&self, comparison: &Comparison) -> bool {
        // What a race spared was not lost by chance: its comparison keeps the cases there are.
        let out = |version: &Measured| self.data.raced_out(version).is_some();
        let candidate = self.data.versions.iter().find(|version| version.name == comparison.version);
        let raced = candidate.is_some_and(out) || out(&self.data.versions[self.baseline]);
        comparison.paired && !raced && comparison.coverage.is_some_and(|share| share < COVERAGE_REFUSE)
    }
}

/// Whether its numbers lie in [0, 1].
fn is_share(metric: Metric) -> bool {
    metric.is_score() || metric.unit() == Unit::Share
}

/// The interval of the opposite difference.
fn negated(interval: &Interval) -> Interval {
    Interval { low: interval.high.map(|x| -x), high: interval.low.map(|x| -x), ..*interval }
}

#[cfg(test)]
mod tests;
