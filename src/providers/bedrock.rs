//! Amazon Bedrock's Converse (`POST /model/M/converse`, `/converse-stream`), with a Bedrock API key as bearer token or
//! signed by a pair of AWS keys.
//! One shape for every vendor's models; parameters of one vendor go into `additionalModelRequestFields`. `bedrock/`
//! holds the directions and the binary event stream.
mod answer;
mod encode;
mod frames;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::Value;

use crate::domain::{Completion, Endpoint, Reply, Target, Version};
use crate::registry::{Key, Kind, Row};

use super::growing::{Growing, Stream};
use super::{
    Access, Call, Failure, Member, Provider, ProviderKind, Refusal, Remark, Signing, StreamDecoder, Wire,
    json_call, params,
};

/// The row.
pub(super) const ROW: Row<Member> = Row {
    name: "bedrock",
    aliases: &[],
    doc: "Amazon Bedrock's Converse, with a Bedrock API key or signed by AWS keys",
    keys: KEYS,
    make: Member {
        make,
        base_url: Some("https://bedrock-runtime.${AWS_REGION}.amazonaws.com"),
        api_key_env: Some("AWS_BEARER_TOKEN_BEDROCK"),
        access: Some(Access {
            id: "AWS_ACCESS_KEY_ID",
            secret: "AWS_SECRET_ACCESS_KEY",
            session: "AWS_SESSION_TOKEN",
            region: ("AWS_REGION", "us-east-1"),
        }),
        kind: ProviderKind::Api,
    },
};

/// Settings of an endpoint of this protocol.
const KEYS: &[Key] =
    &[Key::optional("region", Kind::Text, "the AWS region (else `AWS_REGION`, else `us-east-1`)")];

/// Where the region stands in the row's own address, filled by the transport when the endpoint names none.
const REGION: &str = "${AWS_REGION}";

/// Parameters of `inferenceConfig`, as the API spells them; `top_p` and `topP` are the same.
const PARAMS: &[&str] = &["maxTokens", "temperature", "topP", "stopSequences"];

/// Parameters that stand beside `inferenceConfig`.
const OUTSIDE: &[&str] = &[
    "additionalModelRequestFields",
    "additionalModelResponseFieldPaths",
    "guardrailConfig",
    "outputConfig",
    "performanceConfig",
    "promptVariables",
    "requestMetadata",
    "serviceTier",
];

/// Names of other APIs, and what this one calls them.
const FOREIGN: &[(&str, &str)] = &[
    ("max_completion_tokens", "maxTokens"),
    ("max_tokens", "maxTokens"),
    ("stop", "stopSequences"),
    ("stop_sequences", "stopSequences"),
    ("top_p", "topP"),
];

/// Names the call fills from other keys of the version, and what to write instead.
const RESERVED: &[(&str, &str)] = &[
    ("model", "write it as the version's `model: PROVIDER/MODEL`"),
    ("messages", "use the version's `prompt` or `messages`"),
    ("system", "use a `system` entry of the version's `messages`"),
    ("toolConfig", "use the version's `tools`"),
    ("tools", "use the version's `tools`"),
    ("stream", "use the version's `stream`"),
];

/// The translator of one endpoint.
#[derive(Debug)]
pub struct Bedrock {
    base: String,
    region: String,
    headers: Vec<(String, String)>,
}

/// Builds it.
///
/// # Errors
/// The endpoint has no usable `base_url`.
pub fn make(endpoint: &Endpoint) -> Result<Arc<dyn Provider>, Refusal> {
    let written = endpoint.options.get("region").and_then(Value::as_str);
    let base = json_call::base_url(endpoint)?;
    let base = written.map_or_else(|| base.clone(), |region| base.replace(REGION, region));
    // An address of Amazon's own names its region: what is signed for another would be refused.
    let named =
        base.split_once("://bedrock-runtime.").and_then(|(_, rest)| rest.split_once(".amazonaws.com"));
    let region = written.or(named.map(|(region, _)| region)).unwrap_or(REGION).to_owned();
    Ok(Arc::new(Bedrock { base, region, headers: endpoint.headers.clone() }))
}

impl Provider for Bedrock {
    fn check(&self, version: &Version) -> Vec<Remark> {
        let mut remarks = params::reserved(&version.params, RESERVED);
        for name in version.params.keys() {
            let ours = encode::spelling(name);
            let known = PARAMS.contains(&ours) || OUTSIDE.contains(&ours);
            if !known && !RESERVED.iter().any(|(reserved, _)| reserved == name) {
                let message =
                    format!("`{name}` is not one of Converse's parameters: it is sent to the model itself");
                remarks.push(params::warning(&format!("params.{name}"), message));
            }
        }
        remarks
    }

    fn encode(&self, call: &Call<'_>) -> Result<Wire, Refusal> {
        let Target::Model { model, .. } = &call.version.target else {
            return Err(json_call::needs_a_model());
        };
        let method = if call.version.stream { "converse-stream" } else { "converse" };
        let url = format!("{}/model/{}/{method}", self.base, json_call::segment(model));
        let body = encode::body(call)?;
        let key = ("authorization", "Bearer ");
        let mut http = json_call::post(&url, key, &self.headers, body, call.version.stream);
        if call.version.stream {
            // Its stream is the one that is not text.
            http.headers.retain(|header| header.name != "accept");
            http.headers.push(json_call::text("accept", "application/vnd.amazon.eventstream"));
        }
        http.sign = Some(Signing { service: "bedrock", region: self.region.clone() });
        Ok(Wire::Http(http))
    }

    fn decode(&self, reply: &Reply) -> Result<Completion, Failure> {
        let value = json_call::json_of(reply)?;
        let mut growing = Growing::default();
        answer::whole(&mut growing, &value)?;
        growing.whole("`output`")
    }

    fn stream(&self) -> Option<Box<dyn StreamDecoder>> {
        Some(Box::new(Stream::<frames::Frames>::new(answer::event)))
    }
}
