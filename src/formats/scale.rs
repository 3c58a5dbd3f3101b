//! How numbers that stand under each other are written: one unit and one number of decimals for all of them, so that
//! they can be compared by eye. Owns rounding; estimates nothing.
use super::numbers;
use crate::domain::{Interval, Unit};

/// Smaller than this, a score or share is rounding noise of a sum.
const NOISE: f64 = 1e-12;

/// One way of writing a set of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    factor: f64,
    /// `None`: scientific, two significant digits.
    decimals: Option<usize>,
    prefix: &'static str,
    suffix: &'static str,
    noise: f64,
}

impl Scale {
    /// The scale on which all of `numbers` read well; what is not finite does not count.
    #[must_use]
    pub fn of(unit: Unit, numbers: impl IntoIterator<Item = f64>) -> Self {
        let sizes: Vec<f64> = numbers.into_iter().filter(|x| x.is_finite()).map(f64::abs).collect();
        let max = sizes.iter().copied().fold(0.0, f64::max);
        let plain = Self { factor: 1.0, decimals: Some(3), prefix: "", suffix: "", noise: 0.0 };
        match unit {
            Unit::Score => Self { noise: NOISE, ..plain },
            Unit::Share => Self {
                factor: 100.0,
                decimals: Some(if max == 0.0 || max >= 0.001 { 1 } else { 2 }),
                suffix: " %",
                noise: NOISE,
                ..plain
            },
            Unit::Seconds => Self::seconds(max, plain),
            Unit::Usd => Self { prefix: "$", decimals: dollar_decimals(max, &sizes), ..plain },
            Unit::Tokens | Unit::Count => Self::counts(max, &sizes, plain),
            Unit::PerSecond => Self { suffix: "/s", decimals: Some(significant(max, 3)), ..plain },
        }
    }

    /// The scale of a ratio.
    #[must_use]
    pub fn times(ratio: f64) -> Self {
        let decimals = Some(significant(ratio.abs(), 3).min(2));
        Self { factor: 1.0, decimals, prefix: "", suffix: "×", noise: 0.0 }
    }

    fn seconds(max: f64, plain: Self) -> Self {
        let (factor, suffix, decimals) = match max {
            m if m >= 1000.0 => (1.0, " s", 0),
            m if m >= 100.0 => (1.0, " s", 1),
            m if m >= 1.0 => (1.0, " s", 2),
            m if m >= 0.01 || m == 0.0 => (1e3, " ms", 0),
            m if m >= 0.0001 => (1e3, " ms", 1),
            _ => (1e3, " ms", 3),
        };
        Self { factor, decimals: Some(decimals), suffix, ..plain }
    }

    fn counts(max: f64, sizes: &[f64], plain: Self) -> Self {
        let whole = sizes.iter().all(|x| x.fract() == 0.0);
        let least = sizes.iter().copied().filter(|x| *x > 0.0).fold(max, f64::min);
        let (factor, suffix, decimals) = match max {
            m if m >= 1e6 && least >= 1e5 => (1e-6, " M", 2),
            m if m >= 1e4 && least >= 5e3 => (1e-3, " k", 1),
            m if m >= 100.0 || whole => (1.0, "", 0),
            _ => (1.0, "", 1),
        };
        Self { factor, decimals: Some(decimals), suffix, ..plain }
    }

    /// What follows a number.
    #[must_use]
    pub fn suffix(&self) -> &'static str {
        self.suffix
    }

    /// The number alone.
    #[must_use]
    pub fn bare(&self, number: f64) -> String {
        if !number.is_finite() {
            return "?".to_owned();
        }
        let x = if number.abs() < self.noise { 0.0 } else { number * self.factor };
        match self.decimals {
            None if x != 0.0 => format!("{x:.1e}"),
            decimals => fixed(x, decimals.unwrap_or(2)),
        }
    }

    /// The number with a currency sign before it, its minus before that.
    #[must_use]
    pub fn prefixed(&self, number: f64) -> String {
        match self.bare(number) {
            text if text == "?" => text,
            text => text.strip_prefix('-').map_or_else(
                || format!("{}{text}", self.prefix),
                |positive| format!("-{}{positive}", self.prefix),
            ),
        }
    }

    /// The number with its unit.
    #[must_use]
    pub fn with_unit(&self, number: f64) -> String {
        match self.prefixed(number) {
            text if text == "?" => text,
            text => format!("{text}{}", self.suffix),
        }
    }

    /// The number with its unit, closing zeros after the point left out.
    #[must_use]
    pub fn trimmed(&self, number: f64) -> String {
        match self.prefixed(number) {
            text if text == "?" => text,
            text if text.contains('.') => {
                format!("{}{}", text.trim_end_matches('0').trim_end_matches('.'), self.suffix)
            }
            text => format!("{text}{}", self.suffix),
        }
    }

    /// The number with its unit and a sign, unless it is zero.
    #[must_use]
    pub fn signed(&self, number: f64) -> String {
        let text = self.with_unit(number);
        let zero = !text.bytes().any(|b| (b'1'..=b'9').contains(&b));
        if zero || text.starts_with('-') { text } else { format!("+{text}") }
    }

    /// Both ends, bare: `[290, 335]`; nothing where neither is there.
    #[must_use]
    pub fn bracket(&self, interval: &Interval) -> String {
        self.bracketed(interval, |x| self.bare(x))
    }

    /// Both ends, bare and signed: `[-0.041, +0.021]`; nothing where neither is there.
    #[must_use]
    pub fn signed_bracket(&self, interval: &Interval) -> String {
        let bare = Self { prefix: "", suffix: "", ..*self };
        self.bracketed(interval, |x| bare.signed(x))
    }

    fn bracketed(&self, interval: &Interval, write: impl Fn(f64) -> String) -> String {
        if numbers::ends(interval).next().is_none() {
            return String::new();
        }
        let end = |end: Option<f64>| end.map_or("n/a".to_owned(), &write);
        format!("[{}, {}]", end(interval.low), end(interval.high))
    }
}

/// Decimals that give `x` this many significant digits.
fn significant(x: f64, digits: i32) -> usize {
    if x > 0.0 { usize::try_from(digits - 1 - x.log10().floor() as i32).unwrap_or(0) } else { 0 }
}

/// Cents from a dollar up; below, three significant digits of the largest and two of the least, as far as two decimals
/// more do, zeros all have at the end left out.
fn dollar_decimals(max: f64, sizes: &[f64]) -> Option<usize> {
    if max >= 1.0 || max == 0.0 {
        return Some(2);
    }
    if max < 1e-6 {
        return None;
    }
    let least = sizes.iter().copied().filter(|x| *x > 0.0).fold(max, f64::min);
    let most = significant(least, 2).clamp(significant(max, 3), significant(max, 3) + 2);
    let idle = |decimals: usize| sizes.iter().all(|x| format!("{x:.decimals$}").ends_with('0'));
    Some((2..=most).rev().find(|decimals| *decimals == 2 || !idle(*decimals)).unwrap_or(2))
}

/// Fixed decimals; more of them where only zeros would be left of a number that is not zero.
fn fixed(x: f64, decimals: usize) -> String {
    let text = format!("{x:.decimals$}");
    if text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        text
    } else if x == 0.0 || !x.is_normal() {
        text.trim_start_matches('-').to_owned()
    } else if x.abs() >= 1e-6 {
        format!("{x:.*}", significant(x.abs(), 1))
    } else {
        format!("{x:.1e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_one_unit_and_one_precision() {
        let latencies = [0.081, 1.24, 12.3];
        let scale = Scale::of(Unit::Seconds, latencies);
        assert_eq!(latencies.map(|x| scale.with_unit(x)), ["0.08 s", "1.24 s", "12.30 s"]);
        let costs = [0.0021, 0.000_87];
        let scale = Scale::of(Unit::Usd, costs);
        assert_eq!(costs.map(|x| scale.with_unit(x)), ["$0.00210", "$0.00087"]);
        let costs = [0.004_04, 0.000_081_5, 0.000_000_7];
        let scale = Scale::of(Unit::Usd, costs);
        assert_eq!(costs.map(|x| scale.with_unit(x)), ["$0.0040400", "$0.0000815", "$0.0000007"]);
    }

    #[test]
    fn a_prefix_suits_the_least_of_a_column_too() {
        let tokens = [812.0, 11_950.0];
        assert_eq!(tokens.map(|x| Scale::of(Unit::Tokens, tokens).with_unit(x)), ["812", "11950"]);
        let many = [5_120.0, 11_900.0];
        assert_eq!(many.map(|x| Scale::of(Unit::Tokens, many).with_unit(x)), ["5.1 k", "11.9 k"]);
    }

    #[test]
    fn a_number_too_small_for_its_column_still_shows() {
        let scale = Scale::of(Unit::Seconds, [2.0]);
        assert_eq!([scale.with_unit(0.0004), scale.with_unit(0.0)], ["0.0004 s", "0.00 s"]);
    }
}
