//! Options that may be literals or be filled from the run, and what filling them finds. Owns the rule that a path
//! which finds nothing makes an evaluator not applicable.
use std::borrow::Cow;

use serde_json::Value;

use super::formula::{Formula, unrendered};
use super::path::Path;
use super::subject::Subject;
use crate::domain::Verdict;
use crate::template::{self, TemplateError, Templates};

/// An option that may be a literal or be filled from the run.
#[derive(Debug)]
pub enum Resolved {
    /// Always the same.
    Literal(Value),
    /// `{{ dotted.names }}`, or a bare path of `map:`: looked up, keeps the value's own type.
    Path(Path),
    /// `{{ expression }}` alone: keeps the value's own type.
    Formula(Formula),
    /// A text with something filled in.
    Template(Templates),
}

impl Resolved {
    /// Compiles an option's value.
    ///
    /// # Errors
    /// It looks like a template and does not parse.
    pub fn parse(value: &Value) -> Result<Self, TemplateError> {
        let Some(text) = value.as_str().filter(|text| template::is_template(text)) else {
            return Ok(Self::Literal(value.clone()));
        };
        if let Some(inner) = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"))
            && !inner.contains("{{")
            && !inner.contains("}}")
        {
            // `{{-` and `-}}` only control white space.
            let inner = inner.strip_prefix('-').unwrap_or(inner);
            let inner = inner.strip_suffix('-').unwrap_or(inner).trim();
            return match Path::parse_names(inner) {
                Some(path) => Ok(Self::Path(path)),
                None => Formula::parse(inner).map(Self::Formula),
            };
        }
        let mut templates = Templates::default();
        templates.add("option", text)?;
        Ok(Self::Template(templates))
    }

    /// Compiles a value of `map:`, where a bare text is a path.
    ///
    /// # Errors
    /// It is a template that does not parse, or a path with an empty step.
    pub fn parse_path(text: &str) -> Result<Self, TemplateError> {
        if template::is_template(text) {
            return Self::parse(&Value::String(text.to_owned()));
        }
        Path::parse(text).map(Self::Path).ok_or_else(|| TemplateError {
            template: text.to_owned(),
            line: None,
            range: None,
            undefined: None,
            message: format!("`{text}` is not a path"),
        })
    }

    /// What it is for one run.
    ///
    /// # Errors
    /// Not applicable, naming what is missing; failed, where an operation fails.
    pub fn find<'s>(&'s self, subject: &'s Subject<'_>) -> Result<Found<'s>, Verdict> {
        match self {
            Self::Literal(value) => Ok(Found::Json(Cow::Borrowed(value))),
            Self::Path(path) => path.find(subject).ok_or_else(|| missing(path.text())),
            Self::Formula(formula) => match formula.value(subject)? {
                Value::Null => Err(missing(formula.text())),
                value => Ok(Found::Json(Cow::Owned(value))),
            },
            Self::Template(templates) => templates
                .render("option", subject.context())
                .map(|text| Found::Json(Cow::Owned(Value::String(text))))
                .map_err(|error| unrendered(&error)),
        }
    }

    /// The literal, where it is one.
    #[must_use]
    pub fn literal(&self) -> Option<&Value> {
        if let Self::Literal(value) = self { Some(value) } else { None }
    }
}

/// Not applicable, since the path finds nothing.
pub(super) fn missing(path: &str) -> Verdict {
    Verdict::NotApplicable(format!("`{path}` is missing"))
}

/// What an option is for one run: a text of the run, or a JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Found<'s> {
    /// The answer itself.
    Text(&'s str),
    /// Anything else.
    Json(Cow<'s, Value>),
}

impl Found<'_> {
    /// As text: a text without quotes, anything else as compact JSON.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Json(value) => match value.as_ref() {
                Value::String(text) => Cow::Borrowed(text.as_str()),
                other => Cow::Owned(other.to_string()),
            },
        }
    }

    /// As JSON: the answer is a text.
    #[must_use]
    pub fn value(&self) -> Cow<'_, Value> {
        match self {
            Self::Text(text) => Cow::Owned(Value::String((*text).to_owned())),
            Self::Json(value) => Cow::Borrowed(value.as_ref()),
        }
    }

    /// As JSON, where a text that holds JSON is what it holds; `None` for a text that does not.
    #[must_use]
    pub fn parsed(&self) -> Option<Cow<'_, Value>> {
        match self {
            Self::Text(text) => serde_json::from_str(text).ok().map(Cow::Owned),
            Self::Json(value) => match value.as_ref() {
                Value::String(text) => serde_json::from_str(text).ok().map(Cow::Owned),
                other => Some(Cow::Borrowed(other)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::evaluators::tests::Fixture;

    fn find(text: &str) -> Result<Value, Verdict> {
        let fixture = Fixture::answering(r#"{"total": 3}"#).expected(json!({"total": 4}));
        let subject = fixture.subject();
        let resolved = Resolved::parse(&json!(text)).unwrap();
        resolved.find(&subject).map(|found| found.value().into_owned())
    }

    #[test]
    fn values_keep_their_type_and_texts_are_rendered() {
        assert_eq!(find("{{ expected.total }}"), Ok(json!(4)));
        assert_eq!(find("{{ expected.total - output.json.total }}"), Ok(json!(1)));
        assert_eq!(find("{{ output.json.total }} of {{ expected.total }}"), Ok(json!("3 of 4")));
        assert_eq!(find("{{- -expected.total -}}"), Ok(json!(-4)));
        assert_eq!(find("plain"), Ok(json!("plain")));
    }

    #[test]
    fn what_finds_nothing_is_not_applicable_and_named() {
        let missing = |what: &str| Err(Verdict::NotApplicable(what.to_owned()));
        assert_eq!(find("{{ expected.tax }}"), missing("`expected.tax` is missing"));
        assert_eq!(find("{{ expected.tax * 2 }}"), missing("`expected.tax` is missing"));
        assert_eq!(find("{{ ticket }} x"), missing("`ticket` is not defined"));
        assert!(matches!(find("{{ expected.total / 0 }}"), Err(Verdict::Failed(_))));
    }

    #[test]
    fn broken_templates_are_refused() {
        assert!(Resolved::parse(&json!("{{ a ")).is_err());
        assert!(Resolved::parse_path("a..b").is_err());
        assert!(matches!(Resolved::parse_path("output.json.reply"), Ok(Resolved::Path(_))));
    }
}
