//! `gates:` and `winner:`: what depends on the names of versions, evaluators and slices.
use super::super::diagnostic::Diagnostic;
use super::super::gate;
use super::super::keys::WINNER;
use super::super::source::Place;
use super::super::weights::{self, WeightError};
use super::super::yaml::{Node, Span};
use super::context::{Lowering, listed};
use super::fields::{Fields, value_span};
use crate::domain::{Formula, Gate, GateMode, GateValue, Missing, OnError, TiePrefer, Unit, WinnerRule};
use crate::metrics::name::{self as metric_name, MetricName};
use crate::registry::{self, Key, Kind};

/// The names gates and weights may use.
#[derive(Debug)]
pub(super) struct Names<'a> {
    /// Versions, matrix members included.
    pub versions: Vec<&'a str>,
    /// Evaluators.
    pub evaluators: Vec<&'a str>,
    /// Slices of the dataset.
    pub slices: Vec<&'a str>,
    /// Whether every evaluator could be read: else a name that is missing is not wrong as well.
    pub complete: bool,
}

impl Lowering<'_> {
    /// Every gate.
    pub(super) fn gates(&mut self, root: &Fields, names: &Names<'_>) -> Vec<Gate> {
        let Some(node) = root.node("gates").cloned() else { return Vec::new() };
        let mut gates = Vec::new();
        for item in self.items("gates", &node, "error_rate <= 1%") {
            let Some(text) = item.as_text().map(str::to_owned) else {
                if !item.is_invalid() {
                    let message = format!("a gate is a text, found {}", item.found());
                    self.error_hint(item.span, message, "write `- error_rate <= 1%`");
                }
                continue;
            };
            match gate::parse(&text) {
                Ok(gate) => {
                    self.gate_names(&gate, &item, &text, names);
                    gates.push(gate);
                }
                Err(error) => {
                    let place = self.part(&item, &text, error.range.clone());
                    self.report(Diagnostic::error(error.message).at(place).maybe_hint(error.hint));
                }
            }
        }
        gates
    }

    /// A part of a gate's text in the file, or the whole gate where it is written with escapes.
    fn part(&self, item: &Node, text: &str, range: std::ops::Range<usize>) -> Place {
        let place = self.place(item.span);
        let raw = &self.source.text()[place.range.clone()];
        match raw.find(text) {
            Some(at) if !range.is_empty() => {
                let start = place.range.start + at;
                Place::new(&self.source, start + range.start..start + range.end)
            }
            _ => place,
        }
    }

    fn gate_names(&mut self, gate: &Gate, item: &Node, text: &str, names: &Names<'_>) {
        let find = |name: &str| text.rfind(name).map_or(0..0, |at| at..at + name.len());
        let metric = &gate.metric.name;
        if names.complete && !MetricName::parse(metric).is_known(&names.evaluators) {
            let place =
                self.part(item, text, text.find(metric.as_str()).map_or(0..0, |at| at..at + metric.len()));
            let nearest = metric_name::nearest(metric, &names.evaluators);
            self.report(unknown_metric(metric, nearest, names).at(place));
        }
        if let Some(slice) = gate.metric.slice.as_deref().filter(|slice| !names.slices.contains(slice)) {
            let place = self.part(item, text, find(slice));
            let hint = if names.slices.is_empty() {
                "declare it under `dataset: { slices: … }`".to_owned()
            } else {
                format!("the slices are {}", listed(names.slices.iter().copied()))
            };
            self.report(
                Diagnostic::error(format!("there is no slice `{slice}`"))
                    .at(place)
                    .did_you_mean(registry::nearest(slice, names.slices.iter().copied()))
                    .hint(hint),
            );
        }
        if let GateValue::Relative { version: Some(version), .. } = &gate.value
            && !names.versions.contains(&version.as_str())
        {
            let place = self.part(item, text, find(version));
            let nearest = registry::nearest(version, names.versions.iter().copied().chain(["baseline"]));
            self.report(unknown_version(version, nearest, names).at(place));
        }
    }

    /// The decision rule.
    pub(super) fn winner(&mut self, root: &Fields, names: &Names<'_>) -> WinnerRule {
        let defaults = WinnerRule::default();
        let Some(node) = root.node("winner").cloned() else { return defaults };
        let fields = self.fields(&WINNER, &node, node.span);
        let baseline = fields.text("baseline");
        if let Some(name) = baseline.as_deref().filter(|name| !names.versions.contains(name)) {
            let place = self.place(fields.span("baseline").unwrap_or_default());
            let nearest = registry::nearest(name, names.versions.iter().copied());
            self.report(unknown_version(name, nearest, names).at(place));
        }
        WinnerRule {
            weights: self.weights(&fields, names),
            formula: fields.text("formula").and_then(|t| Formula::parse(&t)).unwrap_or(defaults.formula),
            references: self.references(&fields, names),
            rope: fields.number("rope").unwrap_or(defaults.rope),
            confidence: fields.number("confidence").unwrap_or(defaults.confidence),
            on_error: fields.text("on_error").and_then(|t| OnError::parse(&t)).unwrap_or(defaults.on_error),
            missing: fields.text("missing").and_then(|t| Missing::parse(&t)).unwrap_or(defaults.missing),
            min_coverage: fields.number("min_coverage").unwrap_or(defaults.min_coverage),
            tie_prefer: fields
                .text("tie_prefer")
                .and_then(|t| TiePrefer::parse(&t))
                .unwrap_or(defaults.tie_prefer),
            gate_mode: fields
                .text("gate_mode")
                .and_then(|t| GateMode::parse(&t))
                .unwrap_or(defaults.gate_mode),
            seed: fields.int("seed").unwrap_or(defaults.seed),
            promote: fields.text("promote"),
            baseline,
        }
    }

    fn weights(&mut self, fields: &Fields, names: &Names<'_>) -> Vec<(String, f64)> {
        let Some(node) = fields.node("weights").cloned() else { return Vec::new() };
        let written =
            fields.value("weights").and_then(|value| value.as_object()).cloned().unwrap_or_default();
        let numbers: Vec<(String, f64)> =
            written.iter().filter_map(|(name, value)| Some((name.clone(), value.as_f64()?))).collect();
        if numbers.is_empty() {
            return Vec::new();
        }
        for error in weights::unknown(&numbers, &names.evaluators).into_iter().filter(|_| names.complete) {
            self.weight_error(&node, &error, names);
        }
        match weights::check(numbers) {
            Ok(weights) => {
                let scored = weights.iter().any(|(name, weight)| name == "score" && *weight > 0.0);
                if scored && names.complete && names.evaluators.is_empty() {
                    let place = self.weight_place(&node, Some("score"));
                    self.report(
                        Diagnostic::warning("`score` has a weight and no evaluator gives scores")
                            .at(place)
                            .hint("add one under `evaluators:`, such as `- equals: \"{{ expected }}\"`"),
                    );
                }
                weights
            }
            Err(error) => {
                self.weight_error(&node, &error, names);
                Vec::new()
            }
        }
    }

    fn weight_error(&mut self, node: &Node, error: &WeightError, names: &Names<'_>) {
        let place = self.weight_place(node, error.name());
        let diagnostic = Diagnostic::error(error.to_string()).at(place);
        self.report(match error {
            WeightError::Unknown { name, nearest } => {
                instead_of_metric(diagnostic, name, nearest.as_deref(), names)
            }
            WeightError::Zero => diagnostic.hint("give at least one a weight above 0"),
            WeightError::Twice(name) => {
                diagnostic.hint(format!("`{name}` is another word for `{}`", metric_name::canonical(name)))
            }
            _ => diagnostic.hint("weights only compare with one another: any numbers from 0"),
        });
    }

    fn weight_place(&self, node: &Node, name: Option<&str>) -> Place {
        let entry = name.and_then(|name| node.as_mapping()?.get(name));
        self.place(entry.map_or(node.span, |entry| entry.key.span))
    }

    /// Reference values in each metric's own unit.
    fn references(&mut self, fields: &Fields, names: &Names<'_>) -> Vec<(String, f64)> {
        let Some(node) = fields.node("references").cloned() else { return Vec::new() };
        let mut references = Vec::new();
        for entry in self.entries("references", &node) {
            let name = metric_name::canonical(&entry.key.text).to_owned();
            if names.complete && !MetricName::parse(&name).is_known(&names.evaluators) {
                let place = self.place(entry.key.span);
                let nearest = metric_name::nearest(&name, &names.evaluators);
                self.report(unknown_metric(&name, nearest, names).at(place));
                continue;
            }
            let kind = match MetricName::parse(&name).unit() {
                Unit::Seconds => Kind::Duration,
                _ => Kind::Number(0.0, f64::INFINITY),
            };
            let known = metric_name::names().find(|known| *known == name);
            let key = Key::optional(known.unwrap_or("references"), kind, "");
            let value = self.decode(&key, &entry.value).and_then(|value| value.as_f64());
            match value {
                Some(value) if value > 0.0 => references.push((name, value)),
                Some(_) => self.zero_reference(&name, value_span(&entry)),
                None => {}
            }
        }
        references
    }

    fn zero_reference(&mut self, name: &str, span: Span) {
        self.error(span, format!("the reference of `{name}` must be above 0"));
    }
}

fn metrics_hint(names: &Names<'_>) -> String {
    let reserved = metric_name::names().filter(|name| !name.contains('.'));
    format!(
        "use an evaluator's name or a metric: {}",
        listed(names.evaluators.iter().copied().chain(reserved))
    )
}

fn unknown_metric(name: &str, nearest: Option<&str>, names: &Names<'_>) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(format!("`{name}` is neither a metric nor an evaluator of this experiment"));
    instead_of_metric(diagnostic, name, nearest, names)
}

fn instead_of_metric(
    diagnostic: Diagnostic,
    name: &str,
    nearest: Option<&str>,
    names: &Names<'_>,
) -> Diagnostic {
    match (metric_name::told_only(name), nearest) {
        (Some(why), _) => diagnostic.hint(why),
        (None, Some(nearest)) => diagnostic.did_you_mean(Some(nearest)),
        (None, None) => diagnostic.hint(metrics_hint(names)),
    }
}

fn unknown_version(name: &str, nearest: Option<&str>, names: &Names<'_>) -> Diagnostic {
    let diagnostic = Diagnostic::error(format!("there is no version `{name}`"));
    match nearest {
        Some(nearest) => diagnostic.did_you_mean(Some(nearest)),
        None => diagnostic.hint(format!("the versions are {}", listed(names.versions.iter().copied()))),
    }
}
