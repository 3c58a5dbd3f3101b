//! The outside of a JSON call over HTTP: where it goes, its headers, what kind of reply it may get. Shared by the
//! providers that speak JSON over HTTP; the inside of the body is theirs.
use serde_json::Value;

use crate::domain::{Endpoint, ErrorType, Map, Reply};

use super::{Failure, Header, HeaderValue, HttpCall, PROVIDERS, Refusal, error_body};

/// Where the endpoint's API is, without a last slash: its own `base_url`, else its row's.
///
/// # Errors
/// There is none, or it is no absolute `http` or `https` URL.
pub fn base_url(endpoint: &Endpoint) -> Result<String, Refusal> {
    let row = PROVIDERS.find(&endpoint.kind);
    let refuse = |message: String| Refusal { key: Some("base_url".to_owned()), message };
    let written = endpoint.base_url.as_deref();
    let url = written
        .or_else(|| row.and_then(|row| row.make.base_url))
        .ok_or_else(|| refuse(format!("provider `{}` needs a `base_url`", endpoint.name)))?;
    let absolute = ["http://", "https://", "${"].into_iter().any(|start| url.starts_with(start));
    if !absolute || url.contains(char::is_whitespace) {
        return Err(refuse(format!("`{url}` is not an absolute http or https URL")));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// A `POST` of that body. `key` says which header the endpoint's key goes into; a header of that name written in the
/// file replaces it.
#[must_use]
pub fn post(
    url: &str,
    key: (&str, &'static str),
    written: &[(String, String)],
    body: Map,
    stream: bool,
) -> HttpCall {
    let (key_header, prefix) = key;
    // The vendors' own clients accept JSON for streams too, and so every server does.
    let mut headers = vec![text("content-type", "application/json"), text("accept", "application/json")];
    headers.push(Header { name: key_header.to_owned(), value: HeaderValue::Key { prefix } });
    for (name, value) in written {
        let name = name.to_lowercase();
        headers.retain(|header| header.name != name);
        headers.push(text(&name, value));
    }
    let body = Value::Object(body).to_string().into_bytes();
    HttpCall { method: "POST".to_owned(), url: url.to_owned(), headers, body, stream, sign: None }
}

/// A header of that text.
#[must_use]
pub fn text(name: &str, value: &str) -> Header {
    Header { name: name.to_owned(), value: HeaderValue::Text(value.to_owned()) }
}

/// The refusal of a version that names no model.
#[must_use]
pub fn needs_a_model() -> Refusal {
    Refusal { key: Some("model".to_owned()), message: "this protocol needs a model".to_owned() }
}

/// A name as one segment of a path (RFC 3986: everything but unreserved characters is escaped).
#[must_use]
pub fn segment(name: &str) -> String {
    use std::fmt::Write as _;
    name.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// The JSON of a successful reply.
///
/// # Errors
/// The status is not a success, the body is not JSON, or the reply is no HTTP reply.
pub fn json_of(reply: &Reply) -> Result<Value, Failure> {
    let body = success_body(reply)?;
    if body.is_empty() {
        return Err(Failure::new(ErrorType::Malformed, "the reply has no body"));
    }
    serde_json::from_slice(body)
        .map_err(|error| Failure::new(ErrorType::Malformed, format!("the reply is not JSON: {error}")))
}

/// The body of a successful reply.
///
/// # Errors
/// The status is not a success, or the reply is no HTTP reply.
pub fn success_body(reply: &Reply) -> Result<&[u8], Failure> {
    match reply {
        Reply::Http { status: 200..=299, body, .. } => Ok(body),
        Reply::Http { status, body, .. } => Err(error_body::of_status(*status, body)),
        Reply::Process { .. } => {
            Err(Failure::new(ErrorType::Malformed, "a program's output where an HTTP reply was expected"))
        }
    }
}
