//! OpenAI's responses (`POST /responses`): one list of items where chat completions have messages, a schema under
//! `text.format`, a stream of typed events. Nothing is stored at the provider unless `params.store` says so.
mod answer;
mod encode;
#[cfg(test)]
mod tests;

use crate::domain::{Completion, Reply, Version};
use crate::providers::growing::{Growing, Stream};
use crate::providers::openai::names::sampling;
use crate::providers::{
    Call, Failure, Provider, Refusal, Remark, StreamDecoder, Wire, json_call, params, sse,
};

/// Parameters of the published API.
const PARAMS: &[&str] = &[
    "background",
    "conversation",
    "context_management",
    "include",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "stream_options",
    "temperature",
    "text",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
    "verbosity",
];

/// Names the call fills from other keys of the version, and what to write instead.
const RESERVED: &[(&str, &str)] = &[
    ("model", "write it as the version's `model: PROVIDER/MODEL`"),
    ("input", "use the version's `prompt` or `messages`"),
    ("messages", "use the version's `prompt` or `messages`"),
    ("tools", "use the version's `tools`"),
    ("tool_choice", "use the version's `tool_choice`"),
    ("stream", "use the version's `stream`"),
];

/// Names of chat completions, and what this API calls them.
const FOREIGN: &[(&str, &str)] = &[
    ("max_tokens", "max_output_tokens"),
    ("max_completion_tokens", "max_output_tokens"),
    ("reasoning_effort", "reasoning: {effort: …}"),
    ("response_format", "response_schema"),
];

/// The translator of one endpoint.
#[derive(Debug)]
pub(super) struct Responses {
    /// Where.
    pub(super) url: String,
    /// The header of the key and what stands before it.
    pub(super) key: (&'static str, &'static str),
    /// As written in the file.
    pub(super) headers: Vec<(String, String)>,
    /// Whether a model of that name gives thoughts that can be sent back.
    pub(super) thinks: fn(&str) -> bool,
}

impl Provider for Responses {
    fn check(&self, version: &Version) -> Vec<Remark> {
        let mut remarks = params::checked(&version.params, RESERVED, FOREIGN, &[PARAMS]);
        let effort = version.params.get("reasoning").and_then(|reasoning| reasoning.get("effort"));
        remarks.extend(sampling(version, effort));
        remarks
    }

    fn encode(&self, call: &Call<'_>) -> Result<Wire, Refusal> {
        let body = encode::body(call, self.thinks)?;
        Ok(Wire::Http(json_call::post(&self.url, self.key, &self.headers, body, call.version.stream)))
    }

    fn decode(&self, reply: &Reply) -> Result<Completion, Failure> {
        let value = json_call::json_of(reply)?;
        let mut growing = Growing::default();
        answer::whole(&mut growing, &value)?;
        growing.whole("`output`")
    }

    fn stream(&self) -> Option<Box<dyn StreamDecoder>> {
        Some(Box::new(Stream::<sse::Decoder>::new(answer::event)))
    }
}
