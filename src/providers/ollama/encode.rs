//! A call as the body of `/api/chat`.
use serde_json::{Value, json};

use crate::domain::{AttachmentKind, Map, Message, Part, Role, Target, Thought, ToolCall};
use crate::providers::{Call, Refusal, attached, json_call, openai};

use super::{FOREIGN, OUTSIDE};

/// The body.
///
/// # Errors
/// The version has no model, or there is a file or the URL of an image.
pub(super) fn body(call: &Call<'_>) -> Result<Map, Refusal> {
    attached::check(call, |attachment| match attachment.kind {
        AttachmentKind::File => Some("it takes texts and images only"),
        AttachmentKind::Image => attached::no_url(attachment),
    })?;
    let version = call.version;
    let Target::Model { model, .. } = &version.target else { return Err(json_call::needs_a_model()) };
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(model));
    body.insert(
        "messages".to_owned(),
        call.messages.iter().flat_map(|one| turns(one, call.messages)).collect(),
    );
    // It streams unless told not to.
    body.insert("stream".to_owned(), json!(version.stream));
    let mut options = Map::new();
    for (name, value) in &version.params {
        let ours = FOREIGN.iter().find(|(theirs, _)| theirs == name).map_or(name.as_str(), |(_, ours)| ours);
        let into = if OUTSIDE.contains(&ours) { &mut body } else { &mut options };
        // The API takes a list only.
        let value = if ours == "stop" && value.is_string() { json!([value]) } else { value.clone() };
        into.insert(ours.to_owned(), value);
    }
    if !options.is_empty() {
        body.insert("options".to_owned(), Value::Object(options));
    }
    if let Some(schema) = &version.response_schema {
        body.insert("format".to_owned(), schema.clone());
    }
    if !version.tools.is_empty() {
        body.insert("tools".to_owned(), version.tools.iter().map(openai::tool).collect());
    }
    Ok(body)
}

/// One message is one message, but every tool's answer is one of its own.
fn turns(message: &Message, all: &[Message]) -> Vec<Value> {
    let mut out: Vec<Value> = message.parts.iter().filter_map(|part| tool_result(part, all)).collect();
    let calls: Vec<Value> = message.parts.iter().filter_map(tool_call).collect();
    let text = message.joined_text();
    let images: Vec<String> = attached::of(message).map(attached::base64).collect();
    if !out.is_empty() && text.is_empty() && calls.is_empty() && images.is_empty() {
        return out;
    }
    let role = if message.role == Role::Tool { Role::User } else { message.role };
    let mut object = Map::new();
    object.insert("role".to_owned(), json!(role.name()));
    object.insert("content".to_owned(), json!(text));
    if !images.is_empty() {
        object.insert("images".to_owned(), json!(images));
    }
    for part in &message.parts {
        if let Part::Thought(Thought { raw: Value::Object(fields), .. }) = part {
            object.extend(fields.clone());
        }
    }
    if !calls.is_empty() {
        object.insert("tool_calls".to_owned(), Value::Array(calls));
    }
    out.push(Value::Object(object));
    out
}

fn tool_call(part: &Part) -> Option<Value> {
    let Part::ToolCall(ToolCall { name, arguments, .. }) = part else { return None };
    let arguments = if arguments.is_object() { arguments.clone() } else { json!({"arguments": arguments}) };
    Some(json!({"function": {"name": name, "arguments": arguments}}))
}

/// The API knows answers by the tool's name, calls have no ids.
fn tool_result(part: &Part, all: &[Message]) -> Option<Value> {
    let Part::ToolResult { id: wanted, content } = part else { return None };
    let name = all.iter().flat_map(|message| &message.parts).find_map(|part| match part {
        Part::ToolCall(ToolCall { id, name, .. }) if id == wanted => Some(name.as_str()),
        _ => None,
    });
    Some(json!({"role": "tool", "tool_name": name.unwrap_or(wanted), "content": content}))
}
