//! Images and files of messages, as most APIs want them: base64, data URLs, a neutral name.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::domain::{Attachment, Content, Message, Part, Role};

use super::{Call, Refusal};

/// The bytes in base64; empty for a URL.
pub(super) fn base64(attachment: &Attachment) -> String {
    match &attachment.content {
        Content::Url => String::new(),
        Content::Bytes { data, .. } => STANDARD.encode(data),
    }
}

/// The bytes as text.
pub(super) fn text(attachment: &Attachment) -> String {
    match &attachment.content {
        Content::Url => String::new(),
        Content::Bytes { data, .. } => String::from_utf8_lossy(data).into_owned(),
    }
}

/// Why no API that wants the bytes takes a URL.
pub(super) fn no_url(attachment: &Attachment) -> Option<&'static str> {
    is_url(attachment).then_some("it takes no URLs; name a file")
}

/// The URL, or the bytes as a `data:` URL.
pub(super) fn url(attachment: &Attachment) -> String {
    match attachment.content {
        Content::Url => attachment.name.clone(),
        Content::Bytes { .. } => format!("data:{};base64,{}", attachment.media_type, base64(attachment)),
    }
}

/// Whether the provider would have to fetch it.
pub(super) fn is_url(attachment: &Attachment) -> bool {
    attachment.content == Content::Url
}

/// A name that says nothing but which file it is: the path is no part of a version, so no model may see it.
pub(super) fn neutral_name(attachment: &Attachment) -> String {
    match &attachment.content {
        Content::Url => attachment.kind.name().to_owned(),
        Content::Bytes { digest, .. } => format!("{}-{}", attachment.kind.name(), digest.short()),
    }
}

/// The ending of a media type: `pdf`, `jpeg`, `txt`.
pub(super) fn ending(attachment: &Attachment) -> &str {
    match attachment.media_type.rsplit('/').next().unwrap_or_default() {
        "plain" => "txt",
        ending => ending,
    }
}

/// The neutral name with its ending.
pub(super) fn file_name(attachment: &Attachment) -> String {
    format!("{}.{}", neutral_name(attachment), ending(attachment))
}

/// Refuses what the API does not take: `why_not` says why, `None` for what it does.
///
/// # Errors
/// An attachment is not taken.
pub(super) fn check(
    call: &Call<'_>,
    why_not: fn(&Attachment) -> Option<&'static str>,
) -> Result<(), Refusal> {
    for (index, message) in call.messages.iter().enumerate() {
        for attachment in of(message) {
            if let Some(why) = why_not(attachment) {
                let provider = call.version.target.provider();
                let shown = format!("the {} `{}`", attachment.kind.name(), attachment.name);
                let message = format!("`{provider}` cannot be sent {shown}: {why}");
                return Err(Refusal { key: Some(format!("messages[{index}]")), message });
            }
        }
    }
    Ok(())
}

/// The images and files of a message; only the user sends any.
pub(super) fn of(message: &Message) -> impl Iterator<Item = &Attachment> {
    let says = message.role == Role::User;
    message.parts.iter().filter_map(move |part| match part {
        Part::Attachment(attachment) if says => Some(attachment),
        _ => None,
    })
}
