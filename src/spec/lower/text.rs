//! Texts that may be paths (rule 2): a path that exists is a file, anything else is text, and what looks like a path
//! and does not exist is an error, never a prompt.
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::folder::{FileError, newlines, read_text};
use super::super::source::{Place, Source};
use super::super::yaml::{Node, Span};
use super::context::Lowering;
use crate::template;

/// A text, and where it really stands.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// The text, line ends as LF.
    pub text: String,
    /// The file it is from, with that file's text for pointing into.
    pub file: Option<(PathBuf, Arc<Source>)>,
    /// Where the experiment file holds it or names its file.
    pub span: Span,
}

impl Written {
    /// The folder its own paths start in.
    pub(super) fn folder(&self, cx: &Lowering<'_>) -> PathBuf {
        match &self.file {
            Some((path, _)) => path.parent().unwrap_or(Path::new("")).to_path_buf(),
            None => cx.folder.base().to_path_buf(),
        }
    }

    /// The place of some bytes of the text, or of its line, as near as can be told.
    pub(super) fn place(&self, cx: &Lowering<'_>, range: Option<(usize, usize)>, line: Option<usize>) -> Place {
        let number = line.unwrap_or(1);
        if let Some((_, source)) = &self.file {
            return range.map_or_else(|| Place::line(source, number), |(start, end)| Place::new(source, start..end));
        }
        let place = cx.place(self.span);
        let raw = &cx.source.text()[place.range.clone()];
        // A text without escapes or indentation stands in the file byte for byte.
        if let Some((at, (start, end))) = raw.find(self.text.trim_end()).zip(range) {
            let from = place.range.start + at;
            return Place::new(&cx.source, from + start..from + end);
        }
        let (first, _) = cx.source.position(place.range.start);
        if number > 1 && self.text.lines().count() > 1 && raw.lines().count() >= number {
            return Place::line(&cx.source, first + number - 1);
        }
        place
    }
}

impl Lowering<'_> {
    /// A scalar that is a path or a text; `None` after an error.
    pub(super) fn text_or_file(&mut self, what: &str, node: &Node) -> Option<Written> {
        let Some(text) = node.as_text() else {
            if !node.is_invalid() {
                let found = node.found();
                self.error_hint(
                    node.span,
                    format!("`{what}` takes a text or the path of a file, found {found}"),
                    "put quotes around a text",
                );
            }
            return None;
        };
        let text = text.to_owned();
        let inline = |text: &str| Written { text: newlines(text), file: None, span: node.span };
        if text.contains('\n') || text.is_empty() || text.len() > 1024 || template::is_template(&text) {
            return Some(inline(&text));
        }
        let base = self.folder.base().to_path_buf();
        if !looks_like_a_path(&text) && !self.folder.exists(&base, &text) {
            return Some(inline(&text));
        }
        self.file_text(node.span, &base, &text)
    }

    /// The text of a file named in the experiment file; `None` after an error.
    pub(super) fn file_text(&mut self, span: Span, from: &Path, written: &str) -> Option<Written> {
        let path = match self.folder.file(from, written) {
            Ok(path) => path,
            Err(error) => {
                self.file_error(span, written, &error);
                return None;
            }
        };
        match read_text(&path) {
            Ok(text) => {
                let source = Source::new(path.to_string_lossy(), text.clone());
                Some(Written { text, file: Some((path, source)), span })
            }
            Err(error) => {
                self.file_error(span, written, &error);
                None
            }
        }
    }

    /// Reports that a file named in the experiment file cannot be used.
    pub(super) fn file_error(&mut self, span: Span, written: &str, error: &FileError) {
        let place = self.place(span);
        let diagnostic = error.diagnostic(written).at(place);
        self.report(if matches!(error, FileError::Missing { nearest: None }) {
            let base = self.folder.base().display().to_string();
            let base = if base.is_empty() { ".".to_owned() } else { base };
            diagnostic.hint(format!("paths start in the experiment file's folder, `{base}`"))
        } else {
            diagnostic
        });
    }
}

/// Whether a text without white space is meant as a path.
fn looks_like_a_path(text: &str) -> bool {
    if text.contains(char::is_whitespace) || text.contains("://") {
        return false;
    }
    let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
    let ending = name.rsplit_once('.').is_some_and(|(stem, ending)| {
        !stem.is_empty()
            && (1..=8).contains(&ending.len())
            && ending.chars().all(|c| c.is_ascii_alphanumeric())
            && ending.starts_with(|c: char| c.is_ascii_alphabetic())
    });
    ending || text.contains('/') || text.contains('\\')
}

#[cfg(test)]
mod tests {
    use super::looks_like_a_path;

    #[test]
    fn paths_are_told_from_texts() {
        for path in ["prompts/agent.md", "agent.md", "./x", "..\\x", "a/b", "x.jinja2"] {
            assert!(looks_like_a_path(path), "{path}");
        }
        for text in ["Answer.", "Say yes/no now", "https://example.org/a", "1.5", "ticket", ".md", "e.g."] {
            assert!(!looks_like_a_path(text), "{text}");
        }
    }
}
