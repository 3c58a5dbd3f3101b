//! Owns the order of versions by utility: total utility, ranks that share ties, the order they are shown in (C.6).

use super::sums::sum;
use std::cmp::Ordering;

/// Utilities closer than this are a tie (section 2).
pub const TIE_TOLERANCE: f64 = 1e-12;

/// `U = sum_m w_m u_m`.
pub fn total_utility(weights: &[f64], utilities: &[f64]) -> f64 {
    sum(weights.iter().zip(utilities).map(|(w, u)| w * u))
}

/// Indices by descending utility, declaration order among equals.
fn descending(totals: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..totals.len()).collect();
    order.sort_by(|&i, &j| totals[j].total_cmp(&totals[i]));
    order
}

/// Competition ranks (1, 1, 3) by descending utility; a neighbour within 1e-12 shares the rank.
pub fn ranks(totals: &[f64]) -> Vec<usize> {
    let order = descending(totals);
    let mut ranks = vec![1; totals.len()];
    for (position, pair) in order.windows(2).enumerate() {
        let tied = (totals[pair[0]] - totals[pair[1]]).abs() <= TIE_TOLERANCE;
        ranks[pair[1]] = if tied { ranks[pair[0]] } else { position + 2 };
    }
    ranks
}

/// Ranks from 1 in which every group of ties (within 1e-12) has the middle of the places it takes. Sums to
/// `V(V+1)/2`.
pub fn mid_ranks(totals: &[f64]) -> Vec<f64> {
    let rank = |u: &f64| {
        let above = totals.iter().filter(|&&x| x > u + TIE_TOLERANCE).count();
        let tied = totals.iter().filter(|&&x| (x - u).abs() <= TIE_TOLERANCE).count();
        above as f64 + (tied as f64 + 1.0) / 2.0
    };
    totals.iter().map(rank).collect()
}

/// Of the allowed versions, those within 1e-12 of the highest total, each with an equal share of 1; none when none is
/// allowed.
pub fn winners(totals: &[f64], allowed: &[bool]) -> impl Iterator<Item = (usize, f64)> {
    let candidates = || totals.iter().copied().enumerate().filter(|&(v, _)| allowed[v]);
    let most = candidates().map(|(_, total)| total).fold(f64::NEG_INFINITY, f64::max);
    let first: Vec<usize> =
        candidates().filter(|&(_, total)| most - total <= TIE_TOLERANCE).map(|(v, _)| v).collect();
    let share = 1.0 / first.len().max(1) as f64;
    first.into_iter().map(move |v| (v, share))
}

/// What orders versions of the same rank, in this order; a version without a cost or latency comes after those with.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TieBreak {
    /// Weighted utility of the evaluators; higher first.
    pub quality: f64,
    /// Mean cost; lower first.
    pub cost: Option<f64>,
    /// Mean latency; lower first.
    pub latency: Option<f64>,
}

/// Version indices in display order: rank, then quality, cost, latency, declaration. `ties` is as long as `totals`.
pub fn display_order(totals: &[f64], ties: &[TieBreak]) -> Vec<usize> {
    let ranks = ranks(totals);
    let lower = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    };
    let compare = |&i: &usize, &j: &usize| -> Ordering {
        let (a, b) = (ties[i], ties[j]);
        let by_rank = ranks[i].cmp(&ranks[j]).then(b.quality.total_cmp(&a.quality));
        by_rank.then(lower(a.cost, b.cost)).then(lower(a.latency, b.latency))
    };
    let mut order: Vec<usize> = (0..totals.len()).collect();
    order.sort_by(compare);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_by_rounding_shares_the_first_place() {
        let shares: Vec<(usize, f64)> =
            winners(&[0.1 + 0.2, 0.3, 0.2, 0.9], &[true, true, true, false]).collect();
        assert_eq!(shares, [(0, 0.5), (1, 0.5)]);
    }

    #[test]
    fn ties_are_ordered_by_quality_then_cost_then_latency_then_declaration() {
        let tie = |quality, cost, latency| TieBreak { quality, cost, latency };
        let ties = [
            tie(0.5, None, None),
            tie(0.5, Some(2.0), Some(9.0)),
            tie(0.6, Some(9.0), None),
            tie(0.5, Some(2.0), Some(1.0)),
            tie(0.9, None, None),
            tie(0.5, Some(2.0), Some(1.0)),
        ];
        let totals = [0.7, 0.7, 0.7, 0.7 + 1e-13, 0.1, 0.7];
        assert_eq!(ranks(&totals), [1, 1, 1, 1, 6, 1]);
        assert_eq!(display_order(&totals, &ties), [2, 3, 5, 1, 0, 4]);
    }
}
