//! Owns which cases and units a decision rests on (section D.1): per metric the cases common to all ranked versions, and
//! the units they form.

use super::panel::{Known, Panel};
use super::pieces::side_by_side;
use super::sums::unit_count;

/// The cases and units of a panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Listwise {
    /// Cases n: the union over versions and weighted metrics.
    pub n: usize,
    /// Per metric its common cases, ascending; their number is `n_m`.
    pub common: Vec<Vec<usize>>,
    /// Smallest share of the n cases that no version is missing, over the weighted metrics.
    pub coverage: f64,
    /// Cases on which some weighted metric is common to all versions, ascending.
    pub informative: Vec<usize>,
    /// The unit of each informative case, 0 to `units - 1`, in the order of the groups.
    pub unit: Vec<u32>,
    /// Units G among the informative cases: a unit without information adds no degree of freedom.
    pub units: usize,
    /// Fewest units any one weighted metric is known on.
    pub fewest_units: usize,
}

/// Why nothing can be estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EstimateError {
    /// No case has a value of any weighted metric.
    NoCases,
    /// A metric has no case on which every version has a value.
    NoCommonCase {
        /// Index of the metric.
        metric: usize,
    },
    /// The sum below the line is 0 (cost per success without a success).
    Undefined {
        /// Index of the version.
        version: usize,
        /// Index of the metric.
        metric: usize,
    },
}

impl Listwise {
    /// The cases and units of `panel`. Every metric needs a common case, those of weight 0 too.
    pub fn of(panel: &Panel<'_>) -> Result<Self, EstimateError> {
        let numbers = panel.cases * panel.versions.len() * panel.metrics.len();
        let known: Vec<Known> = side_by_side(panel.metrics.len(), numbers, |m| panel.known(m));
        let weighted: Vec<usize> = panel.weighted().collect();
        let some_knows = |&i: &usize| weighted.iter().any(|&m| known[m].by_any[i]);
        let union: Vec<usize> = (0..panel.cases).filter(some_knows).collect();
        if union.is_empty() {
            return Err(EstimateError::NoCases);
        }
        let of_all =
            |known: &Known| union.iter().copied().filter(|&i| known.by_all[i]).collect::<Vec<usize>>();
        let common: Vec<Vec<usize>> = known.iter().map(of_all).collect();
        if let Some(metric) = common.iter().position(Vec::is_empty) {
            return Err(EstimateError::NoCommonCase { metric });
        }
        let is_common = |&i: &usize| weighted.iter().any(|&m| known[m].by_all[i]);
        let informative: Vec<usize> = union.iter().copied().filter(is_common).collect();
        let unit = dense(panel.groups_of(&informative), informative.len());
        let of_metric = |m: usize| unit_count(common[m].len(), panel.groups_of(&common[m]).as_deref());
        Ok(Self {
            n: union.len(),
            coverage: weighted.iter().map(|&m| known[m].coverage(&union)).fold(1.0, f64::min),
            units: unit_count(unit.len(), Some(&unit)),
            fewest_units: weighted.iter().map(|&m| of_metric(m)).min().unwrap_or(0),
            common,
            informative,
            unit,
        })
    }
}

/// Group indices without gaps, in the order of `groups`; each case its own without groups.
fn dense(groups: Option<Vec<u32>>, cases: usize) -> Vec<u32> {
    let Some(groups) = groups else { return (0..cases as u32).collect() };
    let mut present = groups.clone();
    present.sort_unstable();
    present.dedup();
    groups.iter().map(|g| present.partition_point(|p| p < g) as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::dense;

    #[test]
    fn units_are_numbered_without_gaps_in_group_order() {
        assert_eq!(dense(Some(vec![7, 2, 7, 4]), 4), [2, 0, 2, 1]);
        assert_eq!(dense(None, 3), [0, 1, 2]);
    }
}
