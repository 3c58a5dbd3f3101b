//! `proto.plan/1`. Pairs are `[low, high]`; null is unknown, or counts none.
use serde_json::{Value, json};

use super::super::budget;
use super::{Calibrated, Planned};
use crate::domain::Money;
use crate::plan::{LaneEstimate, PlannedVersion, Share, VersionEstimate};

/// The document's body.
pub fn document(planned: &Planned<'_>) -> Value {
    let Planned { plan, estimate, calibrated } = planned;
    let (versions, judges) = (estimate.of_versions(), estimate.of_judges());
    let each =
        plan.versions.iter().zip(&estimate.versions).map(|(planned, estimate)| of_version(planned, estimate));
    let asking = estimate
        .judges
        .iter()
        .map(|judge| {
            let own = json!({
                "name": judge.name, "model": judge.model, "measured": judge.measured, "latency_s": judge.latency_s,
            });
            merged(own, of_share(&judge.share))
        });
    let (low, high) = estimate.seconds();
    json!({
        "experiment": plan.experiment.name, "cases": plan.dataset.len(), "repeats": plan.repeats,
        "runs": plan.total(), "cached": estimate.cached(),
        "versions": each.collect::<Vec<_>>(),
        "total": of_share(&versions),
        "judges": merged(of_share(&judges), json!({"evaluators": asking.collect::<Vec<_>>()})),
        "with_judges": of_share(&versions.plus(&judges)),
        "minutes": [low.map(minutes), high.map(minutes)],
        "providers": estimate.lanes.iter().map(of_lane).collect::<Vec<_>>(),
        "budget": plan.experiment.run.budget.map(|total| {
            json!({"budget_usd": total.usd(), "below": budget::below(plan, estimate).map(budget::End::name)})
        }),
        "calibration": calibrated.map(of_calibration),
    })
}

fn of_version(planned: &PlannedVersion, estimate: &VersionEstimate) -> Value {
    let share = &estimate.share;
    let own = json!({
        "name": planned.version.name, "model": planned.version.target.model(), "provider": planned.endpoint.name,
        "hash": planned.version.hash.to_string(), "runs": estimate.runs, "cached": estimate.cached,
        "input_tokens": share.tokens_in.map(|(low, _)| low), "output_tokens": share.tokens_out,
        "simulated": planned.simulated, "measured": estimate.measured, "latency_s": estimate.latency_s,
    });
    merged(own, of_share(share))
}

fn of_share(share: &Share) -> Value {
    let usd = |(low, high): (Money, Money)| [low.usd(), high.usd()];
    json!({"calls": share.calls, "tokens": share.tokens(), "cost_usd": share.cost.map(usd)})
}

fn of_lane(lane: &LaneEstimate) -> Value {
    json!({
        "provider": lane.provider, "minutes": [lane.low_s.map(minutes), lane.high_s.map(minutes)],
        "requests_per_minute": lane.requests_per_minute, "tokens_per_minute": lane.tokens_per_minute,
        "concurrency": [lane.slots.0, lane.slots.1], "latency_s": lane.latency_s,
        "judge_calls": [lane.judged.0, lane.judged.1],
    })
}

fn of_calibration(calibrated: &Calibrated) -> Value {
    json!({
        "cases": calibrated.cases, "calls": calibrated.calls, "failed": calibrated.failed,
        "questions": calibrated.questions, "unanswered": calibrated.unanswered,
        "spent_usd": calibrated.spent.map(Money::usd), "interrupted": calibrated.outcome.interrupted,
    })
}

fn minutes(seconds: f64) -> f64 {
    seconds / 60.0
}

/// The fields of both.
fn merged(mut a: Value, b: Value) -> Value {
    if let (Value::Object(a), Value::Object(b)) = (&mut a, b) {
        a.extend(b);
    }
    a
}
