//! What evaluators that ask a model would take: one question a run, of which the evaluator itself says what it would
//! ask. Without answers it is asked about the expected one, and the real one may be as long as `max_tokens`.
use std::path::PathBuf;

use super::{Answered, OUTPUT_CEILING, Share, ceiling, output_ceiling, tokens};
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
    /// What its questions take: one a run at most, none where `when:` may let every run pass by.
    pub share: Share,
}

/// One an evaluator that asks a model; `answers` are real ones, where some were made.
pub(super) fn of(plan: &Plan, answers: &[Answered]) -> Vec<JudgeEstimate> {
    let asking = |spec: &&EvaluatorSpec| spec.asked_model().is_some();
    let judges: Vec<&EvaluatorSpec> = plan.experiment.evaluators.iter().filter(asking).collect();
    if judges.is_empty() {
        return Vec::new();
    }
    let (answers, unseen) = match answers {
        [] => (supposed(plan), longest_answer(plan)),
        made => (made.to_vec(), 0),
    };
    let judge = |spec: &EvaluatorSpec| JudgeEstimate {
        name: spec.name.clone(),
        model: spec.asked_model().unwrap_or_default().to_owned(),
        share: share(plan, spec, &answers, unseen),
    };
    judges.into_iter().map(judge).collect()
}

/// `unseen` tokens may be in the answer beyond what it was asked about.
fn share(plan: &Plan, spec: &EvaluatorSpec, answers: &[Answered], unseen: u64) -> Share {
    let calls = (if spec.when.is_some() { 0 } else { plan.total() }, plan.total());
    let sizes: Vec<u64> = questions(plan, spec, answers).iter().map(|q| tokens::count(&q.messages)).collect();
    let mean = sizes.iter().sum::<u64>().checked_div(sizes.len() as u64);
    let params = spec.options.get("params").and_then(serde_json::Value::as_object);
    let most = params.and_then(ceiling).unwrap_or(OUTPUT_CEILING);
    let share = Share {
        calls,
        tokens_in: mean.map(|mean| (calls.0 * mean, calls.1.saturating_mul(mean + unseen))),
        tokens_out: mean.map(|_| (calls.0, calls.1.saturating_mul(most))),
        cost: None,
    };
    let (provider, model) = spec.asked_model().and_then(|model| model.split_once('/')).unwrap_or_default();
    let endpoint = plan.experiment.endpoint(provider).cloned();
    let endpoint = endpoint.unwrap_or_else(|| Endpoint::plain(provider, provider));
    let kind = PROVIDERS.find(&endpoint.kind).map(|row| row.make.kind);
    if kind == Some(ProviderKind::Simulated) {
        return Share { cost: Some((Money::ZERO, Money::ZERO)), ..share };
    }
    match prices::resolve(&plan.experiment.pricing, &endpoint.name, &endpoint.kind, model) {
        Some((price, _)) => share.priced(&price),
        None => share,
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
