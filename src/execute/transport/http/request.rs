//! A provider's call as the request that is sent: the address filled in, the key put where the provider said.
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue as Value};
use hyper::{Method, Request, Uri};
use secrecy::ExposeSecret;

use super::super::stopwatch::wall_clock;
use super::super::vault::{Resolved, Vault};
use super::connection::Outgoing;
use super::place::Place;
use super::proxy::Proxies;
use super::sign::sign;
use crate::domain::ErrorType;
use crate::providers::{Failure, Header, HeaderValue, HttpCall};

/// Who asks, unless the provider says.
const USER_AGENT: &str = concat!("proto/", env!("CARGO_PKG_VERSION"));

/// The request and where it goes.
///
/// # Errors
/// The address, the method or a header cannot be written in HTTP. It is the kind that stops the version: every other
/// call of it would fail alike.
pub(super) fn build(
    call: &HttpCall,
    endpoint: &Resolved,
    vault: &Vault,
    proxies: &Proxies,
) -> Result<(Place, Outgoing), Failure> {
    let refuse = |what: &str, why: &str| {
        Failure::new(ErrorType::Connection, format!("`{}` cannot be called: {what}: {why}", endpoint.name))
    };
    let uri: Uri = vault.fill(&call.url).parse().map_err(|_| refuse(&call.url, "not an address"))?;
    let place =
        Place::of(&uri).and_then(|place| proxies.route(&uri, place)).map_err(|why| refuse(&call.url, why))?;
    let method =
        Method::from_bytes(call.method.as_bytes()).map_err(|_| refuse(&call.method, "not a method"))?;
    let mut headers = HeaderMap::with_capacity(call.headers.len() + 4);
    for header in &call.headers {
        if let Some((name, value)) =
            written(header, endpoint, vault).map_err(|why| refuse(&header.name, why))?
        {
            headers.append(name, value);
        }
    }
    complete(&mut headers, &place).map_err(|why| refuse(&call.url, why))?;
    let target = if place.absolute_form() { uri.clone() } else { origin_form(&uri) };
    let mut request = Request::new(http_body_util::Full::new(Bytes::copy_from_slice(&call.body)));
    *request.method_mut() = method;
    *request.uri_mut() = target;
    *request.headers_mut() = headers;
    // A header written in the file stands in for every key, here as for a bearer's.
    if let (Some(signing), Some(pair)) = (&call.sign, &endpoint.pair)
        && !request.headers().contains_key(header::AUTHORIZATION)
    {
        let region = vault.fill(&signing.region);
        sign(&mut request, &uri, &call.body, pair, (signing.service, &region), wall_clock())
            .map_err(|why| refuse(&call.url, why))?;
    }
    Ok((place, request))
}

/// One header, or none where it is for a key the endpoint does not have.
fn written(
    header: &Header,
    endpoint: &Resolved,
    vault: &Vault,
) -> Result<Option<(HeaderName, Value)>, &'static str> {
    let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| "not the name of a header")?;
    let (text, secret) = match (&header.value, &endpoint.key) {
        (HeaderValue::Text(text), _) => (vault.fill(text), text.contains("${")),
        (HeaderValue::Key { prefix }, Some(key)) => (format!("{prefix}{}", key.expose_secret()).into(), true),
        (HeaderValue::Key { .. }, None) => return Ok(None),
    };
    let mut value = Value::from_str(&text).map_err(|_| "its value holds characters a header cannot")?;
    value.set_sensitive(secret);
    Ok(Some((name, value)))
}

/// What every request carries, unless the provider wrote it.
fn complete(headers: &mut HeaderMap, place: &Place) -> Result<(), &'static str> {
    if !headers.contains_key(header::HOST) {
        let host = Value::from_str(&place.host_header()).map_err(|_| "not a host")?;
        headers.insert(header::HOST, host);
    }
    headers.entry(header::USER_AGENT).or_insert(Value::from_static(USER_AGENT));
    // A compressing server holds a stream back to fill its window: times to the first token would be its.
    headers.entry(header::ACCEPT_ENCODING).or_insert(Value::from_static("identity"));
    if place.absolute_form()
        && let Some(authorization) = place.proxy.as_ref().and_then(|proxy| proxy.authorization.clone())
    {
        headers.insert(header::PROXY_AUTHORIZATION, authorization);
    }
    Ok(())
}

/// The path and query alone.
fn origin_form(uri: &Uri) -> Uri {
    uri.path_and_query().map_or_else(|| Uri::from_static("/"), |path| Uri::from(path.clone()))
}
