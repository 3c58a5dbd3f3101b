//! OpenAI's chat completions (`POST /chat/completions`), and with them every service that speaks the same protocol
//! at another place: those are rows of the table, their few differences are its `Dialect`. Parameters pass through as
//! written. `openai/` holds the two directions and the `names` that planning knows; and with `api: responses` OpenAI's newer
//! protocol (`POST /responses`).
mod answer;
mod encode;
mod names;
mod responses;
#[cfg(test)]
mod tests;
mod thoughts;

use std::sync::Arc;

use serde_json::Value;

use crate::domain::{Completion, Endpoint, ErrorType, Reply, Target, Version};
use crate::registry::{Key, Kind, Row};

use super::growing::{Growing, Stream};
use super::{
    Call, Failure, Member, PROVIDERS, Provider, ProviderKind, Refusal, Remark, StreamDecoder, Wire,
    json_call, params, sse,
};
use names::{COMPATIBLE_PARAMS, PARAMS, RESERVED, grok_thinks, sampling, thinks};

pub(super) use encode::tool;

/// The row.
pub(super) const ROW: Row<Member> = Row {
    name: "openai",
    aliases: &[],
    doc: "OpenAI's chat completions",
    keys: KEYS,
    make: Member {
        make,
        base_url: Some("https://api.openai.com/v1"),
        api_key_env: Some("OPENAI_API_KEY"),
        access: None,
        kind: ProviderKind::Api,
    },
};

/// The row of a service that speaks this protocol.
pub(super) const fn service(
    name: &'static str,
    doc: &'static str,
    base_url: &'static str,
    api_key_env: Option<&'static str>,
) -> Row<Member> {
    let make = Member { make, base_url: Some(base_url), api_key_env, access: None, kind: ProviderKind::Api };
    Row { name, aliases: &[], doc, keys: KEYS, make }
}

/// Which of the two protocols.
pub(super) const API: Key = Key::optional(
    "api",
    Kind::Choice(&["chat", "responses"]),
    "`chat` completions, or OpenAI's newer `responses`",
);

/// Settings of an endpoint of this protocol.
const KEYS: &[Key] = &[
    API,
    Key::optional(
        "structured_output",
        Kind::Choice(&["json_schema", "json_object", "none"]),
        "what of `response_schema` the API understands",
    ),
    Key::optional("stream_usage", Kind::Bool, "ask for token counts at the end of a stream"),
];

/// How a service differs from OpenAI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Dialect {
    structured: Structured,
    /// Whether `stream_options.include_usage` may be sent. Where not, the last chunk has the counts anyway.
    stream_usage: bool,
    /// How a file is written into a message.
    files: Files,
    /// Names of OpenAI's that the API refuses, and what it calls them.
    foreign: &'static [(&'static str, &'static str)],
}

/// How a file is written into a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Files {
    /// `{"type": "file"}`, as OpenAI has it.
    File,
    /// `{"type": "document_url"}`, as Mistral has it.
    DocumentUrl,
}

impl Dialect {
    /// OpenAI's own.
    const ORIGINAL: Self =
        Self { structured: Structured::Schema, stream_usage: true, files: Files::File, foreign: &[] };
}

/// What of a schema the API understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Structured {
    Schema,
    Object,
    Nothing,
}

/// The translator of one endpoint.
#[derive(Debug)]
pub struct OpenAi {
    /// `{deployment}` in it is the model's name.
    url: String,
    /// The header of the key and what stands before it.
    key: (&'static str, &'static str),
    headers: Vec<(String, String)>,
    dialect: Dialect,
    /// At its own address: only then is every parameter of others unknown.
    original: bool,
    /// OpenAI's own models answer: at its own address, and in Azure.
    own_models: bool,
}

/// Builds it.
///
/// # Errors
/// The endpoint has no usable `base_url`.
pub fn make(endpoint: &Endpoint) -> Result<Arc<dyn Provider>, Refusal> {
    let base = json_call::base_url(endpoint)?;
    Ok(at(endpoint, &base, "", ("authorization", "Bearer ")))
}

/// The same protocol at a place of another shape: up to the API's name, a query behind it, the header of the key.
pub(super) fn at(
    endpoint: &Endpoint,
    base: &str,
    query: &str,
    key: (&'static str, &'static str),
) -> Arc<dyn Provider> {
    let headers = endpoint.headers.clone();
    if endpoint.options.get("api").and_then(Value::as_str) == Some("responses") {
        let url = format!("{base}/responses{query}");
        let thinks = if endpoint.kind == "xai" { grok_thinks } else { thinks };
        return Arc::new(responses::Responses { url, key, headers, thinks });
    }
    let original = PROVIDERS.find("openai").and_then(|row| row.make.base_url) == Some(base);
    Arc::new(OpenAi {
        original,
        own_models: original || endpoint.kind == "azure-openai",
        url: format!("{base}/chat/completions{query}"),
        key,
        headers,
        dialect: dialect(endpoint),
    })
}

/// The row's dialect, overridden by the endpoint's own settings.
fn dialect(endpoint: &Endpoint) -> Dialect {
    let row = match endpoint.kind.as_str() {
        // Both refuse fields they do not know and always count at the end of a stream.
        "mistral" => {
            let foreign = &[("max_completion_tokens", "max_tokens"), ("seed", "random_seed")];
            Dialect { stream_usage: false, files: Files::DocumentUrl, foreign, ..Dialect::ORIGINAL }
        }
        "fireworks" => Dialect { stream_usage: false, ..Dialect::ORIGINAL },
        "deepseek" => Dialect { structured: Structured::Object, ..Dialect::ORIGINAL },
        _ => Dialect::ORIGINAL,
    };
    let structured = match endpoint.options.get("structured_output").and_then(Value::as_str) {
        Some("json_schema") => Structured::Schema,
        Some("json_object") => Structured::Object,
        Some("none") => Structured::Nothing,
        _ => row.structured,
    };
    let stream_usage =
        endpoint.options.get("stream_usage").and_then(Value::as_bool).unwrap_or(row.stream_usage);
    Dialect { structured, stream_usage, ..row }
}

impl Provider for OpenAi {
    fn check(&self, version: &Version) -> Vec<Remark> {
        let known: &[&[&str]] = if self.original { &[PARAMS] } else { &[PARAMS, COMPATIBLE_PARAMS] };
        let mut remarks = params::checked(&version.params, RESERVED, self.dialect.foreign, known);
        remarks.extend(self.check_schema(version));
        if let Target::Model { model, .. } = &version.target
            && self.own_models
            && thinks(model)
            && version.params.contains_key("max_tokens")
        {
            let message = format!("`{model}` takes `max_completion_tokens` instead of `max_tokens`");
            remarks.push(params::warning("params.max_tokens", message));
        }
        if self.own_models {
            remarks.extend(sampling(version, version.params.get("reasoning_effort")));
        }
        remarks
    }

    fn encode(&self, call: &Call<'_>) -> Result<Wire, Refusal> {
        let body = encode::body(call, self.dialect)?;
        let url = match &call.version.target {
            Target::Model { model, .. } => self.url.replace("{deployment}", &json_call::segment(model)),
            _ => self.url.clone(),
        };
        Ok(Wire::Http(json_call::post(&url, self.key, &self.headers, body, call.version.stream)))
    }

    fn decode(&self, reply: &Reply) -> Result<Completion, Failure> {
        decode(reply).map_err(|failure| if self.own_models { failure } else { as_sent(failure, reply) })
    }

    fn stream(&self) -> Option<Box<dyn StreamDecoder>> {
        Some(Box::new(Stream::<sse::Decoder>::new(answer::take)))
    }
}

/// What other services call `insufficient_quota` may be a rate's refusal, which passes: the status that came stands.
fn as_sent(failure: Failure, reply: &Reply) -> Failure {
    match (&failure.kind, reply) {
        (ErrorType::Status(402), Reply::Http { status: 429, .. }) => {
            Failure { kind: ErrorType::Status(429), ..failure }
        }
        _ => failure,
    }
}

/// Reads a whole reply of this protocol (recorded ones too).
///
/// # Errors
/// The reply is an error, is empty, or cannot be read.
pub fn decode(reply: &Reply) -> Result<Completion, Failure> {
    let value = json_call::json_of(reply)?;
    let mut growing = Growing::default();
    answer::take(&mut growing, "", &value)?;
    growing.whole("`choices`")
}

impl OpenAi {
    fn check_schema(&self, version: &Version) -> Option<Remark> {
        let schema = version.response_schema.as_ref()?;
        if version.params.contains_key("response_format") {
            let message = "`response_format` and `response_schema` say the same thing twice: keep one";
            return Some(params::fatal("params.response_format", message));
        }
        let message = match self.dialect.structured {
            Structured::Schema if open_object(schema) => {
                "strict structured output needs `additionalProperties: false` on every object of the schema"
            }
            Structured::Schema => return None,
            Structured::Object => {
                "this API takes no schema: only a JSON object is asked for, so name the fields in the prompt"
            }
            Structured::Nothing => {
                "this API takes no schema: it is not sent, so describe the answer in the prompt"
            }
        };
        Some(params::warning("response_schema", message))
    }
}

/// Whether some object of a schema admits properties it does not name.
fn open_object(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => {
            let object =
                map.get("type").and_then(Value::as_str) == Some("object") && map.contains_key("properties");
            (object && map.get("additionalProperties") != Some(&Value::Bool(false)))
                || map.values().any(open_object)
        }
        Value::Array(items) => items.iter().any(open_object),
        _ => false,
    }
}
