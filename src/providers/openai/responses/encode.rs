//! A call as the body of a response request.
use serde_json::{Value, json};

use crate::domain::{AttachmentKind, Map, Message, Part, Role, Target, ToolCall, ToolSpec};
use crate::providers::{Call, Refusal, attached, json_call};

/// The body; `thinks` says of a model's name whether it gives thoughts.
///
/// # Errors
/// The version has no model, or its `text` is not a mapping.
pub(super) fn body(call: &Call<'_>, thinks: fn(&str) -> bool) -> Result<Map, Refusal> {
    let version = call.version;
    let Target::Model { model, .. } = &version.target else { return Err(json_call::needs_a_model()) };
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(model));
    body.insert("input".to_owned(), call.messages.iter().flat_map(items).collect());
    // The API keeps every answer for a month unless told not to.
    body.insert("store".to_owned(), json!(false));
    body.extend(version.params.clone());
    if !version.tools.is_empty() {
        body.insert("tools".to_owned(), version.tools.iter().map(tool).collect());
    }
    if let Some(choice) = &version.tool_choice {
        body.insert("tool_choice".to_owned(), tool_choice(choice));
    }
    if let Some(schema) = &version.response_schema {
        let Value::Object(text) = body.entry("text").or_insert_with(|| json!({})) else {
            let message = "`text` is a mapping".to_owned();
            return Err(Refusal { key: Some("params.text".to_owned()), message });
        };
        let format = json!({"type": "json_schema", "name": "answer", "strict": true, "schema": schema});
        text.insert("format".to_owned(), format);
    }
    if version.stream {
        body.insert("stream".to_owned(), json!(true));
    }
    if version.goes_on() && (thinks(model) || version.params.contains_key("reasoning")) {
        include_thoughts(&mut body);
    }
    Ok(body)
}

/// Asks for thoughts in the form that can be sent back, which the API refuses for models that have none.
fn include_thoughts(body: &mut Map) {
    let wanted = json!("reasoning.encrypted_content");
    if let Value::Array(include) = body.entry("include").or_insert_with(|| json!([]))
        && !include.contains(&wanted)
    {
        include.push(wanted);
    }
}

/// A message is an item, and so is every tool call and every tool's answer.
fn items(message: &Message) -> Vec<Value> {
    if message.role == Role::Assistant {
        return said(message);
    }
    let mut out = Vec::new();
    let text = message.joined_text();
    let attaches = attached::of(message).next().is_some();
    let others: Vec<Value> = message.parts.iter().filter_map(item).collect();
    if !text.is_empty() || others.is_empty() || attaches {
        let role = if message.role == Role::Tool { Role::User } else { message.role };
        let content = if attaches { message.parts.iter().filter_map(part).collect() } else { json!(text) };
        out.push(json!({"role": role.name(), "content": content}));
    }
    out.extend(others);
    out
}

/// What the model said, in its order.
fn said(message: &Message) -> Vec<Value> {
    let (mut out, mut phase) = (Vec::new(), None);
    for one in &message.parts {
        match one {
            Part::Thought(thought) => {
                phase = thought.raw.get("phase");
                // Nothing is stored at the provider, so it knows none but what comes encrypted.
                out.extend(Some(&thought.raw).filter(|raw| raw["encrypted_content"].is_string()).cloned());
            }
            Part::Text(text) => {
                // Some servers tell an answer from a question by its type alone; the API takes it for both.
                let mut item = json!({"type": "message", "role": message.role.name(), "content": text});
                if let Some(phase) = phase.take() {
                    item["phase"] = phase.clone();
                }
                out.push(item);
            }
            _ => out.extend(item(one)),
        }
    }
    out
}

/// A part of a message that is more than a text.
fn part(part: &Part) -> Option<Value> {
    match part {
        Part::Text(text) => Some(json!({"type": "input_text", "text": text})),
        Part::Attachment(attachment) => {
            let url = attached::url(attachment);
            Some(match attachment.kind {
                AttachmentKind::Image => json!({"type": "input_image", "image_url": url, "detail": "auto"}),
                AttachmentKind::File => {
                    let name = attached::file_name(attachment);
                    json!({"type": "input_file", "filename": name, "file_data": url})
                }
            })
        }
        Part::Thought(_) | Part::ToolCall(_) | Part::ToolResult { .. } => None,
    }
}

fn item(part: &Part) -> Option<Value> {
    match part {
        Part::Text(_) | Part::Attachment(_) | Part::Thought(_) => None,
        Part::ToolCall(ToolCall { id, name, arguments }) => {
            let arguments = arguments.as_str().map_or_else(|| arguments.to_string(), str::to_owned);
            Some(json!({"type": "function_call", "call_id": id, "name": name, "arguments": arguments}))
        }
        Part::ToolResult { id, content } => {
            Some(json!({"type": "function_call_output", "call_id": id, "output": content}))
        }
    }
}

fn tool(spec: &ToolSpec) -> Value {
    let mut tool = Map::new();
    tool.insert("type".to_owned(), json!("function"));
    tool.insert("name".to_owned(), json!(spec.name));
    if let Some(description) = &spec.description {
        tool.insert("description".to_owned(), json!(description));
    }
    tool.insert("parameters".to_owned(), spec.parameters.clone());
    // Required by the API; chat completions are not strict unless told.
    tool.insert("strict".to_owned(), json!(false));
    Value::Object(tool)
}

/// As the API spells it; the spelling of chat completions is translated.
fn tool_choice(choice: &Value) -> Value {
    choice
        .pointer("/function/name")
        .map_or_else(|| choice.clone(), |name| json!({"type": "function", "name": name}))
}
