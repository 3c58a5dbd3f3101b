//! The transport's own limits. None of them is a matter of an experiment: deadlines of attempts are given per call.
use std::time::Duration;

/// Limits of everything that is sent and received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Longest time to open a connection: looking up, TCP, proxy and TLS together.
    pub connect_timeout: Duration,
    /// A connection that was idle for longer is closed rather than used: most servers do so after a minute.
    pub idle_timeout: Duration,
    /// Connections being opened at a time, per place.
    pub dials_at_once: usize,
    /// Pause between two openings once the first few are through, per place. A burst overflows a server's accept
    /// queue; then the kernel sends again only a second later, inside a connection that looks established.
    pub dial_step: Duration,
    /// Largest reply, in bytes; a larger one fails the attempt.
    pub body_cap: usize,
    /// How much of a reply is kept in [`Sent`](super::Sent), in bytes.
    pub reply_cap: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(50),
            dials_at_once: 50,
            dial_step: Duration::from_micros(400),
            body_cap: 64 << 20,
            reply_cap: 16 << 20,
        }
    }
}
