//! Counts and costs as people's own programs, applications and recordings tell them, by our names.
use serde_json::Value;

use crate::domain::{Money, Usage};

/// The names of the counts.
pub(super) const COUNTS: [&str; 5] =
    ["input_tokens", "output_tokens", "cached_input_tokens", "cache_write_tokens", "reasoning_tokens"];

/// The name of the cost, in US dollars.
pub(super) const COST: &str = "cost_usd";

/// What an object says was used; what it does not say is not known.
///
/// # Errors
/// It is no object, or a count is no whole number; the text says which.
pub(super) fn usage(counts: Option<&Value>) -> Result<Usage, String> {
    let object = match counts {
        None | Some(Value::Null) => return Ok(Usage::default()),
        Some(Value::Object(object)) => object,
        Some(_) => return Err("`usage` is not an object".to_owned()),
    };
    let count = |key: &str| match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => whole(value).map(Some).ok_or_else(|| format!("`usage.{key}` is not a whole number")),
    };
    let [input, output, cached_input, cache_write, reasoning] = COUNTS.map(count);
    Ok(Usage {
        input: input?,
        output: output?,
        cached_input: cached_input?,
        cache_write: cache_write?,
        reasoning: reasoning?,
    })
}

/// A whole number, as some languages write it: `12` or `12.0`.
fn whole(value: &Value) -> Option<u64> {
    let float = || value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..1e15).contains(number));
    value.as_u64().or_else(|| float().map(|number| number as u64))
}

/// A cost, where one is told.
///
/// # Errors
/// It is no number of dollars.
pub(super) fn cost(usd: Option<&Value>) -> Result<Option<Money>, String> {
    let Some(value) = usd.filter(|value| !value.is_null()) else { return Ok(None) };
    let usd = value.as_f64().filter(|usd| *usd >= 0.0).and_then(Money::from_usd);
    usd.map(Some).ok_or_else(|| format!("`{COST}` is not a number of dollars"))
}
