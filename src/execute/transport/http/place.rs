//! Where a connection leads: what the pool keeps connections by.
use std::fmt;

use hyper::Uri;
use hyper::header::HeaderValue;

/// The other end of a connection, and the proxy on the way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// Over TLS.
    pub(super) secure: bool,
    /// Name or address, without brackets.
    pub(super) host: String,
    /// Port.
    pub(super) port: u16,
    /// The proxy to go through.
    pub(super) proxy: Option<Proxy>,
}

/// An HTTP proxy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Proxy {
    /// Over TLS.
    pub(super) secure: bool,
    /// Name or address, without brackets.
    pub(super) host: String,
    /// Port.
    pub(super) port: u16,
    /// What it is shown.
    pub(super) authorization: Option<HeaderValue>,
}

impl Place {
    /// The place of an absolute `http` or `https` address.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(super) fn of(uri: &Uri) -> Result<Self, &'static str> {
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("the address must start with `http://` or `https://`"),
        };
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err("the address holds a user; put credentials into a header");
        }
        let host = uri.host().filter(|host| !host.is_empty()).ok_or("the address names no host")?;
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        Ok(Self { secure, host: bare(host), port, proxy: None })
    }

    /// Whether it is this machine: never reached through a proxy.
    pub(super) fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self.host.ends_with(".localhost")
            || self.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// The `host` header: the port only where it is not the scheme's own.
    pub(super) fn host_header(&self) -> String {
        match (self.secure, self.port) {
            (true, 443) | (false, 80) => bracketed(&self.host),
            _ => self.authority(),
        }
    }

    /// `host:port`.
    pub(super) fn authority(&self) -> String {
        format!("{}:{}", bracketed(&self.host), self.port)
    }

    /// Requests name the whole address: a plain proxy forwards them, it does not tunnel.
    pub(super) fn absolute_form(&self) -> bool {
        self.proxy.is_some() && !self.secure
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.secure { "https" } else { "http" }, self.host_header())?;
        match &self.proxy {
            Some(proxy) => write!(f, " (through the proxy {}:{})", bracketed(&proxy.host), proxy.port),
            None => Ok(()),
        }
    }
}

/// Without the brackets of an IPv6 address.
pub(super) fn bare(host: &str) -> String {
    host.trim_start_matches('[').trim_end_matches(']').to_owned()
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_addresses() {
        let place = |text: &str| Place::of(&text.parse::<Uri>().unwrap());
        let v6 = place("http://[::1]:8080/v1?x=1").unwrap();
        assert_eq!((v6.host.as_str(), v6.port, v6.secure), ("::1", 8080, false));
        assert_eq!(v6.to_string(), "http://[::1]:8080");
        assert!(v6.is_loopback());
        let api = place("https://api.example.com/v1").unwrap();
        assert_eq!((api.port, api.host_header()), (443, "api.example.com".to_owned()));
        assert!(!api.is_loopback());
        assert!(place("ftp://x/").is_err() && place("/v1").is_err() && place("http://u:p@h/").is_err());
    }
}
