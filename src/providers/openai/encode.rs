//! A call as the body of a chat completion. The order of keys is model, messages, then what the version declares, so
//! that a stored request reads like the file.
use serde_json::{Value, json};

use crate::domain::{
    Attachment, AttachmentKind, Map, Message, Part, Role, Target, Thought, ToolCall, ToolSpec,
};
use crate::providers::{Call, Refusal, attached};

use super::thoughts::{self, MARK};
use super::{Dialect, Files, Structured};

/// The body.
///
/// # Errors
/// The version has no model, or a file is not taken.
pub(super) fn body(call: &Call<'_>, dialect: Dialect) -> Result<Map, Refusal> {
    attached::check(call, |attachment| match attachment.media_type.as_str() {
        "text/plain" => Some("chat completions take PDF files only"),
        _ => None,
    })?;
    let version = call.version;
    let Target::Model { model, .. } = &version.target else {
        return Err(Refusal {
            key: Some("model".to_owned()),
            message: "this protocol needs a model".to_owned(),
        });
    };
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(model));
    body.insert(
        "messages".to_owned(),
        call.messages.iter().flat_map(|message| messages(message, dialect)).collect(),
    );
    body.extend(version.params.clone());
    if !version.tools.is_empty() {
        body.insert("tools".to_owned(), version.tools.iter().map(tool).collect());
    }
    if let Some(choice) = &version.tool_choice {
        body.insert("tool_choice".to_owned(), choice.clone());
    }
    if let Some(format) = version.response_schema.as_ref().and_then(|schema| format(schema, dialect)) {
        body.insert("response_format".to_owned(), format);
    }
    if version.stream {
        body.insert("stream".to_owned(), json!(true));
        if dialect.stream_usage {
            let options = body.entry("stream_options").or_insert_with(|| json!({}));
            if let Value::Object(options) = options {
                options.insert("include_usage".to_owned(), json!(true));
            }
        }
    }
    Ok(body)
}

fn format(schema: &Value, dialect: Dialect) -> Option<Value> {
    match dialect.structured {
        Structured::Schema => {
            let named = json!({"name": "answer", "strict": true, "schema": schema});
            Some(json!({"type": "json_schema", "json_schema": named}))
        }
        Structured::Object => Some(json!({"type": "json_object"})),
        Structured::Nothing => None,
    }
}

/// A tool as a function, as Ollama's own API has it too.
pub(in crate::providers) fn tool(spec: &ToolSpec) -> Value {
    let mut function = Map::new();
    function.insert("name".to_owned(), json!(spec.name));
    if let Some(description) = &spec.description {
        function.insert("description".to_owned(), json!(description));
    }
    function.insert("parameters".to_owned(), spec.parameters.clone());
    json!({"type": "function", "function": function})
}

/// One message is one message, but every tool's answer is one of its own.
fn messages(message: &Message, dialect: Dialect) -> Vec<Value> {
    let mut out: Vec<Value> = message.parts.iter().filter_map(tool_result).collect();
    let calls = tool_calls(message);
    let text = message.joined_text();
    let attaches = attached::of(message).next().is_some();
    if !out.is_empty() && text.is_empty() && calls.is_empty() && !attaches {
        return out;
    }
    let mut object = Map::new();
    // A text a tool message carries beside no result can only be said by the user.
    let role = if message.role == Role::Tool { Role::User } else { message.role };
    object.insert("role".to_owned(), json!(role.name()));
    let content = if attaches || has_chunks(message) {
        message.parts.iter().filter_map(|one| part(one, dialect)).collect()
    } else if text.is_empty() && !calls.is_empty() {
        Value::Null
    } else {
        json!(text)
    };
    object.insert("content".to_owned(), content);
    for part in &message.parts {
        if let Part::Thought(Thought { raw: Value::Object(fields), .. }) = part
            && chunk(part).is_none()
        {
            object.extend(thoughts::back(fields, !calls.is_empty()));
        }
    }
    if !calls.is_empty() {
        object.insert("tool_calls".to_owned(), Value::Array(calls));
    }
    out.push(Value::Object(object));
    out
}

/// A part of a message that is more than a text.
fn part(part: &Part, dialect: Dialect) -> Option<Value> {
    match part {
        Part::Text(text) => Some(json!({"type": "text", "text": text})),
        Part::Attachment(attachment) => Some(attached_part(attachment, dialect)),
        Part::Thought(_) => chunk(part).cloned(),
        Part::ToolCall(_) | Part::ToolResult { .. } => None,
    }
}

/// What stood in the list of an answer's content and is no text.
fn chunk(part: &Part) -> Option<&Value> {
    if let Part::Thought(thought) = part { thoughts::chunk(thought) } else { None }
}

fn has_chunks(message: &Message) -> bool {
    message.parts.iter().any(|part| chunk(part).is_some())
}

fn attached_part(attachment: &Attachment, dialect: Dialect) -> Value {
    let url = attached::url(attachment);
    match attachment.kind {
        AttachmentKind::Image => json!({"type": "image_url", "image_url": {"url": url}}),
        AttachmentKind::File if dialect.files == Files::DocumentUrl => {
            json!({"type": "document_url", "document_url": url})
        }
        AttachmentKind::File => {
            let name = attached::file_name(attachment);
            json!({"type": "file", "file": {"filename": name, "file_data": url}})
        }
    }
}

fn tool_result(part: &Part) -> Option<Value> {
    let Part::ToolResult { id, content } = part else { return None };
    Some(json!({"role": "tool", "tool_call_id": id, "content": content}))
}

/// The calls, each with the mark before it.
fn tool_calls(message: &Message) -> Vec<Value> {
    let (mut all, mut mark) = (Vec::new(), None);
    for part in &message.parts {
        if let Part::Thought(thought) = part {
            mark = thought.raw.get(MARK);
        }
        if let Some(mut call) = tool_call(part) {
            if let Some(mark) = mark.take() {
                call[MARK] = mark.clone();
            }
            all.push(call);
        }
    }
    all
}

fn tool_call(part: &Part) -> Option<Value> {
    let Part::ToolCall(ToolCall { id, name, arguments }) = part else { return None };
    let arguments = match arguments {
        Value::String(written) => written.clone(),
        value => value.to_string(),
    };
    Some(json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}))
}
