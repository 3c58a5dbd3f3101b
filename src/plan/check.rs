//! The checks that need both the versions and the cases: every prompt renders, every call encodes, every cost that
//! is to be weighed or bounded can be known.
use std::collections::BTreeSet;

use super::estimate::{OUTPUT_CEILING, declared_ceiling};
use super::{PlannedVersion, Problem, PromptError};
use crate::domain::{AttachmentKind, Case, Content, Experiment, Missing, Part, Target, Unit, Version};
use crate::metrics::name::MetricName;
use crate::providers::Call;
use crate::registry::nearest;
use crate::spec::dataset::Dataset;

/// Cases looked at for a warning, spread over the dataset.
const SEEN: usize = 50;

/// Renders a version's prompt for every case; the first failure of each message is reported.
pub(super) fn renders(planned: &PlannedVersion, dataset: &Dataset) -> Vec<Problem> {
    if planned.prompt.is_fixed() {
        return Vec::new();
    }
    let (mut problems, mut seen) = (Vec::new(), BTreeSet::new());
    for case in dataset.iter().flatten() {
        if let Err(error) = planned.prompt.render(&case)
            && seen.insert(error.message)
        {
            let fields: Vec<&str> = case.inputs.keys().map(String::as_str).collect();
            problems.push(prompt_problem(&planned.version, &error, Some(&case), &fields));
        }
        // One failing message hides the later ones of the same case; one report a version is enough to act on.
        if !problems.is_empty() {
            break;
        }
    }
    problems
}

/// A prompt that does not parse or render, in words.
pub(super) fn prompt_problem(
    version: &Version,
    error: &PromptError,
    case: Option<&Case>,
    fields: &[&str],
) -> Problem {
    let key = error.message.map_or_else(
        || format!("versions.{}", version.name),
        |index| format!("versions.{}.messages[{index}]", version.name),
    );
    let line = error.error.line.map(|line| format!(", line {line}")).unwrap_or_default();
    let place = error.error.template.rsplit_once('#').map_or(error.error.template.as_str(), |(name, _)| name);
    let at_case = case.map(|case| format!(", for case `{}`", case.id)).unwrap_or_default();
    let problem = Problem::new(key, format!("{} (in `{place}`{line}{at_case})", error.error.message));
    match error.error.undefined.as_deref() {
        Some("expected") => problem.hint("a prompt never sees `expected`: it would give the answer away"),
        Some(name) => match nearest(name, fields.iter().copied()) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None if fields.is_empty() => problem,
            None => problem.hint(format!("the case's inputs are: {}", fields.join(", "))),
        },
        None => problem,
    }
}

/// Encodes the first case's call of every version, and every case's where cases name files: what a protocol cannot express is found before anything is paid.
pub(super) fn encodes(
    experiment: &Experiment,
    versions: &[PlannedVersion],
    dataset: &Dataset,
) -> Vec<Problem> {
    let encode = |planned: &PlannedVersion, case: Case| {
        let mut messages = planned.prompt.render(&case).ok()?;
        // What is said later may hold what this protocol cannot say.
        messages.extend(planned.prompt.later(&case).ok()?);
        let call = Call {
            version: &planned.version,
            case: &case,
            repeat: 0,
            messages: &messages,
            seed: experiment.run.seed,
            wrong: &[],
        };
        let refusal = planned.provider.encode(&call).err()?;
        let rest = refusal.key.map(|key| format!(".{key}")).unwrap_or_default();
        Some(Problem::new(format!("versions.{}{rest}", planned.version.name), refusal.message))
    };
    // What a case names may be of any type, so each that names something is tried.
    let cases = |planned: &PlannedVersion| if planned.prompt.reads_files() { dataset.len() } else { 1 };
    let first = |planned: &PlannedVersion| {
        let tried = dataset.iter().flatten().take(cases(planned)).enumerate();
        let mut tried = tried.filter(|(i, case)| *i == 0 || !planned.prompt.attached(case).is_empty());
        tried.find_map(|(_, case)| encode(planned, case))
    };
    versions.iter().filter_map(first).collect()
}

/// Two evaluators of one content are one evaluator: the second's scores would replace the first's.
pub(super) fn same_evaluators(experiment: &Experiment) -> Vec<Problem> {
    let evaluators = &experiment.evaluators;
    let twin = |(i, spec): (usize, &crate::domain::EvaluatorSpec)| {
        let first = evaluators[..i].iter().find(|other| other.hash == spec.hash)?;
        let message = format!("the evaluator `{}` is `{}` under another name", spec.name, first.name);
        let problem = Problem::new(format!("evaluators.{}", spec.name), message);
        Some(problem.hint("leave one out, and give the other the weight of both"))
    };
    evaluators.iter().enumerate().filter_map(twin).collect()
}

/// Two versions of one content are one version: their runs would be each other's.
pub(super) fn twins(versions: &[PlannedVersion]) -> Vec<Problem> {
    let twin = |(i, planned): (usize, &PlannedVersion)| {
        let first = versions[..i].iter().find(|other| other.version.hash == planned.version.hash)?;
        let message = format!(
            "`{}` is `{}` under another name: same prompt, same model, same parameters",
            planned.version.name, first.version.name
        );
        let problem = Problem::new(format!("versions.{}", planned.version.name), message);
        Some(problem.hint("leave one out; to see how much one version varies, raise `run.repeats`"))
    };
    versions.iter().enumerate().filter_map(twin).collect()
}

/// A cost that is weighed or bounded must be known for every version.
pub(super) fn costs(experiment: &Experiment, versions: &[PlannedVersion]) -> Vec<Problem> {
    let rule = &experiment.winner;
    let weighed = rule.missing == Missing::ExcludeVersion
        && rule
            .weights
            .iter()
            .any(|(name, weight)| *weight > 0.0 && MetricName::parse(name).unit() == Unit::Usd);
    let why = if weighed {
        "`winner.weights` weighs cost"
    } else if experiment.run.budget.is_some() {
        "`run.budget_usd` bounds what is spent"
    } else {
        return Vec::new();
    };
    let bounded = experiment.run.budget.is_some();
    let unpriced = versions.iter().filter(|planned| !planned.is_priced());
    unpriced
        .filter_map(|planned| match &planned.version.target {
            Target::Model { provider, model } => Some(unpriced_model(planned, why, provider, model)),
            // Recorded replies are read, not paid for.
            Target::Replay { .. } => None,
            // A program or an endpoint may report its own cost with each answer: too late for a budget.
            Target::Command(_) | Target::Http(_) => bounded.then(|| unpriced_program(planned)),
        })
        .collect()
}

fn unpriced_model(planned: &PlannedVersion, why: &str, provider: &str, model: &str) -> Problem {
    Problem::new(
        format!("versions.{}.model", planned.version.name),
        format!("{why}, and no price is known for `{provider}/{model}`"),
    )
    .hint(format!(
        "add under `pricing:`  {provider}/{model}: {{ input: USD, output: USD }}  # per million tokens"
    ))
}

fn unpriced_program(planned: &PlannedVersion) -> Problem {
    let name = &planned.version.name;
    Problem::new(
        format!("versions.{name}"),
        format!(
            "`run.budget_usd` bounds what is spent, and nobody knows beforehand what a run of `{name}` costs"
        ),
    )
    .hint("add `cost_per_run_usd:`, the most one run may cost; 0 when it is free")
}

/// What a budget assumes, or leaves out: said before anything is spent.
pub(super) fn budget(
    experiment: &Experiment,
    versions: &[PlannedVersion],
    dataset: &Dataset,
) -> Vec<Problem> {
    if experiment.run.budget.is_none() {
        return Vec::new();
    }
    let open = |planned: &&PlannedVersion| {
        let assumed = planned.price.is_some() && planned.version.cost_per_run.is_none();
        assumed && !planned.simulated && declared_ceiling(&planned.version).is_none()
    };
    let mut found: Vec<Problem> = versions
        .iter()
        .filter(open)
        .map(|planned| {
            let name = &planned.version.name;
            let message = format!(
                "`{name}` sets no limit on its output: the budget reserves {OUTPUT_CEILING} tokens a call, and a longer \
                 answer may cross the line"
            );
            Problem::new(format!("versions.{name}.params"), message).hint("set `max_tokens`")
        })
        .collect();
    found.extend(versions.iter().filter_map(|planned| unbounded(planned, dataset)));
    if experiment.evaluators.iter().any(|spec| spec.asked_model().is_some()) {
        let message = "the budget bounds what the versions spend; what a judge costs comes on top of it";
        found.push(Problem::new("run.budget_usd", message));
    }
    found
}

/// A priced version that sends what has more tokens than bytes in its call: an image, or a file at a URL.
fn unbounded(planned: &PlannedVersion, dataset: &Dataset) -> Option<Problem> {
    let is_unbounded = |part: &Part| match part {
        Part::Attachment(sent) => sent.kind == AttachmentKind::Image || sent.content == Content::Url,
        _ => false,
    };
    let sends = |case: &Case| {
        let said = planned.prompt.render(case).into_iter().chain(planned.prompt.later(case)).flatten();
        said.flat_map(|message| message.parts).any(|part| is_unbounded(&part))
    };
    let priced = planned.price.is_some() && planned.version.cost_per_run.is_none() && !planned.simulated;
    if !priced || !dataset.spread(SEEN).iter().flatten().any(|case| sends(&case)) {
        return None;
    }
    let name = &planned.version.name;
    let message = format!(
        "`{name}` sends images or files at URLs, and nobody knows beforehand how many tokens they count: the budget \
         reserves a token a byte of the call, and calls in flight may cross the line"
    );
    Some(Problem::new(format!("versions.{name}.messages"), message).hint("leave some room below the line"))
}

/// A version whose prompt is the same for every case answers every case alike: worth a warning.
pub(super) fn unused(versions: &[PlannedVersion], dataset: &Dataset) -> Vec<Problem> {
    let same = |planned: &&PlannedVersion| {
        dataset.len() > 1
            && !planned.simulated
            && !planned.version.messages.is_empty()
            && matches!(planned.version.target, Target::Model { .. })
            && planned.prompt.is_fixed()
    };
    versions
        .iter()
        .filter(same)
        .map(|planned| {
            Problem::new(
                format!("versions.{}.messages", planned.version.name),
                "the prompt uses no input of the case, so every case is asked the same",
            )
            .hint("fill an input in with `{{ name }}`")
        })
        .collect()
}
