//! `map:` paths and the plain `{{ dotted.names }}` of options: looked up in the run itself, without building the
//! context that templates need. Must not render anything.
use std::borrow::Cow;

use serde_json::Value;

use super::resolved::Found;
use super::subject::Subject;
use crate::domain::Map;

/// A dotted path into a run: `input.*`, `expected.*`, `output.text`, `output.json.*`, `output.tool_calls`, `meta.*`,
/// a measurement (`latency_s`), a variable of `map:`, or the name of an input alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    text: String,
    parts: Vec<String>,
}

impl Path {
    /// Reads a path; `None` when it is empty or has an empty step.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let parts: Vec<String> = text.split('.').map(str::to_owned).collect();
        (!parts.iter().any(String::is_empty)).then(|| Self { text: text.to_owned(), parts })
    }

    /// As [`Path::parse`], for the inside of `{{ }}`: names joined by dots and nothing else; a Jinja constant
    /// (`true`, `none`) is no path.
    #[must_use]
    pub fn parse_names(text: &str) -> Option<Self> {
        const CONSTANTS: [&str; 6] = ["true", "false", "none", "True", "False", "None"];
        let path = Self::parse(text)?;
        let is_name = |part: &String| {
            !part.starts_with(|c: char| c.is_ascii_digit())
                && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let plain = path.parts.iter().all(is_name) && !CONSTANTS.contains(&path.root());
        plain.then_some(path)
    }

    /// As written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its first step.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.parts[0]
    }

    /// What it finds in a run; `None` where there is nothing. A JSON null that is really there is found, except as
    /// the whole `expected`, where it means that the dataset has none.
    #[must_use]
    pub fn find<'s>(&self, subject: &'s Subject<'_>) -> Option<Found<'s>> {
        let (root, rest) = self.parts.split_first()?;
        if let Some(value) = subject.mapped().get(root) {
            return walk(value, rest).map(Found::Json);
        }
        match root.as_str() {
            "input" => inside(&subject.case.inputs, rest),
            "meta" => inside(&subject.case.metadata, rest),
            "expected" => walk(subject.expected()?, rest).map(Found::Json),
            "output" => output(subject, rest),
            name => match subject.measured(name) {
                Some(None) => None,
                Some(Some(value)) => walk_owned(&value, rest),
                None => walk_map(&subject.case.inputs, &self.parts).map(Found::Json),
            },
        }
    }
}

fn output<'s>(subject: &'s Subject<'_>, rest: &[String]) -> Option<Found<'s>> {
    match rest.split_first() {
        None => Some(Found::Json(Cow::Owned(subject.output()))),
        Some((part, [])) if part == "text" => Some(Found::Text(subject.text())),
        Some((part, inner)) if part == "json" || part == "text" => {
            walk(subject.json()?, inner).map(Found::Json)
        }
        Some((part, inner)) if part == "tool_calls" => walk_owned(&subject.tool_calls(), inner),
        Some(_) => None,
    }
}

fn inside<'s>(map: &'s Map, parts: &[String]) -> Option<Found<'s>> {
    if parts.is_empty() {
        return Some(Found::Json(Cow::Owned(Value::Object(map.clone()))));
    }
    walk_map(map, parts).map(Found::Json)
}

fn walk_owned<'s>(value: &Value, parts: &[String]) -> Option<Found<'s>> {
    walk(value, parts).map(|found| Found::Json(Cow::Owned(found.into_owned())))
}

/// Follows the steps: fields, indices of lists, and into texts that hold JSON.
fn walk<'v>(value: &'v Value, parts: &[String]) -> Option<Cow<'v, Value>> {
    let Some((first, rest)) = parts.split_first() else { return Some(Cow::Borrowed(value)) };
    match value {
        Value::Object(map) => walk_map(map, parts),
        Value::Array(items) => walk(items.get(first.parse::<usize>().ok()?)?, rest),
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            let inner: Value = serde_json::from_str(text).ok()?;
            walk(&inner, parts).map(|found| Cow::Owned(found.into_owned()))
        }
        _ => None,
    }
}

/// The longest key first: a field whose own name holds dots (`gen_ai.usage`) is found before a nested one.
fn walk_map<'v>(map: &'v Map, parts: &[String]) -> Option<Cow<'v, Value>> {
    (1..=parts.len()).rev().find_map(|taken| {
        let value = if taken == 1 { map.get(&parts[0]) } else { map.get(&parts[..taken].join(".")) };
        walk(value?, &parts[taken..])
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::evaluators::tests::Fixture;

    fn find(path: &str) -> Option<Value> {
        let fixture = Fixture::answering(r#"{"a": [{"b": 1}], "n": null}"#)
            .input("ticket", json!("hello"))
            .input("a.b", json!("dotted"))
            .input("packed", json!("{\"k\": [7]}"))
            .expected(json!({"category": "bug"}));
        let subject = fixture.subject();
        Path::parse(path).unwrap().find(&subject).map(|found| found.value().into_owned())
    }

    #[test]
    fn paths_reach_every_documented_field() {
        assert_eq!(find("input.ticket"), Some(json!("hello")));
        assert_eq!(find("ticket"), Some(json!("hello")));
        assert_eq!(find("input.a.b"), Some(json!("dotted")));
        assert_eq!(find("input.packed.k.0"), Some(json!(7)));
        assert_eq!(find("expected.category"), Some(json!("bug")));
        assert_eq!(find("output.json.a.0.b"), Some(json!(1)));
        assert_eq!(find("output.json.n"), Some(Value::Null));
        assert_eq!(find("output.tool_calls"), Some(json!([])));
        assert_eq!(find("latency_s"), Some(json!(1.5)));
        assert_eq!(find("tokens.input"), Some(json!(100)));
        assert_eq!(find("meta"), Some(json!({})));
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for path in ["input.nothing", "expected.x", "output.json.a.9", "output.xml", "nothing", "ttft_s"] {
            assert_eq!(find(path), None, "{path}");
        }
        assert_eq!(Path::parse("a..b"), None);
        assert_eq!(Path::parse_names("a[0]"), None);
        assert_eq!(Path::parse_names("none"), None);
    }
}
