//! A call as the body of a message request.
use serde_json::{Value, json};

use crate::domain::{Attachment, AttachmentKind, Map, Message, Part, Role, Target, ToolCall, ToolSpec};
use crate::providers::{Call, Refusal, attached};

use super::DEFAULT_MAX_TOKENS;

/// The body.
///
/// # Errors
/// The version has no model, or its parameters leave no room for the schema.
pub(super) fn body(call: &Call<'_>) -> Result<Map, Refusal> {
    let version = call.version;
    let refuse =
        |key: &str, message: &str| Refusal { key: Some(key.to_owned()), message: message.to_owned() };
    let Target::Model { model, .. } = &version.target else {
        return Err(refuse("model", "this protocol needs a model"));
    };
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(model));
    body.insert("max_tokens".to_owned(), json!(DEFAULT_MAX_TOKENS));
    if let Some(system) = system(call.messages) {
        body.insert("system".to_owned(), json!(system));
    }
    body.insert("messages".to_owned(), Value::Array(conversation(call.messages)));
    body.extend(version.params.clone());
    if !version.tools.is_empty() {
        body.insert("tools".to_owned(), version.tools.iter().map(tool).collect());
    }
    if let Some(choice) = &version.tool_choice {
        body.insert("tool_choice".to_owned(), tool_choice(choice));
    }
    if let Some(schema) = &version.response_schema {
        let config = body.entry("output_config").or_insert_with(|| json!({}));
        let Value::Object(config) = config else {
            return Err(refuse("params.output_config", "`output_config` is a mapping"));
        };
        config.insert("format".to_owned(), json!({"type": "json_schema", "schema": schema}));
    }
    if version.stream {
        body.insert("stream".to_owned(), json!(true));
    }
    Ok(body)
}

/// All instructions, a blank line between two messages.
fn system(messages: &[Message]) -> Option<String> {
    let texts: Vec<String> =
        messages.iter().filter(|message| message.role == Role::System).map(Message::joined_text).collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

/// The turns. Answers of tools belong into one user turn right after the calls, so turns of the same side that hold
/// any are joined; a turn that is one text stays a plain string.
fn conversation(messages: &[Message]) -> Vec<Value> {
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in messages.iter().filter(|message| message.role != Role::System) {
        let role = if message.role == Role::Assistant { "assistant" } else { "user" };
        let blocks: Vec<Value> = message.parts.iter().filter_map(block).collect();
        match turns.last_mut() {
            Some((last, before)) if *last == role && before.iter().chain(&blocks).any(is_result) => {
                before.extend(blocks);
            }
            _ => turns.push((role, blocks)),
        }
    }
    turns.into_iter().map(|(role, blocks)| json!({"role": role, "content": content(blocks)})).collect()
}

fn content(blocks: Vec<Value>) -> Value {
    match blocks.as_slice() {
        [] => json!(""),
        [only] if only.get("type") == Some(&json!("text")) => only["text"].clone(),
        _ => Value::Array(blocks),
    }
}

fn is_result(block: &Value) -> bool {
    block.get("type") == Some(&json!("tool_result"))
}

/// One part as a block; the API refuses empty text blocks.
fn block(part: &Part) -> Option<Value> {
    Some(match part {
        Part::Text(text) if text.is_empty() => return None,
        Part::Text(text) => json!({"type": "text", "text": text}),
        Part::Attachment(attachment) => attached_block(attachment),
        Part::Thought(thought) => return Some(thought.raw.clone()).filter(Value::is_object),
        Part::ToolCall(ToolCall { id, name, arguments }) => {
            let input =
                if arguments.is_object() { arguments.clone() } else { json!({"arguments": arguments}) };
            json!({"type": "tool_use", "id": id, "name": name, "input": input})
        }
        Part::ToolResult { id, content } => {
            json!({"type": "tool_result", "tool_use_id": id, "content": content})
        }
    })
}

fn attached_block(attachment: &Attachment) -> Value {
    let media_type = &attachment.media_type;
    let source = if attached::is_url(attachment) {
        json!({"type": "url", "url": attachment.name})
    } else if media_type == "text/plain" {
        json!({"type": "text", "media_type": media_type, "data": attached::text(attachment)})
    } else {
        json!({"type": "base64", "media_type": media_type, "data": attached::base64(attachment)})
    };
    let kind = match attachment.kind {
        AttachmentKind::Image => "image",
        AttachmentKind::File => "document",
    };
    json!({"type": kind, "source": source})
}

fn tool(spec: &ToolSpec) -> Value {
    let mut tool = Map::new();
    tool.insert("name".to_owned(), json!(spec.name));
    if let Some(description) = &spec.description {
        tool.insert("description".to_owned(), json!(description));
    }
    tool.insert("input_schema".to_owned(), spec.parameters.clone());
    Value::Object(tool)
}

/// As the API spells it; OpenAI's spellings are translated, so that one `base` serves versions of both.
fn tool_choice(choice: &Value) -> Value {
    if let Some(name) = choice.pointer("/function/name") {
        return json!({"type": "tool", "name": name});
    }
    match choice.as_str() {
        Some("required") => json!({"type": "any"}),
        Some(word) => json!({"type": word}),
        None => choice.clone(),
    }
}
