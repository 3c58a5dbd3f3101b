//! Messages as the JSON of the GenAI conventions: roles, and parts `text`, `reasoning`, `tool_call`, `tool_call_response`,
//! and `blob` and `uri` for images and files; of a blob its size and hash stand for its bytes, of a thought its hash for
//! its provider's form of it.
//! Both directions, so that what is stored for people to read is also what the program reads back.
use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{Attachment, AttachmentKind, Content, Digest, Message, Part, Role, Thought, ToolCall};

/// The modality of pictures.
const IMAGE: &str = "image";

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
    Reasoning { content: Cow<'a, str>, sha256: String },
    ToolCall { id: Cow<'a, str>, name: Cow<'a, str>, arguments: Cow<'a, Value> },
    ToolCallResponse { id: Cow<'a, str>, response: Cow<'a, str> },
    Blob { modality: Cow<'a, str>, mime_type: Cow<'a, str>, name: Cow<'a, str>, size: u64, sha256: String },
    Uri { modality: Cow<'a, str>, mime_type: Cow<'a, str>, uri: Cow<'a, str> },
}

impl<'a> PartShape<'a> {
    fn of(part: &'a Part) -> Self {
        match part {
            Part::Text(text) => Self::Text { content: text.into() },
            Part::Thought(Thought { text, digest, .. }) => {
                Self::Reasoning { content: text.into(), sha256: digest.hex() }
            }
            Part::ToolCall(call) => Self::call(call),
            Part::Attachment(attachment) => Self::attachment(attachment),
            Part::ToolResult { id, content } => {
                Self::ToolCallResponse { id: id.into(), response: content.into() }
            }
        }
    }

    fn attachment(attachment: &'a Attachment) -> Self {
        let modality = Cow::from(match attachment.kind {
            AttachmentKind::Image => IMAGE,
            AttachmentKind::File => "document",
        });
        let (mime_type, name) = (Cow::from(&attachment.media_type), Cow::from(&attachment.name));
        match &attachment.content {
            Content::Url => Self::Uri { modality, mime_type, uri: name },
            Content::Bytes { size, digest, .. } => {
                Self::Blob { modality, mime_type, name, size: *size, sha256: digest.hex() }
            }
        }
    }

    fn call(call: &'a ToolCall) -> Self {
        let (id, name) = (Cow::from(&call.id), Cow::from(&call.name));
        Self::ToolCall { id, name, arguments: Cow::Borrowed(&call.arguments) }
    }

    fn into_part(self) -> Part {
        let attached = |modality: Cow<'_, str>, media_type: Cow<'_, str>, name: Cow<'_, str>, content| {
            let kind = if modality == IMAGE { AttachmentKind::Image } else { AttachmentKind::File };
            let (name, media_type) = (name.into_owned(), media_type.into_owned());
            Part::Attachment(Attachment { kind, name, media_type, content })
        };
        match self {
            Self::Uri { modality, mime_type, uri } => attached(modality, mime_type, uri, Content::Url),
            Self::Blob { modality, mime_type, name, size, sha256 } => {
                let content = Content::Bytes { size, digest: read(&sha256), data: Vec::new().into() };
                attached(modality, mime_type, name, content)
            }
            Self::Reasoning { content, sha256 } => {
                let (text, digest) = (content.into_owned(), read(&sha256));
                Part::Thought(Thought { text, digest, raw: Value::Null })
            }
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

fn read(sha256: &str) -> Digest {
    Digest::from_hex(sha256).unwrap_or_else(|| Digest::of(b""))
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
pub fn answer_json(parts: &[Part], finish_reason: &str) -> String {
    let parts = parts.iter().map(PartShape::of).collect();
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
    fn of_an_image_its_size_and_hash_are_kept() {
        let image = Attachment::of(AttachmentKind::Image, "a.png", "image/png", b"png".to_vec());
        let content = Content::Url;
        let url = Attachment { content, name: "https://example.org/a.gif".into(), ..image.clone() };
        let message = Message {
            role: Role::User,
            parts: vec![Part::Attachment(image.clone()), Part::Attachment(url.clone())],
        };
        let written = messages_json(&[message]);
        assert_eq!(
            written,
            format!(
                r#"[{{"role":"user","parts":[{{"type":"blob","modality":"image","mime_type":"image/png","name":"a.png","size":3,"sha256":"{}"}},{{"type":"uri","modality":"image","mime_type":"image/png","uri":"https://example.org/a.gif"}}]}}]"#,
                Digest::of(b"png").hex()
            )
        );
        let read = parse_messages(&written).unwrap().remove(0).parts;
        let content = Content::Bytes { size: 3, digest: Digest::of(b"png"), data: Vec::new().into() };
        assert_eq!(read, [Part::Attachment(Attachment { content, ..image }), Part::Attachment(url)]);
    }

    #[test]
    fn of_a_thought_its_text_and_the_hash_of_its_providers_form_are_kept() {
        let raw = json!({"thinking": "hm", "signature": "s"});
        let thought = Thought::new("hm".into(), raw.clone());
        let written = answer_json(&[Part::Thought(thought.clone()), Part::Text("4".into())], "stop");
        let sha256 = Digest::of(raw.to_string().as_bytes()).hex();
        assert_eq!(
            written,
            format!(
                r#"[{{"role":"assistant","parts":[{{"type":"reasoning","content":"hm","sha256":"{sha256}"}},{{"type":"text","content":"4"}}],"finish_reason":"stop"}}]"#
            )
        );
        let kept = Part::Thought(Thought { raw: Value::Null, ..thought });
        assert_eq!(parse_messages(&written).unwrap()[0].parts, [kept, Part::Text("4".into())]);
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
            answer_json(&[Part::ToolCall(calls[0].clone())], "tool_calls"),
            r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"1","name":"f","arguments":{}}],"finish_reason":"tool_calls"}]"#
        );
        assert_eq!(parse_calls(&calls_json(&calls)), Some(calls.to_vec()));
    }
}
