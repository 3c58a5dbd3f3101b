//! Money as integer pico-dollars (1e-12 USD): a token's price is a whole number of them, so sums never drift.
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};

use super::Usage;

/// An amount in pico-dollars. Range ±9.2 million dollars.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(pub i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From dollars, rounded to the nearest pico-dollar; `None` when not finite or out of range.
    #[must_use]
    pub fn from_usd(usd: f64) -> Option<Self> {
        let pico = (usd * 1e12).round();
        (pico.is_finite() && pico.abs() < 9.2e18).then_some(Self(pico as i64))
    }

    /// In dollars.
    #[must_use]
    pub fn usd(self) -> f64 {
        self.0 as f64 / 1e12
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}", self.usd())
    }
}

/// Unit prices in pico-dollars per token (1 USD per million tokens = 1,000,000 of them).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// One token of input that was not read from the provider's cache.
    pub input: i64,
    /// One token of output, reasoning included.
    pub output: i64,
    /// One token of input read from the provider's cache; the input price when a provider names none.
    pub cached_input: Option<i64>,
    /// One token of input written to the provider's cache; the input price when a provider names none.
    pub cache_write: Option<i64>,
}

impl Price {
    /// What `usage` costs, or `None` where the provider did not count input or output: unknown is never zero.
    /// Cost = (input − cached − written) × input + cached × cached + written × write + output × output.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> Option<Money> {
        let tokens = |n: u64| i64::try_from(n).ok();
        let (input, output) = (tokens(usage.input?)?, tokens(usage.output?)?);
        let cached = tokens(usage.cached_input.unwrap_or(0))?;
        let written = tokens(usage.cache_write.unwrap_or(0))?;
        let fresh = (input - cached - written).max(0);
        let parts = [
            fresh.checked_mul(self.input)?,
            cached.checked_mul(self.cached_input.unwrap_or(self.input))?,
            written.checked_mul(self.cache_write.unwrap_or(self.input))?,
            output.checked_mul(self.output)?,
        ];
        parts.into_iter().try_fold(0_i64, i64::checked_add).map(Money)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICE: Price =
        Price { input: 250_000, output: 2_000_000, cached_input: Some(25_000), cache_write: None };

    #[test]
    fn cached_tokens_are_priced_apart() {
        let usage =
            Usage { input: Some(1000), output: Some(10), cached_input: Some(600), ..Usage::default() };
        assert_eq!(PRICE.cost(&usage), Some(Money(400 * 250_000 + 600 * 25_000 + 10 * 2_000_000)));
    }

    #[test]
    fn unknown_usage_has_no_cost() {
        assert_eq!(PRICE.cost(&Usage { input: Some(1), ..Usage::default() }), None);
    }

    #[test]
    fn dollars_round_to_the_nearest_pico_dollar() {
        assert_eq!(Money::from_usd(0.000_000_25), Some(Money(250_000)));
        assert_eq!(Money::from_usd(f64::NAN), None);
        assert_eq!(Money::from_usd(1e9), None);
    }
}
