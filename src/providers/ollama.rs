//! Ollama's own API (`POST /api/chat`, a stream of JSON lines). Sampling parameters live in `options`; what was loaded,
//! read and written took times of its own, which are kept. `ollama/` holds the two directions.
mod answer;
mod encode;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::domain::{Completion, Endpoint, Reply, Version};
use crate::registry::Row;

use super::growing::{Growing, Stream};
use super::{
    Call, Failure, Member, Provider, ProviderKind, Refusal, Remark, StreamDecoder, Wire, json_call,
    json_lines, params,
};

/// The row.
pub(super) const ROW: Row<Member> = Row {
    name: "ollama",
    aliases: &[],
    doc: "Ollama on this machine",
    keys: &[],
    make: Member {
        make,
        base_url: Some("http://127.0.0.1:11434"),
        api_key_env: None,
        access: None,
        kind: ProviderKind::Api,
    },
};

/// Names of `options`.
const OPTIONS: &[&str] = &[
    "draft_num_predict",
    "frequency_penalty",
    "main_gpu",
    "min_p",
    "mirostat",
    "mirostat_eta",
    "mirostat_tau",
    "num_batch",
    "num_ctx",
    "num_gpu",
    "num_keep",
    "num_predict",
    "num_thread",
    "numa",
    "penalize_newline",
    "presence_penalty",
    "repeat_last_n",
    "repeat_penalty",
    "seed",
    "stop",
    "temperature",
    "tfs_z",
    "top_k",
    "top_p",
    "typical_p",
    "use_mmap",
];

/// Parameters that stand beside `options`.
const OUTSIDE: &[&str] = &["format", "keep_alive", "logprobs", "think", "top_logprobs"];

/// Names of other APIs, and what this one calls them.
const FOREIGN: &[(&str, &str)] = &[("max_tokens", "num_predict"), ("max_completion_tokens", "num_predict")];

/// Names the call fills from other keys of the version, and what to write instead.
const RESERVED: &[(&str, &str)] = &[
    ("model", "write it as the version's `model: PROVIDER/MODEL`"),
    ("messages", "use the version's `prompt` or `messages`"),
    ("tools", "use the version's `tools`"),
    ("stream", "use the version's `stream`"),
    ("options", "write its entries under `params` themselves"),
];

/// The translator of one endpoint.
#[derive(Debug)]
pub struct Ollama {
    url: String,
    headers: Vec<(String, String)>,
}

/// Builds it. A `base_url` that ends in `/v1` (Ollama's compatible API) or `/api` is the same place.
///
/// # Errors
/// The endpoint has no usable `base_url`.
pub fn make(endpoint: &Endpoint) -> Result<Arc<dyn Provider>, Refusal> {
    let base = json_call::base_url(endpoint)?;
    let base = base.strip_suffix("/v1").or_else(|| base.strip_suffix("/api")).unwrap_or(&base);
    Ok(Arc::new(Ollama { url: format!("{base}/api/chat"), headers: endpoint.headers.clone() }))
}

impl Provider for Ollama {
    fn check(&self, version: &Version) -> Vec<Remark> {
        let mut remarks = params::reserved(&version.params, RESERVED);
        let mut rest = version.params.clone();
        rest.retain(|name, _| {
            !RESERVED.iter().any(|(reserved, _)| reserved == name)
                && !FOREIGN.iter().any(|(theirs, _)| theirs == name)
        });
        remarks.extend(params::unknown(&rest, &[OPTIONS, OUTSIDE]));
        if version.tool_choice.is_some() {
            remarks.push(params::warning("tool_choice", "this API has no choice of tools: it is not sent"));
        }
        if version.response_schema.is_some() && version.params.contains_key("format") {
            let message = "`format` and `response_schema` say the same thing twice: keep one";
            remarks.push(params::fatal("params.format", message));
        }
        remarks
    }

    fn encode(&self, call: &Call<'_>) -> Result<Wire, Refusal> {
        let body = encode::body(call)?;
        let key = ("authorization", "Bearer ");
        Ok(Wire::Http(json_call::post(&self.url, key, &self.headers, body, call.version.stream)))
    }

    fn decode(&self, reply: &Reply) -> Result<Completion, Failure> {
        let value = json_call::json_of(reply)?;
        let mut growing = Growing::default();
        answer::take(&mut growing, "", &value)?;
        growing.whole("`message`")
    }

    fn stream(&self) -> Option<Box<dyn StreamDecoder>> {
        Some(Box::new(Stream::<json_lines::Lines>::new(answer::take)))
    }
}
