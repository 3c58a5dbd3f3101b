//! A version's prompt, compiled once and rendered for every case. Sees the case's inputs, never its `expected`.
use serde_json::Value;

use super::said;
use crate::domain::{
    Attachment, AttachmentKind, Case, Content, Map, Message, MessageKind, MessageTemplate, Part, Role,
    Version,
};
use crate::spec::attach;
use crate::spec::folder::Folder;
use crate::template::{self, Context, TemplateError, Templates};

/// Compiled messages.
#[derive(Debug)]
pub struct Prompt {
    templates: Templates,
    messages: Vec<Piece>,
    folder: Folder,
}

/// A message, or a further part of the one before.
#[derive(Debug)]
struct Piece {
    role: Role,
    text: Text,
    part: bool,
    /// Index of the message as the file counts them.
    message: usize,
}

/// One message: a text without markup is only copied.
#[derive(Debug)]
enum Text {
    Fixed(String),
    Template(String),
    /// The messages of that field of the case.
    Conversation(String),
    /// The first of the turns in that field of the case.
    Turns(String),
    /// A file that is part of the version, or a URL.
    Attached(Attachment),
    /// A file whose path or URL that template gives.
    Named(AttachmentKind, String),
}

/// A message that cannot be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptError {
    /// Index of the message, or of the include when `None`.
    pub message: Option<usize>,
    /// What is wrong with it.
    pub error: TemplateError,
}

impl Prompt {
    /// Compiles a version's messages and includes, and reads its fixed files, whose paths start in that folder.
    ///
    /// # Errors
    /// One of them does not parse, or a file cannot be read or has other contents by now.
    pub fn compile(version: &Version, folder: &Folder) -> Result<Self, PromptError> {
        let mut templates = Templates::default();
        for (name, text) in &version.includes {
            templates.add(name, text).map_err(|error| PromptError { message: None, error })?;
        }
        let mut messages: Vec<Piece> = Vec::with_capacity(version.messages.len());
        for (index, template) in version.messages.iter().enumerate() {
            let part = template.kind.is_part();
            let before = messages.last().map(|piece| piece.message);
            let message = before.map_or(0, |before| if part { before } else { before + 1 });
            let text = text(template, index, &mut templates, folder)
                .map_err(|error| PromptError { message: Some(message), error })?;
            messages.push(Piece { role: template.role, text, part, message });
        }
        Ok(Self { templates, messages, folder: folder.clone() })
    }

    /// The messages for one case.
    ///
    /// # Errors
    /// A variable is undefined, a filter fails, or a file cannot be read, for this case.
    pub fn render(&self, case: &Case) -> Result<Vec<Message>, PromptError> {
        let mut context = None;
        let mut messages: Vec<Message> = Vec::with_capacity(self.messages.len());
        for Piece { role, text, part, message } in &self.messages {
            let wrong = |error| PromptError { message: Some(*message), error };
            let mut rendered = |name: &str| {
                self.templates.render(name, context.get_or_insert_with(|| inputs(case))).map_err(wrong)
            };
            let said = match text {
                Text::Fixed(text) => Part::Text(text.clone()),
                Text::Template(name) => Part::Text(rendered(name)?),
                Text::Attached(attachment) => Part::Attachment(attachment.clone()),
                Text::Named(kind, name) => {
                    let path = rendered(name)?;
                    Part::Attachment(read(*kind, &self.folder, path.trim(), name).map_err(wrong)?)
                }
                Text::Conversation(field) => {
                    messages.extend(said::conversation(field, case, &self.folder).map_err(wrong)?);
                    continue;
                }
                Text::Turns(field) => {
                    messages
                        .extend(said::turns(field, case, &self.folder).map_err(wrong)?.into_iter().next());
                    continue;
                }
            };
            match messages.last_mut().filter(|_| *part) {
                Some(before) => {
                    // A message that begins with an image has no text before it.
                    before.parts.retain(|part| *part != Part::Text(String::new()));
                    before.parts.push(said);
                }
                None => messages.push(Message { role: *role, parts: vec![said] }),
            }
        }
        Ok(messages)
    }

    /// Whether cases may name files.
    #[must_use]
    pub fn reads_files(&self) -> bool {
        let reads =
            |piece: &Piece| matches!(piece.text, Text::Named(..) | Text::Conversation(_) | Text::Turns(_));
        self.messages.iter().any(reads)
    }

    /// The images and files the case names; those that cannot be read are left out.
    #[must_use]
    pub fn attached(&self, case: &Case) -> Vec<Attachment> {
        let context = inputs(case);
        let named = |piece: &Piece| match &piece.text {
            Text::Named(kind, name) => {
                let path = self.templates.render(name, &context).ok();
                let read = path.and_then(|path| read(*kind, &self.folder, path.trim(), name).ok());
                read.into_iter().collect()
            }
            Text::Conversation(field) => all(said::conversation(field, case, &self.folder)),
            Text::Turns(field) => all(said::turns(field, case, &self.folder)),
            Text::Fixed(_) | Text::Template(_) | Text::Attached(_) => Vec::new(),
        };
        self.messages.iter().flat_map(named).collect()
    }

    /// What the person says after the first answer, in turn; nothing for most.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn later(&self, case: &Case) -> Result<Vec<Message>, PromptError> {
        let Some((field, message)) = self.turns() else { return Ok(Vec::new()) };
        let turns = said::turns(field, case, &self.folder);
        let turns = turns.map_err(|error| PromptError { message: Some(message), error })?;
        Ok(turns.into_iter().skip(1).collect())
    }

    /// How often the person speaks after the first answer.
    #[must_use]
    pub fn count_later(&self, case: &Case) -> usize {
        self.turns().map_or(0, |(field, _)| said::count(field, case).saturating_sub(1))
    }

    fn turns(&self) -> Option<(&str, usize)> {
        self.messages.iter().find_map(|piece| match &piece.text {
            Text::Turns(field) => Some((field.as_str(), piece.message)),
            _ => None,
        })
    }

    /// Whether rendering depends on the case at all.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.messages.iter().all(|piece| matches!(piece.text, Text::Fixed(_) | Text::Attached(_)))
    }
}

/// The images and files of messages.
fn all(messages: Result<Vec<Message>, TemplateError>) -> Vec<Attachment> {
    let attached = |part| if let Part::Attachment(attachment) = part { Some(attachment) } else { None };
    messages.into_iter().flatten().flat_map(|message| message.parts).filter_map(attached).collect()
}

fn text(
    template: &MessageTemplate,
    index: usize,
    templates: &mut Templates,
    folder: &Folder,
) -> Result<Text, TemplateError> {
    let MessageTemplate { kind, text, origin, fixed, .. } = template;
    match kind {
        MessageKind::Conversation => return Ok(Text::Conversation(text.clone())),
        MessageKind::Turns => return Ok(Text::Turns(text.clone())),
        MessageKind::Attachment(kind) if !template::is_template(text) => {
            let attachment = read(*kind, folder, text, origin)?;
            return match (&attachment.content, fixed) {
                (Content::Bytes { digest, .. }, Some(fixed)) if *digest != fixed.digest => {
                    Err(unread(origin, format!("`{text}` has other contents now")))
                }
                _ => Ok(Text::Attached(attachment)),
            };
        }
        MessageKind::Message | MessageKind::Text if !template::is_template(text) => {
            return Ok(Text::Fixed(text.clone()));
        }
        MessageKind::Message | MessageKind::Text | MessageKind::Attachment(_) => {}
    }
    // The index keeps two messages of one file apart.
    let name = format!("{origin}#{index}");
    templates.add(&name, text)?;
    Ok(match kind {
        MessageKind::Attachment(kind) => Text::Named(*kind, name),
        _ => Text::Template(name),
    })
}

fn read(
    kind: AttachmentKind,
    folder: &Folder,
    path: &str,
    origin: &str,
) -> Result<Attachment, TemplateError> {
    attach::attachment(kind, folder, folder.base(), path).map_err(|error| unread(origin, error.to_string()))
}

fn unread(origin: &str, message: String) -> TemplateError {
    TemplateError { template: origin.to_owned(), line: None, range: None, undefined: None, message }
}

/// What prompts see.
#[must_use]
pub fn inputs(case: &Case) -> Context {
    template::context(named(case))
}

/// Every input by its name, and all of them as `input` (for names that are no identifiers).
#[must_use]
pub fn named(case: &Case) -> Map {
    let mut all = case.inputs.clone();
    if !all.contains_key("input") {
        all.insert("input".to_owned(), Value::Object(case.inputs.clone()));
    }
    all
}
