//! The words around a budget: how it is written, which one holds when a batch goes on, and what is said at its end.
use std::sync::Arc;

use serde_json::{Value, json};

use crate::domain::{Batch, Experiment, Money};
use crate::execute::Exhausted;
use crate::formats::numbers;
use crate::plan::{Estimate, Plan, Settings};

/// A number of dollars, zero or more.
///
/// # Errors
/// It is none.
pub fn dollars(text: &str) -> Result<Money, String> {
    let usd: Option<f64> = text.trim_start_matches('$').parse().ok();
    usd.and_then(Money::from_usd)
        .filter(|money| *money >= Money::ZERO)
        .ok_or_else(|| "not a number of dollars, for example 0.50".to_owned())
}

/// A budget given when the batch was begun holds when it goes on, unless the file or the person gives another.
pub fn remember(batch: &Batch, experiment: &mut Arc<Experiment>) {
    if experiment.run.budget.is_none() {
        let remembered = Settings::from_map(&batch.settings).and_then(|settings| settings.budget_usd);
        Arc::make_mut(experiment).run.budget = remembered.and_then(Money::from_usd);
    }
}

/// What a batch that its budget ended has spent, what is left, and why that is not enough.
#[must_use]
pub fn line(ended: Exhausted) -> String {
    let usd = |money: Money| numbers::usd(money.usd());
    format!(
        "stopped before the budget of {} is crossed: {} spent, {} left, and the next call may cost {}",
        usd(ended.total),
        usd(ended.spent),
        usd(ended.total - ended.spent),
        usd(ended.needed)
    )
}

/// The same for `proto.run/1`.
#[must_use]
pub fn document(ended: Exhausted) -> Value {
    json!({
        "budget_usd": ended.total.usd(), "spent_usd": ended.spent.usd(),
        "left_usd": (ended.total - ended.spent).usd(), "needed_usd": ended.needed.usd(),
    })
}

/// An end of an estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The least it may cost.
    Low,
    /// The most.
    High,
}

impl End {
    /// As documents say it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::High => "high",
        }
    }
}

/// Which end of the versions' estimate a plan's budget is below; `None` where it is enough, or no cost is known.
#[must_use]
pub fn below(plan: &Plan, estimate: &Estimate) -> Option<End> {
    let (total, (low, high)) = plan.experiment.run.budget.zip(estimate.of_versions().cost)?;
    match total {
        total if total < low => Some(End::Low),
        total if total < high => Some(End::High),
        _ => None,
    }
}

/// What is said of a budget that may end the batch.
#[must_use]
pub fn warning(plan: &Plan, estimate: &Estimate) -> Option<String> {
    let usd = |money: Money| numbers::usd(money.usd());
    let (total, (low, high)) = plan.experiment.run.budget.zip(estimate.of_versions().cost)?;
    Some(match below(plan, estimate)? {
        End::Low => format!(
            "the budget of {} is below the low estimate, {}: the batch will end before its plan does",
            usd(total),
            usd(low)
        ),
        End::High => format!(
            "the budget of {} is below the high estimate, {}: the batch may end before its plan does",
            usd(total),
            usd(high)
        ),
    })
}
