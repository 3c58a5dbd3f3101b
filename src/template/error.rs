//! What can be wrong with a template, as data: whoever knows the file says where.
use minijinja::ErrorKind;

/// A template that does not parse or does not render.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// The template's name.
    pub template: String,
    /// Line in the template's source, from 1.
    pub line: Option<usize>,
    /// Byte range in the template's source.
    pub range: Option<(usize, usize)>,
    /// The name that is not defined, when that is what is wrong.
    pub undefined: Option<String>,
    /// What is wrong, lower case, without a full stop.
    pub message: String,
}

impl TemplateError {
    /// Reads the engine's error: innermost template, its line, and the name that was missing.
    pub(super) fn from_engine(error: &minijinja::Error, fallback: &str) -> Self {
        let range = error.range().map(|r| (r.start, r.end));
        let written =
            error.template_source().zip(error.range()).and_then(|(source, range)| source.get(range));
        let undefined = match error.kind() {
            ErrorKind::UndefinedError => written.and_then(root_name),
            _ => None,
        };
        let message = match (error.kind(), &undefined) {
            (ErrorKind::UndefinedError, Some(_)) => {
                format!("`{}` is not defined", written.unwrap_or_default().trim())
            }
            (ErrorKind::OutOfFuel, _) => "the template does too much work to finish".to_owned(),
            (kind, _) => error.detail().map_or_else(|| kind.to_string(), str::to_owned),
        };
        Self {
            template: error.name().unwrap_or(fallback).to_owned(),
            line: error.line(),
            range,
            undefined,
            message,
        }
    }
}

/// `a.b[0] | upper` -> `a`.
fn root_name(expression: &str) -> Option<String> {
    let name: String = expression.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}
