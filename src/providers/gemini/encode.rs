//! A call as the body of `generateContent`.
use serde_json::{Value, json};

use crate::domain::{Map, Message, Part, Role, ToolCall, ToolSpec};
use crate::providers::{Call, Refusal, attached, growing};

use super::{FOREIGN, OUTSIDE};

/// The body.
///
/// # Errors
/// `params.generationConfig` or a setting beside it has no place, or an image is a URL.
pub(super) fn body(call: &Call<'_>) -> Result<Map, Refusal> {
    attached::check(call, attached::no_url)?;
    let version = call.version;
    let mut body = Map::new();
    let system: Vec<String> = call
        .messages
        .iter()
        .filter(|message| message.role == Role::System)
        .map(Message::joined_text)
        .filter(|text| !text.is_empty())
        .collect();
    if !system.is_empty() {
        body.insert("systemInstruction".to_owned(), json!({"parts": [{"text": system.join("\n\n")}]}));
    }
    body.insert("contents".to_owned(), Value::Array(contents(call.messages)));
    let mut config = Map::new();
    for (name, value) in &version.params {
        let name = camel(name);
        if OUTSIDE.contains(&name.as_str()) {
            body.insert(name, value.clone());
        } else if name == "stopSequences" && value.is_string() {
            config.insert(name, json!([value]));
        } else {
            config.insert(name, value.clone());
        }
    }
    if let Some(schema) = &version.response_schema {
        config.insert("responseMimeType".to_owned(), json!("application/json"));
        config.insert("responseJsonSchema".to_owned(), schema.clone());
    }
    if !config.is_empty() {
        body.insert("generationConfig".to_owned(), Value::Object(config));
    }
    if !version.tools.is_empty() {
        let tools: Vec<Value> = version.tools.iter().map(tool).collect();
        body.insert("tools".to_owned(), json!([{"functionDeclarations": tools}]));
    }
    if let Some(choice) = &version.tool_choice {
        body.insert("toolConfig".to_owned(), tool_choice(choice));
    }
    Ok(body)
}

/// The API's spelling of a parameter: `top_p` and OpenAI's names are translated, so that one `base` serves all.
pub(super) fn camel(name: &str) -> String {
    let mut out = String::new();
    let mut raise = false;
    for letter in name.chars() {
        if letter == '_' {
            raise = !out.is_empty();
        } else if std::mem::take(&mut raise) {
            out.extend(letter.to_uppercase());
        } else {
            out.push(letter);
        }
    }
    FOREIGN.iter().find(|(theirs, _)| *theirs == out).map_or(out, |(_, ours)| (*ours).to_owned())
}

/// Turns: neighbours of one side are one turn, since answers of tools belong together.
fn contents(messages: &[Message]) -> Vec<Value> {
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in messages.iter().filter(|message| message.role != Role::System) {
        let role = if message.role == Role::Assistant { "model" } else { "user" };
        let parts = parts(message, messages);
        match turns.last_mut() {
            Some((last, before)) if *last == role => before.extend(parts),
            _ => turns.push((role, parts)),
        }
    }
    turns.into_iter().map(|(role, parts)| json!({"role": role, "parts": parts})).collect()
}

/// The parts; what marks the part after it becomes a field of that.
fn parts(message: &Message, messages: &[Message]) -> Vec<Value> {
    let (mut all, mut mark) = (Vec::new(), None);
    for one in &message.parts {
        match one {
            Part::Thought(thought) if thought.raw.get("thought").is_some() => all.push(thought.raw.clone()),
            Part::Thought(thought) => mark = thought.raw.as_object(),
            _ => {
                let mut part = part(one, messages);
                if let (Value::Object(part), Some(mark)) = (&mut part, mark.take()) {
                    part.extend(mark.clone());
                }
                all.push(part);
            }
        }
    }
    all
}

fn part(part: &Part, messages: &[Message]) -> Value {
    match part {
        Part::Thought(thought) => thought.raw.clone(),
        Part::Text(text) => json!({"text": text}),
        Part::Attachment(attachment) => {
            json!({"inlineData": {"mimeType": attachment.media_type, "data": attached::base64(attachment)}})
        }
        Part::ToolCall(ToolCall { id, name, arguments }) => {
            let args =
                if arguments.is_object() { arguments.clone() } else { json!({"arguments": arguments}) };
            json!({"functionCall": with_id(id, json!({"name": name, "args": args}))})
        }
        Part::ToolResult { id, content } => {
            let name = called(id, messages).unwrap_or(id);
            json!({"functionResponse": with_id(id, json!({"name": name, "response": {"result": content}}))})
        }
    }
}

/// A call or an answer with the id the API gave it, which it gives some models' calls only.
fn with_id(id: &str, mut call: Value) -> Value {
    if !growing::is_ours(id) {
        call["id"] = json!(id);
    }
    call
}

/// The name of the tool a call asked for: the API knows answers by it.
fn called<'a>(wanted: &str, messages: &'a [Message]) -> Option<&'a str> {
    messages.iter().flat_map(|message| &message.parts).find_map(|part| match part {
        Part::ToolCall(ToolCall { id, name, .. }) if id == wanted => Some(name.as_str()),
        _ => None,
    })
}

fn tool(spec: &ToolSpec) -> Value {
    let mut tool = Map::new();
    tool.insert("name".to_owned(), json!(spec.name));
    if let Some(description) = &spec.description {
        tool.insert("description".to_owned(), json!(description));
    }
    tool.insert("parametersJsonSchema".to_owned(), spec.parameters.clone());
    Value::Object(tool)
}

/// As the API spells it; OpenAI's words are translated.
fn tool_choice(choice: &Value) -> Value {
    if let Some(name) = choice.pointer("/function/name") {
        return json!({"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": [name]}});
    }
    match choice.as_str() {
        Some("required") => json!({"functionCallingConfig": {"mode": "ANY"}}),
        Some(word) => json!({"functionCallingConfig": {"mode": word.to_uppercase()}}),
        None => choice.clone(),
    }
}
