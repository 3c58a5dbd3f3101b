//! One value by its kind: YAML in, JSON out (durations as seconds, files read), or an error that says what was expected
//! and what was found.
use serde_json::{Value as Json, json};

use super::super::diagnostic::Diagnostic;
use super::super::duration::{self, DurationError};
use super::super::source::Source;
use super::super::yaml::{self, Node, Plain, Value, plain};
use super::context::{Lowering, listed};
use super::text::Written;
use crate::registry::{self, Key, Kind};
use crate::template::{self, Expression, TemplateError, Templates};

impl Lowering<'_> {
    /// The value of a key by its kind; `None` after an error.
    pub(super) fn decode(&mut self, key: &Key, node: &Node) -> Option<Json> {
        match key.kind {
            Kind::Any => (!node.is_invalid()).then(|| node.to_json()),
            Kind::Text => self.scalar_text(key.name, node).map(Json::String),
            Kind::Template => self.template(key.name, node),
            Kind::Expression => self.expression(key.name, node).map(Json::String),
            Kind::Path => self.path(key.name, node),
            Kind::File => {
                let text = self.scalar_text(key.name, node)?;
                self.file_value(node, &text)
            }
            Kind::FileOrValue => match node.as_text().map(str::to_owned) {
                Some(text) => self.file_value(node, &text),
                None => (!node.is_invalid()).then(|| node.to_json()),
            },
            Kind::TextOrFile => self.text_or_file(key.name, node).map(|written| Json::String(written.text)),
            Kind::Bool => match node.as_scalar().map(plain) {
                Some(Plain::Bool(value)) => Some(json!(value)),
                _ => self.wrong(key.name, "true or false", node),
            },
            Kind::Int(low, high) => self.int(key.name, node, low, high),
            Kind::Number(low, high) => self.number(key.name, node, low, high),
            Kind::Duration => self.duration(key.name, node),
            Kind::Choice(words) => self.choice(key.name, node, words),
            Kind::Texts => self.text_list(key.name, node),
            Kind::Numbers => self.numbers(key.name, node),
            Kind::Map(keys) => {
                let fields = self.fields_with(&format!("`{}`", key.name), &[], keys, node, node.span);
                Some(Json::Object(fields.into_values()))
            }
        }
    }

    /// Says that a key takes something else than was found.
    fn wrong(&mut self, name: &str, expected: &str, node: &Node) -> Option<Json> {
        if !node.is_invalid() {
            self.error(node.span, format!("`{name}` takes {expected}, found {}", node.found()));
        }
        None
    }

    /// The text of a scalar: numbers and booleans as they are written.
    pub(super) fn scalar_text(&mut self, name: &str, node: &Node) -> Option<String> {
        let text = node.as_text().map(str::to_owned);
        if text.is_none() {
            self.wrong(name, "a text", node);
        }
        text
    }

    fn template(&mut self, name: &str, node: &Node) -> Option<Json> {
        let text = self.scalar_text(name, node)?;
        let written = Written { text, file: None, span: node.span };
        if template::is_template(&written.text)
            && let Err(error) = Templates::default().add(name, &written.text)
        {
            self.template_error(&written, &error);
        }
        Some(Json::String(written.text))
    }

    /// Reports what a template's engine says of a text, at the text's own line.
    pub(super) fn template_error(&mut self, written: &Written, error: &TemplateError) {
        let place = written.place(self, error.range, error.line);
        self.report(
            Diagnostic::error(format!("the template does not parse: {}", error.message))
                .at(place)
                .hint("templates are Jinja: `{{ name }}`, `{% if name %}…{% endif %}`"),
        );
    }

    /// An expression that parses.
    pub(super) fn expression(&mut self, name: &str, node: &Node) -> Option<String> {
        let text = self.scalar_text(name, node)?;
        if let Err(error) = Expression::parse(&text) {
            let written = Written { text, file: None, span: node.span };
            let place = written.place(self, error.range, None);
            self.report(
                Diagnostic::error(format!("the expression does not parse: {}", error.message))
                    .at(place)
                    .hint("expressions are Jinja's, such as `lang == 'en' and not draft`"),
            );
            return None;
        }
        Some(text)
    }

    fn path(&mut self, name: &str, node: &Node) -> Option<Json> {
        let text = self.scalar_text(name, node)?;
        let base = self.folder.base().to_path_buf();
        match self.folder.file(&base, &text) {
            Ok(_) => Some(Json::String(text)),
            Err(error) => {
                self.file_error(node.span, &text, &error);
                None
            }
        }
    }

    /// The contents of a file: parsed when it is JSON or YAML, else its text.
    pub(super) fn file_value(&mut self, node: &Node, path: &str) -> Option<Json> {
        let base = self.folder.base().to_path_buf();
        let written = self.file_text(node.span, &base, path)?;
        let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
        let source = Source::new(path, written.text.as_str());
        match ending.as_str() {
            "json" => match serde_json::from_str(&written.text) {
                Ok(value) => Some(value),
                Err(error) => {
                    let line = super::super::source::Place::line(&source, error.line());
                    let place = self.place(node.span);
                    self.report(
                        Diagnostic::error(format!("`{path}` is not JSON: {}", without_position(&error)))
                            .at(place)
                            .related(line, "here"),
                    );
                    None
                }
            },
            "yaml" | "yml" => {
                let tree = yaml::parse(&source);
                let sound = tree.problems.is_empty();
                self.problems.extend(tree.problems);
                tree.root.filter(|_| sound).map(|root| root.to_json())
            }
            _ => Some(Json::String(written.text)),
        }
    }

    fn int(&mut self, name: &str, node: &Node, low: i64, high: i64) -> Option<Json> {
        let expected = match (low, high) {
            (i64::MIN, i64::MAX) => "a whole number".to_owned(),
            (_, i64::MAX) => format!("a whole number of at least {low}"),
            (i64::MIN, _) => format!("a whole number of at most {high}"),
            _ => format!("a whole number from {low} to {high}"),
        };
        match node.as_scalar().map(plain) {
            Some(Plain::Int(int)) if (i128::from(low)..=i128::from(high)).contains(&int) => {
                i64::try_from(int).ok().map(Json::from)
            }
            _ => self.wrong(name, &expected, node),
        }
    }

    fn number(&mut self, name: &str, node: &Node, low: f64, high: f64) -> Option<Json> {
        let expected = match (low.is_finite() && low > f64::MIN, high.is_finite() && high < f64::MAX) {
            (false, false) => "a number".to_owned(),
            (true, false) => format!("a number of at least {low}"),
            (false, true) => format!("a number of at most {high}"),
            (true, true) => format!("a number from {low} to {high}"),
        };
        let value = node.as_scalar().map(plain).and_then(|value| match value {
            Plain::Int(int) => Some((int as f64, value.to_json())),
            Plain::Float(float) if float.is_finite() => Some((float, value.to_json())),
            _ => None,
        });
        match value {
            Some((number, json)) if (low..=high).contains(&number) => Some(json),
            _ => self.wrong(name, &expected, node),
        }
    }

    fn duration(&mut self, name: &str, node: &Node) -> Option<Json> {
        let text = node.as_text().unwrap_or_default().to_owned();
        match duration::parse(&text) {
            Ok(seconds) => Some(json!(seconds)),
            Err(DurationError::NoUnit) => {
                let message = format!("`{name}` needs a unit: `{text}` may be seconds or milliseconds");
                self.error_hint(node.span, message, format!("write `{text}s`, `{text}ms`, `{text}m` or `{text}h`"));
                None
            }
            Err(DurationError::Unreadable) => self.wrong(name, "a duration such as `250ms`, `30s` or `5m`", node),
        }
    }

    fn choice(&mut self, name: &str, node: &Node, words: &'static [&'static str]) -> Option<Json> {
        let text = node.as_text().unwrap_or_default().to_owned();
        if words.contains(&text.as_str()) {
            return Some(Json::String(text));
        }
        if !node.is_invalid() {
            let nearest = registry::nearest(&text, words.iter().copied());
            let expected = format!("`{name}` takes one of {}, found {}", listed(words.iter().copied()), node.found());
            self.unknown(node.span, expected, nearest, None);
        }
        None
    }

    fn text_list(&mut self, name: &str, node: &Node) -> Option<Json> {
        let items = match &node.value {
            Value::Sequence(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut texts = Vec::new();
        for item in items {
            match item.as_text() {
                Some(text) => texts.push(Json::String(text.to_owned())),
                None => return self.wrong(name, "a text or a list of texts", item),
            }
        }
        Some(Json::Array(texts))
    }

    fn numbers(&mut self, name: &str, node: &Node) -> Option<Json> {
        if node.as_mapping().is_none() {
            return self.wrong(name, "a mapping of names to numbers", node);
        }
        let mut numbers = crate::domain::Map::new();
        for entry in self.entries(name, node) {
            let value = self.number(&entry.key.text, &entry.value, f64::NEG_INFINITY, f64::INFINITY);
            if let Some(value) = value {
                numbers.insert(entry.key.text, value);
            }
        }
        Some(Json::Object(numbers))
    }
}

/// serde_json's words without its "at line …", which the snippet shows.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}
