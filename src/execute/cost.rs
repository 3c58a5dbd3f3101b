//! What a run costs: said by the source itself, or tokens times price, or unknown. Computed once, frozen with the
//! unit prices used.
use crate::domain::{Completion, Cost, CostSource, Money, Usage};
use crate::plan::PlannedVersion;

/// The cost of an answer (or, without one, of the tokens a failed call still used).
#[must_use]
pub fn of_run(planned: &PlannedVersion, completion: Option<&Completion>, usage: &Usage) -> Cost {
    let reported = completion.and_then(|completion| completion.cost);
    let known = |cost: Money, source| Cost {
        cost: Some(cost),
        spent: Some(cost),
        source,
        price: planned.price.as_ref().map(|(price, _)| *price),
    };
    if let Some(cost) = reported {
        return known(cost, CostSource::Provider);
    }
    if let Some(cost) = planned.version.cost_per_run {
        return known(cost, CostSource::Table);
    }
    // An HTTP attempt that failed without counting anything is not billed.
    if completion.is_none() && usage.total().is_none() {
        let free = matches!(planned.version.target, crate::domain::Target::Model { .. });
        return if free && planned.is_priced() {
            known(Money::ZERO, CostSource::Table)
        } else {
            Cost::UNKNOWN
        };
    }
    let price = planned.price.as_ref().map(|(price, _)| *price);
    match price.and_then(|price| price.cost(usage)) {
        Some(cost) => known(cost, CostSource::Table),
        None => Cost::UNKNOWN,
    }
}

/// What a failed attempt was billed: tokens the provider counted all the same, at their price.
#[must_use]
pub fn of_failure(planned: &PlannedVersion, usage: &Usage) -> Option<Money> {
    planned.price.as_ref()?.0.cost(usage)
}
