//! What cases that do not count alike come to.
use super::super::data::Data;
use super::super::stats::sums::group_sums;
use super::super::words::independent;
use super::{FEW, caveat};
use crate::domain::Caveat;

/// As how many alike they say: `(Σ w)² / Σ w²` of units (Kish 1965).
pub(super) fn note(data: &Data, units: u64) -> Option<Caveat> {
    let weights = data.weights()?;
    let of_units = group_sums(&weights, data.groups().as_deref());
    let all: f64 = of_units.iter().sum();
    let worth = all * all / of_units.iter().map(|weight| weight * weight).sum::<f64>();
    let field = data.settings.weight_by.as_deref().unwrap_or_default();
    let few = if worth < FEW as f64 && units >= FEW { ", too few to show rare failures" } else { "" };
    let text = format!(
        "cases count by `{field}`: {} say as much as about {worth:.0} that count alike{few}; quantiles count every run alike",
        independent(units, data.settings.cluster_by.as_deref())
    );
    Some(caveat("weighed-cases", text))
}
