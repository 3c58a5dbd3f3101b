//! HTTP/1.1 over hyper's own connections. A task drives the connection it uses itself: no hand-over to a background
//! task stands between the stopwatch and the socket, and a connection is used by one call at a time.
mod connection;
mod dial;
mod exchange;
mod failure;
mod place;
mod pool;
mod progress;
mod proxy;
mod ramp;
mod request;
mod sign;
mod tls;

pub(super) use exchange::Http;
