//! A set of named templates that may include one another: a version's prompt, or an evaluator's texts.
use std::collections::BTreeSet;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, escape_formatter};

use super::TemplateError;

/// Steps one rendering may take: far above any prompt, far below a hang.
const FUEL: u64 = 2_000_000;

/// Begins what a marking template filled in; a private-use character that is removed from what is filled in.
pub const DATA_START: char = '\u{e0d0}';
/// Ends what a marking template filled in.
pub const DATA_END: char = '\u{e0d1}';

/// Compiled templates, strict about what is undefined; nothing is escaped, a trailing newline stays.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
}

impl Default for Templates {
    fn default() -> Self {
        Self { environment: settings() }
    }
}

impl Templates {
    /// Templates that put whatever they fill in between [`DATA_START`] and [`DATA_END`], numbers and booleans apart:
    /// a judge is told which part of its prompt is data.
    #[must_use]
    pub fn marking() -> Self {
        let mut environment = settings();
        environment.set_formatter(|out, state, value| {
            if value.is_number() || value.kind() == ValueKind::Bool {
                return escape_formatter(out, state, value);
            }
            let text = value.to_string().replace([DATA_START, DATA_END], "");
            write!(out, "{DATA_START}{text}{DATA_END}").map_err(Into::into)
        });
        Self { environment }
    }

    /// Adds a template under a name, for rendering and for inclusion by that name.
    ///
    /// # Errors
    /// The source does not parse.
    pub fn add(&mut self, name: &str, source: &str) -> Result<(), TemplateError> {
        self.environment
            .add_template_owned(name.to_owned(), source.to_owned())
            .map_err(|error| TemplateError::from_engine(&error, name))
    }

    /// Renders one template.
    ///
    /// # Errors
    /// The name is unknown, a variable is undefined, a filter fails, or the template never ends.
    pub fn render(&self, name: &str, context: &Value) -> Result<String, TemplateError> {
        self.environment
            .get_template(name)
            .and_then(|template| template.render(context.clone()))
            .map_err(|error| TemplateError::from_engine(&error, name))
    }

    /// The variables a template reads from outside, sorted: roots only, or whole dotted paths when `nested`.
    /// Those of the templates it includes are theirs to name.
    #[must_use]
    pub fn variables(&self, name: &str, nested: bool) -> BTreeSet<String> {
        self.environment
            .get_template(name)
            .map(|template| template.undeclared_variables(nested).into_iter().collect())
            .unwrap_or_default()
    }
}

/// A context made of anything that serialises to a mapping.
#[must_use]
pub fn context(value: impl serde::Serialize) -> Value {
    Value::from(minijinja::value::Serde(value))
}

/// Whether a text holds anything for the engine: what does not is never compiled, only copied.
#[must_use]
pub fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || text.contains("{#")
}

/// The one set of engine settings; changing what they render to means raising `ENGINE_ID`.
pub(super) fn settings() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    // The default delimiters are always valid, so this build cannot fail.
    if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
        environment.set_syntax(syntax);
    }
    environment.set_fuel(Some(FUEL));
    environment.set_debug(true);
    environment
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn render(source: &str, context: serde_json::Value) -> Result<String, TemplateError> {
        let mut templates = Templates::default();
        templates.add("part", "<{{ who }}>")?;
        templates.add("t", source)?;
        templates.render("t", &crate::template::context(context))
    }

    #[test]
    fn nothing_is_escaped_and_the_last_newline_stays() {
        assert_eq!(
            render("{{ a }} & {% include 'part' %}\n", json!({"a": "<b>", "who": "x"})).unwrap(),
            "<b> & <x>\n"
        );
    }

    #[test]
    fn an_undefined_variable_is_named() {
        let error = render("line\n{{ ticket.text }}", json!({"tickets": 1})).unwrap_err();
        assert_eq!((error.undefined.as_deref(), error.line), (Some("ticket"), Some(2)));
    }

    #[test]
    fn a_marking_template_marks_texts_and_nobody_can_forge_the_marks() {
        let mut templates = Templates::marking();
        templates.add("t", "n={{ n }} t={{ t }} u={{ t | upper }}").unwrap();
        let context = crate::template::context(json!({"n": 3, "t": format!("a{DATA_END}b")}));
        let expected = format!("n=3 t={DATA_START}ab{DATA_END} u={DATA_START}AB{DATA_END}");
        assert_eq!(templates.render("t", &context).unwrap(), expected);
    }

    #[test]
    fn an_endless_template_ends() {
        let error = render(
            "{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}",
            json!({}),
        );
        assert_eq!(error.unwrap_err().message, "the template does too much work to finish");
    }

    #[test]
    fn variables_are_roots_or_paths() {
        let mut templates = Templates::default();
        templates.add("t", "{{ a.b }} {% for x in items %}{{ x }}{% endfor %}").unwrap();
        assert_eq!(templates.variables("t", false).into_iter().collect::<Vec<_>>(), ["a", "items"]);
        assert_eq!(templates.variables("t", true).into_iter().collect::<Vec<_>>(), ["a.b", "items"]);
    }
}
