//! What a plan would cost, low to high, before anything is sent. Tokens are estimated at four characters each, the
//! rule of thumb every provider documents for English; output lies between one token and `max_tokens`.
//! Images and files are left out: what they count for differs from model to model.
use crate::domain::{Money, Usage, Version};
use crate::plan::{Plan, PlannedVersion};

/// Characters a token stands for.
const CHARS_PER_TOKEN: u64 = 4;
/// Cases looked at for the mean length of a prompt.
const SAMPLE: usize = 200;
/// Output tokens assumed at most where the version sets no `max_tokens`.
pub(super) const OUTPUT_CEILING: u64 = 1024;

/// The estimate of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// One a version, in the plan's order.
    pub versions: Vec<VersionEstimate>,
}

/// The estimate of one version.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionEstimate {
    /// Runs it would make.
    pub runs: u64,
    /// Input tokens over all runs; `None` for what has no tokens (a program).
    pub input_tokens: Option<u64>,
    /// Output tokens over all runs, low and high.
    pub output_tokens: (u64, u64),
    /// Dollars over all runs, low and high; `None` where no price is known.
    pub cost: Option<(Money, Money)>,
}

impl Estimate {
    /// Estimates a plan from its prompts and prices.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self { versions: plan.versions.iter().map(|planned| version(plan, planned)).collect() }
    }
}

/// The output tokens a version sets itself as its limit, all choices of an answer together.
pub(super) fn declared_ceiling(version: &Version) -> Option<u64> {
    let number = |key: &str| version.params.get(key)?.as_u64();
    let most =
        ["max_tokens", "max_completion_tokens", "max_output_tokens"].iter().find_map(|key| number(key));
    Some(most?.saturating_mul(number("n").unwrap_or(1)))
}

/// The output tokens one call of a version is taken to use at most: its own limit, else 1,024.
#[must_use]
pub fn output_ceiling(version: &Version) -> u64 {
    declared_ceiling(version).unwrap_or(OUTPUT_CEILING)
}

fn version(plan: &Plan, planned: &PlannedVersion) -> VersionEstimate {
    let runs = plan.dataset.len() as u64 * u64::from(plan.repeats);
    if planned.simulated {
        return VersionEstimate {
            runs,
            input_tokens: None,
            output_tokens: (0, 0),
            cost: Some((Money::ZERO, Money::ZERO)),
        };
    }
    if let Some(each) = planned.version.cost_per_run {
        let total = Money(each.0.saturating_mul(i64::try_from(runs).unwrap_or(i64::MAX)));
        return VersionEstimate {
            runs,
            input_tokens: None,
            output_tokens: (0, 0),
            cost: Some((total, total)),
        };
    }
    if planned.version.messages.is_empty() {
        return VersionEstimate { runs, input_tokens: None, output_tokens: (0, 0), cost: None };
    }
    let input = mean_chars(plan, planned).div_ceil(CHARS_PER_TOKEN);
    let most = output_ceiling(&planned.version);
    let (least, calls) = calls(plan, planned);
    let output = (least, calls.saturating_mul(most));
    let cost = planned.price.as_ref().and_then(|(price, _)| {
        let at = |calls: u64, output| {
            let input = Some(input.saturating_mul(calls));
            price.cost(&Usage { input, output: Some(output), ..Usage::default() })
        };
        Some((at(least, output.0)?, at(calls, output.1)?))
    });
    VersionEstimate { runs, input_tokens: Some(input.saturating_mul(least)), output_tokens: output, cost }
}

/// Calls over all runs, at least and at most. What is said meanwhile makes later calls longer, which nobody knows.
fn calls(plan: &Plan, planned: &PlannedVersion) -> (u64, u64) {
    let sample = plan.dataset.len().clamp(1, SAMPLE);
    let of = |index| Some(planned.calls(&plan.dataset.get(index).ok()?));
    let (mut least, mut most) = (0, 0);
    for (low, high) in (0..sample).filter_map(of) {
        (least, most) = (least + low, most + high);
    }
    let runs = plan.dataset.len() as u64 * u64::from(plan.repeats);
    let all = |sum: u64| runs.saturating_mul(sum).div_ceil(sample as u64);
    (all(least), all(most))
}

fn mean_chars(plan: &Plan, planned: &PlannedVersion) -> u64 {
    let cases = plan.dataset.len().clamp(1, SAMPLE);
    let chars = |index| -> Option<u64> {
        let messages = planned.prompt.render(&plan.dataset.get(index).ok()?).ok()?;
        Some(messages.iter().map(|message| message.joined_text().chars().count() as u64).sum())
    };
    (0..cases).filter_map(chars).sum::<u64>().div_ceil(cases as u64)
}
