//! What evaluators that ask a model would ask of it, before there is an answer to ask about: to count it, and to refuse
//! before anything is paid for what its provider cannot be sent.
use std::path::PathBuf;

use super::{Job, Plan, Problem};
use crate::domain::{
    BatchId, Case, Completion, Digest, Endpoint, EvaluatorSpec, Map, Run, RunStatus, Target, Version,
};
use crate::evaluators::{Ask, EVALUATORS, Question, Rule, Subject};
use crate::providers::{Call, PROVIDERS, Refusal, Remark};

/// Cases looked at, spread over the dataset.
const SAMPLE: usize = 50;

/// What the evaluator would ask of some runs, had they answered what was expected; those it has nothing to ask about
/// are left out.
pub(super) fn supposed(plan: &Plan, spec: &EvaluatorSpec) -> Vec<Question> {
    let Some(row) = EVALUATORS.find(&spec.kind) else { return Vec::new() };
    let (Ok(rule), Ok(evaluator)) = (Rule::new(spec), (row.make.make)(&spec.options)) else {
        return Vec::new();
    };
    let folder = plan.experiment.path.parent().map(PathBuf::from).unwrap_or_default();
    let version = plan.versions.first().map_or("", |planned| planned.version.name.as_str());
    let ask = |case: Case| {
        let run = run(plan, &case);
        match rule.ask(evaluator.as_ref(), &Subject::new(&case, &run, version, &folder)) {
            Ok(Ask::Model(question)) => Some(question),
            _ => None,
        }
    };
    plan.dataset.spread(SAMPLE).iter().flatten().filter_map(ask).collect()
}

fn run(plan: &Plan, case: &Case) -> Run {
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

/// The questions that their provider refuses, and what it only warns of.
pub(super) fn remarks(plan: &Plan) -> (Vec<Problem>, Vec<Problem>) {
    let (mut refused, mut warned) = (Vec::new(), Vec::new());
    for spec in plan.experiment.evaluators.iter().filter(|spec| spec.asked_model().is_some()) {
        let Some(question) = supposed(plan, spec).into_iter().next() else { continue };
        for remark in of_question(plan, &question) {
            let problem = Problem::new(format!("evaluators.{}.{}", spec.name, remark.key), remark.message);
            let is_default =
                remark.key == "params.temperature" && question.params.get("temperature") == Some(&0.into());
            let problem = if is_default {
                problem.hint("`params: { temperature: null }` leaves out what a judge is sent by default")
            } else {
                problem
            };
            if remark.fatal { refused.push(problem) } else { warned.push(problem) }
        }
    }
    (refused, warned)
}

fn of_question(plan: &Plan, question: &Question) -> Vec<Remark> {
    let (name, model) = question.model.split_once('/').unwrap_or_default();
    let endpoint = plan.experiment.endpoint(name).cloned();
    let endpoint = endpoint.unwrap_or_else(|| Endpoint::plain(name, name));
    // That the provider exists was checked where the file was read.
    let Some(row) = PROVIDERS.find(&endpoint.kind) else { return Vec::new() };
    let refused = |refusal: Refusal| {
        let key = refusal.key.unwrap_or_else(|| "model".to_owned());
        vec![Remark { key, message: refusal.message, fatal: true }]
    };
    let provider = match (row.make.make)(&endpoint) {
        Ok(provider) => provider,
        Err(refusal) => return refused(refusal),
    };
    let version = questioner(question, name, model);
    let remarks = provider.check(&version);
    if remarks.iter().any(|remark| remark.fatal) {
        return remarks;
    }
    let case = no_case();
    let call =
        Call { version: &version, case: &case, repeat: 0, messages: &question.messages, seed: 0, wrong: &[] };
    remarks.into_iter().chain(provider.encode(&call).err().map(refused).into_iter().flatten()).collect()
}

/// A judge is asked through the same adapters as any version.
#[must_use]
pub fn questioner(question: &Question, provider: &str, model: &str) -> Version {
    Version {
        name: "judge".to_owned(),
        hash: Digest::of(question.model.as_bytes()),
        signature_hash: Digest::of(b"judge"),
        closure: serde_json::Value::Null,
        description: None,
        tags: Vec::new(),
        metadata: Map::new(),
        target: Target::Model { provider: provider.to_owned(), model: model.to_owned() },
        messages: Vec::new(),
        includes: Vec::new(),
        params: question.params.clone(),
        tools: Vec::new(),
        tool_choice: None,
        response_schema: question.schema.clone(),
        stream: false,
        max_turns: 1,
        timeout: None,
        run_timeout: None,
        cost_per_run: None,
    }
}

/// The case of a question: none.
#[must_use]
pub fn no_case() -> Case {
    Case {
        id: String::new(),
        inputs: Map::new(),
        expected: None,
        metadata: Map::new(),
        cluster: None,
        weight: None,
        slices: Vec::new(),
        inputs_hash: crate::domain::inputs_hash(&Map::new()),
        file: "".into(),
    }
}
