//! SHA-256 over bytes or over the RFC 8785 canonical form of a JSON value: the one identity of contents.
use std::fmt;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest. Displays as `sha256:` and 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of raw bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of a JSON value's RFC 8785 canonical bytes: key order, white space and number spelling vanish.
    /// Integers beyond 2^53 become strings first, since RFC 8785 numbers are doubles and would collide.
    #[must_use]
    pub fn of_json(value: &Value) -> Self {
        Self::of(&canonical(value))
    }

    /// Wraps 32 bytes read back from a store; `None` for any other length.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Parses 64 hex digits, with or without `sha256:` before them.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("sha256:").unwrap_or(text);
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        let mut bytes = [0; 32];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hex digits.
    #[must_use]
    pub fn hex(&self) -> String {
        use fmt::Write as _;
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The first 12 hex digits: what tables show.
    #[must_use]
    pub fn short(&self) -> String {
        self.hex()[..12].to_owned()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.short())
    }
}

/// RFC 8785 bytes of `value`; the canonicalizer fails on nothing that a `Value` can hold.
fn canonical(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(&widen(value)).unwrap_or_else(|_| value.to_string().into_bytes())
}

/// Integers a double cannot hold exactly become strings, so that two different ones never hash alike.
fn widen(value: &Value) -> Value {
    const EXACT: i128 = 1 << 53;
    match value {
        Value::Number(n) => {
            let int = n.as_i64().map(i128::from).or_else(|| n.as_u64().map(i128::from));
            match int {
                Some(i) if i.abs() > EXACT => Value::String(i.to_string()),
                _ => value.clone(),
            }
        }
        Value::Array(items) => items.iter().map(widen).collect(),
        Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), widen(v))).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn key_order_and_number_spelling_vanish_but_values_count() {
        let a: Value = serde_json::from_str(r#"{"b": 1.0, "a": [1, "x"]}"#).unwrap();
        assert_eq!(Digest::of_json(&a), Digest::of_json(&json!({"a": [1, "x"], "b": 1})));
        assert_ne!(Digest::of_json(&json!({"a": 1})), Digest::of_json(&json!({"a": 2})));
    }

    #[test]
    fn integers_beyond_a_double_stay_apart() {
        let (a, b) = (json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992_u64 + 2));
        assert_ne!(Digest::of_json(&a), Digest::of_json(&b));
    }

    #[test]
    fn hex_round_trips_with_and_without_its_prefix() {
        let digest = Digest::of(b"x");
        assert_eq!(Digest::from_hex(&digest.hex()), Some(digest));
        assert_eq!(Digest::from_hex(&digest.to_string()), Some(digest));
        assert_eq!(Digest::from_hex("sha256:12"), None);
    }
}
