//! OpenAI's protocol in Azure: another address, another header for the key, and a deployment's name where the model's
//! would be. Without `api_version` the newer `/openai/v1`, with it `/openai/deployments/…`. Everything inside the body
//! is `openai`'s.
use std::sync::Arc;

use serde_json::Value;

use crate::domain::Endpoint;
use crate::registry::{Key, Kind, Row};

use super::{Member, Provider, ProviderKind, Refusal, json_call, openai};

/// The row.
pub(super) const ROW: Row<Member> = Row {
    name: "azure-openai",
    aliases: &[],
    doc: "OpenAI's models in Azure; the model is the deployment's name",
    keys: KEYS,
    make: Member {
        make,
        base_url: Some("${AZURE_OPENAI_ENDPOINT}"),
        api_key_env: Some("AZURE_OPENAI_API_KEY"),
        access: None,
        kind: ProviderKind::Api,
    },
};

/// Settings of an endpoint of this protocol.
const KEYS: &[Key] = &[
    openai::API,
    Key::optional(
        "api_version",
        Kind::Text,
        "the `api-version` of the deployments' address (`2024-10-21`); without it `/openai/v1` is called",
    ),
];

/// Builds it. The resource's address, with or without `/openai` or `/openai/v1`, is the same place.
///
/// # Errors
/// The endpoint has no usable `base_url`.
pub fn make(endpoint: &Endpoint) -> Result<Arc<dyn Provider>, Refusal> {
    let base = json_call::base_url(endpoint)?;
    let base = base.strip_suffix("/v1").unwrap_or(&base);
    let base = base.strip_suffix("/openai").unwrap_or(base);
    let key = ("api-key", "");
    let version = endpoint.options.get("api_version").and_then(Value::as_str);
    let responses = endpoint.options.get("api").and_then(Value::as_str) == Some("responses");
    Ok(match version {
        Some(version) if responses => {
            openai::at(endpoint, &format!("{base}/openai"), &format!("?api-version={version}"), key)
        }
        Some(version) => {
            let place = format!("{base}/openai/deployments/{{deployment}}");
            openai::at(endpoint, &place, &format!("?api-version={version}"), key)
        }
        None => openai::at(endpoint, &format!("{base}/openai/v1"), "", key),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::{HeaderValue, HttpCall, Wire, sample};
    use serde_json::json;

    fn call(options: Value) -> HttpCall {
        let mut endpoint = sample::endpoint("azure-openai");
        endpoint.base_url = Some("https://x.openai.azure.com/".into());
        endpoint.options = sample::map(options);
        let (version, case) = (sample::model("azure-openai", "my 4o"), sample::case("c", json!({}), None));
        match make(&endpoint).unwrap().encode(&sample::call(&version, &case, &[])).unwrap() {
            Wire::Http(http) => http,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn both_addresses_and_the_header_of_the_key() {
        assert_eq!(call(json!({})).url, "https://x.openai.azure.com/openai/v1/chat/completions");
        let old = call(json!({"api_version": "2024-10-21"}));
        assert_eq!(
            old.url,
            "https://x.openai.azure.com/openai/deployments/my%204o/chat/completions?api-version=2024-10-21"
        );
        assert!(
            old.headers.iter().any(|header| {
                header.name == "api-key" && header.value == HeaderValue::Key { prefix: "" }
            })
        );
        assert!(!old.headers.iter().any(|header| header.name == "authorization"));
        let new = call(json!({"api": "responses"}));
        assert_eq!(new.url, "https://x.openai.azure.com/openai/v1/responses");
    }
}
