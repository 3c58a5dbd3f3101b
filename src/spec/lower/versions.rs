//! `base`, `versions` and `extends` into one merged mapping per version, before any of them is read.
use super::super::diagnostic::Diagnostic;
use super::super::keys::VERSION;
use super::super::yaml::{Entry, Key, Node, Span, Value};
use super::context::{Lowering, NAME_RULE, is_name, listed};
use super::fields::{Fields, value_span};
use super::merge::{TARGETS, is_set, merge_version, without};
use crate::registry;

/// A version's name and its keys, everything merged but `base`.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Its name.
    pub name: String,
    /// Where the name is written.
    pub span: Span,
    /// What is written for it and for what it extends.
    pub own: Node,
}

/// Keys only a model has a use for, and keys only a program has a use for.
const MODEL_KEYS: &[&str] = &["prompt", "messages", "params", "tools", "tool_choice", "max_turns", "stream"];
const COMMAND_KEYS: &[&str] = &["files", "env", "persistent"];
/// Keys that describe one version and so are not handed on by `extends`.
const PERSONAL_KEYS: &[&str] = &["extends", "description", "tags"];

impl Lowering<'_> {
    /// The layer under every version: `base`, with the file's own `prompt` or `messages` in it.
    pub(super) fn base(&mut self, root: &Fields, at: Span) -> Node {
        let mut base = root.node("base").cloned().unwrap_or(Node::mapping(Vec::new(), at));
        if base.as_mapping().is_none() {
            self.error(base.span, format!("`base` is a mapping of keys to values, found {}", base.found()));
            base = Node::mapping(Vec::new(), at);
        }
        if let Some(span) = base.get("extends").map(|node| node.span) {
            self.error_hint(span, "`base` extends nothing: it lies under every version", "delete `extends`");
        }
        let short: Vec<&str> = ["prompt", "messages"].into_iter().filter(|key| root.node(key).is_some()).collect();
        if let [first, second] = short.as_slice()
            && let Some(span) = root.span(second)
        {
            self.error_hint(span, format!("both `{first}` and `{second}` are given"), "keep one of them");
        }
        for name in short {
            let Some(node) = root.node(name) else { continue };
            if is_set(&base, "prompt") || is_set(&base, "messages") {
                let message = format!("`{name}` is given here and the prompt in `base` too");
                self.error_hint(node.span, message, "keep one of them");
                continue;
            }
            let key = Key { text: name.to_owned(), span: node.span };
            let entry = Entry { key, value: node.clone() };
            base = merge_version(&base, &Node::mapping(vec![entry], base.span));
        }
        self.one_target("base", &base);
        let _ = self.fields(&VERSION, &base, base.span);
        base
    }

    /// Every version of the file with what it extends merged under it.
    pub(super) fn candidates(&mut self, root: &Fields) -> Vec<Candidate> {
        let Some(node) = root.node("versions") else {
            self.empty_versions(root);
            return Vec::new();
        };
        let entries = self.entries("versions", node);
        if entries.is_empty() && node.as_mapping().is_some() {
            self.empty_versions(root);
        }
        let written: Vec<Candidate> = entries.iter().filter_map(|entry| self.written(entry)).collect();
        let mut broken = Vec::new();
        for candidate in &written {
            self.check_chain(candidate, &written, &mut broken);
        }
        let whole = |candidate: &Candidate| Candidate { own: chain(&candidate.own, &written), ..candidate.clone() };
        written.iter().filter(|candidate| !broken.contains(&candidate.name)).map(whole).collect()
    }

    fn empty_versions(&mut self, root: &Fields) {
        if let Some(span) = root.span("versions") {
            let hint = "add at least one, such as `baseline: openai/gpt-4o-mini`";
            self.error_hint(span, "`versions` names no version", hint);
        }
    }

    /// One entry of `versions:` as a mapping.
    fn written(&mut self, entry: &Entry) -> Option<Candidate> {
        let name = entry.key.text.clone();
        if !is_name(&name) {
            self.error_hint(entry.key.span, format!("`{name}` cannot be a version's name"), NAME_RULE);
            return None;
        }
        let own = match &entry.value.value {
            Value::Mapping(_) => entry.value.clone(),
            Value::Invalid => return None,
            Value::Scalar(_) if entry.value.is_null() => Node::mapping(Vec::new(), entry.key.span),
            Value::Scalar(_) => {
                let key = Key { text: "model".to_owned(), span: entry.value.span };
                Node::mapping(vec![Entry { key, value: entry.value.clone() }], entry.value.span)
            }
            Value::Sequence(_) => {
                let message = format!("the version `{name}` is `provider/model` or a mapping, found a list");
                self.error_hint(value_span(entry), message, "for a program write `{ command: [python, app.py] }`");
                return None;
            }
        };
        self.one_target(&name, &own);
        if is_set(&own, "prompt")
            && let Some(second) = own.get("messages").filter(|node| !node.is_null())
        {
            self.error_hint(second.span, format!("`{name}` has both `prompt` and `messages`"), "keep one of them");
        }
        Some(Candidate { name, span: entry.key.span, own })
    }

    /// A version has one target.
    fn one_target(&mut self, name: &str, node: &Node) {
        let targets: Vec<&str> = TARGETS.iter().copied().filter(|key| is_set(node, key)).collect();
        if targets.len() > 1
            && let Some(entry) = node.as_mapping().and_then(|mapping| mapping.get(targets[1]))
        {
            let message = format!("`{name}` has more than one of {}", listed(targets.iter().copied()));
            self.error_hint(entry.key.span, message, "a version is answered by one of them: keep one");
        }
    }

    /// Follows `extends` from one version: unknown names and cycles are errors, each said once.
    fn check_chain(&mut self, candidate: &Candidate, all: &[Candidate], broken: &mut Vec<String>) {
        let mut path = vec![candidate.name.as_str()];
        let mut current = candidate;
        while let Some(extends) = current.own.get("extends").filter(|node| !node.is_null()) {
            let Some(name) = extends.as_text() else {
                let message = format!("`extends` takes a version's name, found {}", extends.found());
                self.error(extends.span, message);
                broken.push(candidate.name.clone());
                return;
            };
            let Some(next) = all.iter().find(|other| other.name == name) else {
                let nearest = registry::nearest(name, all.iter().map(|other| other.name.as_str()));
                let hint = format!("the versions are {}", listed(all.iter().map(|other| other.name.as_str())));
                self.unknown(extends.span, format!("there is no version `{name}` to extend"), nearest, Some(hint));
                broken.push(candidate.name.clone());
                return;
            };
            if let Some(at) = path.iter().position(|seen| *seen == name) {
                let members = &path[at..];
                if !members.iter().any(|member| broken.iter().any(|known| known == member)) {
                    let circle = members.iter().chain([&name]).copied().collect::<Vec<_>>().join(" -> ");
                    let place = self.place(extends.span);
                    self.report(
                        Diagnostic::error(format!("`extends` runs in a circle: {circle}"))
                            .at(place)
                            .label("closes the circle")
                            .hint("put what they share into `base`, or let one of them extend nothing"),
                    );
                }
                broken.extend(path.iter().map(|name| (*name).to_owned()));
                return;
            }
            path.push(name);
            current = next;
        }
    }

    /// A candidate with `base` under it, as far as its kind has a use for it; keys that make no sense are errors.
    pub(super) fn over_base(&mut self, base: &Node, candidate: &Candidate) -> Option<Node> {
        let own_target = TARGETS.iter().copied().find(|key| is_set(&candidate.own, key));
        let base_target = TARGETS.iter().copied().find(|key| is_set(base, key));
        let Some(target) = own_target.or(base_target) else {
            let message = format!("the version `{}` has nobody to answer", candidate.name);
            let hint = "give it a `model: provider/model`, a `command:`, an `http:` or a `replay:`";
            self.error_hint(candidate.span, message, hint);
            return None;
        };
        let useless = match target {
            "model" => COMMAND_KEYS,
            _ => MODEL_KEYS,
        };
        if let Some(mapping) = candidate.own.as_mapping() {
            for entry in &mapping.entries {
                let name = entry.key.text.as_str();
                if useless.contains(&name) && !entry.value.is_null() {
                    let message = format!("`{name}` has no effect on a version with `{target}`");
                    self.error_hint(entry.key.span, message, "delete it");
                }
            }
        }
        let kept = without(base, |name| {
            useless.contains(&name) || (target != "model" && name == "response_schema")
        });
        Some(merge_version(&kept, &candidate.own))
    }
}

/// A version with everything it extends merged under it. Cycles were refused before.
fn chain(own: &Node, all: &[Candidate]) -> Node {
    let mut layers = vec![own.clone()];
    let mut current = own.clone();
    while let Some(next) = current
        .get("extends")
        .and_then(Node::as_text)
        .and_then(|name| all.iter().find(|other| other.name == name))
        .filter(|_| layers.len() <= all.len())
    {
        current = next.own.clone();
        layers.push(without(&current, |name| PERSONAL_KEYS.contains(&name)));
    }
    let lowest = layers.pop().unwrap_or_else(|| own.clone());
    let merged = layers.iter().rev().fold(lowest, |under, over| merge_version(&under, over));
    without(&merged, |name| name == "extends")
}
