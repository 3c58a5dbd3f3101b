//! Every candidate against the baseline, always paired by case (section B).
use super::cells::Cells;
use super::compare::Judged;
use super::data::Data;
use super::metric::Metric;
use super::stats::holm::{Finding, holm};
use super::stats::mcnemar::mcnemar;
use super::stats::mean::Summary;
use super::stats::paired::{COVERAGE_REFUSE, PairedT, Pairs, Tally, Welch, bonett_price};
use super::stats::panel::Cell;
use super::stats::ratio::{geometric_mean_ratio, ratio_of_means};
use super::stats::signflip::sign_flip;
use super::stats::sums::group_sums;
use super::stats::wilcoxon::wilcoxon;
use super::summarise::Setting;
use crate::domain::{
    Better, Comparison, ComparisonVerdict, Family, Interval, Method, OnError, Regression, Test, Unit,
};

/// What comparisons are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pairing<'a> {
    pub data: &'a Data,
    pub metrics: &'a [Metric],
    /// How many of them are tested ([`is_tested`]).
    pub tested: usize,
    /// `cells[v]`, of the metric at hand.
    pub cells: &'a [Cells],
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

/// Whether the candidates are compared with the baseline on a metric. A quantile is not a mean over cases: it is shown
/// side by side, and cannot be tested case by case. A share of which no version has anything but 0 (no errors at all)
/// leaves nothing to compare.
pub(super) fn is_tested(metric: Metric, data: &Data, selected: &[bool], on_error: OnError) -> bool {
    let may_be_zero = metric.unit() == Unit::Share && !metric.is_score();
    let is_zero = |version| {
        let cells = Cells::of(data, version, metric, selected, on_error).cells;
        cells.iter().all(|cell| cell.value().is_none_or(|x| x == 0.0))
    };
    metric.quantile().is_none() && !(may_be_zero && data.versions.iter().all(is_zero))
}

/// Adjusts p-values over the candidates of each metric, or over all (Holm), and says what the comparisons come to.
/// Each comes with the index of its metric, in the order of the metrics; no cells are looked at.
pub(super) fn judged(pairing: Pairing<'_>, mut all: Vec<(usize, Comparison)>) -> Vec<Comparison> {
    for of_family in all.chunks_mut(pairing.family().max(1)) {
        let p: Vec<f64> = of_family.iter().filter_map(|(_, comparison)| comparison.p_value).collect();
        let tested = of_family.iter_mut().filter(|(_, comparison)| comparison.p_value.is_some());
        for ((_, comparison), p) in tested.zip(holm(&p)) {
            comparison.p_adjusted = Some(p);
        }
    }
    let judged = |(m, mut comparison): (usize, Comparison)| {
        comparison.verdict = pairing.verdict(&comparison, m);
        comparison
    };
    all.into_iter().map(judged).collect()
}

impl Pairing<'_> {
    /// Every candidate on one metric, its p-value not adjusted yet.
    pub fn compared(mut self, m: usize) -> Vec<Comparison> {
        if self.judged.simultaneous {
            self.setting.confidence = self.setting.confidence.simultaneous(self.family());
        }
        self.candidates().map(|candidate| self.compare(candidate, m)).collect()
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

    fn compare(&self, candidate: usize, m: usize) -> Comparison {
        let metric = self.metrics[m];
        let pairs = self.pairs(candidate);
        let differences = pairs.differences();
        let groups = pairs.groups(self.setting.groups);
        let toward_better: Vec<f64> = if metric.better() == Better::Lower {
            differences.iter().map(|d| -d).collect()
        } else {
            differences.clone()
        };
        let tally = Tally::of(&toward_better);
        let mut comparison = Comparison {
            version: self.data.versions[candidate].name.clone(),
            metric: metric.name(self.data),
            difference: None,
            interval: Interval::none(Method::T),
            ratio: None,
            typical: None,
            p_value: None,
            p_adjusted: None,
            wins: tally.wins as u64,
            losses: tally.losses as u64,
            ties: tally.ties as u64,
            pairs: pairs.cases.len() as u64,
            paired: !pairs.cases.is_empty(),
            coverage: self.coverage(candidate),
            d_z: None,
            verdict: ComparisonVerdict::Inconclusive,
        };
        let Some(t) = PairedT::of(&differences, groups.as_deref(), self.setting.confidence) else {
            self.as_independent(candidate, &mut comparison);
            return comparison;
        };
        comparison.difference = Some(t.summary.mean);
        comparison.interval = t.interval;
        comparison.d_z = t.d_z;
        if metric.is_score() || metric.unit() == Unit::Share {
            self.test_scores(&pairs, &differences, groups.as_deref(), &mut comparison);
        } else {
            let ratio = ratio_of_means(&pairs.a, &pairs.b, groups.as_deref(), self.setting.confidence);
            comparison.ratio = ratio.map(|ratio| (ratio.ratio, ratio.interval));
            comparison.p_value = ratio.and_then(|ratio| ratio.p).or(t.p);
            if metric.unit() == Unit::Seconds {
                let typical =
                    geometric_mean_ratio(&pairs.a, &pairs.b, groups.as_deref(), self.setting.confidence);
                comparison.typical = typical.map(|ratio| (ratio.ratio, ratio.interval));
            }
        }
        match self.judged.test {
            Test::Auto => {}
            Test::SignFlip => {
                comparison.p_value =
                    Some(sign_flip(&group_sums(&differences, groups.as_deref()), self.seed).p);
            }
            Test::Wilcoxon => {
                comparison.p_value = Some(wilcoxon(&group_sums(&differences, groups.as_deref())).p());
            }
        }
        comparison
    }

    /// Without a common case the two are independent samples: Welch's t on their case means (B.1).
    fn as_independent(&self, candidate: usize, out: &mut Comparison) {
        let side = |v: usize| {
            let (values, cases) = self.cells[v].values();
            let groups: Option<Vec<u32>> =
                self.setting.groups.map(|of| cases.iter().map(|&i| of[i]).collect());
            Summary::of(&values, groups.as_deref())
        };
        let Some((own, base)) = side(candidate).zip(side(self.baseline)) else { return };
        out.difference = Some(own.mean - base.mean);
        if let Some(welch) = Welch::of(&own, &base, self.setting.confidence) {
            out.interval = welch.interval;
            out.p_value = Some(welch.p);
        }
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

    fn test_scores(&self, pairs: &Pairs, differences: &[f64], groups: Option<&[u32]>, out: &mut Comparison) {
        let independent = self.setting.one_run && groups.is_none();
        if let (true, Some((b, c))) = (independent, pairs.discordant()) {
            out.interval = bonett_price(b, c, pairs.cases.len() as u64, self.setting.confidence);
            out.p_value = Some(mcnemar(b, c).exact);
        } else {
            out.p_value = Some(sign_flip(&group_sums(differences, groups), self.seed).p);
        }
    }

    fn pairs(&self, candidate: usize) -> Pairs {
        let values = |v: usize| self.cells[v].cells.iter().map(|cell| cell.value());
        Pairs::of(values(candidate), values(self.baseline))
    }

    fn verdict(&self, comparison: &Comparison, m: usize) -> ComparisonVerdict {
        let (Some(difference), Some(p)) = (comparison.difference, comparison.p_adjusted) else {
            return ComparisonVerdict::Inconclusive;
        };
        // What a race spared was not lost by chance: its comparison keeps the cases there are.
        let raced = self.data.versions.iter().any(|version| self.data.raced_out(version).is_some());
        if comparison.paired && !raced && comparison.coverage.is_some_and(|share| share < COVERAGE_REFUSE) {
            return ComparisonVerdict::Inconclusive;
        }
        let metric = self.metrics[m];
        let lower = metric.better() == Better::Lower;
        let oriented = if lower { -difference } else { difference };
        let interval = if lower { negated(&comparison.interval) } else { comparison.interval };
        match Finding::of(oriented, p, self.alpha, &interval, self.margins[m]) {
            Finding::Better => ComparisonVerdict::Better,
            Finding::Worse => ComparisonVerdict::Worse,
            Finding::Equivalent => ComparisonVerdict::Equivalent,
            Finding::Inconclusive => ComparisonVerdict::Inconclusive,
        }
    }

    /// The cases each candidate lost most on by one score, largest loss first.
    pub fn regressions(&self, m: usize, most: usize) -> Vec<Regression> {
        let mut found = Vec::new();
        for candidate in self.candidates() {
            let pairs = self.pairs(candidate);
            let mut lost: Vec<Regression> = pairs
                .cases
                .iter()
                .zip(pairs.a.iter().zip(&pairs.b))
                .filter(|(_, (a, b))| a < b)
                .map(|(&case, (&a, &b))| Regression {
                    version: self.data.versions[candidate].name.clone(),
                    metric: self.metrics[m].name(self.data),
                    case_id: self.data.cases.id(case).to_owned(),
                    baseline: b,
                    candidate: a,
                })
                .collect();
            let loss = |r: &Regression| r.baseline - r.candidate;
            lost.sort_by(|x, y| loss(y).total_cmp(&loss(x)).then_with(|| x.case_id.cmp(&y.case_id)));
            lost.truncate(most);
            found.append(&mut lost);
        }
        found
    }
}

/// The interval of the opposite difference.
fn negated(interval: &Interval) -> Interval {
    Interval { low: interval.high.map(|x| -x), high: interval.low.map(|x| -x), ..*interval }
}
