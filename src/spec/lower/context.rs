//! What every part of the lowering shares: the source, the folders, the tables, and the list of what is wrong.
use std::sync::Arc;

use super::super::diagnostic::Diagnostic;
use super::super::folder::Folder;
use super::super::load::LoadOptions;
use super::super::origins::Origins;
use super::super::source::{Place, Source};
use super::super::yaml::Span;

/// The state of one lowering.
pub(in crate::spec) struct Lowering<'a> {
    /// The experiment file.
    pub source: Arc<Source>,
    /// Where its paths lead.
    pub folder: Folder,
    /// Tables and permissions.
    pub options: &'a LoadOptions,
    /// What is wrong so far.
    pub problems: Vec<Diagnostic>,
    /// Where everything is written.
    pub origins: Origins,
    /// Versions that are not selected and do not lower, with what is wrong.
    pub set_aside: Vec<(String, Vec<Diagnostic>)>,
}

impl<'a> Lowering<'a> {
    /// A fresh lowering of a source.
    pub fn new(source: &Arc<Source>, folder: Folder, options: &'a LoadOptions) -> Self {
        Self {
            source: Arc::clone(source),
            folder,
            options,
            problems: Vec::new(),
            origins: Origins::new(source),
            set_aside: Vec::new(),
        }
    }

    /// A span of the experiment file.
    pub fn place(&self, span: Span) -> Place {
        Place::new(&self.source, span.range())
    }

    /// Adds what is wrong.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.problems.push(diagnostic);
    }

    /// Adds an error at a span.
    pub fn error(&mut self, span: Span, message: impl Into<String>) {
        let place = self.place(span);
        self.report(Diagnostic::error(message).at(place));
    }

    /// Adds an error at a span that says what to type.
    pub fn error_hint(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        let place = self.place(span);
        self.report(Diagnostic::error(message).at(place).hint(hint));
    }

    /// Adds an error about an unknown name, with its nearest neighbour and else a hint.
    pub fn unknown(&mut self, span: Span, message: String, nearest: Option<&str>, hint: Option<String>) {
        let place = self.place(span);
        let diagnostic = Diagnostic::error(message).at(place).did_you_mean(nearest);
        self.report(if nearest.is_some() { diagnostic } else { diagnostic.maybe_hint(hint) });
    }
}

/// Words in backticks, with commas: for hints that list what there is.
pub(super) fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Whether a version, slice or evaluator may have that name: letters and digits with `_ . - @ +` between, at least one letter, so that
/// gates, weights and the command line can hold it without quotes.
pub(super) fn is_name(name: &str) -> bool {
    name.chars().count() <= 100
        && name.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '@' | '+'))
        && name.chars().any(char::is_alphabetic)
}

/// What a name may be made of, for hints.
pub(super) const NAME_RULE: &str = "a name begins with a letter or a digit, holds only letters, digits and `_ . - @ +`, and at least one letter";
