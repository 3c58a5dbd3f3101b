//! Tokens counted from texts: four characters each, the rule of thumb every provider documents for English. An answer
//! has between one token and `max_tokens`, or as many as are declared of a simulated one, and stands in every later call of its conversation. Images and files, and
//! what tools answer, are left out: what they count for nobody knows beforehand.
use super::{Share, output_ceiling};
use crate::domain::{Case, Message, Money};
use crate::plan::{Plan, PlannedVersion};

/// Characters a token stands for.
const CHARS_PER_TOKEN: u64 = 4;
/// Cases looked at, spread over the dataset.
const SAMPLE: usize = 200;

/// What so many runs of a version take.
pub(super) fn of(plan: &Plan, planned: &PlannedVersion, runs: u64) -> Share {
    let program = planned.version.messages.is_empty();
    if let Some(each) = planned.version.cost_per_run {
        let total = Money(each.0.saturating_mul(i64::try_from(runs).unwrap_or(i64::MAX)));
        let calls = if program { (runs, runs) } else { from_texts(plan, planned, runs).calls };
        return Share { calls, cost: Some((total, total)), ..Share::default() };
    }
    if program {
        return Share { calls: (runs, runs), ..Share::default() };
    }
    let share = from_texts(plan, planned, runs);
    planned.price.as_ref().map_or(share, |(price, _)| share.priced(price))
}

fn from_texts(plan: &Plan, planned: &PlannedVersion, runs: u64) -> Share {
    let cases = plan.dataset.spread(SAMPLE);
    let seen = Share::sum(cases.iter().flatten().map(|case| of_case(planned, &case)));
    let n = cases.len() as u64;
    let all = |sum: u64| {
        u64::try_from((u128::from(sum) * u128::from(runs)).div_ceil(u128::from(n))).unwrap_or(u64::MAX)
    };
    let both = |(low, high): (u64, u64)| (all(low), all(high));
    Share {
        calls: both(seen.calls),
        tokens_in: seen.tokens_in.map(both),
        tokens_out: seen.tokens_out.map(both),
        cost: None,
    }
}

/// One run of a case.
fn of_case(planned: &PlannedVersion, case: &Case) -> Share {
    let first = count(&planned.prompt.render(case).unwrap_or_default());
    let turns = planned.prompt.later(case).unwrap_or_default();
    let (least, most) = planned.calls(case);
    // Each turn stands in its own call and all later ones.
    let mut low = 0;
    for call in 0..usize::try_from(least).unwrap_or(usize::MAX) {
        low += first + count(turns.get(..call).unwrap_or(&turns));
    }
    let declared = planned.provider.declared(&planned.version).map(|answer| answer.output_tokens);
    let (shortest, answer) =
        declared.map_or((1, output_ceiling(&planned.version)), |answer| (answer, answer));
    let before = most.saturating_mul(most.saturating_sub(1)) / 2;
    let high = most.saturating_mul(first + count(&turns)).saturating_add(before.saturating_mul(answer));
    Share {
        calls: (least, most),
        tokens_in: Some((low, high)),
        tokens_out: Some((least.saturating_mul(shortest), most.saturating_mul(answer))),
        cost: Some((Money::ZERO, Money::ZERO)),
    }
}

/// Tokens of messages, together.
pub(super) fn count(messages: &[Message]) -> u64 {
    let chars: u64 = messages.iter().map(|message| message.joined_text().chars().count() as u64).sum();
    chars.div_ceil(CHARS_PER_TOKEN)
}
