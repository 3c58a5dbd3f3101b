//! The four ways to write an evaluator into the one canonical form: a mapping with `type`, its options and the common
//! keys. What `fmt --explicit` writes is this form.
use super::super::keys::EVALUATOR;
use super::super::yaml::{Entry, Key, Node, Span, Value};
use super::context::{Lowering, listed};
use crate::evaluators::Member;
use crate::registry::{Kind, Row};

/// An evaluator in canonical form: its row and a mapping with `type` first.
#[derive(Debug)]
pub(super) struct Canonical {
    /// Which evaluator.
    pub row: &'static Row<Member>,
    /// `type`, options and common keys.
    pub node: Node,
    /// What to point at when something is missing.
    pub span: Span,
    /// Whether it was a sentence alone.
    pub sentence: bool,
}

impl Lowering<'_> {
    /// The canonical form of one item of `evaluators:`; `None` after an error.
    pub(super) fn canonical(&mut self, item: &Node) -> Option<Canonical> {
        match &item.value {
            Value::Invalid => None,
            Value::Mapping(_) if item.get("type").is_some() => self.typed(item),
            Value::Mapping(_) => self.named_by_key(item),
            Value::Scalar(_) if item.as_text().is_some() => self.bare(item),
            _ => {
                let message = format!("an evaluator is a name, a sentence or a mapping, found {}", item.found());
                self.error_hint(item.span, message, "write `- is-json` or `- equals: \"{{ expected }}\"`");
                None
            }
        }
    }

    fn typed(&mut self, item: &Node) -> Option<Canonical> {
        let written = item.get("type")?.clone();
        let name = self.scalar_text("type", &written)?;
        let row = self.row(&name, written.span)?;
        Some(Canonical { row, node: item.clone(), span: written.span, sentence: false })
    }

    /// A name, or a sentence for a judge.
    fn bare(&mut self, item: &Node) -> Option<Canonical> {
        let text = item.as_text().unwrap_or_default().to_owned();
        let sentence = text.trim().contains(char::is_whitespace);
        let row = if sentence { self.row("judge", item.span)? } else { self.row(&text, item.span)? };
        let mut entries = vec![entry("type", Node::text(row.name, item.span))];
        if sentence {
            entries.extend(row.make.shorthand.map(|key| entry(key, item.clone())));
        }
        Some(Canonical { row, node: Node::mapping(entries, item.span), span: item.span, sentence })
    }

    /// `NAME: value` or `NAME: {options}`, common keys beside it.
    fn named_by_key(&mut self, item: &Node) -> Option<Canonical> {
        let mapping = item.as_mapping()?;
        let common = |name: &str| EVALUATOR.fields.iter().any(|field| field.key.name == name);
        let others: Vec<&Entry> = mapping.entries.iter().filter(|entry| !common(&entry.key.text)).collect();
        let named = others.iter().find(|entry| self.options.evaluators.find(&entry.key.text).is_some());
        let Some(named) = named.or(others.first()).copied() else {
            let hint = "add `type:`, such as `type: equals`";
            self.error_hint(item.span, "this evaluator does not say which one it is", hint);
            return None;
        };
        let row = self.row(&named.key.text, named.key.span)?;
        let options = self.options_of(row, named);
        let spread = named.value.as_mapping().is_some() && options.len() != 1;
        let mut entries = vec![entry("type", Node::text(row.name, named.key.span))];
        for beside in mapping.entries.iter().filter(|entry| entry.key.text != named.key.text) {
            let name = beside.key.text.as_str();
            if spread && !common(name) && row.keys.iter().any(|key| key.name == name) {
                let message = format!("`{name}` stands beside `{}`", named.key.text);
                self.error_hint(beside.key.span, message, format!("move it into `{}:`", named.key.text));
            } else if let Some(twice) = options.iter().find(|option| option.key.text == name) {
                self.error(twice.key.span, format!("`{name}` is given twice"));
            } else {
                entries.push(beside.clone());
            }
        }
        entries.extend(options);
        Some(Canonical { row, node: Node::mapping(entries, item.span), span: named.key.span, sentence: false })
    }

    /// The options that stand under an evaluator's name.
    fn options_of(&mut self, row: &'static Row<Member>, named: &Entry) -> Vec<Entry> {
        if named.value.is_null() || named.value.is_invalid() {
            return Vec::new();
        }
        let known = |name: &str| {
            row.keys.iter().any(|key| key.name == name)
                || EVALUATOR.fields.iter().any(|field| field.key.name == name)
        };
        let shorthand = row.make.shorthand.and_then(|name| row.keys.iter().find(|key| key.name == name));
        if let Some(mapping) = named.value.as_mapping() {
            let takes_mapping = shorthand.is_some_and(|key| {
                matches!(key.kind, Kind::Any | Kind::Map(_) | Kind::Numbers | Kind::FileOrValue)
            });
            // A mapping holds the options, unless none of its keys is one and the main option may be a mapping.
            if !takes_mapping || mapping.entries.iter().any(|entry| known(&entry.key.text)) {
                return mapping.entries.clone();
            }
        }
        match shorthand {
            Some(key) => vec![Entry {
                key: Key { text: key.name.to_owned(), span: named.key.span },
                value: named.value.clone(),
            }],
            None => {
                let message = format!("`{}` takes options by name, found {}", row.name, named.value.found());
                let keys = listed(row.keys.iter().map(|key| key.name));
                let hint = if row.keys.is_empty() { "it takes none".to_owned() } else { format!("its options are {keys}") };
                self.error_hint(named.value.span, message, hint);
                Vec::new()
            }
        }
    }

    /// The evaluator of that name.
    fn row(&mut self, name: &str, span: Span) -> Option<&'static Row<Member>> {
        let table = self.options.evaluators;
        let row = table.find(name);
        if row.is_none() {
            let hint = format!("the evaluators are {}", listed(table.names()));
            self.unknown(span, format!("there is no evaluator `{name}`"), table.nearest(name), Some(hint));
        }
        row
    }
}

/// An entry that was not written, standing for what is at its value.
fn entry(name: &str, value: Node) -> Entry {
    Entry { key: Key { text: name.to_owned(), span: value.span }, value }
}
