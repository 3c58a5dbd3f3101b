//! Opens connections: looking up, TCP, proxy, TLS. All of it is queue, none of it latency.
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::connection::{Connection, Stream};
use super::place::{Place, Proxy};
use super::tls::Tls;
use crate::domain::ErrorType;
use crate::providers::Failure;

/// Head start of an address over the next one of the same name (RFC 8305 §5).
const HEAD_START: Duration = Duration::from_millis(250);
/// Longest answer of a proxy to `CONNECT`, in bytes.
const CONNECT_REPLY: usize = 8192;

/// Opens connections.
#[derive(Debug, Default)]
pub(super) struct Dialler {
    tls: Tls,
}

impl Dialler {
    /// A fresh connection, within that time.
    pub(super) async fn dial(&self, place: &Place, within: Duration) -> Result<Connection, Failure> {
        let failed =
            |why: String| Failure::new(ErrorType::Connection, format!("cannot connect to {place}: {why}"));
        match tokio::time::timeout(within, self.open(place)).await {
            Ok(opened) => opened.map_err(failed),
            Err(_) => Err(failed(format!("nothing answered within {within:?}"))),
        }
    }

    async fn open(&self, place: &Place) -> Result<Connection, String> {
        let mut stream = match &place.proxy {
            None => connect(&place.host, place.port).await?,
            Some(proxy) => self.through(proxy, place).await?,
        };
        if place.secure {
            stream = self.tls.wrap(&place.host, stream).await?;
        }
        Connection::over(stream).await.map_err(|error| error.to_string())
    }

    /// To the proxy, and for what it shall not read through a tunnel.
    async fn through(&self, proxy: &Proxy, place: &Place) -> Result<Stream, String> {
        let mut stream =
            connect(&proxy.host, proxy.port).await.map_err(|error| format!("the proxy: {error}"))?;
        if proxy.secure {
            stream = self.tls.wrap(&proxy.host, stream).await?;
        }
        if place.secure { tunnel(stream, proxy, &place.authority()).await } else { Ok(stream) }
    }
}

/// TCP to the first address of the name that answers.
async fn connect(host: &str, port: u16) -> Result<Stream, String> {
    let addresses = tokio::net::lookup_host((host, port)).await.map_err(|error| error.to_string())?;
    let stream = race(addresses.collect()).await?;
    // A request is one write: waiting for more to send with it would only add the peer's delayed acknowledgement.
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    Ok(Box::new(stream))
}

/// Tries the addresses in order, the next one when the last failed or has not answered for a while.
async fn race(addresses: Vec<SocketAddr>) -> Result<TcpStream, String> {
    let mut waiting = addresses.into_iter();
    let mut trying: FuturesUnordered<_> = waiting.next().into_iter().map(TcpStream::connect).collect();
    let mut last = "the name has no address".to_owned();
    while !trying.is_empty() {
        tokio::select! {
            biased;
            Some(tried) = trying.next() => match tried {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error.to_string(),
            },
            () = tokio::time::sleep(HEAD_START), if waiting.len() > 0 => {}
        }
        trying.extend(waiting.next().map(TcpStream::connect));
    }
    Err(last)
}

/// Asks the proxy for a tunnel.
async fn tunnel(mut stream: Stream, proxy: &Proxy, authority: &str) -> Result<Stream, String> {
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nhost: {authority}\r\n").into_bytes();
    if let Some(authorization) = &proxy.authorization {
        request.extend_from_slice(b"proxy-authorization: ");
        request.extend_from_slice(authorization.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await.map_err(|error| format!("the proxy: {error}"))?;
    let mut reply = Vec::new();
    while !reply.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read_buf(&mut reply).await.map_err(|error| format!("the proxy: {error}"))?;
        if read == 0 || reply.len() > CONNECT_REPLY {
            return Err("the proxy gave no answer to `CONNECT`".to_owned());
        }
    }
    let head = String::from_utf8_lossy(&reply);
    let status = head.lines().next().unwrap_or_default();
    match status.split(' ').nth(1) {
        Some(code) if code.starts_with('2') => Ok(stream),
        _ => Err(format!("the proxy answered `{status}`")),
    }
}
