//! A text that was read, and places in it. Owns the arithmetic between bytes, lines and columns; reads nothing.
use std::ops::Range;
use std::sync::Arc;

use crate::domain::Origin;

/// A file's text under the name people know it by.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
    /// Byte offset of every line's beginning.
    lines: Vec<usize>,
}

impl Source {
    /// Wraps a text; `name` is the path as given.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        let text = text.into();
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(breaks).collect();
        Arc::new(Self { name: name.into(), text, lines })
    }

    /// The path as given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column (characters), both from 1, of a byte offset.
    #[must_use]
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = self.floor(offset);
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let before = &self.text[self.lines[line - 1]..offset];
        (line, before.chars().count() + 1)
    }

    /// Byte range of a line (from 1) without its line end; the last line for a number beyond it.
    #[must_use]
    pub fn line(&self, number: usize) -> Range<usize> {
        let index = number.clamp(1, self.lines.len()) - 1;
        let start = self.lines[index];
        let end = self.lines.get(index + 1).map_or(self.text.len(), |next| next - 1);
        let cut = self.text[start..end].trim_end_matches('\r').len();
        start..start + cut
    }

    /// The nearest character boundary at or before an offset.
    fn floor(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

/// A range of bytes in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where the text is from.
    pub source: Arc<Source>,
    /// Bytes of it.
    pub range: Range<usize>,
}

impl Place {
    /// A range of a source, moved onto character boundaries.
    #[must_use]
    pub fn new(source: &Arc<Source>, range: Range<usize>) -> Self {
        let start = source.floor(range.start);
        let end = source.floor(range.end).max(start);
        Self { source: Arc::clone(source), range: start..end }
    }

    /// A whole line, its indentation left out.
    #[must_use]
    pub fn line(source: &Arc<Source>, number: usize) -> Self {
        let range = source.line(number);
        let text = &source.text[range.clone()];
        let indent = text.len() - text.trim_start().len();
        Self { source: Arc::clone(source), range: range.start + indent..range.end }
    }

    /// The part of it on its first line: what a snippet underlines.
    #[must_use]
    pub fn first_line(&self) -> Range<usize> {
        let (line, _) = self.source.position(self.range.start);
        let end = self.source.line(line).end.max(self.range.start);
        self.range.start..self.range.end.min(end)
    }

    /// File, line and column.
    #[must_use]
    pub fn origin(&self) -> Origin {
        let (line, column) = self.source.position(self.range.start);
        Origin { file: self.source.name.clone(), line, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_end_before_their_break() {
        let source = Source::new("f", "añb: 1\r\nc\n");
        assert_eq!(source.position(source.text().find(':').unwrap()), (1, 4));
        assert_eq!(source.position(source.text().find('c').unwrap()), (2, 1));
        assert_eq!(&source.text()[source.line(1)], "añb: 1");
        assert_eq!(source.line(99), source.line(3));
        assert_eq!(source.position(999), (3, 1));
    }
}
