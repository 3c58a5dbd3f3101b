//! The rows of a decision: every version with its place, or with what keeps it out.
use super::Inputs;
use crate::analyse::at_best;
use crate::analyse::cells::Cells;
use crate::analyse::draws::Drawn;
use crate::analyse::stats::bootstrap::Bootstrap;
use crate::analyse::stats::estimate::Estimates;
use crate::analyse::stats::ranking::ranks;
use crate::analyse::summarise;
use crate::analyse::ties::mean_of;
use crate::analyse::weighing::Weighed;
use crate::domain::{Interval, Method, Money, Ranked, Standing};

/// Of a version that something keeps out which could be mended.
fn at_best(inputs: &Inputs<'_>, v: usize) -> Option<f64> {
    match inputs.standing[v] {
        Standing::Ranked | Standing::RacedOut(_) => None,
        Standing::GateFailed | Standing::MissingMetric(_) | Standing::Coverage { .. } => {
            at_best::utility(&inputs.weighed, &inputs.cells[v], inputs.setting)
        }
    }
}

/// A version as it stands without a rank.
pub(super) fn unranked(inputs: &Inputs<'_>, v: usize) -> Ranked {
    let version = &inputs.data.versions[v];
    let (runs, failed) = version.fared(inputs.setting.selected);
    let of = |(w, cells): (&Weighed, &Cells)| {
        (summarise::value(cells, w.metric, inputs.setting).value, None, None)
    };
    Ranked {
        version: version.name.clone(),
        label: version.settings.label.clone(),
        hash: version.hash,
        rank: None,
        rank_interval: None,
        utility: None,
        interval: Interval::none(Method::DeltaT),
        expected_rank: None,
        p_best: None,
        p_feasible: None,
        p_pareto: None,
        metrics: inputs.weighed.iter().zip(&inputs.cells[v]).map(of).collect(),
        standing: inputs.standing[v].clone(),
        utility_at_best: at_best(inputs, v),
        behind_at_best: None,
        gates: inputs.gates[v].1.clone(),
        pareto: false,
        dominated_by: None,
        cost: mean_of(inputs, v, "cost").and_then(Money::from_usd),
        runs,
        failed,
        where_answered: Vec::new(),
    }
}

/// Every version, ranked first.
pub(super) fn ranking(
    inputs: &Inputs<'_>,
    ranked: &[usize],
    estimates: &Estimates,
    order: &[usize],
    dominated: &[Vec<usize>],
    bootstrap: Option<&Bootstrap>,
) -> Vec<Ranked> {
    let places = ranks(&estimates.totals);
    // The closed form says nothing of the front.
    let front = bootstrap.filter(|_| inputs.draws.from != Drawn::ClosedForm && inputs.weighed.len() > 1);
    let bounded = inputs.weighed.iter().all(|weighed| weighed.utility.bounded());
    let place = |&i: &usize| {
        let metric = |m: usize| {
            let (value, utility) = (estimates.values[i][m], estimates.utilities[i][m]);
            // What nobody knows is worth the worst where the rule says so, and stays unknown.
            let value = Some(value).filter(|_| !inputs.cells[ranked[i]][m].is_unknown());
            (value, Some(utility), Some(inputs.weighed[m].report.weight * utility))
        };
        Ranked {
            rank: u32::try_from(places[i]).ok(),
            utility_at_best: None,
            utility: Some(estimates.totals[i]),
            interval: estimates.interval(i, bounded, inputs.setting.confidence),
            rank_interval: bootstrap.map(|bootstrap| bootstrap.rank[i]),
            expected_rank: bootstrap.map(|bootstrap| bootstrap.expected_rank[i]),
            p_best: bootstrap.map(|bootstrap| bootstrap.p_best[i]),
            p_pareto: front.map(|bootstrap| bootstrap.p_pareto[i]),
            metrics: (0..inputs.weighed.len()).map(metric).collect(),
            pareto: dominated[i].is_empty(),
            // With one metric the ranking itself says who beats whom.
            dominated_by: dominated[i]
                .first()
                .filter(|_| inputs.weighed.len() > 1)
                .map(|&by| inputs.data.versions[ranked[by]].name.clone()),
            ..unranked(inputs, ranked[i])
        }
    };
    let rest = (0..inputs.data.versions.len()).filter(|v| !ranked.contains(v)).map(|v| unranked(inputs, v));
    order.iter().map(place).chain(rest).collect()
}
