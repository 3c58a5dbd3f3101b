//! What is wrong with a file, as data, and the one place that draws it. Knows nothing of experiments.
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use super::source::Place;
use crate::domain::Origin;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// It can, and something in it is probably not meant.
    Warning,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, lower case, names in backticks, no full stop.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// A few words under the place.
    pub label: Option<String>,
    /// Other places that explain it.
    pub related: Vec<(Place, String)>,
    /// What to type instead.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// An error without a place yet.
    #[must_use]
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            place: None,
            label: None,
            related: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// A warning without a place yet.
    #[must_use]
    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Says a few words under the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Points at another place that explains it.
    #[must_use]
    pub fn related(mut self, place: Place, label: impl Into<String>) -> Self {
        self.related.push((place, label.into()));
        self
    }

    /// Says what to type.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Says what to type, where that is known.
    #[must_use]
    pub fn maybe_hint(self, hint: Option<impl Into<String>>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// Names the nearest known name, where there is one.
    #[must_use]
    pub fn did_you_mean(self, nearest: Option<&str>) -> Self {
        self.maybe_hint(nearest.map(|name| format!("did you mean `{name}`?")))
    }

    /// File, line and column.
    #[must_use]
    pub fn origin(&self) -> Option<Origin> {
        self.place.as_ref().map(Place::origin)
    }

    /// Plain data: `{severity, message, hints, at: {file, line, column}}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let at = self.origin().map(|o| json!({"file": o.file, "line": o.line, "column": o.column}));
        let severity = if self.severity == Severity::Error { "error" } else { "warning" };
        json!({"severity": severity, "message": self.message, "hints": self.hints, "at": at})
    }

    /// The message with its snippet and hints, ending with a newline.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let level = if self.severity == Severity::Error { Level::ERROR } else { Level::WARNING };
        let mut group = Group::with_title(level.primary_title(self.message.as_str()));
        if let Some(place) = &self.place {
            group = group.element(self.snippet(place));
            for (other, label) in self.related.iter().filter(|(other, _)| other.source != place.source) {
                let mark = AnnotationKind::Primary.span(other.first_line()).label(label.as_str());
                group = group.element(source(other).annotation(mark));
            }
        }
        for hint in &self.hints {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut text = renderer.render(&[group]);
        text.push('\n');
        text
    }

    /// The place's snippet with every mark in the same source.
    fn snippet<'a>(&'a self, place: &'a Place) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let mark = AnnotationKind::Primary.span(place.first_line()).label(self.label.as_deref());
        let others = self
            .related
            .iter()
            .filter(|(other, _)| other.source == place.source)
            .map(|(other, label)| AnnotationKind::Context.span(other.first_line()).label(label.as_str()));
        source(place).annotation(mark).annotations(others)
    }
}

/// A snippet of the place's source.
fn source(place: &Place) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    Snippet::source(place.source.text()).path(place.source.name())
}

/// Every message, each followed by an empty line but the last.
#[must_use]
pub fn render_all(diagnostics: &[Diagnostic], color: bool) -> String {
    diagnostics.iter().map(|diagnostic| diagnostic.render(color)).collect::<Vec<_>>().join("\n")
}

/// Puts messages into file order, those of `main` first, and drops those said twice of one place (a mistake in `base`
/// meets every version).
pub(super) fn tidy(diagnostics: &mut Vec<Diagnostic>, main: &str) {
    let key = |diagnostic: &Diagnostic| {
        diagnostic.place.as_ref().map_or((false, String::new(), 0), |place| {
            let name = place.source.name();
            (name != main, name.to_owned(), place.range.start)
        })
    };
    let mut seen = std::collections::HashSet::new();
    diagnostics.retain(|diagnostic| seen.insert((key(diagnostic), diagnostic.message.clone())));
    diagnostics.sort_by_cached_key(key);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::source::Source;

    #[test]
    fn a_message_is_drawn_with_its_place_and_what_to_type() {
        let source = Source::new("a.yaml", "project: x\ndatset: y\n");
        let diagnostic = Diagnostic::error("unknown key `datset`")
            .at(Place::new(&source, 11..17))
            .label("not a key of an experiment")
            .did_you_mean(Some("dataset"));
        assert_eq!(
            diagnostic.render(false),
            "error: unknown key `datset`\n --> a.yaml:2:1\n  |\n2 | datset: y\n  | ^^^^^^ not a key of an experiment\n  |\n  = help: did you mean `dataset`?\n"
        );
        assert_eq!(diagnostic.to_json()["at"], json!({"file": "a.yaml", "line": 2, "column": 1}));
    }
}
