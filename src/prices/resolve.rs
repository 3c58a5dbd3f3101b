//! Which price counts for a model of an endpoint: the file's rules, then the table.
use crate::domain::{Price, PriceRule};

use super::table;
use super::wildcard::matches;

/// Where a price comes from, for the record and for reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PriceOrigin {
    /// A rule of `pricing:`, by its pattern.
    Rule(String),
    /// The embedded table.
    Table {
        /// The name or pattern that matched.
        pattern: &'static str,
        /// The day it held, `YYYY-MM-DD`.
        as_of: &'static str,
        /// Tokens of input above which the vendor takes more.
        base_until: Option<u64>,
    },
    /// It runs on this machine and nobody is paid (Ollama).
    Free,
}

/// The price of `model` at the endpoint of that name and kind; `None` is unknown, never free. Rules are patterns over
/// `ENDPOINT/MODEL`, first match wins. The table is asked by the endpoint's kind, or by its name where the kind is no
/// vendor of the table (a vendor's name over another's protocol).
#[must_use]
pub fn resolve(
    rules: &[PriceRule],
    endpoint_name: &str,
    kind: &str,
    model: &str,
) -> Option<(Price, PriceOrigin)> {
    let name = format!("{endpoint_name}/{model}");
    if let Some(rule) = rules.iter().find(|rule| matches(&rule.pattern, &name)) {
        return Some((rule.price, PriceOrigin::Rule(rule.pattern.clone())));
    }
    if kind == "ollama" {
        let free = Price { input: 0, output: 0, cached_input: None, cache_write: None };
        return Some((free, PriceOrigin::Free));
    }
    let listed = table::lookup(kind, model).or_else(|| table::lookup(endpoint_name, model))?;
    let table::Listed { price, pattern, as_of, base_until } = listed;
    Some((price, PriceOrigin::Table { pattern, as_of, base_until }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(pattern: &str, input: i64) -> PriceRule {
        let price = Price { input, output: 1, cached_input: None, cache_write: None };
        PriceRule { pattern: pattern.into(), price }
    }

    #[test]
    fn rules_come_first_in_their_order() {
        let rules = [rule("openai/gpt-4o", 7), rule("openai/*", 8)];
        let input = |model| resolve(&rules, "openai", "openai", model).map(|(price, _)| price.input);
        assert_eq!(input("gpt-4o"), Some(7));
        assert_eq!(input("gpt-4o-mini"), Some(8));
        let (_, origin) = resolve(&rules, "openai", "openai", "x").unwrap();
        assert_eq!(origin, PriceOrigin::Rule("openai/*".into()));
    }

    #[test]
    fn local_models_are_free_only_where_that_is_certain() {
        assert_eq!(
            resolve(&[], "ollama", "ollama", "qwen3:8b").map(|(_, origin)| origin),
            Some(PriceOrigin::Free)
        );
        for kind in ["vllm", "llama-cpp", "lmstudio"] {
            assert_eq!(resolve(&[], kind, kind, "gpt-4o"), None);
        }
        assert_eq!(
            resolve(&[rule("local/*", 0)], "local", "vllm", "m").map(|(price, _)| price.input),
            Some(0)
        );
    }

    #[test]
    fn the_table_is_asked_by_kind() {
        let (price, origin) = resolve(&[], "work", "openai", "gpt-4o-2024-08-06").unwrap();
        assert_eq!(price.input, 2_500_000);
        let table = PriceOrigin::Table { pattern: "gpt-4o", as_of: table::AS_OF, base_until: None };
        assert_eq!(origin, table);
    }
}
