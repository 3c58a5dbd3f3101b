//! The whole file, part by part.
use std::path::Path;

use super::super::keys::EXPERIMENT;
use super::super::yaml::Node;
use super::context::Lowering;
use super::evaluator::models;
use super::fields::Fields;
use super::judged::Names;
use super::version::Shared;
use crate::domain::{DatasetSpec, EvaluatorSpec, Experiment, Version};

/// Lowers a document; what is wrong is in `cx.problems`, and the result is only good when nothing is.
pub(in crate::spec) fn experiment(cx: &mut Lowering<'_>, path: &Path, root: &Node) -> Experiment {
    // For a whole file the first line is where something is missing.
    let first = super::super::yaml::Span { start: root.span.start, end: root.span.start };
    let fields = cx.fields(&EXPERIMENT, root, first);
    record(cx, root);
    let providers = cx.providers(&fields);
    let dataset = cx.dataset(&fields);
    let versions = versions(cx, &fields, root, &dataset, &providers);
    let evaluators = cx.evaluators(&fields, &providers);
    let run = cx.run_settings(&fields);
    let pricing = cx.pricing(&fields);
    let names = names(&versions, &evaluators, &dataset);
    let (gates, winner) = match versions.is_empty() {
        // Versions that were all wrong leave no names to compare with.
        true => (Vec::new(), crate::domain::WinnerRule::default()),
        false => (cx.gates(&fields, &names), cx.winner(&fields, &names)),
    };
    cx.secrets(root);
    let endpoints = providers.used(cx, used(&versions, &evaluators));
    Experiment {
        project: fields.text("project").unwrap_or_default(),
        name: fields.text("experiment").unwrap_or_else(|| stem(path)),
        description: fields.text("description"),
        tags: fields.texts("tags").unwrap_or_default(),
        metadata: fields.open("metadata").unwrap_or_default(),
        path: path.to_path_buf(),
        project_dir: cx.folder.project().to_path_buf(),
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

/// Records where everything is written, but rows of data and what is merged first.
fn record(cx: &mut Lowering<'_>, root: &Node) {
    let Some(mapping) = root.as_mapping() else { return };
    for entry in &mapping.entries {
        if !matches!(entry.key.text.as_str(), "versions" | "evaluators" | "dataset") {
            cx.origins.record(&entry.key.text, &entry.value);
        }
    }
}

fn versions(
    cx: &mut Lowering<'_>,
    fields: &Fields,
    root: &Node,
    dataset: &DatasetSpec,
    providers: &super::providers::Providers,
) -> Vec<Version> {
    let base = cx.base(fields, root.span);
    let candidates = cx.candidates(fields);
    let candidates = cx.expand_matrix(fields, candidates);
    let shared = Shared { base, expected: dataset.expected.clone() };
    candidates.iter().filter_map(|candidate| cx.version(candidate, &shared, providers)).collect()
}

fn names<'a>(versions: &'a [Version], evaluators: &'a [EvaluatorSpec], dataset: &'a DatasetSpec) -> Names<'a> {
    Names {
        versions: versions.iter().map(|version| version.name.as_str()).collect(),
        evaluators: evaluators.iter().map(|evaluator| evaluator.name.as_str()).collect(),
        slices: dataset.slices.iter().map(|(name, _)| name.as_str()).collect(),
    }
}

/// The providers that versions and judges use, in the file's order.
fn used(versions: &[Version], evaluators: &[EvaluatorSpec]) -> Vec<String> {
    let versions = versions.iter().map(|version| version.target.provider().to_owned());
    let judges = evaluators.iter().flat_map(|evaluator| models(&evaluator.options));
    let judges = judges.filter_map(|(_, model)| model.split_once('/').map(|(provider, _)| provider.to_owned()));
    versions.chain(judges).collect()
}

/// The file's name without its ending.
fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
