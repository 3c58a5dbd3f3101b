//! `json-equals`: the answer holds the expected JSON; credit by path. Key order and number form never count, list
//! order does.
use std::borrow::Cow;

use serde_json::{Number, Value};

use super::is_json::not_json;
use super::options::Options;
use super::resolved::{Found, Resolved};
use super::{Answer, Evaluator, Member, OptionError, Subject};
use crate::domain::{Map, Verdict};
use crate::registry::{Key, Kind, Row};

pub(super) const ROW: Row<Member> = Row {
    name: "json-equals",
    aliases: &["json_equals", "json-diff", "JSONDiff", "json-match", "json_match"],
    doc: "The share of the expected JSON that the answer gets right",
    keys: &[
        Key::optional("expected", Kind::Any, "The JSON expected (default `{{ expected }}`)"),
        Key::optional("value", Kind::Any, "The same as `expected`, as other tools spell it"),
        Key::optional("actual", Kind::Any, "What is judged (default the answer as JSON)"),
        Key::optional("tolerance", Kind::Number(0.0, f64::MAX), "How far numbers may be apart (default 0)"),
        Key::optional("strict", Kind::Bool, "All or nothing (default false: credit by path)"),
    ],
    make: Member { make, example: "{}", shorthand: Some("expected"), weight: 1.0, binary: false },
};

/// How many differences an explanation names.
const SHOWN: usize = 3;

#[derive(Debug)]
struct JsonEquals {
    expected: Resolved,
    actual: Option<Resolved>,
    tolerance: f64,
    strict: bool,
}

fn make(options: &Map) -> Result<Box<dyn Evaluator>, OptionError> {
    let options = Options(options);
    Ok(Box::new(JsonEquals {
        expected: options.expected()?,
        actual: options.resolved("actual")?,
        tolerance: options.amount("tolerance")?.unwrap_or(0.0),
        strict: options.bool("strict", false)?,
    }))
}

impl Evaluator for JsonEquals {
    fn judge(&self, subject: &Subject<'_>, _: Option<&Answer>) -> Verdict {
        self.verdict(subject).unwrap_or_else(|verdict| verdict)
    }
}

impl JsonEquals {
    fn verdict(&self, subject: &Subject<'_>) -> Result<Verdict, Verdict> {
        let expected = self.expected.find(subject)?;
        let actual = match &self.actual {
            Some(actual) => actual.find(subject)?,
            None => match subject.json() {
                Some(json) => Found::Json(Cow::Borrowed(json)),
                None => return Ok(wrong(not_json(subject.text()))),
            },
        };
        if expected.value() == actual.value() {
            return Ok(Verdict::pass(true));
        }
        // A reference from a CSV file, or a field of the answer, may be a text that holds JSON; one that does not is
        // itself the value.
        let read = |found: &Found<'_>| found.parsed().unwrap_or_else(|| found.value()).into_owned();
        Ok(self.compare(&read(&expected), &read(&actual)))
    }

    fn compare(&self, expected: &Value, actual: &Value) -> Verdict {
        let mut tally = Tally { tolerance: self.tolerance, ..Tally::default() };
        tally.walk(expected, Some(actual), &mut String::new());
        if tally.right == tally.all {
            return Verdict::pass(true);
        }
        let score = if self.strict { 0.0 } else { tally.right as f64 / tally.all as f64 };
        let more = (tally.all - tally.right).saturating_sub(tally.wrong.len());
        let mut paths = tally.wrong.join(", ");
        if more > 0 {
            paths = format!("{paths} and {more} more");
        }
        let explanation = Some(format!("{} of {} values right; wrong: {paths}", tally.right, tally.all));
        Verdict::Scored { score, passed: Some(false), label: None, explanation }
    }
}

fn wrong(why: String) -> Verdict {
    Verdict::pass(false).because(why)
}

/// Whether two values are the same, key order and number form aside.
pub(super) fn same(expected: &Value, actual: &Value, tolerance: f64) -> bool {
    let mut tally = Tally { tolerance, ..Tally::default() };
    tally.walk(expected, Some(actual), &mut String::new());
    tally.right == tally.all
}

/// Counts over the union of the paths of both values: score = right / all, where a path is a scalar or an empty list
/// or mapping, and a path that only one of the two has is wrong.
#[derive(Default)]
struct Tally {
    right: usize,
    all: usize,
    wrong: Vec<String>,
    tolerance: f64,
}

impl Tally {
    /// `path` is where we are, as a JSON pointer; it is given back as it was.
    fn walk(&mut self, expected: &Value, actual: Option<&Value>, path: &mut String) {
        match (expected, actual) {
            (Value::Object(left), Some(Value::Object(right))) if !left.is_empty() || !right.is_empty() => {
                for (key, value) in left {
                    self.step(value, right.get(key), path, key);
                }
                for (key, value) in right.iter().filter(|(key, _)| !left.contains_key(*key)) {
                    self.extra(value, path, key);
                }
            }
            (Value::Array(left), Some(Value::Array(right))) if !left.is_empty() || !right.is_empty() => {
                for (index, value) in left.iter().enumerate() {
                    self.step(value, right.get(index), path, &index.to_string());
                }
                for (index, value) in right.iter().enumerate().skip(left.len()) {
                    self.extra(value, path, &index.to_string());
                }
            }
            (left, Some(right)) if leaf_equal(left, right, self.tolerance) => {
                self.right += 1;
                self.all += 1;
            }
            (left, right) => self.miss(leaves(left).max(right.map_or(0, leaves)), path),
        }
    }

    fn step(&mut self, expected: &Value, actual: Option<&Value>, path: &mut String, key: &str) {
        let length = path.len();
        path.push('/');
        path.push_str(key);
        self.walk(expected, actual, path);
        path.truncate(length);
    }

    fn extra(&mut self, value: &Value, path: &str, key: &str) {
        self.miss(leaves(value), &format!("{path}/{key}"));
    }

    fn miss(&mut self, paths: usize, path: &str) {
        self.all += paths;
        if self.wrong.len() < SHOWN {
            let path = if path.is_empty() { "the whole" } else { path };
            self.wrong.push(format!("`{}`", super::options::shortened(path, 80)));
        }
    }
}

/// How many paths a value holds.
fn leaves(value: &Value) -> usize {
    match value {
        Value::Object(map) if !map.is_empty() => map.values().map(leaves).sum(),
        Value::Array(items) if !items.is_empty() => items.iter().map(leaves).sum(),
        _ => 1,
    }
}

fn leaf_equal(left: &Value, right: &Value, tolerance: f64) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => number_equal(left, right, tolerance),
        (Value::Object(_) | Value::Array(_), Value::Object(_) | Value::Array(_)) => {
            // Only empty ones come here together.
            left == right
        }
        _ => left == right,
    }
}

/// By value; integers exactly, also those a double cannot hold.
fn number_equal(left: &Number, right: &Number, tolerance: f64) -> bool {
    let whole = |n: &Number| n.as_i64().map(i128::from).or_else(|| n.as_u64().map(i128::from));
    if let (Some(left), Some(right)) = (whole(left), whole(right))
        && tolerance == 0.0
    {
        return left == right;
    }
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => super::numeric::within(right, left, tolerance),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::evaluators::tests::{Fixture, judge};

    fn score(options: Value, answer: &str, expected: Value) -> Option<f64> {
        judge("json-equals", options, &Fixture::answering(answer).expected(expected)).value()
    }

    #[test]
    fn credit_goes_by_path() {
        let expected = json!({"a": 1, "b": {"c": "x", "d": [1, 2]}});
        let score = |answer| score(json!({}), answer, expected.clone());
        assert_eq!(score(r#"{"b": {"d": [1.0, 2], "c": "x"}, "a": 1e0}"#), Some(1.0));
        assert_eq!(score(r#"{"a": 1, "b": {"c": "y", "d": [1, 3]}}"#), Some(0.5));
        assert_eq!(score(r#"{"a": 1}"#), Some(0.25));
        assert_eq!(score(r#"{"a": 1, "b": {"c": "x", "d": [1, 2]}, "e": 0}"#), Some(0.8));
        assert_eq!(score("[]"), Some(0.0));
        assert_eq!(score("not json"), Some(0.0));
    }

    #[test]
    fn strict_is_all_or_nothing_and_tolerance_is_inclusive() {
        let strict = json!({"strict": true});
        assert_eq!(score(strict.clone(), r#"{"a": 1, "b": 2}"#, json!({"a": 1, "b": 3})), Some(0.0));
        assert_eq!(score(strict, r#"{"a": 1}"#, json!({"a": 1})), Some(1.0));
        assert_eq!(score(json!({"tolerance": 0.1}), "1.1", json!(1)), Some(1.0));
        assert_eq!(score(json!({"tolerance": 0.1}), "1.2", json!(1)), Some(0.0));
    }

    #[test]
    fn empty_containers_nulls_and_texts_are_values() {
        assert_eq!(score(json!({}), "{}", json!({})), Some(1.0));
        assert_eq!(score(json!({}), "[]", json!({})), Some(0.0));
        assert_eq!(score(json!({}), r#"{"a": null}"#, json!({"a": null})), Some(1.0));
        assert_eq!(score(json!({}), "{}", json!({"a": null})), Some(0.0));
        assert_eq!(score(json!({}), r#"{"a": "1"}"#, json!({"a": 1})), Some(0.0));
        assert_eq!(score(json!({}), r#"{"a": 1}"#, json!("{\"a\": 1}")), Some(1.0));
        assert_eq!(score(json!({}), r#""1""#, json!("1")), Some(1.0));
        assert_eq!(score(json!({}), "1", json!("1")), Some(1.0));
    }

    #[test]
    fn the_explanation_names_the_wrong_paths() {
        let fixture = Fixture::answering(r#"{"a": 2, "b": [1]}"#).expected(json!({"a": 1, "b": [1]}));
        let Verdict::Scored { explanation, .. } = judge("json-equals", json!({}), &fixture) else { panic!() };
        assert_eq!(explanation.as_deref(), Some("1 of 2 values right; wrong: `/a`"));
    }
}
