//! Takes secrets out of what came back: some error replies echo the key they refuse. Knows the written forms of a
//! secret (plain, JSON-escaped, percent-encoded, base64); must not be printable itself.
use std::fmt;

use regex::bytes::{NoExpand, Regex};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::domain::{Attachment, Completion, Map, Part, Thought, ToolCall};
use crate::providers::Failure;

/// What stands where a secret stood.
pub(super) const REDACTED: &str = "[redacted]";
/// Shorter values would be found inside honest text.
const SHORTEST: usize = 6;

/// Finds every form of the secrets it was made from, in one pass.
#[derive(Default)]
pub(super) struct Scrubber {
    forms: Option<Regex>,
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scrubber").finish_non_exhaustive()
    }
}

impl Scrubber {
    /// A scrubber of these secrets; those under six characters are left out.
    pub(super) fn new<'a>(secrets: impl Iterator<Item = &'a SecretString>) -> Self {
        let mut forms: Vec<String> = secrets
            .map(ExposeSecret::expose_secret)
            .filter(|secret| secret.chars().count() >= SHORTEST)
            .flat_map(written_forms)
            .collect();
        // The longest first: the alternation takes the first that matches.
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        if forms.is_empty() {
            return Self::default();
        }
        let pattern = forms.iter().map(|form| regex::escape(form)).collect::<Vec<_>>().join("|");
        Self { forms: Regex::new(&pattern).ok() }
    }

    /// Bytes as received; not copied when they hold no secret.
    pub(super) fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        match &self.forms {
            Some(forms) if forms.is_match(&bytes) => {
                forms.replace_all(&bytes, NoExpand(REDACTED.as_bytes())).into_owned()
            }
            _ => bytes,
        }
    }

    /// A text.
    pub(super) fn text(&self, text: String) -> String {
        match String::from_utf8(self.bytes(text.into_bytes())) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        }
    }

    /// Headers of a reply; cookies are credentials whatever they hold.
    pub(super) fn headers(&self, headers: Vec<(String, String)>) -> Vec<(String, String)> {
        let clean = |(name, value): (String, String)| {
            let value = if name == "set-cookie" { REDACTED.to_owned() } else { self.text(value) };
            (name, value)
        };
        headers.into_iter().map(clean).collect()
    }

    /// A failure, its partial answer included.
    pub(super) fn failure(&self, failure: Failure) -> Failure {
        let Failure { kind, message, usage, partial } = failure;
        let partial = partial.map(|partial| Box::new(self.completion(*partial)));
        Failure { kind, message: self.text(message), usage, partial }
    }

    /// An answer. Named field by field, so that a new one must be decided here.
    pub(super) fn completion(&self, completion: Completion) -> Completion {
        if self.forms.is_none() {
            return completion;
        }
        let Completion {
            text,
            tool_calls,
            parts,
            finish_reason,
            usage,
            model,
            id,
            fingerprint,
            cost,
            metadata,
        } = completion;
        Completion {
            text: self.text(text),
            tool_calls: tool_calls.into_iter().map(|call| self.call(call)).collect(),
            parts: parts.into_iter().map(|part| self.part(part)).collect(),
            finish_reason,
            usage,
            model: model.map(|model| self.text(model)),
            id: id.map(|id| self.text(id)),
            fingerprint: fingerprint.map(|fingerprint| self.text(fingerprint)),
            cost,
            metadata: self.map(metadata),
        }
    }

    fn part(&self, part: Part) -> Part {
        match part {
            Part::Text(text) => Part::Text(self.text(text)),
            Part::Thought(Thought { text, raw, .. }) => {
                Part::Thought(Thought::new(self.text(text), self.value(raw)))
            }
            Part::ToolCall(call) => Part::ToolCall(self.call(call)),
            Part::ToolResult { id, content } => {
                Part::ToolResult { id: self.text(id), content: self.text(content) }
            }
            Part::Attachment(attachment) => {
                Part::Attachment(Attachment { name: self.text(attachment.name), ..attachment })
            }
        }
    }

    fn call(&self, call: ToolCall) -> ToolCall {
        ToolCall { id: self.text(call.id), name: self.text(call.name), arguments: self.value(call.arguments) }
    }

    fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => Value::Array(items.into_iter().map(|item| self.value(item)).collect()),
            Value::Object(fields) => Value::Object(self.map(fields)),
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    fn map(&self, map: Map) -> Map {
        map.into_iter().map(|(key, value)| (self.text(key), self.value(value))).collect()
    }
}

/// How a secret may be written in a reply.
fn written_forms(secret: &str) -> Vec<String> {
    let quoted = Value::String(secret.to_owned()).to_string();
    let escaped = quoted[1..quoted.len() - 1].to_owned();
    let mut forms = vec![
        secret.to_owned(),
        percent(secret, "0123456789ABCDEF"),
        percent(secret, "0123456789abcdef"),
        escaped.replace('/', "\\/"),
        escaped,
    ];
    // Base64 depends on how many bytes stand before the secret (`user:KEY`), modulo three.
    for before in 0..3 {
        let standard = base64(secret.as_bytes(), before);
        forms.push(standard.replace('+', "-").replace('/', "_"));
        forms.push(standard);
    }
    forms
}

/// Percent-encoding of everything but RFC 3986's unreserved characters.
fn percent(text: &str, digits: &str) -> String {
    let digits: Vec<char> = digits.chars().collect();
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
        }
    }
    encoded
}

/// The base64 characters that depend on these bytes alone, when that many bytes stand before them.
fn base64(bytes: &[u8], before: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = |at: usize| {
        let at = at - before * 8;
        usize::from(bytes[at / 8] >> (7 - at % 8) & 1)
    };
    let first = (before * 8).div_ceil(6);
    let end = (before + bytes.len()) * 8 / 6;
    let character = |sextet: usize| {
        let index = (0..6).fold(0, |index, offset| index << 1 | bit(sextet * 6 + offset));
        char::from(ALPHABET[index])
    };
    (first..end).map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubber(secret: &str) -> Scrubber {
        Scrubber::new([SecretString::from(secret)].iter())
    }

    #[test]
    fn every_written_form_is_taken_out() {
        let scrubber = scrubber("s3cr+t/\"key\"");
        let cases = [
            "plain s3cr+t/\"key\" end",
            r#"{"key":"s3cr+t/\"key\""}"#,
            r#"{"key":"s3cr+t\/\"key\""}"#,
            "?key=s3cr%2Bt%2F%22key%22&x",
            "?key=s3cr%2bt%2f%22key%22&x",
            "Basic czNjcit0LyJrZXki",
            "Basic dTpzM2NyK3QvImtleSI=",
            "Basic dXM6czNjcit0LyJrZXki",
        ];
        for case in cases {
            let clean = scrubber.text(case.to_owned());
            assert!(clean.contains(REDACTED), "{case} -> {clean}");
        }
        assert_eq!(scrubber.text("nothing here".into()), "nothing here");
    }

    #[test]
    fn short_values_are_left_and_replacements_are_literal() {
        assert_eq!(scrubber("short").text("a short text".into()), "a short text");
        assert_eq!(scrubber("$1$2$3").bytes(b"\xff$1$2$3\xfe".to_vec()), b"\xff[redacted]\xfe");
    }

    #[test]
    fn longer_secrets_win_over_their_beginnings() {
        let secrets = [SecretString::from("sk-abcdef"), SecretString::from("sk-abcdef-123456")];
        assert_eq!(Scrubber::new(secrets.iter()).text("sk-abcdef-123456.".into()), "[redacted].");
    }

    #[test]
    fn nothing_prints_a_secret() {
        let scrubber = scrubber("sk-verysecret");
        assert_eq!(format!("{scrubber:?}"), "Scrubber { .. }");
        let resolved = super::super::Resolved {
            key: Some("sk-verysecret".into()),
            ..super::super::Resolved::keyless("x")
        };
        assert!(!format!("{resolved:?}").contains("verysecret"));
    }
}
