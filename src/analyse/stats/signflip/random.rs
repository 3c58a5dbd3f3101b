//! Owns sign flips drawn at random, one numbered stream per draw.

use crate::analyse::stats::rng::Stream;

/// Draws B.
pub const DRAWS: u64 = 10_000;

/// `(1 + extreme)/(B + 1)` over random signs: draw `b` reads stream `b`, one bit per unit, lowest bit first.
pub fn p(sizes: &[f64], threshold: f64, seed: u64) -> f64 {
    let total: f64 = sizes.iter().sum();
    let is_extreme = |draw: &u64| {
        let mut stream = Stream::new(seed, *draw);
        let plus: f64 = sizes.chunks(32).map(|units| positive(units, stream.bits())).sum();
        (2.0 * plus - total).abs() >= threshold
    };
    let extreme = (0..DRAWS).filter(is_extreme).count();
    (1 + extreme) as f64 / (DRAWS + 1) as f64
}

/// Sum of the sizes whose bit is set.
fn positive(sizes: &[f64], bits: u32) -> f64 {
    sizes.iter().enumerate().map(|(i, size)| f64::from(bits >> i & 1) * size).sum()
}
