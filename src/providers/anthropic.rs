//! Anthropic's messages (`POST /v1/messages`). Instructions stand apart from the conversation, `max_tokens` is
//! required, and `anthropic-version` decides whether sampling parameters exist at all. `anthropic/` holds the two
//! directions.
mod answer;
mod encode;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::Value;

use crate::domain::{Completion, Endpoint, Reply, Role, Version};
use crate::registry::{Key, Kind, Row};

use super::growing::{Growing, Stream};
use super::{
    Call, Failure, Member, Provider, ProviderKind, Refusal, Remark, StreamDecoder, Wire, json_call, params,
    sse,
};

/// The row.
pub(super) const ROW: Row<Member> = Row {
    name: "anthropic",
    aliases: &[],
    doc: "Anthropic's messages",
    keys: KEYS,
    make: Member {
        make,
        base_url: Some("https://api.anthropic.com/v1"),
        api_key_env: Some("ANTHROPIC_API_KEY"),
        access: None,
        kind: ProviderKind::Api,
    },
};

/// Settings of an endpoint of this protocol.
const KEYS: &[Key] = &[Key::optional(
    "version",
    Kind::Choice(&["2023-06-01", "2026-10-21"]),
    "the `anthropic-version` header; sampling parameters exist in 2023-06-01 alone",
)];

/// The version sent when the endpoint names none.
const DEFAULT_VERSION: &str = "2023-06-01";

/// The first version whose API refuses [`SAMPLING`].
const WITHOUT_SAMPLING: &str = "2026-10-21";

/// What `max_tokens` is when the version names none: the API requires one.
const DEFAULT_MAX_TOKENS: u64 = 1024;

/// Parameters that 2026-10-21 removed.
const SAMPLING: &[&str] = &["temperature", "top_p", "top_k"];

/// The other parameters of the published API.
const PARAMS: &[&str] = &[
    "cache_control",
    "container",
    "context_management",
    "diagnostics",
    "inference_geo",
    "max_tokens",
    "mcp_servers",
    "metadata",
    "output_config",
    "service_tier",
    "speed",
    "stop_sequences",
    "thinking",
    "user_profile_id",
    "workspace_id",
];

/// Names the call fills from other keys of the version, and names of another API, with what to write instead.
const RESERVED: &[(&str, &str)] = &[
    ("model", "write it as the version's `model: PROVIDER/MODEL`"),
    ("messages", "use the version's `prompt` or `messages`"),
    ("system", "use a `system` entry of the version's `messages`"),
    ("tools", "use the version's `tools`"),
    ("tool_choice", "use the version's `tool_choice`"),
    ("stream", "use the version's `stream`"),
];

/// Names people bring from other APIs, too far from ours for a nearest name.
const FOREIGN: &[(&str, &str)] = &[
    ("stop", "stop_sequences"),
    ("max_completion_tokens", "max_tokens"),
    ("max_output_tokens", "max_tokens"),
    ("reasoning_effort", "output_config: {effort: …}"),
    ("response_format", "response_schema"),
];

/// The translator of one endpoint.
#[derive(Debug)]
pub struct Anthropic {
    url: String,
    headers: Vec<(String, String)>,
    version: String,
}

/// Builds it. A `base_url` with or without its last `/v1` is the same place.
///
/// # Errors
/// The endpoint has no usable `base_url`.
pub fn make(endpoint: &Endpoint) -> Result<Arc<dyn Provider>, Refusal> {
    let base = json_call::base_url(endpoint)?;
    let base = base.strip_suffix("/v1").unwrap_or(&base);
    let version = endpoint.options.get("version").and_then(Value::as_str).unwrap_or(DEFAULT_VERSION);
    Ok(Arc::new(Anthropic {
        url: format!("{base}/v1/messages"),
        headers: endpoint.headers.clone(),
        version: version.to_owned(),
    }))
}

impl Provider for Anthropic {
    fn check(&self, version: &Version) -> Vec<Remark> {
        let mut remarks = params::checked(&version.params, RESERVED, FOREIGN, &[PARAMS, SAMPLING]);
        if self.version.as_str() >= WITHOUT_SAMPLING {
            remarks.extend(SAMPLING.iter().filter(|name| version.params.contains_key(**name)).map(|name| {
                let message =
                    format!("`{name}` was removed from the API in anthropic-version {WITHOUT_SAMPLING}");
                params::fatal(&format!("params.{name}"), message)
            }));
        }
        if !version.params.contains_key("max_tokens") {
            let message = format!("the API requires `max_tokens`: {DEFAULT_MAX_TOKENS} is sent");
            remarks.push(params::warning("params.max_tokens", message));
        }
        remarks.extend(late_system(version));
        remarks
    }

    fn encode(&self, call: &Call<'_>) -> Result<Wire, Refusal> {
        let body = encode::body(call)?;
        let mut http =
            json_call::post(&self.url, ("x-api-key", ""), &self.headers, body, call.version.stream);
        if !http.headers.iter().any(|header| header.name == "anthropic-version") {
            http.headers.push(json_call::text("anthropic-version", &self.version));
        }
        Ok(Wire::Http(http))
    }

    fn decode(&self, reply: &Reply) -> Result<Completion, Failure> {
        let value = json_call::json_of(reply)?;
        let mut growing = Growing::default();
        answer::whole(&mut growing, &value)?;
        growing.whole("`content`")
    }

    fn stream(&self) -> Option<Box<dyn StreamDecoder>> {
        Some(Box::new(Stream::<sse::Decoder>::new(answer::event)))
    }
}

/// A system message after the conversation began: the API has no place for it but the beginning.
fn late_system(version: &Version) -> Option<Remark> {
    let mut roles =
        version.messages.iter().map(|message| message.role).skip_while(|role| *role == Role::System);
    roles.any(|role| role == Role::System).then(|| {
        params::warning(
            "messages",
            "this API takes system messages at the beginning only: all are sent there",
        )
    })
}
