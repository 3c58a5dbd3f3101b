//! Tests of the whole module: formats against one another, what is wrong with a file and how it is told, selection.
mod formats;
mod meaning;
mod problems;
mod selection;

use std::path::PathBuf;

use serde_json::Value;

use super::{Dataset, load};
use crate::domain::{Case, DatasetSpec, Origin, SourceSpec};

/// A dataset of files that is declared at `experiment.yaml:4`.
fn files(paths: &[PathBuf]) -> DatasetSpec {
    DatasetSpec { source: SourceSpec::Files(paths.to_vec()), ..inline(Vec::new()) }
}

/// A dataset of inline rows.
fn inline(rows: Vec<Value>) -> DatasetSpec {
    DatasetSpec {
        source: SourceSpec::Inline(rows),
        expected: "expected".to_owned(),
        origin: Origin { file: "experiment.yaml".to_owned(), line: 4, column: 1 },
        ..DatasetSpec::default()
    }
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/datasets")).join(name)
}

fn cases(dataset: &Dataset) -> Vec<Case> {
    dataset.iter().collect::<Result<_, _>>().unwrap()
}

fn ids(dataset: &Dataset) -> Vec<String> {
    cases(dataset).into_iter().map(|case| case.id).collect()
}

/// The error of a spec, as `message` or `message | hint`.
fn told(spec: &DatasetSpec) -> String {
    let error = load(spec).unwrap_err();
    match error.hint() {
        Some(hint) => format!("{error} | {hint}"),
        None => error.to_string(),
    }
}
