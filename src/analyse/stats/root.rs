//! Owns one root finder for increasing functions, used by the quantile functions of [`super::special`].
//! Knows nothing of distributions.

/// Most steps before giving up; bisection alone narrows any bracket of doubles to neighbours well before.
const MOST_STEPS: usize = 200;

/// The root of an increasing `f` in `[low, high]`: Newton's steps, replaced by bisection whenever they leave the
/// bracket. `f` returns value and slope. Stops at a step below one ulp or so (relative 2e-16).
pub fn increasing(mut low: f64, mut high: f64, start: f64, f: impl Fn(f64) -> (f64, f64)) -> f64 {
    let mut x = if start > low && start < high { start } else { low + (high - low) / 2.0 };
    for _ in 0..MOST_STEPS {
        let (value, slope) = f(x);
        if value == 0.0 {
            break;
        }
        if value < 0.0 {
            low = x;
        } else {
            high = x;
        }
        let newton = x - value / slope;
        let next = if newton > low && newton < high { newton } else { low + (high - low) / 2.0 };
        if (next - x).abs() <= f64::EPSILON * x.abs() {
            return next;
        }
        x = next;
    }
    x
}

#[cfg(test)]
mod tests {
    #[test]
    fn finds_roots_from_a_bad_start_and_with_a_useless_slope() {
        let cube = |x: f64| (x * x * x - 2.0, 3.0 * x * x);
        assert!((super::increasing(0.0, 1e6, 9e5, cube) - 2f64.cbrt()).abs() < 1e-15);
        assert!((super::increasing(0.0, 2.0, 5.0, |x| (x - 1.0 / 3.0, 0.0)) - 1.0 / 3.0).abs() < 1e-15);
    }
}
