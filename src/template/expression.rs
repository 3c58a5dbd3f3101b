//! One expression over one context: `where`, `when`, slices, strata and the `expr` evaluator.
use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior, Value};

use super::TemplateError;
use super::engine::settings;

/// A compiled expression. An undefined name is an error, an undefined field of a known value is empty: rows of one
/// dataset need not all have every field, but a misspelt root is always a mistake.
#[derive(Debug)]
pub struct Expression {
    compiled: minijinja::Expression<'static, 'static>,
    text: String,
}

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = settings();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment
});

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// It does not parse.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let compiled = ENGINE
            .compile_expression_owned(text.to_owned())
            .map_err(|error| TemplateError::from_engine(&error, text))?;
        Ok(Self { compiled, text: text.to_owned() })
    }

    /// As written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The roots it reads, sorted.
    #[must_use]
    pub fn variables(&self) -> Vec<String> {
        let mut names: Vec<String> = self.compiled.undeclared_variables(false).into_iter().collect();
        names.sort();
        names
    }

    /// The dotted paths it reads (`output.json.total`), sorted; as far as a subscript, where one follows.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.compiled.undeclared_variables(true).into_iter().collect();
        paths.sort();
        paths
    }

    /// Its value.
    ///
    /// # Errors
    /// An operation fails, or it never ends.
    pub fn value(&self, context: &Value) -> Result<serde_json::Value, TemplateError> {
        let value = self
            .compiled
            .eval(context.clone())
            .map_err(|error| TemplateError::from_engine(&error, &self.text))?;
        Ok(serde_json::to_value(&value).unwrap_or(serde_json::Value::Null))
    }

    /// Whether it holds: Jinja's truth, so an undefined value does not.
    ///
    /// # Errors
    /// As `value`.
    pub fn holds(&self, context: &Value) -> Result<bool, TemplateError> {
        self.compiled
            .eval(context.clone())
            .map(|value| value.is_true())
            .map_err(|error| TemplateError::from_engine(&error, &self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn expressions_compare_combine_and_survive_missing_fields() {
        let context = crate::template::context(json!({"lang": "de", "output": {"json": {"total": 3}}}));
        let holds = |text: &str| Expression::parse(text).unwrap().holds(&context).unwrap();
        assert!(holds("lang in ['en', 'de'] and output.json.total >= 3"));
        assert!(!holds("output.json.missing"));
        assert_eq!(Expression::parse("output.json.total / 2").unwrap().value(&context).unwrap(), json!(1.5));
        assert_eq!(Expression::parse("lang and draft").unwrap().variables(), ["draft", "lang"]);
        let paths = Expression::parse("output.json.total <= limits[0].max").unwrap().paths();
        assert_eq!(paths, ["limits", "output.json.total"]);
        assert!(Expression::parse("lang ==").is_err());
    }
}
