//! The YAML 1.2 core schema: what a plain scalar means. `yes`, `no`, `on` and `off` are texts.
use serde_json::Value as Json;

use super::node::{Scalar, Style};

/// What a scalar means.
#[derive(Clone, Debug, PartialEq)]
pub enum Plain<'a> {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A number.
    Float(f64),
    /// Anything else.
    Text(&'a str),
}

/// What a scalar means by the core schema.
#[must_use]
pub fn plain(scalar: &Scalar) -> Plain<'_> {
    let text = scalar.text.as_str();
    if scalar.style != Style::Plain {
        return Plain::Text(text);
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "true" | "True" | "TRUE" => Plain::Bool(true),
        "false" | "False" | "FALSE" => Plain::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Plain::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Plain::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Plain::Float(f64::NEG_INFINITY),
        _ => number(text).unwrap_or(Plain::Text(text)),
    }
}

/// A number of the core schema, with at most as many digits as a number has use for.
fn number(text: &str) -> Option<Plain<'static>> {
    if text.len() > 400 {
        return None;
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return i128::from_str_radix(digits, 16)
            .ok()
            .filter(|_| !digits.starts_with(['+', '-']))
            .map(Plain::Int);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return i128::from_str_radix(digits, 8)
            .ok()
            .filter(|_| !digits.starts_with(['+', '-']))
            .map(Plain::Int);
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        || !digits.bytes().any(|b| b.is_ascii_digit())
        || !digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
    {
        return None;
    }
    if digits.bytes().all(|b| b.is_ascii_digit())
        && let Ok(int) = text.parse()
    {
        return Some(Plain::Int(int));
    }
    text.parse().ok().map(Plain::Float)
}

impl Plain<'_> {
    /// As JSON; infinities and numbers that are none stay text.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Int(int) => i64::try_from(*int)
                .map(Json::from)
                .or_else(|_| u64::try_from(*int).map(Json::from))
                .unwrap_or_else(|_| Json::from(*int as f64)),
            Self::Float(float) => serde_json::Number::from_f64(*float)
                .map_or_else(|| Json::String(float.to_string()), Json::Number),
            Self::Text(text) => Json::String((*text).to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema_is_yaml_1_2() {
        let check = |text: &str, want: Plain<'_>| {
            let scalar = Scalar { text: text.to_owned(), style: Style::Plain };
            assert_eq!(plain(&scalar), want, "{text}");
        };
        for text in
            ["yes", "no", "on", "off", "1.2.3", "12:30", "1_000", "0b1", "e5", ".", "-", "+", "1e", "inf"]
        {
            check(text, Plain::Text(text));
        }
        check("0o17", Plain::Int(15));
        check("0x1F", Plain::Int(31));
        check("007", Plain::Int(7));
        check("-3", Plain::Int(-3));
        check(".5", Plain::Float(0.5));
        check("1e3", Plain::Float(1000.0));
        check("5.", Plain::Float(5.0));
        check("~", Plain::Null);
        check("TRUE", Plain::Bool(true));
        assert_eq!(plain(&Scalar { text: "1".into(), style: Style::Quoted }), Plain::Text("1"));
    }
}
