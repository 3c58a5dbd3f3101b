//! The little of JSONPath that finds an answer in a reply: `$`, `.name`, `['any name']`, `[0]`, `[-1]` (from the end).
//! One path, one value: no wildcards, filters or recursive descent, which would give many.
use serde_json::Value;

/// A parsed path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPath {
    written: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(i64),
}

impl JsonPath {
    /// Parses a path.
    ///
    /// # Errors
    /// It is not one; the text says where, lower case, without a full stop.
    pub fn parse(written: &str) -> Result<Self, String> {
        let wrong =
            |rest: &str| format!("`{written}` is not a path like `$.choices[0].text` from `{rest}` on");
        let mut rest = written.strip_prefix('$').ok_or_else(|| wrong(written))?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, tail) = step(rest).ok_or_else(|| wrong(rest))?;
            steps.push(step);
            rest = tail;
        }
        Ok(Self { written: written.to_owned(), steps })
    }

    /// The value there, if there is one.
    #[must_use]
    pub fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.steps.iter().try_fold(value, |value, step| match step {
            Step::Name(name) => value.get(name),
            Step::Index(index) => {
                let items = value.as_array()?;
                let at = if *index < 0 { index + i64::try_from(items.len()).ok()? } else { *index };
                items.get(usize::try_from(at).ok()?)
            }
        })
    }

    /// As written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.written
    }
}

/// The first step of a rest that is not empty, and what follows it.
fn step(rest: &str) -> Option<(Step, &str)> {
    if let Some(name) = rest.strip_prefix('.') {
        let end = name.find(['.', '[', ']']).unwrap_or(name.len());
        let (name, tail) = name.split_at(end);
        return (!name.is_empty() && name != "*").then(|| (Step::Name(name.to_owned()), tail));
    }
    let inside = rest.strip_prefix('[')?;
    for quote in ['\'', '"'] {
        if let Some(name) = inside.strip_prefix(quote) {
            let (name, tail) = name.split_once(quote)?;
            return Some((Step::Name(name.to_owned()), tail.strip_prefix(']')?));
        }
    }
    let (index, tail) = inside.split_once(']')?;
    Some((Step::Index(index.trim().parse().ok()?), tail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_finds_its_value() {
        let value = json!({"a": [{"b": 1}, {"b": 2}], "x y": {"z": null}});
        let find = |path: &str| JsonPath::parse(path).unwrap().find(&value).cloned();
        assert_eq!(find("$"), Some(value.clone()));
        assert_eq!(find("$.a[0].b"), Some(json!(1)));
        assert_eq!(find("$.a[-1]['b']"), Some(json!(2)));
        assert_eq!(find("$[\"x y\"].z"), Some(Value::Null));
        for missing in ["$.c", "$.a.b", "$.a[2]", "$.a[-3]", "$[0]"] {
            assert_eq!(find(missing), None, "{missing}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused_with_the_place() {
        for wrong in ["a.b", "$a", "$.", "$..a", "$.a[", "$.a[x]", "$['a", "$.*", ""] {
            assert!(JsonPath::parse(wrong).is_err(), "{wrong}");
        }
        assert!(JsonPath::parse("$.a[x].b").unwrap_err().contains("from `[x].b` on"));
    }
}
