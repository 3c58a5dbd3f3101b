//! `dataset:` into where the rows come from and what is done with them. Reads no row of a file.
use std::path::PathBuf;

use serde_json::Value as Json;

use super::super::diagnostic::Diagnostic;
use super::super::keys::{DATASET, SAMPLE};
use super::super::yaml::{Node, Plain, Span, plain};
use super::context::{Lowering, NAME_RULE, is_name};
use super::fields::Fields;
use crate::domain::{DatasetSpec, Sample, SourceSpec};

/// Seed of a sample when nobody says.
const DEFAULT_SEED: u64 = 42;

impl Lowering<'_> {
    /// The dataset of the file.
    pub(super) fn dataset(&mut self, root: &Fields) -> DatasetSpec {
        let mut spec = DatasetSpec { expected: "expected".to_owned(), ..DatasetSpec::default() };
        let Some(node) = root.node("dataset").cloned() else { return spec };
        self.origins.record("dataset", &node);
        spec.origin = self.place(node.span).origin();
        if node.as_mapping().is_none() {
            spec.source = self.files(&node);
            return spec;
        }
        let fields = self.fields(&DATASET, &node, node.span);
        spec.source = self.source_of(&fields, node.span);
        spec.id = fields.text("id");
        spec.expected = fields.text("expected").unwrap_or(spec.expected);
        spec.filter = fields.text("where");
        spec.sample = fields.node("sample").cloned().and_then(|node| self.sample(&node));
        spec.cluster_by = fields.text("cluster_by");
        spec.weight_by = fields.text("weight_by");
        spec.slices = fields.node("slices").cloned().map(|node| self.slices(&node)).unwrap_or_default();
        spec
    }

    fn source_of(&mut self, fields: &Fields, span: Span) -> SourceSpec {
        match (fields.node("path").cloned(), fields.node("cases").cloned()) {
            (Some(path), None) => self.files(&path),
            (None, Some(cases)) => self.cases(&cases),
            (Some(_), Some(cases)) => {
                self.error_hint(cases.span, "`dataset` has both `path` and `cases`", "keep one of them");
                SourceSpec::default()
            }
            (None, None) => {
                let place = self.place(span);
                self.report(
                    Diagnostic::error("`dataset` says nowhere where its rows are")
                        .at(place)
                        .hint("add `path: data/cases.jsonl`, or rows under `cases:`"),
                );
                SourceSpec::default()
            }
        }
    }

    /// A path, a glob, or a list of them.
    fn files(&mut self, node: &Node) -> SourceSpec {
        let mut files: Vec<PathBuf> = Vec::new();
        let items = node.as_sequence().unwrap_or(std::slice::from_ref(node));
        if items.is_empty() {
            self.error_hint(node.span, "`dataset` names no file", "add one, such as `- data/cases.jsonl`");
        }
        for item in items {
            match item.as_text().map(str::to_owned) {
                Some(written) => {
                    for path in self.paths(&written, item.span).unwrap_or_default() {
                        if !files.contains(&path) {
                            files.push(path);
                        }
                    }
                }
                None if item.as_mapping().is_some() => {
                    self.error_hint(
                        item.span,
                        "`dataset` takes paths here, found a mapping",
                        "rows in the file stand under `dataset: { cases: [ … ] }`",
                    );
                }
                None if item.is_invalid() => {}
                None => self
                    .error(item.span, format!("`dataset` takes the path of a file, found {}", item.found())),
            }
        }
        SourceSpec::Files(files)
    }

    /// Rows written in the experiment file.
    fn cases(&mut self, node: &Node) -> SourceSpec {
        let items = self.items("cases", node, "{ question: \"2 + 2\", expected: \"4\" }");
        if items.is_empty() && node.as_sequence().is_some() {
            self.error_hint(node.span, "`cases` holds no case", "add `- { question: …, expected: … }`");
        }
        let mut rows: Vec<Json> = Vec::new();
        for item in items {
            if item.as_mapping().is_some() {
                rows.push(item.to_json());
            } else if !item.is_invalid() {
                let message = format!("a case is a mapping of fields to values, found {}", item.found());
                self.error_hint(item.span, message, "write `- { question: …, expected: … }`");
            }
        }
        SourceSpec::Inline(rows)
    }

    /// `{n, seed, stratify_by}`, or the number alone.
    fn sample(&mut self, node: &Node) -> Option<Sample> {
        if let Some(Plain::Int(n)) = node.as_scalar().map(plain) {
            let n = usize::try_from(n).ok().filter(|n| *n > 0);
            if n.is_none() {
                self.error(node.span, "`sample` takes a whole number of at least 1");
            }
            return n.map(|n| Sample { n, seed: DEFAULT_SEED, stratify_by: None });
        }
        let fields = self.fields(&SAMPLE, node, node.span);
        Some(Sample {
            n: fields.value("n")?.as_u64().and_then(|n| usize::try_from(n).ok())?,
            seed: fields.int("seed").unwrap_or(DEFAULT_SEED),
            stratify_by: fields.text("stratify_by"),
        })
    }

    fn slices(&mut self, node: &Node) -> Vec<(String, String)> {
        let mut slices = Vec::new();
        for entry in self.entries("slices", node) {
            let name = &entry.key.text;
            if !is_name(name) {
                self.error_hint(entry.key.span, format!("`{name}` cannot be a slice's name"), NAME_RULE);
            } else if let Some(text) = self.expression(name, &entry.value) {
                slices.push((name.clone(), text));
            }
        }
        slices
    }
}
