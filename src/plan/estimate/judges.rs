//! What evaluators that ask a model would take: measured, or one question a run, of which the evaluator itself says
//! what it would ask.
use super::{Measured, OUTPUT_CEILING, Share, ceiling, output_ceiling, tokens};
use crate::domain::{Endpoint, EvaluatorSpec, Money};
use crate::plan::{Plan, questions};
use crate::prices;
use crate::providers::{PROVIDERS, ProviderKind};

/// The estimate of one evaluator that asks a model.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgeEstimate {
    /// The evaluator's name.
    pub name: String,
    /// `provider/model`.
    pub model: String,
    /// Where it is asked.
    pub endpoint: Endpoint,
    /// What its questions take: one a run at most, none where `when:` may let every run pass by.
    pub share: Share,
    /// Whether that was measured.
    pub measured: bool,
    /// Seconds that judging one run takes: measured, or none where the model is simulated.
    pub latency_s: Option<f64>,
}

/// One an evaluator that asks a model; `measured` as a calibration has it.
pub(super) fn of(plan: &Plan, measured: &[Option<Measured>]) -> Vec<JudgeEstimate> {
    let asking = |spec: &&EvaluatorSpec| spec.asked_model().is_some();
    let judges = plan.experiment.evaluators.iter().filter(asking).enumerate();
    judges.map(|(at, spec)| judge(plan, spec, measured.get(at).and_then(Option::as_ref))).collect()
}

fn judge(plan: &Plan, spec: &EvaluatorSpec, measured: Option<&Measured>) -> JudgeEstimate {
    let asked = spec.asked_model().unwrap_or_default();
    let (provider, model) = asked.split_once('/').unwrap_or_default();
    let endpoint = plan.experiment.endpoint(provider).cloned();
    let endpoint = endpoint.unwrap_or_else(|| Endpoint::plain(provider, provider));
    let kind = PROVIDERS.find(&endpoint.kind).map(|row| row.make.kind);
    let is_simulated = kind == Some(ProviderKind::Simulated);
    let share = match measured {
        Some(measured) => of_measured(plan, measured),
        None => share(plan, spec),
    };
    let price = || prices::resolve(&plan.experiment.pricing, &endpoint.name, &endpoint.kind, model);
    let share = match share.cost {
        _ if is_simulated => Share { cost: Some((Money::ZERO, Money::ZERO)), ..share },
        None => price().map_or(share, |(price, _)| share.priced(&price)),
        Some(_) => share,
    };
    JudgeEstimate {
        name: spec.name.clone(),
        model: asked.to_owned(),
        share,
        measured: measured.is_some(),
        latency_s: if is_simulated { Some(0.0) } else { measured.and_then(|measured| measured.latency_s) },
        endpoint,
    }
}

/// No run is judged twice, however few were measured.
fn of_measured(plan: &Plan, measured: &Measured) -> Share {
    let share = measured.of(plan.total());
    Share { calls: (share.calls.0.min(plan.total()), share.calls.1.min(plan.total())), ..share }
}

/// Counted from what it would ask about the expected answers; the real ones may be as long as `max_tokens`.
fn share(plan: &Plan, spec: &EvaluatorSpec) -> Share {
    let calls = (if spec.when.is_some() { 0 } else { plan.total() }, plan.total());
    let asked = questions::supposed(plan, spec);
    let sizes: Vec<u64> = asked.iter().map(|question| tokens::count(&question.messages)).collect();
    let mean = sizes.iter().sum::<u64>().checked_div(sizes.len() as u64);
    let params = spec.options.get("params").and_then(serde_json::Value::as_object);
    let most = params.and_then(ceiling).unwrap_or(OUTPUT_CEILING);
    let longest = longest_answer(plan);
    Share {
        calls,
        tokens_in: mean.map(|mean| (calls.0 * mean, calls.1.saturating_mul(mean + longest))),
        tokens_out: mean.map(|_| (calls.0, calls.1.saturating_mul(most))),
        cost: None,
    }
}

/// Output tokens of the version that may answer at the greatest length.
fn longest_answer(plan: &Plan) -> u64 {
    plan.versions.iter().map(|planned| output_ceiling(&planned.version)).max().unwrap_or(OUTPUT_CEILING)
}
