//! How many calls of one provider may be in flight: said by the file or the person, else adapted between two numbers.
use crate::domain::{Concurrency, Endpoint};
use crate::providers::{PROVIDERS, ProviderKind};

/// Where adaptive concurrency starts.
pub const START: usize = 8;
/// How far it grows.
pub const MOST: usize = 256;
/// Questions of evaluators that are asked at once, whoever they are asked of.
pub const QUESTIONS: usize = 16;
/// Of simulated models, which are not asked over a network.
const SIMULATED: usize = 64;

/// Calls in flight of an endpoint under the run's own setting: at first, and at most.
#[must_use]
pub fn slots(endpoint: &Endpoint, concurrency: Concurrency) -> (usize, usize) {
    let fixed = endpoint.concurrency.or(match concurrency {
        Concurrency::Fixed(n) => Some(n),
        Concurrency::Auto => None,
    });
    let kind = PROVIDERS.find(&endpoint.kind).map(|row| row.make.kind);
    match (fixed, kind) {
        (Some(n), _) => (n.max(1), n.max(1)),
        // Programs share this machine: more at once than cores would measure their fight for them.
        (None, Some(ProviderKind::Own)) if endpoint.kind == "command" => {
            let half = std::thread::available_parallelism().map_or(1, |n| n.get().div_ceil(2));
            (half, half)
        }
        (None, Some(ProviderKind::Simulated)) => (SIMULATED, SIMULATED),
        (None, _) => (START, MOST),
    }
}
