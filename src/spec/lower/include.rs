//! The files a template includes: found by reading its tags, named relative to the file that includes them, each read
//! once. A name that is computed cannot belong to a version's identity and is an error.
use std::ops::Range;
use std::path::PathBuf;

use super::super::diagnostic::Diagnostic;
use super::super::folder::{FileError, read_text};
use super::super::source::Source;
use super::context::Lowering;
use super::text::Written;

/// Most files one version's prompt is made of.
const MAX_INCLUDES: usize = 500;

/// A tag that names other templates.
#[derive(Debug, PartialEq, Eq)]
struct Tag {
    /// The names, in order of preference; empty when computed.
    names: Vec<String>,
    /// `ignore missing`.
    optional: bool,
    /// Bytes of the names in the template.
    range: Range<usize>,
}

/// What includes were found so far: name, content, and where it came from.
#[derive(Debug, Default)]
pub(super) struct Includes {
    /// In the order found.
    pub files: Vec<(String, Written)>,
    paths: Vec<(String, PathBuf)>,
}

impl Lowering<'_> {
    /// Collects what a text includes, and what those include.
    pub(super) fn includes(&mut self, written: &Written, found: &mut Includes) {
        let folder = written.folder(self);
        for tag in tags(&written.text) {
            let range = Some((tag.range.start, tag.range.end));
            if tag.names.is_empty() {
                let place = written.place(self, range, None);
                self.report(
                    Diagnostic::error("an include must name its file in quotes")
                        .at(place)
                        .hint("a computed name would not belong to the version: use `{% if %}` around several includes"),
                );
            }
            let mut missing = None;
            for name in &tag.names {
                match self.folder.file(&folder, name) {
                    Ok(path) => {
                        missing = None;
                        self.include(written, &tag, name, path, found);
                        break;
                    }
                    Err(error @ FileError::Missing { .. }) => missing = missing.or(Some((name, error))),
                    Err(error) => {
                        missing = Some((name, error));
                        break;
                    }
                }
            }
            if let Some((name, error)) = missing
                && !(tag.optional && matches!(error, FileError::Missing { .. }))
            {
                let place = written.place(self, range, None);
                let hint = "the name is relative to the file that includes it";
                self.report(error.diagnostic(name).at(place).hint(hint));
            }
        }
    }

    fn include(&mut self, from: &Written, tag: &Tag, name: &str, path: PathBuf, found: &mut Includes) {
        let place = from.place(self, Some((tag.range.start, tag.range.end)), None);
        if let Some((_, known)) = found.paths.iter().find(|(known, _)| known == name) {
            if *known != path {
                let message = format!("`{name}` means two files: `{}` and `{}`", known.display(), path.display());
                self.report(Diagnostic::error(message).at(place).hint("rename one of them"));
            }
            return;
        }
        if found.files.len() >= MAX_INCLUDES {
            return;
        }
        found.paths.push((name.to_owned(), path.clone()));
        match read_text(&path) {
            Ok(text) => {
                let source = Source::new(path.to_string_lossy(), text.clone());
                let included = Written { text, file: Some((path, source)), span: from.span };
                found.files.push((name.to_owned(), included.clone()));
                self.includes(&included, found);
            }
            Err(error) => self.report(error.diagnostic(name).at(place)),
        }
    }
}

/// The tags of a template that name other templates; comments and raw blocks are left out.
fn tags(text: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find("{%").map(|i| at + i) {
        if let Some(comment) = text[at..open].find("{#") {
            at = text[at + comment..].find("#}").map_or(text.len(), |end| at + comment + end + 2);
            continue;
        }
        let inner = open + 2;
        let Some(close) = text[inner..].find("%}").map(|i| inner + i) else { break };
        at = close + 2;
        let body = text[inner..close].trim_start_matches(['-', '+']).trim_start();
        let start = close - (text[inner..close].len() - (text[inner..close].len() - body.len()));
        let word: String = body.chars().take_while(char::is_ascii_alphabetic).collect();
        match word.as_str() {
            "raw" => at = text[at..].find("endraw").map_or(text.len(), |end| at + end),
            "include" | "import" | "from" | "extends" => {
                let rest = &body[word.len()..];
                let from = start + word.len();
                let lead = rest.len() - rest.trim_start().len();
                let written = rest.trim().trim_end_matches(['-', '+']).trim_end();
                let names = quoted(written);
                let length = names.iter().last().map_or(written.len(), |(end, _)| *end);
                tags.push(Tag {
                    names: names.into_iter().map(|(_, name)| name).collect(),
                    optional: written.ends_with("ignore missing"),
                    range: from + lead..from + lead + length,
                });
            }
            _ => {}
        }
    }
    tags
}

/// `"a"` or `["a", "b"]`: the names with where each ends; nothing when it is anything else.
fn quoted(text: &str) -> Vec<(usize, String)> {
    let list = text.starts_with('[');
    let mut names = Vec::new();
    let mut at = usize::from(list);
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start_matches([' ', ',', '\n', '\t']);
        at += rest.len() - trimmed.len();
        let Some(quote) = trimmed.chars().next().filter(|c| matches!(c, '"' | '\'')) else { break };
        let Some(length) = trimmed[1..].find(quote) else { break };
        let name = trimmed[1..=length].to_owned();
        at += length + 2;
        names.push((at, name));
        if !list {
            break;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_name_templates_are_found() {
        let text = "{# {% include 'no' %} #}{% raw %}{% include 'no' %}{% endraw %}\n\
            {%- include \"a/b.md\" -%} {% include ['x', 'y'] ignore missing %}{% from 'm' import f %}{% include z %}";
        let found = tags(text);
        let names: Vec<_> = found.iter().map(|tag| tag.names.join("|")).collect();
        assert_eq!(names, ["a/b.md", "x|y", "m", ""]);
        assert!(found[1].optional && !found[0].optional);
        assert_eq!(&text[found[0].range.clone()], "\"a/b.md\"");
        assert_eq!(&text[found[3].range.clone()], "z");
    }
}
