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
            for (kind, role, written) in self.message(item) {
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
    fn message(&mut self, item: &Node) -> Vec<(MessageKind, Role, Written)> {
        if let (Some(role), Some(content)) = (item.get("role"), item.get("content")) {
            let name = self.scalar_text("role", role);
            let role = name.and_then(|name| self.role(&name, role.span));
            return role.map(|role| self.content(role, "content", content)).unwrap_or_default();
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
            return Vec::new();
        };
        if let Some(kind) =
            MessageKind::FIELDS.into_iter().find(|kind| kind.name() == Some(key.text.as_str()))
        {
            let field = self.field_of_case(&key.text, value);
            return field.into_iter().map(|written| (kind, Role::User, written)).collect();
        }
        let role = self.role(&key.text, key.span);
        role.map(|role| self.content(role, &key.text, value)).unwrap_or_default()
    }

    /// What is said: a text or the path of one, or a list of parts, of which the first begins the message.
    fn content(&mut self, role: Role, what: &str, node: &Node) -> Vec<(MessageKind, Role, Written)> {
        let Some(items) = node.as_sequence() else {
            let written = self.text_or_file(what, node);
            return written.into_iter().map(|written| (MessageKind::Message, role, written)).collect();
        };
        let parts: Vec<_> = items.iter().filter_map(|item| self.message_part(role, item)).collect();
        let mut messages = Vec::with_capacity(parts.len() + 1);
        if parts.first().is_none_or(|(kind, _)| *kind != MessageKind::Text) {
            if items.is_empty() {
                self.error_hint(node.span, "the message has no part", "add `{ text: \"{{ question }}\" }`");
            }
            let empty = Written { text: String::new(), file: None, span: node.span };
            messages.push((MessageKind::Message, role, empty));
        }
        for (kind, written) in parts {
            let kind = if messages.is_empty() { MessageKind::Message } else { kind };
            messages.push((kind, role, written));
        }
        messages
    }

    /// `text:`, `image:` or `file:` and what it holds.
    fn message_part(&mut self, role: Role, item: &Node) -> Option<(MessageKind, Written)> {
        let Some([Entry { key, value }]) = item.as_mapping().map(|mapping| mapping.entries.as_slice()) else {
            if !item.is_invalid() {
                let found =
                    item.as_mapping().map_or_else(|| item.found(), |m| format!("{} keys", m.entries.len()));
                let message =
                    format!("a part of a message is one of `text`, `image` and `file`, found {found}");
                self.error_hint(item.span, message, "write `- image: \"{{ photo }}\"`, one item per part");
            }
            return None;
        };
        let kinds = MessageKind::PARTS.into_iter();
        let Some(kind) = kinds.clone().find(|kind| kind.name() == Some(key.text.as_str())) else {
            let nearest = registry::nearest(&key.text, kinds.filter_map(MessageKind::name));
            let hint = Some("the parts are `text`, `image` and `file`".to_owned());
            self.unknown(key.span, format!("a message has no part `{}`", key.text), nearest, hint);
            return None;
        };
        if kind == MessageKind::Text {
            return self.text_or_file("text", value).map(|written| (kind, written));
        }
        if role != Role::User {
            let message = format!("only the user attaches an `{}`, not the {}", key.text, role.name());
            self.error_hint(key.span, message.replace("an `file", "a `file"), "move it to a `user` message");
            return None;
        }
        let text = self.scalar_text(&key.text, value)?;
        Some((kind, Written { text, file: None, span: value.span }))
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
