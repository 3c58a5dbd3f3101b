//! Events into the tree: one pass, an explicit stack (no recursion), anchors shared, merge keys applied. Stops at the
//! first scanner error, past the depth limit, and before an alias would expand past the node limit.
use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::super::diagnostic::Diagnostic;
use super::super::source::{Place, Source};
use super::node::{Entry, Key, Mapping, Node, Scalar, Span, Style, Value};
use super::scan_error;

/// Most nodes, aliases counted as what they stand for.
const MAX_NODES: usize = 200_000;

/// What a file holds, as far as it could be read.
#[derive(Debug)]
pub struct Tree {
    /// The document; `None` when it could not be read or is empty.
    pub root: Option<Node>,
    /// What is wrong with it as YAML.
    pub problems: Vec<Diagnostic>,
}

/// Reads one document.
#[must_use]
pub fn parse(source: &Arc<Source>) -> Tree {
    let mut builder = Builder::new(source);
    let mut problems = match builder.run() {
        Ok(()) => Vec::new(),
        Err(fatal) => {
            builder.root = None;
            vec![*fatal]
        }
    };
    problems.splice(0..0, builder.problems);
    Tree { root: builder.root, problems }
}

/// A list or mapping that is still open.
struct Frame {
    start: usize,
    anchor: usize,
    size: usize,
    kind: Kind,
}

enum Kind {
    Sequence(Vec<Node>),
    Mapping {
        entries: Vec<Entry>,
        seen: HashMap<String, Span>,
        merged: Vec<Node>,
        key: Option<Key>,
        bad: bool,
    },
}

struct Builder<'a> {
    source: &'a Arc<Source>,
    /// Byte offset of each character; empty when all are one byte.
    bytes: Vec<usize>,
    frames: Vec<Frame>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    root: Option<Node>,
    problems: Vec<Diagnostic>,
}

type Step = Result<(), Box<Diagnostic>>;

impl<'a> Builder<'a> {
    fn new(source: &'a Arc<Source>) -> Self {
        let text = source.text();
        let bytes =
            if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(at, _)| at).collect() };
        Self {
            source,
            bytes,
            frames: Vec::new(),
            anchors: HashMap::new(),
            nodes: 0,
            root: None,
            problems: Vec::new(),
        }
    }

    fn run(&mut self) -> Step {
        let source = Arc::clone(self.source);
        let mut documents = 0;
        for event in Parser::new_from_str(source.text()) {
            let (event, span) = event.map_err(|error| {
                let at = self.offset(error.marker().index());
                Box::new(scan_error::diagnostic(self.source, at, error.info()))
            })?;
            let span = Span { start: self.offset(span.start.index()), end: self.offset(span.end.index()) };
            if matches!(event, Event::DocumentStart(_)) {
                documents += 1;
                if documents > 1 {
                    return Err(self
                        .fatal("an experiment is one YAML document, a second one starts here", span)
                        .map(|d| {
                            d.hint("delete the `---`, or put the second document into a file of its own")
                        }));
                }
            }
            self.event(event, span)?;
        }
        Ok(())
    }

    /// Byte offset of a character index.
    fn offset(&self, index: usize) -> usize {
        let length = self.source.text().len();
        if self.bytes.is_empty() {
            index.min(length)
        } else {
            self.bytes.get(index).copied().unwrap_or(length)
        }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Step {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = self.scalar(text.into_owned(), style, tag.as_deref(), span);
                self.place(Node { value, span }, 1, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(span, anchor, tag.as_deref(), Kind::Sequence(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                let kind = Kind::Mapping {
                    entries: Vec::new(),
                    seen: HashMap::new(),
                    merged: Vec::new(),
                    key: None,
                    bad: false,
                };
                self.open(span, anchor, tag.as_deref(), kind)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span.end),
            Event::Alias(id) => match self.anchors.get(&id).cloned() {
                // Places stay where the anchored value is written: that is what must be edited.
                Some((node, size)) => self.place(node, size, 0),
                None => Err(self.fatal("this alias stands inside the value it refers to", span)),
            },
            _ => Ok(()),
        }
    }

    fn fatal(&self, message: &str, span: Span) -> Box<Diagnostic> {
        Box::new(Diagnostic::error(message).at(Place::new(self.source, span.range())))
    }

    fn scalar(&mut self, text: String, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Value {
        let forced = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
        self.refuse_tag(tag, span);
        let style = match style {
            ScalarStyle::Plain if !forced => Style::Plain,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
            _ => Style::Quoted,
        };
        Value::Scalar(Arc::new(Scalar { text, style }))
    }

    fn refuse_tag(&mut self, tag: Option<&Tag>, span: Span) {
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
            let place = Place::new(self.source, span.range());
            self.problems.push(
                Diagnostic::error(format!("the tag `{tag}` means nothing here"))
                    .at(place)
                    .hint("delete it; a file is named by its path alone"),
            );
        }
    }

    fn open(&mut self, span: Span, anchor: usize, tag: Option<&Tag>, kind: Kind) -> Step {
        self.refuse_tag(tag, span);
        if self.frames.len() >= scan_error::MAX_DEPTH {
            return Err(Box::new(scan_error::too_deep(Place::new(self.source, span.range()))));
        }
        self.frames.push(Frame { start: span.start, anchor, size: 1, kind });
        Ok(())
    }

    fn close(&mut self, end: usize) -> Step {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let span = Span { start: frame.start, end: end.max(frame.start) };
        let value = match frame.kind {
            Kind::Sequence(items) => Value::Sequence(Arc::new(items)),
            Kind::Mapping { bad: true, .. } => {
                self.complex_key(span);
                Value::Invalid
            }
            Kind::Mapping { mut entries, merged, .. } => {
                self.apply_merges(&mut entries, &merged);
                Value::Mapping(Arc::new(Mapping { entries }))
            }
        };
        self.place(Node { value, span }, frame.size, frame.anchor)
    }

    /// A mapping whose key is not a text: nearly always an unquoted template.
    fn complex_key(&mut self, span: Span) {
        let place = Place::new(self.source, span.range());
        let written = &self.source.text()[place.range.clone()];
        self.problems.push(if written.starts_with("{{") || written.starts_with("{ {") {
            scan_error::unquoted_template(place.clone(), written)
        } else {
            Diagnostic::error("a key must be a text").at(place)
        });
    }

    /// `<<`: what the mapping does not name itself is taken from the merged ones, the first that has it.
    fn apply_merges(&mut self, entries: &mut Vec<Entry>, merged: &[Node]) {
        for node in merged {
            let sources = node.as_sequence().unwrap_or(std::slice::from_ref(node));
            for source in sources {
                let Some(mapping) = source.as_mapping() else {
                    let place = Place::new(self.source, source.span.range());
                    self.problems.push(
                        Diagnostic::error(format!("`<<` merges mappings, found {}", source.found()))
                            .at(place)
                            .hint("write `<<: *anchor` for a mapping marked `&anchor`"),
                    );
                    continue;
                };
                for entry in &mapping.entries {
                    if !entries.iter().any(|own| own.key.text == entry.key.text) {
                        entries.push(entry.clone());
                    }
                }
            }
        }
    }

    /// Puts a finished node where it belongs.
    fn place(&mut self, node: Node, size: usize, anchor: usize) -> Step {
        self.nodes += size;
        if self.nodes > MAX_NODES {
            return Err(self
                .fatal(&format!("the file expands to more than {MAX_NODES} values"), node.span)
                .map(|d| d.hint("put rows into a dataset file; aliases of aliases multiply")));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let source = self.source;
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.size += size;
        match &mut frame.kind {
            Kind::Sequence(items) => items.push(node),
            Kind::Mapping { entries, seen, merged, key, bad } => match key.take() {
                None => *key = Some(name_of(&node, bad)),
                Some(name) if name.text == "<<" => merged.push(node),
                Some(name) => {
                    if let Some(first) = seen.get(&name.text) {
                        self.problems.push(
                            Diagnostic::error(format!("the key `{}` is written twice", name.text))
                                .at(Place::new(source, name.span.range()))
                                .label("again here")
                                .related(Place::new(source, first.range()), "first here")
                                .hint("delete one of them"),
                        );
                    } else {
                        seen.insert(name.text.clone(), name.span);
                        entries.push(Entry { key: name, value: node });
                    }
                }
            },
        }
        Ok(())
    }
}

/// The name a node stands for as a key.
fn name_of(node: &Node, bad: &mut bool) -> Key {
    let text = node.as_scalar().map(|scalar| scalar.text.clone());
    *bad |= text.is_none();
    Key { text: text.unwrap_or_default(), span: node.span }
}

/// `Box::map`, for adding to a boxed diagnostic.
trait Map {
    fn map(self, add: impl FnOnce(Diagnostic) -> Diagnostic) -> Self;
}

impl Map for Box<Diagnostic> {
    fn map(self, add: impl FnOnce(Diagnostic) -> Diagnostic) -> Self {
        Self::new(add(*self))
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
