//! Owns random inputs for the laws: uniform numbers, transforms, weights.

use crate::analyse::stats::rng::Stream;
use crate::analyse::stats::utility::{Goal, Transform};

/// A stream per law and trial.
pub fn stream(law: u64, trial: u64) -> Stream {
    Stream::new(law, trial)
}

/// Uniform in [low, high).
pub fn between(stream: &mut Stream, low: f64, high: f64) -> f64 {
    high - (high - low) * stream.uniform()
}

/// `n` numbers, uniform in [low, high).
pub fn many(stream: &mut Stream, n: usize, low: f64, high: f64) -> Vec<f64> {
    (0..n).map(|_| between(stream, low, high)).collect()
}

/// One of the transforms that use a version's own value only, with constants fit for values in [0, 10].
pub fn transform(stream: &mut Stream) -> Transform {
    let reference = between(stream, 0.1, 5.0);
    let goal = if stream.index(2) == 0 { Goal::Minimize } else { Goal::Maximize };
    match stream.index(4) {
        0 => Transform::Identity,
        1 => Transform::Linear { best: between(stream, 5.0, 12.0), worst: between(stream, 0.0, 4.0) },
        2 => Transform::Ratio { goal, reference },
        _ => Transform::Log { goal, reference, floor: 1e-3 },
    }
}
