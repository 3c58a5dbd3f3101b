//! Owns the regularised incomplete beta function, from which t, beta and binomial probabilities follow (section 2.1).
//! Own code and not `statrs::beta_reg`: that one stops after 140 terms of the continued fraction, which is too few
//! from about 20,000 runs on, and takes logarithms of gamma functions whose error grows with the sample.

use statrs::function::gamma::ln_gamma;
use std::f64::consts::{LN_2, PI};

/// Terms of the continued fraction; it needs about `sqrt(max(a, b))`, so this is enough for 10^9 runs.
const MOST_TERMS: u32 = 200_000;
/// Stands in for a zero denominator in Lentz's algorithm.
const TINY: f64 = 1e-300;

/// `I_x(a, b)` for `a, b > 0`. `y = 1 - x` is given apart, so that neither tail loses digits.
pub fn beta_reg(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if y <= 0.0 {
        1.0
    } else if x < (a + 1.0) / (a + b + 2.0) {
        kernel(a, b, x, y) / a * continued_fraction(a, b, x)
    } else {
        1.0 - kernel(b, a, y, x) / b * continued_fraction(b, a, y)
    }
}

/// `x^a y^b / B(a, b)`: `x y` times the beta density, and the slope of the t distribution times t.
pub fn kernel(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    raw_binomial(a, b, x, y) * a * (b / n)
}

/// `Gamma(a+b+1) / (Gamma(a+1) Gamma(b+1)) x^a y^b` by the saddle-point expansion (Loader 2000): the probability of
/// `a` successes and `b` failures for integers, and accurate to about 1e-14 for any size.
pub fn raw_binomial(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    if a == 0.0 {
        return (n * ln_of(y, x)).exp();
    }
    if b == 0.0 {
        return (n * ln_of(x, y)).exp();
    }
    let exponent =
        stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) - deviance(b, n * y);
    exponent.exp() * (n / (2.0 * PI * a * b)).sqrt()
}

/// `ln x` where `x = 1 - other`, by whichever of the two has the digits.
fn ln_of(x: f64, other: f64) -> f64 {
    if other < 0.5 { (-other).ln_1p() } else { x.ln() }
}

/// `ln Gamma(a+1)` minus Stirling's formula.
fn stirling_error(a: f64) -> f64 {
    if a <= 15.0 {
        return ln_gamma(a + 1.0) - (a + 0.5) * a.ln() + a - 0.5 * (LN_2 + PI.ln());
    }
    let s = a * a;
    let terms = [1.0 / 12.0, 1.0 / 360.0, 1.0 / 1260.0, 1.0 / 1680.0, 1.0 / 1188.0, 691.0 / 360_360.0];
    terms.iter().rev().fold(0.0, |tail, term| term - tail / s) / a
}

/// `x ln(x/m) + m - x >= 0`, without cancellation where `x` is near `m`.
fn deviance(x: f64, m: f64) -> f64 {
    let d = (x - m) / (x + m);
    if d.abs() >= 0.1 {
        return x * (x / m).ln() + m - x;
    }
    let mut total = (x - m) * d;
    let mut power = 2.0 * x * d;
    for odd in (3..).step_by(2) {
        power *= d * d;
        let next = total + power / f64::from(odd);
        // What is no number never settles.
        if next == total || next.is_nan() {
            break;
        }
        total = next;
    }
    total
}

/// The continued fraction of `I_x(a, b)` by Lentz's algorithm; converges fast for `x < (a+1)/(a+b+2)`.
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut product = d;
    for m in 1..MOST_TERMS {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        product *= c * d;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let step = c * d;
        product *= step;
        if (step - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_forms_and_symmetry() {
        assert!((beta_reg(1.0, 3.0, 0.25, 0.75) - (1.0 - 0.75f64.powi(3))).abs() < 1e-14);
        assert!((beta_reg(0.5, 0.5, 0.5, 0.5) - 0.5).abs() < 1e-14);
        for (a, b, x) in [(3.5, 80.0, 0.02), (60_000.0, 40_000.0, 0.6005), (0.5, 5e4, 1e-5)] {
            let both = beta_reg(a, b, x, 1.0 - x) + beta_reg(b, a, 1.0 - x, x);
            assert!((both - 1.0).abs() < 1e-13, "{a} {b} {x}: {both}");
        }
    }

    #[test]
    fn what_is_no_number_ends() {
        assert!(beta_reg(f64::NAN, 0.5, 0.5, 0.5).is_nan());
        assert!(raw_binomial(3.0, 4.0, f64::NAN, 0.5).is_nan());
    }

    #[test]
    fn binomial_probabilities_sum_to_one_at_any_size() {
        for (n, p) in [(7u32, 0.3), (300, 0.97), (40_000, 0.5)] {
            let total: f64 = (0..=n).map(|k| raw_binomial(f64::from(k), f64::from(n - k), p, 1.0 - p)).sum();
            assert!((total - 1.0).abs() < 1e-12, "{n} {p}: {total}");
        }
    }
}
