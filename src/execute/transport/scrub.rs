//! Takes secrets out of what came back: some error replies echo the key they refuse. Knows the written forms of a
//! secret (plain, JSON-escaped, percent-encoded, base64); must not be printable itself.
use std::fmt;
use std::ops::Range;

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

    /// What an attempt came to, and whether it told a secret.
    pub(super) fn takes_from(
        &self,
        result: Result<Completion, Failure>,
    ) -> (Result<Completion, Failure>, bool) {
        if self.forms.is_none() {
            return (result, false);
        }
        let before = result.clone();
        let clean =
            result.map(|completion| self.completion(completion)).map_err(|failure| self.failure(failure));
        let told = clean != before;
        (clean, told)
    }

    /// A failure, its partial answer included.
    fn failure(&self, failure: Failure) -> Failure {
        let Failure { kind, message, usage, partial } = failure;
        let partial = partial.map(|partial| Box::new(self.completion(*partial)));
        Failure { kind, message: self.text(message), usage, partial }
    }

    /// An answer. Named field by field, so that a new one must be decided here.
    fn completion(&self, completion: Completion) -> Completion {
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
            parts: self.parts(parts),
            finish_reason,
            usage,
            model: model.map(|model| self.text(model)),
            id: id.map(|id| self.text(id)),
            fingerprint: fingerprint.map(|fingerprint| self.text(fingerprint)),
            cost,
            metadata: self.map(metadata),
        }
    }

    /// Parts of one answer, whose texts are read as one, and so are its thoughts.
    fn parts(&self, parts: Vec<Part>) -> Vec<Part> {
        let mut parts: Vec<Part> = parts.into_iter().map(|part| self.part(part)).collect();
        let (mut texts, mut thoughts) = (Vec::new(), Vec::new());
        for part in &mut parts {
            match part {
                Part::Text(text) => texts.push(text),
                Part::Thought(thought) => thoughts.push(&mut thought.text),
                _ => {}
            }
        }
        self.across(&mut texts);
        if self.across(&mut thoughts) {
            // What the provider takes back of them has the same pieces: nothing of it is kept.
            for part in &mut parts {
                if let Part::Thought(thought) = part {
                    thought.raw = serde_json::Value::Null;
                }
            }
        }
        parts
    }

    /// Texts that are joined elsewhere: of a secret that stands in several nothing is left in any. Whether one did.
    fn across(&self, texts: &mut [&mut String]) -> bool {
        let Some(forms) = &self.forms else { return false };
        let joined: String = texts.iter().map(|text| text.as_str()).collect();
        let secrets: Vec<Range<usize>> =
            forms.find_iter(joined.as_bytes()).map(|secret| secret.range()).collect();
        if secrets.is_empty() {
            return false;
        }
        let mut start = 0;
        for text in texts {
            let end = start + text.len();
            **text = kept(&joined, start..end, &secrets);
            start = end;
        }
        true
    }

    fn part(&self, part: Part) -> Part {
        match part {
            Part::Text(text) => Part::Text(self.text(text)),
            Part::Thought(thought) => Part::Thought(self.thought(thought)),
            Part::ToolCall(call) => Part::ToolCall(self.call(call)),
            Part::ToolResult { id, content } => {
                Part::ToolResult { id: self.text(id), content: self.text(content) }
            }
            Part::Attachment(attachment) => {
                Part::Attachment(Attachment { name: self.text(attachment.name), ..attachment })
            }
        }
    }

    /// A thought; what goes back of it is dropped where its pieces make a secret only together.
    fn thought(&self, thought: Thought) -> Thought {
        let Thought { text, raw, .. } = thought;
        let (clean, clean_raw) = (self.text(text.clone()), self.value(raw.clone()));
        let in_pieces = clean != text && clean_raw == raw;
        Thought::new(clean, if in_pieces { Value::Null } else { clean_raw })
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

/// A part of a text without the secrets of the whole; where one begins stands that one did.
fn kept(joined: &str, part: Range<usize>, secrets: &[Range<usize>]) -> String {
    let (mut out, mut at) = (String::new(), part.start);
    for secret in secrets.iter().filter(|secret| secret.start < part.end && secret.end > part.start) {
        if secret.start >= part.start {
            out.push_str(&joined[at..secret.start]);
            out.push_str(REDACTED);
        }
        at = secret.end.min(part.end);
    }
    out + &joined[at..part.end]
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
    fn a_secret_in_several_parts_is_taken_out_of_all_of_them() {
        let scrubber = scrubber("sk-verysecret");
        let thought = |pieces: &[&str]| {
            let raw: Vec<Value> = pieces.iter().map(|text| serde_json::json!({"text": text})).collect();
            Part::Thought(Thought::new(pieces.concat(), Value::Array(raw)))
        };
        let text = |text: &str| Part::Text(text.to_owned());
        let parts = vec![
            text("a sk-"),
            thought(&["hm, sk-very"]),
            text("very"),
            thought(&["secret!"]),
            text("secret b"),
        ];
        let answer = Completion { text: "a sk-verysecret b".into(), parts, ..Completion::default() };
        let (Ok(clean), true) = scrubber.takes_from(Ok(answer)) else { panic!() };
        let told = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Thought(thought) => format!("({})", thought.text),
            other => panic!("{other:?}"),
        };
        let is_kept = |part: &Part| matches!(part, Part::Thought(thought) if thought.raw != Value::Null);
        assert!(!clean.parts.iter().any(is_kept), "what goes back has the same pieces");
        let parts: Vec<String> = clean.parts.iter().map(told).collect();
        assert_eq!(parts, ["a [redacted]", "(hm, [redacted])", "", "(!)", " b"]);
        assert_eq!(clean.text, "a [redacted] b");
        let Part::Thought(split) = scrubber.part(thought(&["sk-very", "secret"])) else { panic!() };
        assert_eq!(
            (split.text.as_str(), split.raw),
            (REDACTED, Value::Null),
            "its pieces would be one again"
        );
        let same = vec![text("a sk-"), text("b")];
        assert_eq!(scrubber.parts(same.clone()), same);
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
