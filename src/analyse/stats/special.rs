//! Owns the distribution and quantile functions every other file relies on (section 2.1; golden `special.json`).
//! `statrs` serves the error function and `ln Gamma`; its `StudentsT::inverse_cdf` is wrong by up to 3.5e-6 at large
//! df, so t and beta quantiles are solved here.

use super::incomplete_beta::{beta_reg, kernel, raw_binomial};
use super::root;
use statrs::function::erf::{erfc, erfc_inv};
use std::f64::consts::SQRT_2;

/// From here on the Cornish-Fisher expansion of t is exact to 1e-12, up to this many standard deviations.
const LARGE_DF: f64 = 500.0;
const EXPANSION_Z: f64 = 4.0;

/// `P(Z <= z)`.
pub fn norm_cdf(z: f64) -> f64 {
    0.5 * erfc(-z / SQRT_2)
}

/// `P(|Z| >= |z|)`, accurate in the tail.
pub fn norm_two_sided(z: f64) -> f64 {
    erfc(z.abs() / SQRT_2)
}

/// The `p` quantile of the standard normal; infinite at 0 and 1.
pub fn norm_ppf(p: f64) -> f64 {
    if p <= 0.0 {
        f64::NEG_INFINITY
    } else if p >= 1.0 {
        f64::INFINITY
    } else if p == 0.5 {
        0.0
    } else {
        -SQRT_2 * erfc_inv(2.0 * p)
    }
}

/// `P(|T| >= |t|)` with `df > 0` degrees of freedom, accurate in the tail.
pub fn t_two_sided(t: f64, df: f64) -> f64 {
    let square = t * t;
    if square.is_infinite() {
        return 0.0;
    }
    beta_reg(df / 2.0, 0.5, df / (df + square), square / (df + square))
}

/// `P(T <= t)` with `df > 0` degrees of freedom.
pub fn t_cdf(t: f64, df: f64) -> f64 {
    let tail = t_two_sided(t, df) / 2.0;
    if t < 0.0 { tail } else { 1.0 - tail }
}

/// The `p` quantile of t with `df > 0` degrees of freedom; infinite at 0 and 1.
pub fn t_ppf(p: f64, df: f64) -> f64 {
    if p < 0.5 {
        -upper_t(p, df)
    } else if p > 0.5 {
        upper_t(1.0 - p, df)
    } else {
        0.0
    }
}

/// The t with `P(T >= t) = tail`, for `tail < 1/2`.
fn upper_t(tail: f64, df: f64) -> f64 {
    if tail <= 0.0 {
        return f64::INFINITY;
    }
    let z = -norm_ppf(tail);
    let guess = cornish_fisher(z, df);
    if df >= LARGE_DF && z <= EXPANSION_Z {
        return guess;
    }
    let excess = |t: f64| tail - t_two_sided(t, df) / 2.0;
    let mut high = 1.0;
    while excess(high) < 0.0 {
        high *= 2.0;
    }
    let low = if high > 1.0 { high / 2.0 } else { 0.0 };
    root::increasing(low, high, guess, |t| {
        let square = t * t;
        (excess(t), kernel(df / 2.0, 0.5, df / (df + square), square / (df + square)) / t)
    })
}

/// Five terms of the Cornish-Fisher expansion of t in z (Fisher & Cornish 1960).
fn cornish_fisher(z: f64, v: f64) -> f64 {
    let s = z * z;
    let terms = [
        (s + 1.0) / 4.0,
        ((5.0 * s + 16.0) * s + 3.0) / 96.0,
        (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / 384.0,
        ((((79.0 * s + 776.0) * s + 1482.0) * s - 1920.0) * s - 945.0) / 92_160.0,
    ];
    z * (1.0 + terms.iter().rev().fold(0.0, |tail, term| (term + tail) / v))
}

/// The `p` quantile of Beta(a, b), for `a, b > 0`.
pub fn beta_ppf(p: f64, a: f64, b: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return 1.0;
    }
    let mean = a / (a + b);
    let spread = (mean * (1.0 - mean) / (a + b + 1.0)).sqrt();
    root::increasing(0.0, 1.0, mean + norm_ppf(p) * spread, |x| {
        let y = 1.0 - x;
        (beta_reg(a, b, x, y) - p, kernel(a, b, x, y) / (x * y))
    })
}

/// `P(X <= k)` for `X ~ Binomial(n, p)`.
pub fn binom_cdf(k: u64, n: u64, p: f64) -> f64 {
    if k >= n { 1.0 } else { beta_reg((n - k) as f64, (k + 1) as f64, 1.0 - p, p) }
}

/// `P(X = k)` for `X ~ Binomial(n, p)`, `k <= n`.
pub fn binom_pmf(k: u64, n: u64, p: f64) -> f64 {
    raw_binomial(k as f64, (n - k) as f64, p, 1.0 - p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_invert_their_distribution_functions() {
        for df in [1.0, 1.5, 2.0, 7.3, 60.0, 499.0, 500.0, 20_000.0] {
            for p in [1e-10, 0.01, 0.3, 0.499, 0.7, 0.99] {
                assert!((t_cdf(t_ppf(p, df), df) / p - 1.0).abs() < 1e-11, "t {df} {p}");
            }
        }
        for (a, b) in [(0.5, 0.5), (0.5, 300.5), (73_212.0, 26_789.0)] {
            for p in [1e-9, 0.025, 0.5, 0.975] {
                let x = beta_ppf(p, a, b);
                assert!((beta_reg(a, b, x, 1.0 - x) / p - 1.0).abs() < 1e-9, "beta {a} {b} {p}");
            }
        }
    }

    #[test]
    fn ends_are_infinite_and_the_middle_is_zero() {
        assert_eq!((norm_ppf(0.0), norm_ppf(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!(
            (t_ppf(0.5, 3.0), t_ppf(1.0, 3.0), t_ppf(0.0, 3.0)),
            (0.0, f64::INFINITY, f64::NEG_INFINITY)
        );
        assert_eq!(t_two_sided(f64::INFINITY, 4.0), 0.0);
        assert_eq!(t_cdf(0.0, 4.0), 0.5);
    }
}
