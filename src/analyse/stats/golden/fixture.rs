//! Owns reading a golden file: its cases, its tolerance, and comparing a value with what the file expects.

use crate::analyse::stats::interval::{Confidence, Interval};
use serde_json::Value;

/// The text of `fixtures/golden/stats/<name>.json`, part of the test binary.
macro_rules! golden {
    ($name:literal) => {
        $crate::analyse::stats::golden::fixture::Golden::parse(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/fixtures/golden/stats/",
            $name,
            ".json"
        )))
    };
}
pub(super) use golden;

/// How far a value may be from the expected one.
#[derive(Clone, Copy, Debug)]
enum Tolerance {
    Absolute(f64),
    Relative(f64),
    /// The file names a number only: absolute below 1, relative above.
    Mixed(f64),
}

/// A parsed golden file.
pub struct Golden {
    /// The whole file, for inputs shared by its cases.
    pub file: Value,
    tolerance: Tolerance,
}

impl Golden {
    /// Reads the tolerance from the end of `about`; a file without one is exact.
    pub fn parse(text: &str) -> Self {
        let file: Value = serde_json::from_str(text).expect("golden files are JSON");
        let about = file["about"].as_str().expect("golden files say what they are about");
        let clause = about.split_once("tolerance:").map_or("", |(_, clause)| clause);
        let number = clause.split([' ', ',', ';']).find_map(|word| word.trim_end_matches('.').parse().ok());
        let tolerance = match number {
            Some(t) if clause.contains("relative") => Tolerance::Relative(t),
            Some(t) if clause.contains("absolute") => Tolerance::Absolute(t),
            Some(t) => Tolerance::Mixed(t),
            None => Tolerance::Absolute(0.0),
        };
        Self { file, tolerance }
    }

    /// The cases, in file order.
    pub fn cases(&self) -> &[Value] {
        self.file["cases"].as_array().expect("`cases` is a list")
    }

    /// Fails unless `got` is within the file's tolerance of `case[key]`; null expects `None`.
    pub fn check(&self, case: &Value, key: &str, got: impl Into<Option<f64>>) {
        let want = case.get(key).unwrap_or_else(|| panic!("no `{key}` in {case}"));
        self.close(got.into(), want, &format!("{key} of {case}"));
    }

    /// As [`Golden::check`], for a value that is not a member of a case.
    pub fn close(&self, got: Option<f64>, want: &Value, what: &str) {
        let agree = match (got, want.as_f64()) {
            (None, None) => want.is_null(),
            (Some(got), Some(want)) => (got - want).abs() <= self.allowed(want),
            _ => false,
        };
        assert!(agree, "{what}: got {got:?}, expected {want}");
    }

    /// Both ends of an interval against `case[low]` and `case[high]`.
    pub fn check_interval(&self, case: &Value, (low, high): (&str, &str), got: Interval) {
        self.check(case, low, got.low);
        self.check(case, high, got.high);
    }

    fn allowed(&self, want: f64) -> f64 {
        match self.tolerance {
            Tolerance::Absolute(t) => t,
            Tolerance::Relative(t) => t * want.abs(),
            Tolerance::Mixed(t) => t * want.abs().max(1.0),
        }
    }
}

/// `case[key]` as a number.
pub fn number(case: &Value, key: &str) -> f64 {
    case[key].as_f64().unwrap_or_else(|| panic!("no number `{key}` in {case}"))
}

/// `case[key]` as a count.
pub fn count(case: &Value, key: &str) -> u64 {
    case[key].as_u64().unwrap_or_else(|| panic!("no count `{key}` in {case}"))
}

/// A list of numbers.
pub fn numbers(list: &Value) -> Vec<f64> {
    let list = list.as_array().unwrap_or_else(|| panic!("not a list: {list}"));
    list.iter().map(|v| v.as_f64().expect("a number")).collect()
}

/// A list of strings.
pub fn strings(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("not a list: {list}"));
    list.iter().map(|v| v.as_str().expect("a string").to_owned()).collect()
}

/// Cluster labels as dense group indices in order of appearance; null is no groups.
pub fn groups(labels: &Value) -> Option<Vec<u32>> {
    if labels.is_null() {
        return None;
    }
    let labels = strings(labels);
    let mut seen: Vec<&String> = Vec::new();
    let mut index = |label| {
        let at = seen.iter().position(|s| *s == label).unwrap_or_else(|| {
            seen.push(label);
            seen.len() - 1
        });
        u32::try_from(at).expect("few groups")
    };
    Some(labels.iter().map(&mut index).collect())
}

/// The confidence of a case.
pub fn confidence(case: &Value) -> Confidence {
    Confidence::new(number(case, "confidence")).expect("a level in (0, 1)")
}
