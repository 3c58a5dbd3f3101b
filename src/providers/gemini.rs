//! Google's Gemini (`models/M:generateContent`, `:streamGenerateContent?alt=sse`). Instructions stand apart,
//! sampling parameters live in `generationConfig`, thinking is counted apart from the answer. `gemini/` holds the two
//! directions.
mod answer;
mod encode;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::Value;

use crate::domain::{Completion, Endpoint, Reply, Target, Version};
use crate::registry::{Key, Kind, Row};

use super::growing::{Growing, Stream};
use super::{
    Call, Failure, Member, Provider, ProviderKind, Refusal, Remark, StreamDecoder, Wire, json_call, params,
    sse,
};

/// The row.
pub(super) const ROW: Row<Member> = Row {
    name: "gemini",
    aliases: &[],
    doc: "Google's Gemini",
    keys: KEYS,
    make: Member {
        make,
        base_url: Some("https://generativelanguage.googleapis.com"),
        api_key_env: Some("GEMINI_API_KEY"),
        access: None,
        kind: ProviderKind::Api,
    },
};

/// Settings of an endpoint of this protocol.
const KEYS: &[Key] = &[Key::optional(
    "api_version",
    Kind::Text,
    "the API version in the path (`v1beta`); `v1` has fewer fields",
)];

/// The version in the path when the endpoint names none.
const DEFAULT_VERSION: &str = "v1beta";

/// Parameters of `generationConfig`, as the API spells them; `top_p` and `topP` are the same.
const PARAMS: &[&str] = &[
    "frequencyPenalty",
    "imageConfig",
    "logprobs",
    "maxOutputTokens",
    "mediaResolution",
    "presencePenalty",
    "responseLogprobs",
    "responseMimeType",
    "responseModalities",
    "seed",
    "speechConfig",
    "stopSequences",
    "temperature",
    "thinkingConfig",
    "topK",
    "topP",
];

/// Parameters that stand beside `generationConfig`.
const OUTSIDE: &[&str] = &["cachedContent", "labels", "safetySettings", "serviceTier", "toolConfig"];

/// Names of other APIs, and what this one calls them.
const FOREIGN: &[(&str, &str)] = &[
    ("maxTokens", "maxOutputTokens"),
    ("maxCompletionTokens", "maxOutputTokens"),
    ("stop", "stopSequences"),
];

/// Names the call fills from other keys of the version, and what to write instead.
const RESERVED: &[(&str, &str)] = &[
    ("model", "write it as the version's `model: PROVIDER/MODEL`"),
    ("contents", "use the version's `prompt` or `messages`"),
    ("messages", "use the version's `prompt` or `messages`"),
    ("system_instruction", "use a `system` entry of the version's `messages`"),
    ("tools", "use the version's `tools`"),
    ("stream", "use the version's `stream`"),
    ("response_json_schema", "use the version's `response_schema`"),
    ("candidate_count", "use `repeats` under `run`, one answer is read of each call"),
];

/// The translator of one endpoint.
#[derive(Debug)]
pub struct Gemini {
    /// Up to and with the API version.
    base: String,
    headers: Vec<(String, String)>,
}

/// Builds it. A `base_url` with or without its API version is the same place.
///
/// # Errors
/// The endpoint has no usable `base_url`.
pub fn make(endpoint: &Endpoint) -> Result<Arc<dyn Provider>, Refusal> {
    let written = json_call::base_url(endpoint)?;
    let (base, in_url) = ["v1beta", "v1"]
        .into_iter()
        .find_map(|version| Some((written.strip_suffix(version)?.strip_suffix('/')?, version)))
        .unwrap_or((&written, DEFAULT_VERSION));
    let version = endpoint.options.get("api_version").and_then(Value::as_str).unwrap_or(in_url);
    Ok(Arc::new(Gemini { base: format!("{base}/{version}"), headers: endpoint.headers.clone() }))
}

impl Provider for Gemini {
    fn check(&self, version: &Version) -> Vec<Remark> {
        let mut remarks = params::reserved(&version.params, RESERVED);
        for name in version.params.keys() {
            let known = encode::camel(name);
            if RESERVED.iter().any(|(reserved, _)| reserved == name) {
                continue;
            }
            if !PARAMS.iter().chain(OUTSIDE).any(|one| *one == known) {
                let one = std::iter::once((known.clone(), Value::Null)).collect();
                remarks.extend(
                    params::unknown(&one, &[PARAMS, OUTSIDE])
                        .into_iter()
                        .map(|remark| Remark { key: format!("params.{name}"), ..remark }),
                );
            }
        }
        remarks
    }

    fn encode(&self, call: &Call<'_>) -> Result<Wire, Refusal> {
        let Target::Model { model, .. } = &call.version.target else {
            return Err(json_call::needs_a_model());
        };
        // `tunedModels/x` and `models/x` are whole names already.
        let name = if model.contains('/') {
            model.split('/').map(json_call::segment).collect::<Vec<_>>().join("/")
        } else {
            format!("models/{}", json_call::segment(model))
        };
        let method = if call.version.stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
        let url = format!("{}/{name}:{method}", self.base);
        let body = encode::body(call)?;
        Ok(Wire::Http(json_call::post(
            &url,
            ("x-goog-api-key", ""),
            &self.headers,
            body,
            call.version.stream,
        )))
    }

    fn decode(&self, reply: &Reply) -> Result<Completion, Failure> {
        let value = json_call::json_of(reply)?;
        let mut growing = Growing::default();
        answer::take(&mut growing, "", &value)?;
        growing.whole("`candidates`")
    }

    fn stream(&self) -> Option<Box<dyn StreamDecoder>> {
        Some(Box::new(Stream::<sse::Decoder>::new(answer::take)))
    }
}
