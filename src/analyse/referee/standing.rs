//! Who takes part in a race and who may stop others: only a version that could be chosen as things stand, else the one
//! the full run chooses could be stopped by one that a gate or a lack of values excludes.
use crate::analyse::cells::Cells;
use crate::analyse::data::Data;
use crate::analyse::decide::cells_of;
use crate::analyse::eligible::standing;
use crate::analyse::gates::{measured, results};
use crate::analyse::weighing::Weighed;
use crate::domain::{Gate, Missing, Standing, WinnerRule};

/// Share of the cases on which a version must have values to take part. Far below what a decision asks for: who has
/// fewer after the warm-up will hardly be ranked, and has too few for a tangent.
const LEAST_COVERAGE: f64 = 0.5;

/// The versions with enough values of every weighted metric, by the cases so far.
pub(super) fn entrants(data: &Data, rule: &WinnerRule, weighed: &[Weighed]) -> Vec<usize> {
    let rule = WinnerRule { min_coverage: LEAST_COVERAGE, missing: Missing::ExcludeVersion, ..rule.clone() };
    let standing = standings(data, &rule, &[], weighed);
    (0..standing.len()).filter(|&v| standing[v] == Standing::Ranked).collect()
}

/// Whether a version could be chosen by the cases so far: its gates surely hold, and it has values enough.
pub(super) fn stands(
    data: &Data,
    rule: &WinnerRule,
    gates: &[Gate],
    weighed: &[Weighed],
    version: usize,
) -> bool {
    standings(data, rule, gates, weighed).get(version) == Some(&Standing::Ranked)
}

/// As `choose-winner` would find them; nothing where a gate names what is not there.
fn standings(data: &Data, rule: &WinnerRule, gates: &[Gate], weighed: &[Weighed]) -> Vec<Standing> {
    let selected = vec![true; data.cases.len()];
    let cells: Vec<Vec<Cells>> = cells_of(data, weighed, &selected, rule);
    let Ok(held) = measured(data, gates, rule, None) else { return Vec::new() };
    standing(data, rule, weighed, &cells, &results(data, &held, rule), &selected)
}
