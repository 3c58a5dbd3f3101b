//! A provider only translates: resolved call -> wire call, wire reply or stream chunks -> completion.
//! No I/O, no clock, no environment: the transport does all that, the same for every provider.
//!
//! To add one: write `src/providers/NAME.rs` with a type that implements [`Provider`] and a `ROW`, then add its
//! `mod` line and its `NAME::ROW` below [`PROVIDERS`]. A service that speaks another's protocol is a row alone.
//! A version with a key of its own (`command:`, `http:`, `replay:`) gets its translator from [`own::make`].
//! Pieces they share: `sse` and `json_lines` frame streams, `growing` is an answer as it grows, `json_call` builds and
//! opens JSON calls, `attached` writes images and files, `counted` reads people's own counts, `error_body` finds the provider's words, `params` remarks on parameters, `json_path` finds a value.
pub mod anthropic;
mod attached;
pub mod azure_openai;
pub mod bedrock;
pub mod command;
#[cfg(test)]
mod conformance;
mod counted;
mod error_body;
pub mod gemini;
#[cfg(test)]
mod golden;
mod growing;
pub mod http;
pub mod json_call;
mod json_lines;
mod json_path;
pub mod ollama;
pub mod openai;
pub mod own;
mod params;
pub mod replay;
#[cfg(test)]
mod sample;
pub mod sim;
mod sse;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{Case, Completion, Endpoint, ErrorType, Map, Message, Reply, ToolCall, Usage, Version};
use crate::registry::{Row, Table};

/// Translates calls of one endpoint.
pub trait Provider: Send + Sync + std::fmt::Debug {
    /// What this provider refuses or wants to warn of about a version, found while planning: each with the key it
    /// concerns (`params.temperature`).
    fn check(&self, version: &Version) -> Vec<Remark> {
        let _ = version;
        Vec::new()
    }

    /// What a version says beforehand of every answer it will give; simulated models alone can.
    fn declared(&self, version: &Version) -> Option<Declared> {
        let _ = version;
        None
    }

    /// The call to make.
    ///
    /// # Errors
    /// The call cannot be put into this protocol; planning reports it.
    fn encode(&self, call: &Call<'_>) -> Result<Wire, Refusal>;

    /// Reads a whole reply (also the error replies of a streamed call).
    ///
    /// # Errors
    /// The reply is an error, or cannot be read.
    fn decode(&self, reply: &Reply) -> Result<Completion, Failure>;

    /// A fresh decoder for a streamed reply; `None` where the protocol does not stream.
    fn stream(&self) -> Option<Box<dyn StreamDecoder>> {
        None
    }
}

/// Reads a streamed reply as it arrives. Any chunking of the same bytes gives the same result.
pub trait StreamDecoder: Send {
    /// Takes the next bytes; `true` once the first token of the answer (text, reasoning or tool call) has come.
    ///
    /// # Errors
    /// The bytes cannot be read, or carry an error of the provider.
    fn push(&mut self, bytes: &[u8]) -> Result<bool, Failure>;

    /// The whole answer, after the last byte.
    ///
    /// # Errors
    /// The stream ended before its finish reason: a failed attempt, never a short success.
    fn finish(self: Box<Self>) -> Result<Completion, Failure>;
}

/// An answer as it was declared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Declared {
    /// Its tokens.
    pub output_tokens: u64,
    /// Seconds it takes, on average.
    pub latency_s: f64,
}

/// One resolved call: everything a protocol may need, and nothing it may not see.
#[derive(Debug)]
pub struct Call<'a> {
    /// The version that is run.
    pub version: &'a Version,
    /// The case that is run. Only simulated models may look at its `expected`.
    pub case: &'a Case,
    /// Index of the repeat, from 0.
    pub repeat: u32,
    /// The conversation so far, rendered.
    pub messages: &'a [Message],
    /// The batch's seed, for what is drawn.
    pub seed: u64,
    /// Expected answers of other cases, for plausible wrong answers of simulated models.
    pub wrong: &'a [Arc<str>],
}

/// A call in its protocol's form.
#[derive(Clone, Debug, PartialEq)]
pub enum Wire {
    /// One HTTP request.
    Http(HttpCall),
    /// One program, or one line to a persistent one.
    Process(ProcessCall),
    /// An answer that needs no I/O (simulated, recorded).
    Instant(Box<InstantAnswer>),
}

/// One HTTP request, without secrets: a header may say *where the key goes*, only the transport knows the key.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpCall {
    /// `POST`, `GET`, …
    pub method: String,
    /// Absolute.
    pub url: String,
    /// In order.
    pub headers: Vec<Header>,
    /// As sent.
    pub body: Vec<u8>,
    /// Read the reply with the stream decoder.
    pub stream: bool,
    /// Sign it, where the endpoint has a pair of keys instead of one ([`Member::access`]).
    pub sign: Option<Signing>,
}

/// What a signature by AWS Signature Version 4 is made for.
#[derive(Clone, Debug, PartialEq)]
pub struct Signing {
    /// `bedrock`.
    pub service: &'static str,
    /// Where the service is; `${NAME}` in it is filled by the transport.
    pub region: String,
}

/// One header.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// In lower case.
    pub name: String,
    /// Its value.
    pub value: HeaderValue,
}

/// What a header holds.
#[derive(Clone, Debug, PartialEq)]
pub enum HeaderValue {
    /// This text; `${NAME}` in it is filled by the transport.
    Text(String),
    /// The endpoint's key behind this prefix; the header is left out when the endpoint has no key.
    Key {
        /// `Bearer ` for most.
        prefix: &'static str,
    },
}

/// One call of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessCall {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Written to its standard input, which is then closed.
    pub stdin: Vec<u8>,
    /// Added to the minimal environment; `${NAME}` is filled by the transport.
    pub env: Vec<(String, String)>,
    /// Where it is started.
    pub cwd: std::path::PathBuf,
    /// Keep the program and send it one JSON line a call.
    pub persistent: bool,
}

/// An answer at hand, with the latency it is to be given.
#[derive(Clone, Debug, PartialEq)]
pub struct InstantAnswer {
    /// The answer, or how it fails.
    pub result: Result<Completion, Failure>,
    /// The latency recorded.
    pub latency: Duration,
    /// The time to the first token recorded.
    pub ttft: Option<Duration>,
    /// Really wait that long.
    pub sleep: bool,
}

/// An attempt that failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The kind, which decides about retrying and stopping.
    pub kind: ErrorType,
    /// What happened, for people: the provider's own words where it gave some.
    pub message: String,
    /// Tokens that were counted all the same.
    pub usage: Usage,
    /// As far as the answer got.
    pub partial: Option<Box<Completion>>,
}

impl Failure {
    /// A failure without tokens or a partial answer.
    #[must_use]
    pub fn new(kind: ErrorType, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), usage: Usage::default(), partial: None }
    }
}

/// A call that cannot be put into a protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The key it concerns (`params.temperature`), where there is one.
    pub key: Option<String>,
    /// Why, lower case, without a full stop.
    pub message: String,
}

/// Something a provider says of a version while planning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The key it concerns.
    pub key: String,
    /// In words.
    pub message: String,
    /// Whether it stops the plan; a warning does not.
    pub fatal: bool,
}

/// What the table knows of a provider.
#[derive(Debug)]
pub struct Member {
    /// Builds the translator of one configured endpoint.
    pub make: fn(&Endpoint) -> Result<Arc<dyn Provider>, Refusal>,
    /// Where its API is, when the endpoint says nothing.
    pub base_url: Option<&'static str>,
    /// The variable its key is read from, when the endpoint says nothing.
    pub api_key_env: Option<&'static str>,
    /// The variables of a pair of keys that signs calls, taken where `api_key_env` is this row's own and not set.
    pub access: Option<Access>,
    /// What it needs: decides the checks of an endpoint and of `PROVIDER/MODEL`.
    pub kind: ProviderKind,
}

/// Variables of a pair of keys, its session, and where it is used.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// Names the pair.
    pub id: &'static str,
    /// Signs.
    pub secret: &'static str,
    /// Goes with a pair that lasts for a session; may be unset.
    pub session: &'static str,
    /// The region, and what it is when unset. No secret.
    pub region: (&'static str, &'static str),
}

/// What kind of answerer a provider is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    /// A model behind an HTTP API: `PROVIDER/MODEL`.
    Api,
    /// A simulated model: `sim/NAME`, no network, free to run.
    Simulated,
    /// Not written as `PROVIDER/MODEL`: chosen by a key of its own (`command:`, `http:`, `replay:`).
    Own,
}

/// Every provider.
pub static PROVIDERS: Table<Member> = Table { family: "provider", rows: ROWS };

/// One row each, in the order they are listed.
const ROWS: &[Row<Member>] = &[
    openai::ROW,
    anthropic::ROW,
    gemini::ROW,
    azure_openai::ROW,
    bedrock::ROW,
    openai::service(
        "openrouter",
        "OpenRouter, many vendors' models behind one address",
        "https://openrouter.ai/api/v1",
        Some("OPENROUTER_API_KEY"),
    ),
    openai::service("groq", "Groq's cloud", "https://api.groq.com/openai/v1", Some("GROQ_API_KEY")),
    openai::service("mistral", "Mistral AI", "https://api.mistral.ai/v1", Some("MISTRAL_API_KEY")),
    openai::service(
        "deepseek",
        "DeepSeek's own API",
        "https://api.deepseek.com/v1",
        Some("DEEPSEEK_API_KEY"),
    ),
    openai::service("together", "Together AI", "https://api.together.xyz/v1", Some("TOGETHER_API_KEY")),
    openai::service(
        "fireworks",
        "Fireworks AI",
        "https://api.fireworks.ai/inference/v1",
        Some("FIREWORKS_API_KEY"),
    ),
    openai::service("xai", "xAI's Grok", "https://api.x.ai/v1", Some("XAI_API_KEY")),
    ollama::ROW,
    openai::service("vllm", "vLLM's server on this machine", "http://127.0.0.1:8000/v1", None),
    openai::service("llama-cpp", "llama.cpp's server on this machine", "http://127.0.0.1:8080/v1", None),
    openai::service("lmstudio", "LM Studio on this machine", "http://127.0.0.1:1234/v1", None),
    openai::service(
        "litellm",
        "a LiteLLM proxy on this machine",
        "http://127.0.0.1:4000/v1",
        Some("LITELLM_API_KEY"),
    ),
    sim::ROW,
    command::ROW,
    http::ROW,
    replay::ROW,
];

/// A tool call's arguments as an object, or the text the model wrote.
#[must_use]
pub fn tool_call(id: &str, name: &str, arguments: &str) -> ToolCall {
    let arguments = if arguments.trim().is_empty() {
        serde_json::Value::Object(Map::new())
    } else {
        serde_json::from_str(arguments).unwrap_or_else(|_| serde_json::Value::String(arguments.to_owned()))
    };
    ToolCall { id: id.to_owned(), name: name.to_owned(), arguments }
}
