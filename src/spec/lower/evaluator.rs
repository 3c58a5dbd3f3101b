//! `evaluators:` into checked specifications: options decoded by the row's keys, built once to see whether they hold.
use serde_json::{Value as Json, json};

use super::super::diagnostic::Diagnostic;
use super::super::keys::EVALUATOR;
use super::super::yaml::{Node, Plain, Span, plain};
use super::context::{Lowering, NAME_RULE, is_name};
use super::evaluator_form::Canonical;
use super::fields::Fields;
use super::providers::Providers;
use crate::domain::{Digest, EvaluatorSpec, GateOp, Map, Threshold};
use crate::evaluators::OptionError;
use crate::metrics::name::MetricName;

impl Lowering<'_> {
    /// Every evaluator, in the file's order.
    pub(super) fn evaluators(&mut self, root: &Fields, providers: &Providers) -> Vec<EvaluatorSpec> {
        let Some(node) = root.node("evaluators").cloned() else { return Vec::new() };
        let mut specs: Vec<EvaluatorSpec> = Vec::new();
        let items = self.items("evaluators", &node, "equals: \"{{ expected }}\"");
        for (i, item) in items.iter().enumerate() {
            self.origins.record(&format!("evaluators[{i}]"), item);
            let Some(form) = self.canonical(item) else { continue };
            if let Some(spec) = self.evaluator(&form, &specs, providers) {
                self.origins.record(&format!("evaluators.{}", spec.name), &form.node);
                specs.push(spec);
            }
        }
        specs
    }

    fn evaluator(
        &mut self,
        form: &Canonical,
        before: &[EvaluatorSpec],
        providers: &Providers,
    ) -> Option<EvaluatorSpec> {
        let known = self.problems.len();
        let row = form.row;
        let what = format!("the evaluator `{}`", row.name);
        let fields = self.fields_with(&what, EVALUATOR.fields, row.keys, &form.node, form.span);
        self.explain_sentence(form, known);
        let options: Map = row
            .keys
            .iter()
            .filter_map(|key| fields.value(key.name).map(|value| (key.name.to_owned(), value.clone())))
            .collect();
        if self.problems.len() == known
            && let Err(error) = (row.make.make)(&options)
        {
            self.option_error(&fields, form.span, &error);
        }
        self.judge_models(&fields, &options, providers);
        let map = fields.node("map").cloned().map(|node| self.named_texts("map", &node)).unwrap_or_default();
        let pass = fields.node("pass").cloned().and_then(|node| self.threshold(&node));
        let mut spec = EvaluatorSpec {
            name: self.evaluator_name(form, &fields, before)?,
            kind: row.name.to_owned(),
            weight: fields.number("weight").unwrap_or(row.make.weight),
            options,
            map,
            when: fields.text("when"),
            spans: fields.text("spans"),
            pass,
            invert: fields.flag("invert").unwrap_or(false),
            hash: Digest::of(&[]),
            origin: self.place(form.node.span).origin(),
        };
        spec.hash = identity(&spec);
        Some(spec)
    }

    /// A sentence is a judge's criterion and cannot name the judge's model: say how to write both.
    fn explain_sentence(&mut self, form: &Canonical, known: usize) {
        if !form.sentence || self.problems.len() == known {
            return;
        }
        self.problems.truncate(known);
        let sentence = self.source.text()[self.place(form.span).range].to_owned();
        let place = self.place(form.span);
        self.report(
            Diagnostic::error("a sentence is the criterion of a judge, and a judge needs a `model`")
                .at(place)
                .hint(format!(
                    "write `- {}: {sentence}` and under it `model: provider/model`",
                    form.row.name
                )),
        );
    }

    fn option_error(&mut self, fields: &Fields, span: Span, error: &OptionError) {
        let span = error.key.and_then(|key| fields.span(key)).unwrap_or(span);
        let place = self.place(span);
        self.report(Diagnostic::error(error.message.clone()).at(place).maybe_hint(error.hint.clone()));
    }

    /// The models a judge asks have providers that exist.
    fn judge_models(&mut self, fields: &Fields, options: &Map, providers: &Providers) {
        for (key, text) in models(options) {
            let span = fields.span(key).unwrap_or_default();
            let _ = self.model(text, span, providers);
        }
    }

    /// The name it was given, or its type, numbered when that is taken.
    fn evaluator_name(
        &mut self,
        form: &Canonical,
        fields: &Fields,
        before: &[EvaluatorSpec],
    ) -> Option<String> {
        let taken = |name: &str| before.iter().any(|spec| spec.name == name);
        let Some(name) = fields.text("name") else {
            let kind = form.row.name;
            let numbered = (2..).map(|n| format!("{kind}-{n}"));
            return std::iter::once(kind.to_owned()).chain(numbered).find(|name| !taken(name));
        };
        let span = fields.span("name").unwrap_or(form.span);
        if MetricName::parse(&name).is_reserved() {
            let message = format!("`{name}` is the name of a metric: no evaluator may take it");
            self.error_hint(span, message, format!("choose another, such as `{name}-ok`"));
            return None;
        }
        if !is_name(&name) {
            self.error_hint(span, format!("`{name}` cannot be an evaluator's name"), NAME_RULE);
            return None;
        }
        if taken(&name) {
            self.error_hint(
                span,
                format!("two evaluators are called `{name}`"),
                "give one of them another `name`",
            );
            return None;
        }
        Some(name)
    }

    /// `>= 0.8`, or the number alone.
    fn threshold(&mut self, node: &Node) -> Option<Threshold> {
        let text = node.as_text().unwrap_or_default().trim().to_owned();
        let digits = text.trim_start_matches(['<', '>', '=']);
        let op = match &text[..text.len() - digits.len()] {
            "" => Some(GateOp::AtLeast),
            op => GateOp::parse(op),
        };
        let value = match node.as_scalar().map(plain) {
            Some(Plain::Int(int)) => Some(int as f64),
            Some(Plain::Float(float)) => Some(float),
            _ => digits.trim().parse().ok(),
        };
        let threshold = op.zip(value).filter(|(_, value)| (0.0..=1.0).contains(value));
        if threshold.is_none() && !node.is_invalid() {
            let message = format!("`pass` takes a threshold from 0 to 1, found {}", node.found());
            self.error_hint(node.span, message, "write `pass: \">= 0.8\"`");
        }
        threshold.map(|(op, value)| Threshold { op, value })
    }
}

/// The models an evaluator's options name, with the key that holds each.
pub(super) fn models(options: &Map) -> Vec<(&'static str, &str)> {
    let one = options.get("model").and_then(Json::as_str).map(|text| ("model", text));
    let panel = options.get("panel").and_then(Json::as_array).into_iter().flatten();
    one.into_iter().chain(panel.filter_map(Json::as_str).map(|text| ("panel", text))).collect()
}

/// The hash of all that determines an evaluator's verdicts: its name and weight do not.
fn identity(spec: &EvaluatorSpec) -> Digest {
    let map: Map = spec.map.iter().map(|(name, text)| (name.clone(), Json::from(text.as_str()))).collect();
    let pass = spec.pass.map(|pass| format!("{} {}", pass.op.symbol(), pass.value));
    Digest::of_json(&json!({
        "type": spec.kind,
        "options": spec.options,
        "map": map,
        "when": spec.when,
        "spans": spec.spans,
        "pass": pass,
        "invert": spec.invert,
        "model": spec.options.get("model"),
    }))
}
