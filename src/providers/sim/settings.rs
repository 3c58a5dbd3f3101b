//! The parameters of a simulated model: names, defaults, ranges. What is not among them is refused, since a typo would
//! quietly simulate another model.
use serde_json::Value;

use crate::domain::{Map, Price};
use crate::providers::{Remark, params};
use crate::registry::nearest;

/// What a simulated model is like.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    /// Share of correct answers over cases, 0 to 1.
    pub(super) accuracy: f64,
    /// `case_difficulty`: correlation between versions of the normal variables that decide correctness on one case (a
    /// Gaussian copula), 0 to 1. The correlation of the 0/1 outcomes themselves is smaller: at 0.6 it is 0.41 where
    /// both are right half the time, 0.37 where both are right four times in five.
    pub(super) correlation: f64,
    /// Median latency in seconds.
    pub(super) latency_s: f64,
    /// Standard deviation of the latency's logarithm.
    pub(super) latency_sigma: f64,
    /// Tokens of every answer.
    pub(super) output_tokens: u64,
    /// What its tokens cost.
    pub(super) price: Price,
    /// Share of runs that fail, 0 to 1.
    pub(super) error_rate: f64,
    /// Share of a person's messages that it answers only after a call of its first tool, 0 to 1.
    pub(super) tool_rate: f64,
    /// Really wait the latency.
    pub(super) sleep: bool,
}

/// A numeric parameter: name, default, smallest, largest.
type Number = (&'static str, f64, f64, f64);

const ACCURACY: Number = ("accuracy", 0.8, 0.0, 1.0);
const CASE_DIFFICULTY: Number = ("case_difficulty", 0.6, 0.0, 1.0);
const LATENCY_MS: Number = ("latency_ms", 300.0, 0.0, 3_600_000.0);
const LATENCY_SIGMA: Number = ("latency_sigma", 0.4, 0.0, 5.0);
const OUTPUT_TOKENS: Number = ("output_tokens", 40.0, 0.0, 10_000_000.0);
const INPUT_USD: Number = ("input_usd", 0.15, 0.0, 1_000_000.0);
const OUTPUT_USD: Number = ("output_usd", 0.6, 0.0, 1_000_000.0);
const ERROR_RATE: Number = ("error_rate", 0.0, 0.0, 1.0);
const TOOL_RATE: Number = ("tool_rate", 0.0, 0.0, 1.0);

/// Every numeric one, for checking.
const NUMBERS: [Number; 9] = [
    ACCURACY,
    CASE_DIFFICULTY,
    LATENCY_MS,
    LATENCY_SIGMA,
    OUTPUT_TOKENS,
    INPUT_USD,
    OUTPUT_USD,
    ERROR_RATE,
    TOOL_RATE,
];

impl Settings {
    /// Reads a version's parameters.
    ///
    /// # Errors
    /// A name is unknown or a value out of its range: one fatal remark each.
    pub(super) fn read(params: &Map) -> Result<Self, Vec<Remark>> {
        let wrong: Vec<Remark> = params.iter().filter_map(|(name, value)| check(name, value)).collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let number =
            |(name, default, ..): Number| params.get(name).and_then(Value::as_f64).unwrap_or(default);
        // 1 USD per million tokens is 1,000,000 pico-dollars per token.
        let pico = |usd: f64| (usd * 1e6).round() as i64;
        Ok(Self {
            accuracy: number(ACCURACY),
            correlation: number(CASE_DIFFICULTY),
            latency_s: number(LATENCY_MS) / 1000.0,
            latency_sigma: number(LATENCY_SIGMA),
            output_tokens: number(OUTPUT_TOKENS) as u64,
            price: Price {
                input: pico(number(INPUT_USD)),
                output: pico(number(OUTPUT_USD)),
                cached_input: None,
                cache_write: None,
            },
            error_rate: number(ERROR_RATE),
            tool_rate: number(TOOL_RATE),
            sleep: params.get("sleep").and_then(Value::as_bool).unwrap_or(false),
        })
    }
}

/// What is wrong with one parameter.
fn check(name: &str, value: &Value) -> Option<Remark> {
    let key = format!("params.{name}");
    if name == "sleep" {
        return (!value.is_boolean()).then(|| params::fatal(&key, "`sleep` is true or false"));
    }
    let Some((_, _, low, high)) = NUMBERS.into_iter().find(|(known, ..)| *known == name) else {
        let known = NUMBERS.into_iter().map(|(known, ..)| known).chain(["sleep"]);
        let hint = nearest(name, known).map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
        return Some(params::fatal(&key, format!("a simulated model has no `{name}`{hint}")));
    };
    let whole = name == OUTPUT_TOKENS.0;
    let fits = |n: f64| (low..=high).contains(&n) && (!whole || n.fract() == 0.0);
    if value.as_f64().is_some_and(fits) {
        return None;
    }
    let kind = if whole { "a whole number" } else { "a number" };
    Some(params::fatal(&key, format!("`{name}` is {kind} from {low} to {high}, not {value}")))
}
