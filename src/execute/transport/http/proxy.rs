//! Which proxy, if any, leads to a place: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`, in capitals or not. This
//! machine is never reached through one.
use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use super::super::vault::Vault;
use super::place::{Place, Proxy, bare};

/// The proxies of the environment.
#[derive(Debug)]
pub(super) struct Proxies {
    matcher: Option<Matcher>,
}

impl Proxies {
    /// Those of that environment.
    pub(super) fn new(vault: &Vault) -> Self {
        let read = |name: &str| {
            let value = vault.passed(name).or_else(|| vault.passed(&name.to_lowercase()));
            value.unwrap_or_default()
        };
        let (all, http, https) = (read("ALL_PROXY"), read("HTTP_PROXY"), read("HTTPS_PROXY"));
        if all.is_empty() && http.is_empty() && https.is_empty() {
            return Self { matcher: None };
        }
        let matcher = Matcher::builder().all(all).http(http).https(https).no(read("NO_PROXY")).build();
        Self { matcher: Some(matcher) }
    }

    /// Sends the place through its proxy.
    ///
    /// # Errors
    /// The proxy is not an HTTP one.
    pub(super) fn route(&self, uri: &Uri, mut place: Place) -> Result<Place, &'static str> {
        let Some(matcher) = self.matcher.as_ref().filter(|_| !place.is_loopback()) else {
            return Ok(place);
        };
        let Some(intercept) = matcher.intercept(uri) else {
            return Ok(place);
        };
        let secure = match intercept.uri().scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err("only HTTP proxies are supported"),
        };
        let port = intercept.uri().port_u16().unwrap_or(if secure { 443 } else { 80 });
        place.proxy = Some(Proxy {
            secure,
            host: bare(intercept.uri().host().unwrap_or_default()),
            port,
            authorization: intercept.basic_auth().cloned(),
        });
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy_of(environment: &'static [(&'static str, &'static str)], url: &str) -> Option<String> {
        let vault = Vault::new(Box::new(move |name| {
            environment.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        }));
        let uri: Uri = url.parse().unwrap();
        let place = Proxies::new(&vault).route(&uri, Place::of(&uri).unwrap()).unwrap();
        place.proxy.map(|proxy| format!("{}:{}", proxy.host, proxy.port))
    }

    #[test]
    fn proxies_of_the_environment() {
        let set = &[
            ("HTTPS_PROXY", "http://u:p@proxy.test:3128"),
            ("http_proxy", "plain.test:8080"),
            ("NO_PROXY", "inside.test, 10.0.0.0/8"),
        ];
        let cases = [
            ("https://api.example.com/", Some("proxy.test:3128")),
            ("http://api.example.com/", Some("plain.test:8080")),
            ("https://a.inside.test/", None),
            ("http://10.1.2.3:99/", None),
            ("http://127.0.0.1:8099/", None),
            ("http://localhost:8099/", None),
            ("https://[::1]/", None),
        ];
        for (url, expected) in cases {
            assert_eq!(proxy_of(set, url).as_deref(), expected, "{url}");
        }
        assert_eq!(proxy_of(&[], "https://api.example.com/"), None);
    }
}
