//! Owns random numbers: numbered ChaCha8 streams, so that a draw depends on seed and stream and on nothing else.
//! Which stream serves which purpose is listed here, so that no two purposes share one.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::f64::consts::TAU;

/// Seed when none is given (section L).
pub const DEFAULT_SEED: u64 = 42;
/// Shuffles units into groups when there are too many to resample (D.5). Streams below are replicates.
pub const SHUFFLE_STREAM: u64 = 1 << 32;
/// Draws weightings for the robustness of a winner (E).
pub const WEIGHTS_STREAM: u64 = 1 << 33;

/// One stream of random numbers.
#[derive(Clone, Debug)]
pub struct Stream {
    chacha: ChaCha8Rng,
    spare_normal: Option<f64>,
}

impl Stream {
    /// Stream number `stream` of `seed`, from its start.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut chacha = ChaCha8Rng::seed_from_u64(seed);
        chacha.set_stream(stream);
        Self { chacha, spare_normal: None }
    }

    /// 32 random bits.
    pub fn bits(&mut self) -> u32 {
        self.chacha.next_u32()
    }

    /// An index below `n`, `0 < n <= 2^32`, by multiplication: `(bits * n) >> 32`. Its bias is below `n / 2^32`.
    pub fn index(&mut self, n: usize) -> usize {
        ((u64::from(self.bits()) * n as u64) >> 32) as usize
    }

    /// Uniform on (0, 1] with 53 bits: never 0, so that its logarithm is finite.
    pub fn uniform(&mut self) -> f64 {
        ((self.chacha.next_u64() >> 11) + 1) as f64 * 2f64.powi(-53)
    }

    /// Standard normal by Box and Muller (1958); every second call uses the other half of a pair.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let (sin, cos) = (TAU * self.uniform()).sin_cos();
        self.spare_normal = Some(radius * sin);
        radius * cos
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    /// Shuffles in place (Fisher and Yates), every order equally likely up to the bias of [`Stream::index`].
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_named_distributions() {
        let mut stream = Stream::new(DEFAULT_SEED, 7);
        let n = 20_000;
        let mean = |of: &mut dyn FnMut() -> f64| (0..n).map(|_| of()).sum::<f64>() / f64::from(n);
        assert!((mean(&mut || stream.uniform()) - 0.5).abs() < 0.01);
        assert!(mean(&mut || stream.normal()).abs() < 0.03);
        assert!((mean(&mut || stream.normal().powi(2)) - 1.0).abs() < 0.04);
        assert!((mean(&mut || stream.exponential()) - 1.0).abs() < 0.03);
    }

    #[test]
    fn no_two_purposes_share_a_stream() {
        let first =
            [0, 1, SHUFFLE_STREAM, WEIGHTS_STREAM].map(|stream| Stream::new(DEFAULT_SEED, stream).bits());
        assert!((0..4).all(|i| !first[..i].contains(&first[i])), "{first:?}");
    }

    #[test]
    fn a_shuffle_keeps_every_item_and_follows_the_seed() {
        let shuffled = |seed| {
            let mut items: Vec<u32> = (0..100).collect();
            Stream::new(seed, SHUFFLE_STREAM).shuffle(&mut items);
            items
        };
        assert_eq!(shuffled(1), shuffled(1));
        assert_ne!(shuffled(1), shuffled(2));
        let mut back = shuffled(1);
        back.sort_unstable();
        assert_eq!(back, (0..100).collect::<Vec<u32>>());
    }
}
