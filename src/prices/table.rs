//! The embedded table and its look-up.
use std::collections::HashMap;
use std::sync::LazyLock;

use crate::domain::Price;

use super::wildcard::matches;

/// The facts; its head says where they come from and how they are matched.
const TEXT: &str = include_str!("table.csv");

/// The day the prices of the table held.
pub const AS_OF: &str = "2026-11-20";

/// Where the facts come from.
pub const SOURCE: &str = "genai-prices 0.2.3";

/// Other names of the vendors of the table: those of the GenAI conventions and of other tools.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("azure-openai", "openai"),
    ("azure.ai.openai", "openai"),
    ("fireworks_ai", "fireworks"),
    ("gcp.gemini", "gemini"),
    ("gcp.gen_ai", "gemini"),
    ("gcp.vertex_ai", "gemini"),
    ("google", "gemini"),
    ("mistral_ai", "mistral"),
    ("mistralai", "mistral"),
    ("together_ai", "together"),
    ("x-ai", "xai"),
    ("x_ai", "xai"),
];

/// A price of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Of the base tier.
    pub price: Price,
    /// The name or pattern that matched.
    pub pattern: &'static str,
    /// The day it held, `YYYY-MM-DD`.
    pub as_of: &'static str,
    /// Tokens of input above which the vendor takes more than `price` says.
    pub base_until: Option<u64>,
}

/// The prices of one vendor.
#[derive(Debug, Default)]
struct Vendor {
    exact: HashMap<&'static str, Listed>,
    /// Longest first.
    patterns: Vec<Listed>,
}

static TABLE: LazyLock<HashMap<&'static str, Vendor>> = LazyLock::new(|| {
    let mut table: HashMap<&'static str, Vendor> = HashMap::new();
    for (vendor, listed) in rows().filter_map(parse) {
        let vendor = table.entry(vendor).or_default();
        if listed.pattern.contains('*') {
            vendor.patterns.push(listed);
        } else {
            vendor.exact.insert(listed.pattern, listed);
        }
    }
    for vendor in table.values_mut() {
        vendor.patterns.sort_by_key(|listed| std::cmp::Reverse(listed.pattern.len()));
    }
    table
});

/// The listed price of a vendor's model: by exact name, by the name without the date at its end, by the longest
/// pattern. `provider` is a provider's kind or a vendor's name in another spelling; `None` where the table has none.
#[must_use]
pub fn lookup(provider: &str, model: &str) -> Option<Listed> {
    let provider = provider.to_ascii_lowercase();
    let other = OTHER_NAMES.iter().find(|(other, _)| *other == provider);
    let vendor = TABLE.get(other.map_or(provider.as_str(), |(_, name)| name))?;
    let model = model.to_ascii_lowercase();
    let exact = vendor.exact.get(model.as_str()).or_else(|| vendor.exact.get(undated(&model)));
    exact.or_else(|| vendor.patterns.iter().find(|listed| matches(listed.pattern, &model))).copied()
}

/// Every vendor and price of the table, in its order.
pub fn listed() -> impl Iterator<Item = (&'static str, Listed)> {
    rows().filter_map(parse)
}

/// The name without `-2024-08-06`, `-20240806` or `@20240806` at its end.
fn undated(model: &str) -> &str {
    let digits = model.len() - model.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-').len();
    for length in [10, 8] {
        let Some(at) = model.len().checked_sub(length + 1).filter(|_| digits >= length) else { continue };
        let Some((name, tail)) = model.split_at_checked(at) else { continue };
        let separated = tail.starts_with(['-', '@']);
        let shape: String = tail[1..].chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        if separated && tail[1..].starts_with("20") && ["0000-00-00", "00000000"].contains(&shape.as_str()) {
            return name;
        }
    }
    model
}

fn rows() -> impl Iterator<Item = &'static str> {
    TEXT.lines().filter(|line| !line.starts_with('#')).skip(1)
}

/// `provider,model,input,cached_input,cache_write,output,base_until`; no field holds a comma.
fn parse(row: &'static str) -> Option<(&'static str, Listed)> {
    let fields: Vec<&'static str> = row.split(',').collect();
    let [vendor, pattern, input, cached_input, cache_write, output, base_until] = fields.as_slice() else {
        return None;
    };
    let optional = |field: &str| if field.is_empty() { Some(None) } else { pico_per_token(field).map(Some) };
    let price = Price {
        input: pico_per_token(input)?,
        output: pico_per_token(output)?,
        cached_input: optional(cached_input)?,
        cache_write: optional(cache_write)?,
    };
    let base_until = if base_until.is_empty() { None } else { Some(base_until.parse().ok()?) };
    Some((vendor, Listed { price, pattern, as_of: AS_OF, base_until }))
}

/// Dollars per million tokens as pico-dollars per token, digit by digit: no floating point decides a price.
fn pico_per_token(usd_per_million: &str) -> Option<i64> {
    let (whole, fraction) = usd_per_million.split_once('.').unwrap_or((usd_per_million, ""));
    if fraction.len() > 6 {
        return None;
    }
    let millionths: i64 = format!("{fraction:0<6}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(millionths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(provider: &str, model: &str) -> Option<(f64, f64)> {
        let usd = |pico: i64| pico as f64 / 1e6;
        lookup(provider, model).map(|listed| (usd(listed.price.input), usd(listed.price.output)))
    }

    #[test]
    fn every_row_is_read_and_the_table_stays_small() {
        assert_eq!(rows().filter_map(parse).count(), rows().count());
        let kept: usize = TABLE.values().map(|vendor| vendor.exact.len() + vendor.patterns.len()).sum();
        assert_eq!(kept, rows().count(), "a name stands twice");
        assert!(TEXT.len() < 80_000);
        assert!(TEXT.lines().next().is_some_and(|line| line.contains(AS_OF)));
        assert!(TEXT.lines().nth(1).is_some_and(|line| line.contains(SOURCE)));
    }

    #[test]
    fn dated_names_have_the_price_of_the_name_unless_listed_apart() {
        assert_eq!(price("openai", "gpt-4o"), Some((2.5, 10.0)));
        assert_eq!(price("openai", "gpt-4o-2024-08-06"), Some((2.5, 10.0)));
        assert_eq!(price("openai", "gpt-4o-2024-05-13"), Some((5.0, 15.0)));
        assert_eq!(price("OpenAI", "GPT-4o-mini-20240718"), Some((0.15, 0.6)));
        assert_eq!(price("anthropic", "claude-haiku-4-5-20251001"), Some((1.0, 5.0)));
        assert_eq!(price("google", "gemini-2.5-pro"), Some((1.25, 10.0)));
        assert_eq!(price("openrouter", "meta-llama/llama-3.2-3b-instruct:free"), Some((0.0, 0.0)));
    }

    #[test]
    fn cache_prices_and_tiers_are_said() {
        let haiku = lookup("anthropic", "claude-haiku-4-5").unwrap();
        assert_eq!((haiku.price.cached_input, haiku.price.cache_write), (Some(100_000), Some(1_250_000)));
        assert_eq!(haiku.base_until, None);
        assert_eq!(lookup("gemini", "gemini-2.5-pro").unwrap().base_until, Some(200_000));
    }

    #[test]
    fn what_is_not_listed_has_no_price() {
        assert_eq!(price("openai", "gpt-4o-audio-of-tomorrow"), None);
        assert_eq!(price("vllm", "gpt-4o"), None);
        assert_eq!(price("openai", ""), None);
        assert_eq!(price("openai", "ü-2024-08-06"), None);
    }

    #[test]
    fn only_whole_dates_are_dates() {
        for (model, expected) in [
            ("m-2024-08-06", "m"),
            ("m@20240806", "m"),
            ("m-2411", "m-2411"),
            ("m-12345678", "m-12345678"),
            ("m20240806", "m20240806"),
            ("20240806", "20240806"),
        ] {
            assert_eq!(undated(model), expected);
        }
    }
}
