//! Parameters and models by their names: what the API knows, what the call fills itself, what models refuse while they
//! think.
use serde_json::Value;

use crate::domain::{Target, Version};
use crate::providers::{Remark, params};

/// Parameters of the published API.
pub(super) const PARAMS: &[&str] = &[
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "metadata",
    "modalities",
    "moderation",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream_options",
    "temperature",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

/// What other services that speak the protocol add.
pub(super) const COMPATIBLE_PARAMS: &[&str] = &[
    "best_of",
    "cache_prompt",
    "chat_template_kwargs",
    "citation_options",
    "context_length_exceeded_behavior",
    "disable_reasoning",
    "grammar",
    "guided_choice",
    "guided_json",
    "guided_regex",
    "ignore_eos",
    "include_reasoning",
    "length_penalty",
    "min_p",
    "min_tokens",
    "mirostat",
    "mirostat_eta",
    "mirostat_tau",
    "models",
    "n_predict",
    "num_ctx",
    "plugins",
    "prompt_mode",
    "provider",
    "random_seed",
    "reasoning",
    "reasoning_format",
    "repeat_penalty",
    "repetition_penalty",
    "route",
    "safe_prompt",
    "samplers",
    "search_parameters",
    "skip_special_tokens",
    "stop_token_ids",
    "structured_outputs",
    "thinking",
    "top_a",
    "top_k",
    "transforms",
    "typical_p",
    "usage",
];

/// Parameters that models refuse while they think, and the one value of each that they take.
const SAMPLING: &[(&str, Option<f64>)] = &[
    ("frequency_penalty", Some(0.0)),
    ("logit_bias", None),
    ("logprobs", None),
    ("presence_penalty", Some(0.0)),
    ("temperature", Some(1.0)),
    ("top_logprobs", None),
    ("top_p", Some(1.0)),
];

/// Names the call fills from other keys of the version, and what to write instead.
pub(super) const RESERVED: &[(&str, &str)] = &[
    ("model", "write it as the version's `model: PROVIDER/MODEL`"),
    ("messages", "use the version's `prompt` or `messages`"),
    ("tools", "use the version's `tools`"),
    ("tool_choice", "use the version's `tool_choice`"),
    ("stream", "use the version's `stream`"),
    ("n", "use `repeats` under `run`, one answer is read of each call"),
];

/// Models that count hidden reasoning against their limit, so that the API refuses `max_tokens`.
pub(super) fn thinks(model: &str) -> bool {
    // Routers put the vendor before it.
    let name = model.rsplit('/').next().unwrap_or(model);
    let name = name.strip_prefix("ft:").unwrap_or(name);
    let families = ["o1", "o3", "o4", "gpt-5", "gpt-6"];
    families.into_iter().any(|family| name.starts_with(family)) && !name.starts_with("gpt-5-chat")
}

/// Whether a model of OpenAI's refuses sampling parameters: while it thinks. From 5.1 on it does so only when asked.
fn refuses_sampling(model: &str, effort: Option<&Value>) -> bool {
    let when_asked = model.contains("gpt-5.") || model.contains("gpt-6");
    thinks(model) && effort.map_or(!when_asked, |effort| effort.as_str() != Some("none"))
}

/// What there is to say of sampling parameters that are not at what they are anyway.
pub(super) fn sampling(version: &Version, effort: Option<&Value>) -> Vec<Remark> {
    let Target::Model { model, .. } = &version.target else { return Vec::new() };
    let is_default = |value: &Value, default: Option<f64>| default.is_some() && value.as_f64() == default;
    let refused = SAMPLING.iter().filter(|(name, default)| {
        version.params.get(*name).is_some_and(|value| !is_default(value, *default))
    });
    let remark = |(name, _): &(&str, Option<f64>)| {
        params::warning(
            &format!("params.{name}"),
            format!("`{model}` refuses `{name}` while it thinks: leave it out"),
        )
    };
    if refuses_sampling(model, effort) { refused.map(remark).collect() } else { Vec::new() }
}

/// All of xAI's models think, but those that say otherwise; what is asked of one that does not is passed over there.
pub(super) fn grok_thinks(model: &str) -> bool {
    !model.contains("non-reasoning")
}
