//! AWS Signature Version 4 of one request, by the published description ("Create a signed AWS API request", IAM user
//! guide): a canonical request, its digest in a string to sign, a key derived for day, region and service. Our own:
//! `aws-sigv4` would bring twenty crates for what ring's HMAC, already here for TLS, does in one page.
use std::fmt::Write as _;

use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue as Value};
use hyper::{Request, Uri};
use jiff::Timestamp;
use ring::hmac;
use secrecy::ExposeSecret;

use super::super::vault::Pair;
use crate::domain::Digest;
use crate::providers::json_call::segment;

/// Headers that are signed where the request has them: those that must be, and those that say how the body is read.
const SIGNED: [&str; 4] = ["content-type", "host", "x-amz-date", "x-amz-security-token"];

/// Signs the request: adds the date, the session token where there is one, and `authorization`. `target` is where the
/// request goes, `service` and `region` are the scope of the signature.
///
/// # Errors
/// The session token or the key's id holds characters a header cannot.
pub(super) fn sign<B>(
    request: &mut Request<B>,
    target: &Uri,
    body: &[u8],
    pair: &Pair,
    scope: (&str, &str),
    now: Timestamp,
) -> Result<(), &'static str> {
    let (service, region) = scope;
    let at = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let secret = |text: &str| {
        let mut value = Value::from_str(text).map_err(|_| "a credential holds characters a header cannot")?;
        value.set_sensitive(true);
        Ok::<_, &str>(value)
    };
    let method = request.method().clone();
    let headers = request.headers_mut();
    headers.insert("x-amz-date", Value::from_str(&at).map_err(|_| "not a date")?);
    if let Some(session) = &pair.session {
        headers.insert("x-amz-security-token", secret(session.expose_secret())?);
    }
    let (names, lines) = signed_headers(headers);
    let day = &at[..8];
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let canonical = format!(
        "{method}\n{}\n{}\n{lines}\n{names}\n{}",
        canonical_path(target.path()),
        canonical_query(target.query().unwrap_or_default()),
        Digest::of(body).hex()
    );
    let text = format!("AWS4-HMAC-SHA256\n{at}\n{scope}\n{}", Digest::of(canonical.as_bytes()).hex());
    let first = format!("AWS4{}", pair.secret.expose_secret());
    let key = [day, region, service, "aws4_request"]
        .iter()
        .fold(first.into_bytes(), |key, word| mac(&key, word.as_bytes()));
    let signature = mac(&key, text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        // Writing into a text cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let id = pair.id.expose_secret();
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}");
    headers.insert(AUTHORIZATION, secret(&authorization)?);
    Ok(())
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

/// The names joined by `;`, and a line of each.
fn signed_headers(headers: &HeaderMap) -> (String, String) {
    let mut lines = String::new();
    let mut names = Vec::new();
    for name in SIGNED {
        if let Some(value) = headers.get(name) {
            names.push(name);
            // What is no text cannot be signed; none of these four is such a value.
            let _ = writeln!(lines, "{name}:{}", value.to_str().unwrap_or_default().trim());
        }
    }
    (names.join(";"), lines)
}

/// Every segment encoded once more: the path of the request is encoded already, and every service but S3 signs it
/// encoded twice (`:` of a model's id is `%3A` in the address and `%253A` here).
fn canonical_path(path: &str) -> String {
    let segments: Vec<String> = path.split('/').map(segment).collect();
    if path.is_empty() { "/".to_owned() } else { segments.join("/") }
}

/// The parameters in order of their names; they are encoded already.
fn canonical_query(query: &str) -> String {
    let parameters = query.split('&').filter(|parameter| !parameter.is_empty());
    let mut parameters: Vec<(&str, &str)> =
        parameters.map(|parameter| parameter.split_once('=').unwrap_or((parameter, ""))).collect();
    parameters.sort_unstable();
    parameters.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key, date and scope of AWS's published test suite for Signature Version 4.
    fn signature(
        method: &str,
        address: &str,
        content_type: Option<&str>,
        body: &str,
        session: bool,
    ) -> String {
        let uri: Uri = address.parse().unwrap();
        let mut request = Request::builder().method(method).header("host", "example.amazonaws.com");
        if let Some(kind) = content_type {
            request = request.header("content-type", kind);
        }
        let mut request = request.body(()).unwrap();
        let pair = Pair {
            id: "AKIDEXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session: session.then(|| SESSION.into()),
        };
        let now = "2015-08-30T12:36:00Z".parse().unwrap();
        sign(&mut request, &uri, body.as_bytes(), &pair, ("service", "us-east-1"), now).unwrap();
        request.headers()[AUTHORIZATION].to_str().unwrap().to_owned()
    }

    /// The session token of the suite's `post-sts-header-before`.
    const SESSION: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

    #[test]
    fn the_published_suite() {
        let cases = [
            (
                "GET",
                "http://example.amazonaws.com/",
                None,
                "",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "POST",
                "http://example.amazonaws.com/",
                None,
                "",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                "GET",
                "http://example.amazonaws.com/?Param2=value2&Param1=value1",
                None,
                "",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (
                "POST",
                "http://example.amazonaws.com/",
                Some("application/x-www-form-urlencoded"),
                "Param1=value1",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
        ];
        for (method, address, kind, body, expected) in cases {
            let signed = signature(method, address, kind, body, false);
            assert!(signed.ends_with(&format!("Signature={expected}")), "{method} {address}: {signed}");
            assert!(signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders="));
        }
        let signed = signature("POST", "http://example.amazonaws.com/", None, "", true);
        assert!(signed.ends_with("SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"), "{signed}");
    }

    #[test]
    fn the_path_is_encoded_twice() {
        assert_eq!(canonical_path("/model/a.b-v1%3A0/converse"), "/model/a.b-v1%253A0/converse");
        // What Amazon's own SDK for Python (botocore 1.44) signs such a call with.
        let url = "http://example.amazonaws.com/model/a.m-v1%3A0/converse";
        let signed = signature("POST", url, Some("application/json"), "{}", true);
        let sdk = "841f49f9d36be7e73c2fb9a81cd5090ca03bb2f434ee688f2ed817f0813e4a1f";
        assert!(signed.ends_with(sdk), "{signed}");
        assert_eq!(canonical_path(""), "/");
    }
}
