//! What a case itself says: a conversation that went before, or the turns of a person, in one of its fields.
use serde_json::Value;

use crate::domain::{Case, Message, Role};
use crate::template::TemplateError;

/// The messages of a field: a list of `{role, content}`, by the system, the user or the assistant.
///
/// # Errors
/// The case has no such field, or it holds something else.
pub fn conversation(field: &str, case: &Case) -> Result<Vec<Message>, TemplateError> {
    let expected = "a list of messages, `{role: user, content: …}` each";
    let messages = list(field, case, expected)?.iter().map(message).collect::<Option<_>>();
    messages.ok_or_else(|| wrong(field, expected))
}

/// What a person says in turn, by a field: a list of texts, at least one.
///
/// # Errors
/// The case has no such field, or it holds something else.
pub fn turns(field: &str, case: &Case) -> Result<Vec<Message>, TemplateError> {
    let expected = "a list of texts, at least one";
    let texts = list(field, case, expected)?.iter().map(Value::as_str).collect::<Option<Vec<_>>>();
    let texts = texts.filter(|texts| !texts.is_empty()).ok_or_else(|| wrong(field, expected))?;
    Ok(texts.into_iter().map(|text| Message::text(Role::User, text)).collect())
}

fn message(value: &Value) -> Option<Message> {
    let map = value.as_object().filter(|map| map.len() == 2)?;
    let role = Role::parse(map.get("role")?.as_str()?).filter(|role| *role != Role::Tool)?;
    Some(Message::text(role, map.get("content")?.as_str()?))
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
