//! `run:` and `pricing:`.
use std::time::Duration;

use super::super::diagnostic::Diagnostic;
use super::super::keys::{PRICE, RETRIES, RUN};
use super::super::yaml::{Node, Plain, Span, plain};
use super::context::Lowering;
use super::fields::{Fields, value_span};
use crate::domain::{CacheMode, Concurrency, Money, Price, PriceRule, Retries, RunSettings};

/// Pico-dollars per token of one dollar per million tokens.
const PER_MILLION: f64 = 1e6;

impl Lowering<'_> {
    /// How runs are made.
    pub(super) fn run_settings(&mut self, root: &Fields) -> RunSettings {
        let defaults = RunSettings::default();
        let Some(node) = root.node("run").cloned() else { return defaults };
        let fields = self.fields(&RUN, &node, node.span);
        let (timeout, run_timeout) = self.deadlines(&fields);
        RunSettings {
            concurrency: self.concurrency(&fields).unwrap_or(defaults.concurrency),
            repeats: fields.int("repeats").unwrap_or(defaults.repeats),
            cache: fields.text("cache").map_or(defaults.cache, |word| cache_mode(&word)),
            timeout: timeout.unwrap_or(defaults.timeout),
            run_timeout,
            retries: self.retries(&fields),
            budget: fields.number("budget_usd").and_then(Money::from_usd),
            seed: fields.int("seed").unwrap_or(defaults.seed),
        }
    }

    /// The deadlines of one attempt and of a whole run.
    pub(super) fn deadlines(&mut self, fields: &Fields) -> (Option<Duration>, Option<Duration>) {
        let (attempt, run) = (self.positive(fields, "timeout"), self.positive(fields, "run_timeout"));
        if let Some((attempt, run)) = attempt.zip(run).filter(|(attempt, run)| run < attempt) {
            let place = self.place(fields.span("run_timeout").unwrap_or_default());
            let message = format!("no attempt gets its `timeout` of {attempt:?}: the whole run has {run:?}");
            let hint = "make `run_timeout` longer, or leave one of the two out";
            self.report(Diagnostic::warning(message).at(place).hint(hint));
        }
        (attempt, run)
    }

    /// A duration that is not zero.
    fn positive(&mut self, fields: &Fields, name: &str) -> Option<Duration> {
        let duration = fields.duration(name)?;
        if duration.is_zero() {
            let span = fields.span(name).unwrap_or_default();
            let message = format!("`{name}` must be longer than nothing");
            self.error_hint(span, message, "write a duration such as `30s`, or leave it out");
        }
        Some(duration)
    }

    fn concurrency(&mut self, fields: &Fields) -> Option<Concurrency> {
        let node = fields.node("concurrency")?;
        match node.as_scalar().map(plain) {
            Some(Plain::Text("auto")) => return Some(Concurrency::Auto),
            Some(Plain::Int(n @ 1..=100_000)) => return usize::try_from(n).ok().map(Concurrency::Fixed),
            _ => {}
        }
        let message =
            format!("`concurrency` takes `auto` or a whole number of at least 1, found {}", node.found());
        self.error(node.span, message);
        None
    }

    fn retries(&mut self, run: &Fields) -> Retries {
        let defaults = Retries::default();
        let Some(node) = run.node("retries").cloned() else { return defaults };
        let fields = self.fields(&RETRIES, &node, node.span);
        let statuses = fields.texts("on_status").map(|texts| {
            let span = fields.span("on_status").unwrap_or_default();
            texts.iter().filter_map(|text| self.statuses(text, span)).collect()
        });
        Retries {
            max: fields.int("max").unwrap_or(defaults.max),
            statuses: statuses.unwrap_or(defaults.statuses),
            on_timeout: fields.flag("on_timeout").unwrap_or(defaults.on_timeout),
        }
    }

    /// `429`, `5xx` or `500-503`.
    fn statuses(&mut self, text: &str, span: Span) -> Option<(u16, u16)> {
        let code = |text: &str| text.trim().parse::<u16>().ok().filter(|code| (100..=599).contains(code));
        let range = match text.to_lowercase().strip_suffix("xx") {
            Some(digit) => {
                digit.parse::<u16>().ok().filter(|d| (1..=5).contains(d)).map(|d| (d * 100, d * 100 + 99))
            }
            None => match text.split_once('-') {
                Some((low, high)) => code(low).zip(code(high)).filter(|(low, high)| low <= high),
                None => code(text).map(|code| (code, code)),
            },
        };
        if range.is_none() {
            let message = format!("`{text}` is not an HTTP status");
            self.error_hint(span, message, "write statuses such as `429`, `5xx` or `500-503`");
        }
        range
    }

    /// Prices, first match wins.
    pub(super) fn pricing(&mut self, root: &Fields) -> Vec<PriceRule> {
        let Some(node) = root.node("pricing").cloned() else { return Vec::new() };
        let mut rules = Vec::new();
        for entry in self.entries("pricing", &node) {
            let pattern = entry.key.text.clone();
            if !pattern.contains('/') && pattern != "*" {
                let message = format!("`{pattern}` names no provider");
                let hint =
                    format!("prices are by `provider/model`: write `openai/{pattern}` or `*/{pattern}`");
                self.error_hint(entry.key.span, message, hint);
            }
            if let Some(price) = self.price(&entry.value, value_span(&entry)) {
                rules.push(PriceRule { pattern, price });
            }
        }
        rules
    }

    fn price(&mut self, node: &Node, span: Span) -> Option<Price> {
        let fields = self.fields(&PRICE, node, span);
        let pico = |name: &str| fields.number(name).map(|usd| (usd * PER_MILLION).round() as i64);
        Some(Price {
            input: pico("input")?,
            output: pico("output")?,
            cached_input: pico("cached_input"),
            cache_write: pico("cache_write"),
        })
    }
}

/// The mode of a word the key table allows; `false` is how YAML writes off.
fn cache_mode(word: &str) -> CacheMode {
    match word {
        "read" => CacheMode::Read,
        "write" => CacheMode::Write,
        "read_write" => CacheMode::ReadWrite,
        _ => CacheMode::Off,
    }
}
