//! The only network and the only stopwatch of the program: HTTP, programs, and answers that need no I/O.
//!
//! What is promised, and by which file:
//! * A latency is *request handed to a ready connection → last byte*; looking up, connecting, TLS, waiting for a place
//!   in the ramp and a worker's start are `queue`, beside it (`http/exchange.rs`, `process/worker.rs`).
//! * No hidden queue: HTTP/1.1 only, one call per connection, so calls in flight ≤ open connections (`http/pool.rs`).
//!   HTTP/2 is not spoken: above a server's stream limit its clients queue silently, inside the latency.
//! * A key is known here alone, and whatever comes back is scrubbed of it before anyone sees it (`vault.rs`,
//!   `scrub.rs`).
//! * Retries, limits and order are the dispatcher's: one `send` is one attempt. The one exception is a kept
//!   connection found closed before anything was written to it, which is replaced without a word.
//!
//! No other file may read the monotonic clock; here only `stopwatch.rs` does, which also lends it to the limits.
mod deadline;
mod http;
mod instant;
mod placeholder;
mod process;
mod retry_after;
mod scrub;
mod send;
mod sent;
mod settings;
pub(super) mod stopwatch;
mod vault;

#[cfg(test)]
mod tests;

pub use deadline::Deadline;
pub use process::PASSED;
pub use send::Transport;
pub use sent::Sent;
pub use settings::Settings;
pub use vault::{MissingKey, Resolved};
