//! The whole file, part by part.
use std::path::Path;

use super::super::diagnostic::{Diagnostic, Severity};
use super::super::keys::EXPERIMENT;
use super::super::yaml::Node;
use super::context::Lowering;
use super::evaluator::models;
use super::fields::Fields;
use super::judged::Names;
use super::providers::Providers;
use super::version::Shared;
use super::versions::Candidate;
use crate::domain::{EvaluatorSpec, Experiment, Version};

/// Lowers a document; what is wrong is in `cx.problems`, and the result is only good when nothing is.
pub(in crate::spec) fn experiment(cx: &mut Lowering<'_>, path: &Path, root: &Node) -> Experiment {
    // For a whole file the first line is where something is missing.
    let first = super::super::yaml::Span { start: root.span.start, end: root.span.start };
    let fields = cx.fields(&EXPERIMENT, root, first);
    record(cx, root);
    let providers = cx.providers(&fields);
    let dataset = cx.dataset(&fields);
    let base = cx.base(&fields, root.span);
    let candidates = cx.candidates(&fields);
    let candidates = cx.expand_matrix(&fields, candidates);
    set_layer_aside(cx, &fields, &candidates);
    let shared = Shared { base, expected: dataset.expected.clone() };
    let versions: Vec<Version> =
        candidates.iter().filter_map(|candidate| usable(cx, candidate, &shared, &providers)).collect();
    let evaluators = cx.evaluators(&fields, &providers);
    let run = cx.run_settings(&fields);
    let pricing = cx.pricing(&fields);
    let written = fields.node("evaluators").and_then(Node::as_sequence).map_or(0, <[Node]>::len);
    // Names are known even where the version or evaluator behind them is wrong.
    let declared =
        fields.node("versions").and_then(Node::as_mapping).map_or(&[][..], |mapping| &mapping.entries);
    let declared = declared.iter().map(|entry| entry.key.text.as_str());
    let names = Names {
        versions: declared.chain(candidates.iter().map(|candidate| candidate.name.as_str())).collect(),
        evaluators: evaluators.iter().map(|evaluator| evaluator.name.as_str()).collect(),
        slices: dataset.slices.iter().map(|(name, _)| name.as_str()).collect(),
        complete: evaluators.len() == written,
    };
    let gates = cx.gates(&fields, &names);
    let winner = cx.winner(&fields, &names);
    cx.secrets(root);
    let mut names = used(&versions, &evaluators);
    if cx.options.selected.is_some() {
        // A version that comes from elsewhere may use any of them.
        names.extend(providers.names(cx));
    }
    let endpoints = providers.used(cx, names);
    Experiment {
        project: fields.text("project").unwrap_or_default(),
        name: fields.text("experiment").unwrap_or_else(|| stem(path)),
        description: fields.text("description"),
        tags: fields.texts("tags").unwrap_or_default(),
        metadata: fields.open("metadata").unwrap_or_default(),
        path: path.to_path_buf(),
        project_dir: cx.folder.project().to_path_buf(),
        allow_outside: cx.options.allow_outside,
        dataset,
        endpoints,
        versions,
        evaluators,
        run,
        pricing,
        gates,
        winner,
    }
}

/// What is wrong with the layer under every version of the file, when none of them is selected: versions from elsewhere
/// bring their own prompts.
fn set_layer_aside(cx: &mut Lowering<'_>, fields: &Fields, candidates: &[Candidate]) {
    let declared = |name: &String| candidates.iter().any(|candidate| candidate.name == *name);
    if cx.options.selected.as_ref().is_none_or(|names| names.iter().any(declared)) {
        return;
    }
    for key in ["base", "prompt", "messages"] {
        let Some(span) = fields.written(key).map(|node| node.span) else { continue };
        let within = |problem: &mut Diagnostic| {
            let range = problem.place.as_ref().map(|place| place.range.clone());
            problem.severity == Severity::Error
                && range.is_some_and(|range| span.start <= range.start && range.end <= span.end)
        };
        let found: Vec<Diagnostic> = cx.problems.extract_if(.., within).collect();
        if !found.is_empty() {
            cx.set_aside.push((key.to_owned(), found));
        }
    }
}

/// A version; one that is not selected and is wrong is set aside with what is wrong.
fn usable(
    cx: &mut Lowering<'_>,
    candidate: &Candidate,
    shared: &Shared,
    providers: &Providers,
) -> Option<Version> {
    let before = cx.problems.len();
    let version = cx.version(candidate, shared, providers);
    let selected = cx.options.selected.as_ref().is_none_or(|names| names.contains(&candidate.name));
    let wrong = |problem: &Diagnostic| problem.severity == Severity::Error;
    if selected || !cx.problems[before..].iter().any(wrong) {
        return version;
    }
    let problems = cx.problems.split_off(before);
    cx.set_aside.push((candidate.name.clone(), problems));
    None
}

/// Records where everything is written, but rows of data and what is merged first.
fn record(cx: &mut Lowering<'_>, root: &Node) {
    let Some(mapping) = root.as_mapping() else { return };
    for entry in &mapping.entries {
        if !matches!(entry.key.text.as_str(), "versions" | "evaluators" | "dataset") {
            cx.origins.record(&entry.key.text, &entry.value);
        }
    }
}

/// The providers that versions and judges use, in the file's order.
fn used(versions: &[Version], evaluators: &[EvaluatorSpec]) -> Vec<String> {
    let versions = versions.iter().map(|version| version.target.provider().to_owned());
    let judges = evaluators.iter().flat_map(|evaluator| models(&evaluator.options));
    let judges =
        judges.filter_map(|(_, model)| model.split_once('/').map(|(provider, _)| provider.to_owned()));
    versions.chain(judges).collect()
}

/// The file's name without its ending.
fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
