//! What the scanner says, in words that help: the usual mistakes behind each of its errors.
use std::sync::Arc;

use super::super::diagnostic::Diagnostic;
use super::super::source::{Place, Source};

/// Deepest nesting of lists and mappings.
pub(super) const MAX_DEPTH: usize = 64;

/// A scanner's error at a byte, as a diagnostic.
pub(super) fn diagnostic(source: &Arc<Source>, at: usize, info: &str) -> Diagnostic {
    let (number, _) = source.position(at);
    let line = &source.text()[source.line(number)];
    let before = &source.text()[source.line(number.saturating_sub(1).max(1))];
    let end = source.line(number).end.max(at);
    let place = Place::new(source, at..end.min(at + 1));
    if let Some(template) = [(number, line), (number.saturating_sub(1), before)]
        .into_iter()
        .find_map(|(number, line)| unquoted(line).map(|range| (number, range)))
    {
        let (number, range) = template;
        let start = source.line(number).start;
        let written = &source.text()[start + range.start..start + range.end];
        return unquoted_template(Place::new(source, start + range.start..start + range.end), written);
    }
    if info.contains("recursion limit") {
        // The scanner looks ahead for keys, so its own limit may come before the tree's.
        return too_deep(place);
    }
    let diagnostic = Diagnostic::error(format!("this is not YAML: {info}")).at(place);
    if line.trim_start_matches(' ').starts_with('\t') || info.contains("tab") {
        return diagnostic.hint("indent with spaces: YAML takes no tabs there");
    }
    if info.contains("mapping values are not allowed") {
        return diagnostic.hint("put quotes around a text that holds `: `");
    }
    if info.contains("simple key") || info.contains("expected ':'") {
        return diagnostic.hint("a key is followed by `: ` and its value; a list's items begin with `- `");
    }
    diagnostic
}

/// The error for lists and mappings in one another without end.
pub(super) fn too_deep(place: Place) -> Diagnostic {
    Diagnostic::error(format!("nested deeper than {MAX_DEPTH} levels"))
        .at(place)
        .hint("no experiment needs that: is a bracket missing?")
}

/// The error for a template that YAML reads as a mapping.
pub(super) fn unquoted_template(place: Place, written: &str) -> Diagnostic {
    let written = written.trim();
    let quoted = if written.contains('"') { format!("'{written}'") } else { format!("\"{written}\"") };
    Diagnostic::error("a template without quotes is read as a YAML mapping")
        .at(place)
        .label("starts a flow mapping")
        .hint(format!("quote the template: `{quoted}`"))
}

/// Where a value that begins with `{{` or `{%` stands in a line.
fn unquoted(line: &str) -> Option<std::ops::Range<usize>> {
    ["{{", "{%"].iter().find_map(|open| {
        let at = line.find(open)?;
        let before = line[..at].trim_end();
        (before.is_empty() || before.ends_with([':', '-', ',', '['])).then_some(at..line.trim_end().len())
    })
}
