//! What a case itself says: a conversation that went before, or the turns of a person, in one of its fields. Written as
//! a prompt's messages are; the paths of its images and files start in the folder of its dataset file.
use std::path::Path;

use serde_json::Value;

use crate::domain::{AttachmentKind, Case, Message, MessageKind, Part, Role};
use crate::spec::attach;
use crate::spec::folder::Folder;
use crate::template::TemplateError;

/// The messages of a field: a list of `{role, content}`, by the system, the user or the assistant.
///
/// # Errors
/// The case has no such field, it holds something else, or a file cannot be read.
pub fn conversation(field: &str, case: &Case, folder: &Folder) -> Result<Vec<Message>, TemplateError> {
    let expected = "a list of messages, `{role: user, content: …}` each; a user's content is a text or a list of `text:`, `image:` and `file:`";
    list(field, case, expected)?
        .iter()
        .map(|value| {
            let (role, content) = message(value).ok_or_else(|| wrong(field, expected))?;
            said(role, content, (field, expected), case, folder)
        })
        .collect()
}

/// What a person says in turn, by a field: a list of texts or of lists of parts, at least one.
///
/// # Errors
/// The case has no such field, it holds something else, or a file cannot be read.
pub fn turns(field: &str, case: &Case, folder: &Folder) -> Result<Vec<Message>, TemplateError> {
    let expected = "a list of texts, or of lists of `text:`, `image:` and `file:`, at least one";
    let turns = list(field, case, expected)?;
    if turns.is_empty() {
        return Err(wrong(field, expected));
    }
    turns.iter().map(|turn| said(Role::User, turn, (field, expected), case, folder)).collect()
}

/// How many turns a field has; none where it is no list.
#[must_use]
pub fn count(field: &str, case: &Case) -> usize {
    case.inputs.get(field).and_then(Value::as_array).map_or(0, Vec::len)
}

fn message(value: &Value) -> Option<(Role, &Value)> {
    let map = value.as_object().filter(|map| map.len() == 2)?;
    let role = Role::parse(map.get("role")?.as_str()?).filter(|role| *role != Role::Tool)?;
    Some((role, map.get("content")?))
}

/// A text, or a list of parts of which only the user attaches any.
fn said(
    role: Role,
    content: &Value,
    (field, expected): (&str, &str),
    case: &Case,
    folder: &Folder,
) -> Result<Message, TemplateError> {
    if let Some(text) = content.as_str() {
        return Ok(Message::text(role, text));
    }
    let parts = content.as_array().filter(|parts| !parts.is_empty() && role == Role::User);
    let parts = parts.ok_or_else(|| wrong(field, expected))?;
    let part = |value: &Value| {
        let (kind, written) = part(value).ok_or_else(|| wrong(field, expected))?;
        Ok(match kind {
            MessageKind::Attachment(kind) => attached(kind, written, field, case, folder)?,
            _ => Part::Text(written.to_owned()),
        })
    };
    Ok(Message { role, parts: parts.iter().map(part).collect::<Result<_, TemplateError>>()? })
}

/// `text:`, `image:` or `file:` and what it holds.
fn part(value: &Value) -> Option<(MessageKind, &str)> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    let (key, written) = map.iter().next()?;
    let kind = MessageKind::PARTS.into_iter().find(|kind| kind.name() == Some(key.as_str()))?;
    Some((kind, written.as_str()?))
}

fn attached(
    kind: AttachmentKind,
    written: &str,
    field: &str,
    case: &Case,
    folder: &Folder,
) -> Result<Part, TemplateError> {
    // Rows written in the experiment file start where its own paths do.
    let from = Path::new(&*case.file).parent().unwrap_or(folder.base());
    let read = attach::attachment(kind, folder, from, written.trim());
    read.map(Part::Attachment).map_err(|problem| {
        let of = if case.file.is_empty() { String::new() } else { format!(", which `{}` names", case.file) };
        error(field, format!("{problem}{of}"))
    })
}

fn list<'c>(field: &str, case: &'c Case, expected: &str) -> Result<&'c [Value], TemplateError> {
    match case.inputs.get(field) {
        Some(Value::Array(values)) => Ok(values),
        Some(_) => Err(wrong(field, expected)),
        None => {
            let undefined = Some(field.to_owned());
            Err(TemplateError { undefined, ..error(field, format!("`{field}` is not defined")) })
        }
    }
}

fn wrong(field: &str, expected: &str) -> TemplateError {
    error(field, format!("`{field}` takes {expected}"))
}

fn error(field: &str, message: String) -> TemplateError {
    TemplateError { template: field.to_owned(), line: None, range: None, undefined: None, message }
}
