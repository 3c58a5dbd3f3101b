//! A call as the body of Converse.
use serde_json::{Value, json};

use crate::domain::{Attachment, AttachmentKind, Map, Message, Part, Role, ToolCall, ToolSpec};
use crate::providers::{Call, Refusal, attached};

use super::{FOREIGN, OUTSIDE, PARAMS};

/// The body.
///
/// # Errors
/// A setting the call has to add to is not a mapping, or an image is a URL.
pub(super) fn body(call: &Call<'_>) -> Result<Map, Refusal> {
    attached::check(call, attached::no_url)?;
    let version = call.version;
    let mut body = Map::new();
    let system: Vec<Value> = call
        .messages
        .iter()
        .filter(|message| message.role == Role::System)
        .map(Message::joined_text)
        .filter(|text| !text.is_empty())
        .map(|text| json!({"text": text}))
        .collect();
    if !system.is_empty() {
        body.insert("system".to_owned(), Value::Array(system));
    }
    body.insert("messages".to_owned(), Value::Array(conversation(call.messages)));
    let mut config = Map::new();
    for (name, value) in &version.params {
        let ours = spelling(name);
        if OUTSIDE.contains(&ours) {
            body.insert(ours.to_owned(), value.clone());
        } else if PARAMS.contains(&ours) {
            let list = ours == "stopSequences" && value.is_string();
            config.insert(ours.to_owned(), if list { json!([value]) } else { value.clone() });
        } else {
            into(&mut body, "additionalModelRequestFields")?.insert(name.clone(), value.clone());
        }
    }
    if !config.is_empty() {
        body.insert("inferenceConfig".to_owned(), Value::Object(config));
    }
    if !version.tools.is_empty() {
        let tools: Vec<Value> = version.tools.iter().map(tool).collect();
        let mut settings = Map::new();
        settings.insert("tools".to_owned(), Value::Array(tools));
        if let Some(choice) = version.tool_choice.as_ref().and_then(tool_choice) {
            settings.insert("toolChoice".to_owned(), choice);
        }
        body.insert("toolConfig".to_owned(), Value::Object(settings));
    }
    if let Some(schema) = &version.response_schema {
        // The API takes the schema as text.
        let format = json!({"type": "json_schema", "structure": {"jsonSchema": {"schema": schema.to_string(), "name": "answer"}}});
        into(&mut body, "outputConfig")?.insert("textFormat".to_owned(), format);
    }
    Ok(body)
}

/// The API's name of a parameter.
pub(super) fn spelling(name: &str) -> &str {
    FOREIGN.iter().find(|(theirs, _)| *theirs == name).map_or(name, |(_, ours)| ours)
}

fn into<'a>(body: &'a mut Map, key: &str) -> Result<&'a mut Map, Refusal> {
    match body.entry(key).or_insert_with(|| json!({})) {
        Value::Object(map) => Ok(map),
        _ => Err(Refusal { key: Some(format!("params.{key}")), message: format!("`{key}` is a mapping") }),
    }
}

/// Turns: neighbours of one side are one turn, the API insists on alternating.
fn conversation(messages: &[Message]) -> Vec<Value> {
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in messages.iter().filter(|message| message.role != Role::System) {
        let role = if message.role == Role::Assistant { "assistant" } else { "user" };
        let blocks: Vec<Value> = message.parts.iter().filter_map(block).collect();
        match turns.last_mut() {
            Some((last, before)) if *last == role => before.extend(blocks),
            _ => turns.push((role, blocks)),
        }
    }
    turns.into_iter().map(|(role, content)| json!({"role": role, "content": content})).collect()
}

/// One part as a block; the API refuses empty text blocks.
fn block(part: &Part) -> Option<Value> {
    Some(match part {
        Part::Text(text) if text.is_empty() => return None,
        Part::Text(text) => json!({"text": text}),
        Part::Attachment(attachment) => attached_block(attachment),
        Part::Thought(thought) => return Some(thought.raw.clone()).filter(Value::is_object),
        Part::ToolCall(ToolCall { id, name, arguments }) => {
            let input =
                if arguments.is_object() { arguments.clone() } else { json!({"arguments": arguments}) };
            json!({"toolUse": {"toolUseId": id, "name": name, "input": input}})
        }
        Part::ToolResult { id, content } => {
            json!({"toolResult": {"toolUseId": id, "content": [{"text": content}]}})
        }
    })
}

fn attached_block(attachment: &Attachment) -> Value {
    let (format, source) = (attached::ending(attachment), json!({"bytes": attached::base64(attachment)}));
    match attachment.kind {
        AttachmentKind::Image => json!({"image": {"format": format, "source": source}}),
        AttachmentKind::File => {
            let name = attached::neutral_name(attachment);
            json!({"document": {"name": name, "format": format, "source": source}})
        }
    }
}

fn tool(spec: &ToolSpec) -> Value {
    let mut tool = Map::new();
    tool.insert("name".to_owned(), json!(spec.name));
    if let Some(description) = &spec.description {
        tool.insert("description".to_owned(), json!(description));
    }
    tool.insert("inputSchema".to_owned(), json!({"json": spec.parameters}));
    json!({"toolSpec": tool})
}

/// As the API spells it; OpenAI's words are translated, `none` has no counterpart.
fn tool_choice(choice: &Value) -> Option<Value> {
    if let Some(name) = choice.pointer("/function/name") {
        return Some(json!({"tool": {"name": name}}));
    }
    match choice.as_str() {
        Some("none") => None,
        Some("required" | "any") => Some(json!({"any": {}})),
        Some(_) => Some(json!({"auto": {}})),
        None => Some(choice.clone()),
    }
}
