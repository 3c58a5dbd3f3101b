//! Reads an evaluator's decoded options, each mistake an [`OptionError`] that names its key. Decoding has checked
//! what the table of keys can say; what is checked here again is what would otherwise be silently wrong.
use serde_json::Value;

use super::OptionError;
use super::formula::Formula;
use super::resolved::Resolved;
use crate::domain::Map;
use crate::registry::nearest;
use crate::template::TemplateError;

/// The options of one evaluator.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options<'a>(pub &'a Map);

impl<'a> Options<'a> {
    /// The value of a key; null is absent.
    pub fn get(&self, key: &str) -> Option<&'a Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    /// The key of the two that is there, with its value; they are two spellings of one option.
    pub fn either(
        &self,
        key: &'static str,
        other: &'static str,
    ) -> Result<Option<(&'static str, &'a Value)>, OptionError> {
        match (self.get(key), self.get(other)) {
            (Some(_), Some(_)) => {
                Err(wrong(other, format!("`{other}` and `{key}` say the same; keep one of them")))
            }
            (Some(value), None) => Ok(Some((key, value))),
            (None, Some(value)) => Ok(Some((other, value))),
            (None, None) => Ok(None),
        }
    }

    /// A truth value.
    pub fn bool(&self, key: &'static str, default: bool) -> Result<bool, OptionError> {
        self.get(key).map_or(Ok(default), |value| {
            value.as_bool().ok_or_else(|| wrong(key, format!("`{key}` takes true or false")))
        })
    }

    /// A finite number, 0 or more.
    pub fn amount(&self, key: &'static str) -> Result<Option<f64>, OptionError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        match value.as_f64().filter(|number| number.is_finite() && *number >= 0.0) {
            Some(number) => Ok(Some(number)),
            None => Err(wrong(key, format!("`{key}` takes a number that is not negative"))),
        }
    }

    /// A text that is not empty.
    pub fn text(&self, key: &'static str) -> Result<Option<&'a str>, OptionError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        match value.as_str().filter(|text| !text.trim().is_empty()) {
            Some(text) => Ok(Some(text)),
            None => Err(wrong(key, format!("`{key}` takes a text that is not empty"))),
        }
    }

    /// One of some words; the first without the key.
    pub fn choice(
        &self,
        key: &'static str,
        words: &'static [&'static str],
    ) -> Result<&'static str, OptionError> {
        let Some(text) = self.text(key)? else { return Ok(words[0]) };
        words.iter().copied().find(|word| *word == text).ok_or_else(|| OptionError {
            key: Some(key),
            message: format!("`{key}` takes one of {}", quoted(words)),
            hint: nearest(text, words.iter().copied()).map(|word| format!("`{key}: {word}`")),
        })
    }

    /// Texts; one scalar is a list of one.
    pub fn texts(&self, key: &'static str) -> Result<Option<Vec<String>>, OptionError> {
        let scalar = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
            _ => None,
        };
        let Some(value) = self.get(key) else { return Ok(None) };
        let list = match value {
            Value::Array(items) => items.iter().map(scalar).collect(),
            other => scalar(other).map(|text| vec![text]),
        };
        match list.filter(|texts: &Vec<String>| !texts.is_empty()) {
            Some(texts) => Ok(Some(texts)),
            None => Err(wrong(key, format!("`{key}` takes texts"))),
        }
    }

    /// A value that may be filled from the run.
    pub fn resolved(&self, key: &'static str) -> Result<Option<Resolved>, OptionError> {
        self.get(key).map(|value| resolve(key, value)).transpose()
    }

    /// `expected`, or `value` as other tools spell it; the case's own reference by default.
    pub fn expected(&self) -> Result<Resolved, OptionError> {
        match self.either("expected", "value")? {
            Some((key, value)) => resolve(key, value),
            None => resolve("expected", &Value::from("{{ expected }}")),
        }
    }

    /// An expression.
    pub fn formula(&self, key: &'static str) -> Result<Option<Formula>, OptionError> {
        let text = self.text(key)?;
        text.map(|text| Formula::parse(text).map_err(|error| template(key, &error))).transpose()
    }
}

/// Compiles a value that may be filled from the run.
pub(super) fn resolve(key: &'static str, value: &Value) -> Result<Resolved, OptionError> {
    Resolved::parse(value).map_err(|error| template(key, &error))
}

/// A template or expression that does not parse.
pub(super) fn template(key: &'static str, error: &TemplateError) -> OptionError {
    let place = error.line.filter(|line| *line > 1).map(|line| format!(" (line {line})")).unwrap_or_default();
    wrong(key, format!("`{key}` does not parse: {}{place}", error.message))
}

/// An error without a hint.
pub(super) fn wrong(key: &'static str, message: impl Into<String>) -> OptionError {
    OptionError { key: Some(key), message: message.into(), hint: None }
}

/// A key that must be there.
pub(super) fn required(key: &'static str) -> OptionError {
    let hint = Some(format!("add `{key}:` beneath it"));
    OptionError { hint, ..wrong(key, format!("the key `{key}` is missing")) }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// At most `limit` characters of a text, on one line, for explanations.
pub(super) fn shortened(text: &str, limit: usize) -> String {
    let mut short: String = text.chars().take(limit).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(limit).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn mistakes_name_their_key_and_what_it_takes() {
        let map = json!({"trim": "yes", "unit": "wrods", "max": -1, "expected": "{{ a", "t": ""});
        let options = Options(map.as_object().unwrap());
        assert_eq!(options.bool("trim", true).unwrap_err().key, Some("trim"));
        let unit = options.choice("unit", &["chars", "words"]).unwrap_err();
        assert_eq!(unit.hint.as_deref(), Some("`unit: words`"));
        assert!(options.amount("max").is_err());
        assert!(options.text("t").is_err());
        assert_eq!(options.expected().unwrap_err().key, Some("expected"));
    }

    #[test]
    fn null_is_absent_and_two_spellings_are_one_option() {
        let map = json!({"expected": 1, "value": 2, "x": null});
        let options = Options(map.as_object().unwrap());
        assert!(options.get("x").is_none());
        assert_eq!(options.expected().unwrap_err().key, Some("value"));
    }

    #[test]
    fn explanations_stay_short_and_on_one_line() {
        assert_eq!(shortened("a\nbcd", 3), "a b…");
        assert_eq!(shortened("äöü", 3), "äöü");
    }
}
