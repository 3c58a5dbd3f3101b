//! Random numbers that mean the same in every release and on every machine: ChaCha8, seeded from the SHA-256 of what
//! names the stream.
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use statrs::distribution::{ContinuousCDF as _, Normal};

use crate::domain::Digest;

/// One stream of random numbers.
#[derive(Debug)]
pub(super) struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of that name; parts are set apart by their lengths, so `ab`, `c` is not `a`, `bc`.
    pub(super) fn new(label: &str, seed: u64, parts: &[&[u8]]) -> Self {
        let mut name = format!("proto.sim/1 {label} {seed}").into_bytes();
        for part in parts {
            name.extend((part.len() as u64).to_be_bytes());
            name.extend_from_slice(part);
        }
        Self(ChaCha8Rng::from_seed(*Digest::of(&name).as_bytes()))
    }

    /// Uniform in (0, 1), both ends excluded: 53 bits, at the middle of their interval.
    pub(super) fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Standard normal, by inversion.
    pub(super) fn normal(&mut self) -> f64 {
        Normal::standard().inverse_cdf(self.uniform())
    }

    /// Uniform over `0..n`; 0 for an empty range.
    pub(super) fn below(&mut self, n: usize) -> usize {
        ((self.uniform() * n as f64) as usize).min(n.saturating_sub(1))
    }
}

/// The standard normal's distribution function.
pub(super) fn phi(z: f64) -> f64 {
    Normal::standard().cdf(z)
}
