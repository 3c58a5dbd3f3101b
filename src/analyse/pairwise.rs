//! Every candidate against the baseline, always paired by case (section B).
use super::cells::Cells;
use super::data::Data;
use super::metric::Metric;
use super::stats::holm::{Finding, holm};
use super::stats::mcnemar::mcnemar;
use super::stats::paired::{PairedT, Pairs, Tally, bonett_price};
use super::stats::ratio::ratio_of_means;
use super::stats::signflip::sign_flip;
use super::stats::sums::group_sums;
use super::summarise::Setting;
use crate::domain::{Better, Comparison, ComparisonVerdict, Interval, Method, Regression, Unit};

/// What comparisons are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pairing<'a> {
    pub data: &'a Data,
    pub metrics: &'a [Metric],
    /// `cells[v][m]`.
    pub cells: &'a [Vec<Cells>],
    /// Index of the baseline.
    pub baseline: usize,
    pub setting: Setting<'a>,
    /// Half the region of equivalence, on the scale of scores.
    pub rope: f64,
    pub seed: u64,
}

/// All comparisons, by metric, then candidate; Holm over the candidates of each metric.
pub(super) fn comparisons(pairing: &Pairing<'_>) -> Vec<Comparison> {
    let candidates: Vec<usize> = (0..pairing.cells.len()).filter(|&v| v != pairing.baseline).collect();
    let mut all = Vec::new();
    // A quantile is not a mean over cases: it is shown side by side, and cannot be tested case by case.
    let tested = |m: &usize| pairing.metrics[*m].quantile().is_none() && !pairing.is_all_zero(*m);
    for m in (0..pairing.metrics.len()).filter(tested) {
        let mut of_metric: Vec<Comparison> = candidates.iter().map(|&v| pairing.compare(v, m)).collect();
        let p: Vec<f64> = of_metric.iter().filter_map(|comparison| comparison.p_value).collect();
        let adjusted = holm(&p);
        let tested = of_metric.iter_mut().filter(|comparison| comparison.p_value.is_some());
        for (comparison, p) in tested.zip(adjusted) {
            comparison.p_adjusted = Some(p);
        }
        for comparison in &mut of_metric {
            comparison.verdict = pairing.verdict(comparison, m);
        }
        all.append(&mut of_metric);
    }
    all
}

impl Pairing<'_> {
    /// Whether no version has anything but 0 on a share (no errors at all): nothing there to compare.
    fn is_all_zero(&self, m: usize) -> bool {
        let zero =
            |cells: &Vec<Cells>| cells[m].cells.iter().all(|cell| cell.value().is_none_or(|x| x == 0.0));
        self.metrics[m].unit() == Unit::Share && !self.metrics[m].is_score() && self.cells.iter().all(zero)
    }

    fn compare(&self, candidate: usize, m: usize) -> Comparison {
        let metric = self.metrics[m];
        let pairs = self.pairs(candidate, m);
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
            p_value: None,
            p_adjusted: None,
            wins: tally.wins as u64,
            losses: tally.losses as u64,
            ties: tally.ties as u64,
            pairs: pairs.cases.len() as u64,
            verdict: ComparisonVerdict::Inconclusive,
        };
        let Some(t) = PairedT::of(&differences, groups.as_deref(), self.setting.confidence) else {
            return comparison;
        };
        comparison.difference = Some(t.summary.mean);
        comparison.interval = t.interval;
        if metric.is_score() || metric.unit() == Unit::Share {
            self.test_scores(&pairs, &differences, groups.as_deref(), &mut comparison);
        } else {
            let ratio = ratio_of_means(&pairs.a, &pairs.b, groups.as_deref(), self.setting.confidence);
            comparison.ratio = ratio.map(|ratio| (ratio.ratio, ratio.interval));
            comparison.p_value = ratio.and_then(|ratio| ratio.p).or(t.p);
        }
        comparison
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

    fn pairs(&self, candidate: usize, m: usize) -> Pairs {
        let values = |v: usize| self.cells[v][m].cells.iter().map(|cell| cell.value()).collect::<Vec<_>>();
        Pairs::of(&values(candidate), &values(self.baseline))
    }

    fn verdict(&self, comparison: &Comparison, m: usize) -> ComparisonVerdict {
        let (Some(difference), Some(p)) = (comparison.difference, comparison.p_adjusted) else {
            return ComparisonVerdict::Inconclusive;
        };
        let metric = self.metrics[m];
        let lower = metric.better() == Better::Lower;
        let oriented = if lower { -difference } else { difference };
        let interval = if lower { negated(&comparison.interval) } else { comparison.interval };
        let margin = metric.is_score().then_some(self.rope);
        match Finding::of(oriented, p, self.setting.confidence.alpha(), &interval, margin) {
            Finding::Better => ComparisonVerdict::Better,
            Finding::Worse => ComparisonVerdict::Worse,
            Finding::Equivalent => ComparisonVerdict::Equivalent,
            Finding::Inconclusive => ComparisonVerdict::Inconclusive,
        }
    }

    /// The cases each candidate lost most on, by score, largest loss first.
    pub fn regressions(&self, most: usize) -> Vec<Regression> {
        let mut found = Vec::new();
        for (m, metric) in self.metrics.iter().enumerate().filter(|(_, metric)| metric.is_score()) {
            for candidate in (0..self.cells.len()).filter(|&v| v != self.baseline) {
                let pairs = self.pairs(candidate, m);
                let mut lost: Vec<Regression> = pairs
                    .cases
                    .iter()
                    .zip(pairs.a.iter().zip(&pairs.b))
                    .filter(|(_, (a, b))| a < b)
                    .map(|(&case, (&a, &b))| Regression {
                        version: self.data.versions[candidate].name.clone(),
                        metric: metric.name(self.data),
                        case_id: self.data.cases[case].id.to_string(),
                        baseline: b,
                        candidate: a,
                    })
                    .collect();
                let loss = |r: &Regression| r.baseline - r.candidate;
                lost.sort_by(|x, y| loss(y).total_cmp(&loss(x)).then_with(|| x.case_id.cmp(&y.case_id)));
                lost.truncate(most);
                found.append(&mut lost);
            }
        }
        found
    }
}

/// The interval of the opposite difference.
fn negated(interval: &Interval) -> Interval {
    Interval { low: interval.high.map(|x| -x), high: interval.low.map(|x| -x), ..*interval }
}
