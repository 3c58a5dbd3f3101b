//! Messages as the JSON of the GenAI conventions: roles, and parts `text`, `tool_call` and `tool_call_response`.
//! Both directions, so that what is stored for people to read is also what the program reads back.
use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{Message, Part, Role, ToolCall};

/// A message on the wire.
#[derive(Serialize, Deserialize)]
struct MessageShape<'a> {
    role: Cow<'a, str>,
    parts: Vec<PartShape<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    finish_reason: Option<Cow<'a, str>>,
}

impl<'a> MessageShape<'a> {
    fn of(message: &'a Message) -> Self {
        let parts = message.parts.iter().map(PartShape::of).collect();
        Self { role: message.role.name().into(), parts, finish_reason: None }
    }
}

/// A part on the wire.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum PartShape<'a> {
    Text { content: Cow<'a, str> },
    ToolCall { id: Cow<'a, str>, name: Cow<'a, str>, arguments: Cow<'a, Value> },
    ToolCallResponse { id: Cow<'a, str>, response: Cow<'a, str> },
}

impl<'a> PartShape<'a> {
    fn of(part: &'a Part) -> Self {
        match part {
            Part::Text(text) => Self::text(text),
            Part::ToolCall(call) => Self::call(call),
            Part::ToolResult { id, content } => {
                Self::ToolCallResponse { id: id.into(), response: content.into() }
            }
        }
    }

    fn text(text: &'a str) -> Self {
        Self::Text { content: text.into() }
    }

    fn call(call: &'a ToolCall) -> Self {
        let (id, name) = (Cow::from(&call.id), Cow::from(&call.name));
        Self::ToolCall { id, name, arguments: Cow::Borrowed(&call.arguments) }
    }

    fn into_part(self) -> Part {
        match self {
            Self::Text { content } => Part::Text(content.into_owned()),
            Self::ToolCall { id, name, arguments } => Part::ToolCall(ToolCall {
                id: id.into_owned(),
                name: name.into_owned(),
                arguments: arguments.into_owned(),
            }),
            Self::ToolCallResponse { id, response } => {
                Part::ToolResult { id: id.into_owned(), content: response.into_owned() }
            }
        }
    }
}

/// The instructions above the conversation and the conversation. Only a system message that comes first stands above
/// it; any other stays where it was said, so that the two put together are the messages again.
#[must_use]
pub fn split_system(messages: &[Message]) -> (Option<&Message>, &[Message]) {
    match messages.split_first() {
        Some((first, rest)) if first.role == Role::System => (Some(first), rest),
        _ => (None, messages),
    }
}

/// JSON of a message's parts: `gen_ai.system_instructions`.
#[must_use]
pub fn parts_json(parts: &[Part]) -> String {
    json(&parts.iter().map(PartShape::of).collect::<Vec<_>>())
}

/// JSON of messages: `gen_ai.input.messages`.
#[must_use]
pub fn messages_json(messages: &[Message]) -> String {
    json(&messages.iter().map(MessageShape::of).collect::<Vec<_>>())
}

/// JSON of an answer: `gen_ai.output.messages`, one message with its finish reason, without which one backend drops it.
#[must_use]
pub fn answer_json(text: &str, calls: &[ToolCall], finish_reason: &str) -> String {
    let said = (!text.is_empty()).then(|| PartShape::text(text));
    let parts = said.into_iter().chain(calls.iter().map(PartShape::call)).collect();
    let role = Role::Assistant.name().into();
    json(&[MessageShape { role, parts, finish_reason: Some(finish_reason.into()) }])
}

/// JSON of tool calls as parts.
#[must_use]
pub fn calls_json(calls: &[ToolCall]) -> String {
    json(&calls.iter().map(PartShape::call).collect::<Vec<_>>())
}

/// The parts of [`parts_json`]; `None` for anything else.
#[must_use]
pub fn parse_parts(text: &str) -> Option<Vec<Part>> {
    let shapes: Vec<PartShape<'_>> = serde_json::from_str(text).ok()?;
    Some(shapes.into_iter().map(PartShape::into_part).collect())
}

/// The messages of [`messages_json`]; `None` for anything else.
#[must_use]
pub fn parse_messages(text: &str) -> Option<Vec<Message>> {
    let shapes: Vec<MessageShape<'_>> = serde_json::from_str(text).ok()?;
    shapes
        .into_iter()
        .map(|shape| {
            let parts = shape.parts.into_iter().map(PartShape::into_part).collect();
            Some(Message { role: Role::parse(&shape.role)?, parts })
        })
        .collect()
}

/// The tool calls of [`calls_json`]; `None` for anything else.
#[must_use]
pub fn parse_calls(text: &str) -> Option<Vec<ToolCall>> {
    let call = |part| if let Part::ToolCall(call) = part { Some(call) } else { None };
    parse_parts(text)?.into_iter().map(call).collect()
}

/// Shapes hold texts and JSON values alone: writing them cannot fail.
fn json(shape: &impl Serialize) -> String {
    serde_json::to_string(shape).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn conversation() -> Vec<Message> {
        let call = ToolCall { id: "c1".into(), name: "add".into(), arguments: json!({"a": 1, "b": null}) };
        vec![
            Message::text(Role::System, "Be \"brief\".\n"),
            Message::text(Role::User, "1 + 1 → ?"),
            Message { role: Role::Assistant, parts: vec![Part::Text("…".into()), Part::ToolCall(call)] },
            Message {
                role: Role::Tool,
                parts: vec![Part::ToolResult { id: "c1".into(), content: "2".into() }],
            },
        ]
    }

    #[test]
    fn messages_round_trip_through_their_json() {
        let messages = conversation();
        assert_eq!(parse_messages(&messages_json(&messages)), Some(messages.clone()));
        let (system, rest) = split_system(&messages);
        assert_eq!(parse_parts(&parts_json(&system.unwrap().parts)), Some(messages[0].parts.clone()));
        assert_eq!(rest, &messages[1..]);
    }

    #[test]
    fn only_the_first_message_can_stand_above_the_conversation() {
        let messages = [Message::text(Role::User, "a"), Message::text(Role::System, "b")];
        assert_eq!(split_system(&messages), (None, &messages[..]));
    }

    #[test]
    fn an_answer_always_says_why_it_ended() {
        let calls = [ToolCall { id: "1".into(), name: "f".into(), arguments: json!({}) }];
        assert_eq!(
            answer_json("", &calls, "tool_calls"),
            r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"1","name":"f","arguments":{}}],"finish_reason":"tool_calls"}]"#
        );
        assert_eq!(parse_calls(&calls_json(&calls)), Some(calls.to_vec()));
    }
}
