//! The provider's own words out of an error reply, whatever its shape, and the failure they make. Used by every
//! provider that speaks HTTP; knows no provider by name.
use serde_json::Value;

use crate::domain::ErrorType;

use super::Failure;

/// Longest text of a body without a known shape that is shown, in characters.
const SHOWN: usize = 300;

/// No more is paid for. OpenAI sends it as a 429, but nothing is gained by waiting.
const OUT_OF_CREDIT: ErrorType = ErrorType::Status(402);

/// The failure of a reply whose status is not a success.
#[must_use]
pub fn of_status(status: u16, body: &[u8]) -> Failure {
    let parsed: Option<Value> = serde_json::from_slice(body).ok();
    let error = parsed.as_ref().and_then(|value| value.get("error"));
    let kind = match error.map(kind_of) {
        Some(kind @ (ErrorType::ContentFilter | OUT_OF_CREDIT)) => kind,
        _ => ErrorType::Status(status),
    };
    let said = match &parsed {
        Some(value) => words(value),
        None => plain(body),
    };
    Failure::new(kind, said.unwrap_or_else(|| format!("HTTP {status} without a message")))
}

/// The failure of an error object that came inside a success (some routers) or in the middle of a stream.
#[must_use]
pub fn of_object(error: &Value) -> Failure {
    let message = words(error).unwrap_or_else(|| error.to_string());
    Failure::new(kind_of(error.get("error").filter(|inner| inner.is_object()).unwrap_or(error)), message)
}

/// What an error object says, in the shapes seen: `{"error": {"message"}}`, `{"error": "…"}`, `{"message"}`,
/// `{"detail": "…" | [{"msg"}]}`, each possibly nested in the other.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Array(items) => {
            let all: Vec<String> = items.iter().take(5).filter_map(words).collect();
            (!all.is_empty()).then(|| all.join("; "))
        }
        Value::Object(map) => ["error", "message", "msg", "detail", "title"]
            .into_iter()
            .find_map(|key| map.get(key).and_then(words))
            .map(|said| with_param(map.get("param"), said)),
        _ => None,
    }
}

/// OpenAI names the parameter apart; its message alone sometimes does not.
fn with_param(param: Option<&Value>, said: String) -> String {
    match param.and_then(Value::as_str) {
        Some(param) if !param.is_empty() && !said.contains(param) => format!("{said} (`{param}`)"),
        _ => said,
    }
}

/// The text of a body that is not JSON; a page of HTML is only named.
fn plain(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&body[..body.len().min(16 * SHOWN)]);
    let text = text.trim();
    if text.starts_with('<') {
        return Some("the reply is a page of HTML, not an API's answer".to_owned());
    }
    let short: String = text.chars().take(SHOWN).collect();
    (!short.is_empty()).then_some(short)
}

/// What kind of failure an error object is: by its numeric code, else by the name of its type or code.
fn kind_of(error: &Value) -> ErrorType {
    if is_filter(error) {
        return ErrorType::ContentFilter;
    }
    let number = |key: &str| error.get(key).and_then(Value::as_u64).and_then(|n| u16::try_from(n).ok());
    if let Some(status) =
        ["code", "status", "status_code"].into_iter().find_map(number).filter(|n| (400..600).contains(n))
    {
        return ErrorType::Status(status);
    }
    let named = |key: &str| error.get(key).and_then(Value::as_str).and_then(status_of_name);
    named("code")
        .or_else(|| named("type"))
        .map_or_else(|| ErrorType::Other("provider_error".to_owned()), ErrorType::Status)
}

/// The HTTP status the named error is sent with when it does not come inside a stream (OpenAI's and Anthropic's
/// published error tables), so that retrying decides alike for both.
fn status_of_name(name: &str) -> Option<u16> {
    Some(match name {
        "invalid_request_error" | "invalid_prompt" | "context_length_exceeded" => 400,
        "authentication_error" | "invalid_api_key" => 401,
        "billing_error" | "insufficient_quota" => 402,
        "permission_error" => 403,
        "not_found_error" | "model_not_found" => 404,
        "request_too_large" => 413,
        "rate_limit_error" | "rate_limit_exceeded" => 429,
        "api_error" | "server_error" | "internal_server_error" => 500,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => return None,
    })
}

/// Whether an error says that a filter refused the prompt or the answer.
fn is_filter(error: &Value) -> bool {
    ["code", "type"].into_iter().any(|key| {
        let name = error.get(key).and_then(Value::as_str);
        matches!(name, Some("content_filter" | "content_policy_violation"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(body: &str) -> String {
        of_status(400, body.as_bytes()).message
    }

    #[test]
    fn the_providers_words_are_found_in_every_shape() {
        assert_eq!(said(r#"{"error":{"message":"Bad key","type":"x","code":null}}"#), "Bad key");
        assert_eq!(said(r#"{"error":"model not found"}"#), "model not found");
        assert_eq!(said(r#"{"message":{"detail":[{"msg":"Extra inputs"}]}}"#), "Extra inputs");
        assert_eq!(said(r#"{"error":{"message":"Unsupported","param":"top_k"}}"#), "Unsupported (`top_k`)");
        assert_eq!(said("upstream down"), "upstream down");
        assert_eq!(said("<html>502"), "the reply is a page of HTML, not an API's answer");
        assert_eq!(said(""), "HTTP 400 without a message");
        assert_eq!(said("{}"), "HTTP 400 without a message");
    }

    #[test]
    fn a_quota_that_is_used_up_is_no_rate() {
        let refused = |error: Value| of_status(429, json!({"error": error}).to_string().as_bytes()).kind;
        assert_eq!(
            refused(json!({"type": "insufficient_quota", "code": "insufficient_quota"})),
            OUT_OF_CREDIT
        );
        assert_eq!(refused(json!({"type": "tokens", "code": "rate_limit_exceeded"})), ErrorType::Status(429));
        assert_eq!(
            refused(json!({"type": "server_error"})),
            ErrorType::Status(429),
            "the status is what was sent"
        );
    }

    #[test]
    fn an_error_without_a_status_gets_the_status_it_is_known_by() {
        let kind = |error: Value| of_object(&error).kind;
        assert_eq!(kind(json!({"code": 429, "message": "slow"})), ErrorType::Status(429));
        assert_eq!(kind(json!({"type": "overloaded_error"})), ErrorType::Status(529));
        assert_eq!(kind(json!({"type": "server_error", "code": "weird"})), ErrorType::Status(500));
        assert_eq!(kind(json!({"code": "content_filter"})), ErrorType::ContentFilter);
        let event = json!({"type": "error", "error": {"type": "rate_limit_error", "message": "slow"}});
        assert_eq!(kind(event), ErrorType::Status(429));
        assert_eq!(kind(json!("x")), ErrorType::Other("provider_error".into()));
    }
}
