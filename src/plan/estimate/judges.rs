//! What evaluators that ask a model would take: measured, or one question a run, of which the evaluator itself says
//! what it would ask.
use std::path::PathBuf;

use super::{Answered, Measured, OUTPUT_CEILING, Share, ceiling, output_ceiling, tokens};
use crate::domain::{BatchId, Case, Completion, Endpoint, EvaluatorSpec, Money, Run, RunStatus};
use crate::evaluators::{Ask, EVALUATORS, Question, Rule, Subject};
use crate::plan::{Job, Plan};
use crate::prices;
use crate::providers::{PROVIDERS, ProviderKind};

/// Cases looked at, spread over the dataset.
const SAMPLE: usize = 50;

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
    let sizes: Vec<u64> =
        questions(plan, spec, &supposed(plan)).iter().map(|q| tokens::count(&q.messages)).collect();
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

/// What the evaluator would ask; runs it has nothing to ask about are left out.
fn questions(plan: &Plan, spec: &EvaluatorSpec, answers: &[Answered]) -> Vec<Question> {
    let Some(row) = EVALUATORS.find(&spec.kind) else { return Vec::new() };
    let (Ok(rule), Ok(evaluator)) = (Rule::new(spec), (row.make.make)(&spec.options)) else {
        return Vec::new();
    };
    let folder = plan.experiment.path.parent().map(PathBuf::from).unwrap_or_default();
    let ask = |answer: &Answered| {
        let subject = Subject::new(&answer.case, &answer.run, &answer.version, &folder);
        match rule.ask(evaluator.as_ref(), &subject) {
            Ok(Ask::Model(question)) => Some(question),
            _ => None,
        }
    };
    answers.iter().filter_map(ask).collect()
}

/// Runs that answered what was expected, of some cases.
fn supposed(plan: &Plan) -> Vec<Answered> {
    let version = plan.versions.first().map_or(String::new(), |planned| planned.version.name.clone());
    let answered = |case: Case| Answered {
        version: version.clone(),
        run: Box::new(supposed_run(plan, &case)),
        case: case.into(),
    };
    plan.dataset.spread(SAMPLE).iter().flatten().map(answered).collect()
}

fn supposed_run(plan: &Plan, case: &Case) -> Run {
    let expected = case.expected.as_ref();
    let text = expected
        .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        .unwrap_or_default();
    let key = plan.key(Job { case: 0, version: 0, repeat: 0 }, case);
    Run {
        status: RunStatus::Ok,
        completion: Some(Completion { text, ..Completion::default() }),
        ..Run::unmade(BatchId::fresh(), key, String::new())
    }
}

/// Output tokens of the version that may answer at the greatest length.
fn longest_answer(plan: &Plan) -> u64 {
    plan.versions.iter().map(|planned| output_ceiling(&planned.version)).max().unwrap_or(OUTPUT_CEILING)
}
