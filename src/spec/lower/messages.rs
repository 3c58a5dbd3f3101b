//! `prompt` and `messages` into roles and texts, before templates are looked at.
use super::super::yaml::{Entry, Node};
use super::context::Lowering;
use super::fields::Fields;
use super::text::Written;
use crate::domain::{MessageKind, Role};
use crate::registry;
use crate::template;

/// An entry of `messages`: what it is, who speaks, its key or position, its text or its field's name.
pub(super) type WrittenMessage = (MessageKind, Role, String, Written);

const ROLES: [Role; 3] = [Role::System, Role::User, Role::Assistant];

impl Lowering<'_> {
    /// The messages of a version in order, with the key or position each has; empty after an error.
    pub(super) fn written_messages(&mut self, fields: &Fields) -> Vec<WrittenMessage> {
        if let Some(node) = fields.node("prompt").cloned() {
            let written = self.text_or_file("prompt", &node);
            let said = |text| (MessageKind::Message, Role::User, "prompt".to_owned(), text);
            return written.into_iter().map(said).collect();
        }
        let Some(node) = fields.node("messages").cloned() else { return Vec::new() };
        let items: Vec<Node> = match node.as_mapping() {
            // `messages: {system: …, user: …}`: so that `base` and a version can share one and replace the other.
            Some(mapping) => mapping
                .entries
                .iter()
                .map(|entry| Node::mapping(vec![entry.clone()], entry.key.span))
                .collect(),
            None => self.items("messages", &node, "user: \"{{ question }}\""),
        };
        if items.is_empty() && node.as_sequence().is_some() {
            self.error_hint(node.span, "`messages` holds no message", "add `- user: \"{{ question }}\"`");
        }
        let mut messages = Vec::new();
        for (i, item) in items.iter().enumerate() {
            if let Some((kind, role, written)) = self.message(item) {
                if kind == MessageKind::Turns && i + 1 < items.len() {
                    let message = "`turns` ends the messages: what follows would be said before they are";
                    self.error_hint(item.span, message, "move it to the end");
                }
                messages.push((kind, role, format!("messages[{i}]"), written));
            }
        }
        messages
    }

    /// `role: text`, `{role: …, content: …}`, or `conversation:` or `turns:` and a field of the case.
    fn message(&mut self, item: &Node) -> Option<(MessageKind, Role, Written)> {
        if let (Some(role), Some(content)) = (item.get("role"), item.get("content")) {
            let name = self.scalar_text("role", role)?;
            let role = self.role(&name, role.span)?;
            return self
                .text_or_file("content", content)
                .map(|written| (MessageKind::Message, role, written));
        }
        let Some([Entry { key, value }]) = item.as_mapping().map(|mapping| mapping.entries.as_slice()) else {
            if !item.is_invalid() {
                let found = match item.as_mapping() {
                    Some(mapping) => format!("{} keys", mapping.entries.len()),
                    None => item.found(),
                };
                let message = format!("a message is one role and its text, found {found}");
                self.error_hint(
                    item.span,
                    message,
                    "write `- user: \"{{ question }}\"`, one item per message",
                );
            }
            return None;
        };
        if let Some(kind) =
            MessageKind::FIELDS.into_iter().find(|kind| kind.name() == Some(key.text.as_str()))
        {
            return self.field_of_case(&key.text, value).map(|written| (kind, Role::User, written));
        }
        let role = self.role(&key.text, key.span)?;
        self.text_or_file(&key.text, value).map(|written| (MessageKind::Message, role, written))
    }

    /// The name of a field of the cases.
    fn field_of_case(&mut self, what: &str, node: &Node) -> Option<Written> {
        let text = self.scalar_text(what, node)?;
        if text.is_empty() || text.contains(char::is_whitespace) || template::is_template(&text) {
            let message = format!("`{what}` takes the name of a field of the cases, found `{text}`");
            self.error_hint(node.span, message, format!("write `- {what}: history`, for a field `history`"));
            return None;
        }
        Some(Written { text, file: None, span: node.span })
    }

    fn role(&mut self, name: &str, span: super::super::yaml::Span) -> Option<Role> {
        let role = Role::parse(name).filter(|role| ROLES.contains(role));
        if role.is_none() {
            let nearest = registry::nearest(name, ROLES.iter().map(|role| role.name()));
            let hint = "the roles are `system`, `user` and `assistant`; `conversation` and `turns` name a field of the cases".to_owned();
            self.unknown(span, format!("there is no role `{name}`"), nearest, Some(hint));
        }
        role
    }
}
