//! Owns summation: sums that are correctly rounded, and sums by group.
//! A correctly rounded sum does not depend on the order of its terms, so neither case order nor thread count can
//! move the last bit of a result (section 2.1); Kahan or pairwise sums are accurate but order-dependent.

/// The group of each case as a dense index, or `None` when every case is its own group (section 2).
pub type Groups<'a> = Option<&'a [u32]>;

/// A running sum without rounding: a fixed-point window of 128 bits for terms of ordinary size, which is quick, and for
/// all others non-overlapping partials (Shewchuk 1997, adaptive precision arithmetic).
#[derive(Clone, Debug, Default)]
pub struct ExactSum {
    /// In units of 2^`WINDOW_LOW`.
    window: i128,
    /// Terms in the window since it was last emptied.
    in_window: u32,
    partials: Vec<f64>,
    overflow: f64,
}

/// Exponent of the lowest bit of the window.
const WINDOW_LOW: i32 = -94;
/// Terms below 2 to this fit: `MOST_IN_WINDOW` of them stay below 2^126 units.
const WINDOW_HIGH: i32 = 20;
const MOST_IN_WINDOW: u32 = 1 << 12;

impl ExactSum {
    /// Adds one term. A term that is not finite is kept apart and makes the total not finite.
    pub fn add(&mut self, term: f64) {
        match in_window(term) {
            Some(units) => {
                self.window += units;
                self.in_window += 1;
                if self.in_window == MOST_IN_WINDOW {
                    self.empty_window();
                }
            }
            None if !term.is_finite() => self.overflow += term,
            None => self.add_partial(term),
        }
    }

    /// Moves the window into the partials, as at most three doubles.
    fn empty_window(&mut self) {
        let unit = 2f64.powi(WINDOW_LOW);
        while self.window != 0 {
            let high = self.window as f64;
            self.window -= high as i128;
            self.add_partial(high * unit);
        }
        self.in_window = 0;
    }

    fn add_partial(&mut self, term: f64) {
        let mut carried = term;
        let mut kept = 0;
        for at in 0..self.partials.len() {
            let (high, low) = two_sum(carried, self.partials[at]);
            if low != 0.0 {
                self.partials[kept] = low;
                kept += 1;
            }
            carried = high;
        }
        self.partials.truncate(kept);
        self.partials.push(carried);
    }

    /// The sum so far, rounded once.
    pub fn value(&mut self) -> f64 {
        if self.overflow != 0.0 {
            return self.overflow;
        }
        self.empty_window();
        let mut rest = self.partials.iter().rev().copied();
        let mut total = rest.next().unwrap_or(0.0);
        let mut low = 0.0;
        for partial in rest.by_ref() {
            (total, low) = two_sum(total, partial);
            if low != 0.0 {
                break;
            }
        }
        // Halfway between two doubles the partials below decide, not ties-to-even on the first two alone.
        if let Some(next) = rest.next()
            && low * next > 0.0
        {
            let doubled = low * 2.0;
            let up = total + doubled;
            if up - total == doubled {
                total = up;
            }
        }
        total
    }

    fn clear(&mut self) {
        (self.window, self.in_window, self.overflow) = (0, 0, 0.0);
        self.partials.clear();
    }
}

/// The term in units of 2^`WINDOW_LOW`, if it is a whole number of them and not too large.
#[inline]
fn in_window(term: f64) -> Option<i128> {
    // A double is `mantissa * 2^(exponent - 1075)`.
    let bits = term.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let shift = exponent - 1075 - WINDOW_LOW;
    if !(0..=WINDOW_HIGH - 53 - WINDOW_LOW).contains(&shift) {
        return (term == 0.0).then_some(0);
    }
    let mantissa = i128::from((bits & ((1 << 52) - 1)) | (1 << 52)) << shift;
    Some(if bits >> 63 == 0 { mantissa } else { -mantissa })
}

/// `a + b` and its rounding error, both exact (Knuth).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

/// The correctly rounded sum of `terms`; 0 for none.
pub fn sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    let mut total = ExactSum::default();
    // The window as a local stays in registers.
    let (mut window, mut count) = (0_i128, 0_u32);
    for term in terms {
        match in_window(term) {
            Some(units) => window += units,
            None => total.add(term),
        }
        count += 1;
        if count == MOST_IN_WINDOW {
            total.window = window;
            total.empty_window();
            (window, count) = (0, 0);
        }
    }
    total.window = window;
    total.value()
}

/// Number of distinct groups among `n` cases.
pub fn unit_count(n: usize, groups: Groups<'_>) -> usize {
    groups.map_or(n, |of| {
        let mut seen = vec![false; of.iter().max().map_or(0, |&g| g as usize + 1)];
        of.iter().for_each(|&g| seen[g as usize] = true);
        seen.into_iter().filter(|&s| s).count()
    })
}

/// The sum of `values` in each group, by ascending group index; groups without a case are left out.
/// Without groups, or with groups of one in order, the values themselves. `groups` must be as long as `values`.
pub fn group_sums(values: &[f64], groups: Groups<'_>) -> Vec<f64> {
    let Some(of) = groups.filter(|of| !of.is_sorted_by(|a, b| a < b)) else { return values.to_vec() };
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|&i| of[i]);
    let mut running = ExactSum::default();
    order
        .chunk_by(|&i, &j| of[i] == of[j])
        .map(|cases| {
            running.clear();
            cases.iter().for_each(|&i| running.add(values[i]));
            running.value()
        })
        .collect()
}

/// Values as much as their cases count: a ratio of weighted means is one of means of these, and a flip of signs is of these.
pub fn times(values: &[f64], weights: Option<&[f64]>) -> Vec<f64> {
    match weights {
        Some(weights) => values.iter().zip(weights).map(|(x, weight)| x * weight).collect(),
        None => values.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancellation_and_halfway_cases_round_once() {
        assert_eq!(sum([1e100, 1.0, -1e100]), 1.0);
        assert_eq!(sum([0.1; 10]), 1.0);
        assert_eq!(sum([1.0, 2f64.powi(-53), 2f64.powi(-120)]), 1.0 + f64::EPSILON);
        assert_eq!(sum([1.0, 2f64.powi(-53), -(2f64.powi(-120))]), 1.0);
        assert_eq!(sum([]), 0.0);
        assert!(sum([1.0, f64::NAN]).is_nan());
        assert_eq!(sum([1.0, f64::INFINITY]), f64::INFINITY);
    }

    #[test]
    fn the_window_and_the_partials_agree_to_the_last_bit() {
        let mut stream = crate::analyse::stats::rng::Stream::new(3, 1);
        for trial in 0..60 {
            // Half of the trials cross both ends of the window.
            let spread = if trial % 2 == 0 { 20.0 } else { 60.0 };
            let term = |_| stream.normal() * (spread * (stream.uniform() - 0.5)).exp2();
            let terms: Vec<f64> = (0..9000).map(term).collect();
            let tiny = 2f64.powi(-600);
            assert_eq!(sum(terms.iter().copied()), sum(terms.iter().map(|x| x * tiny)) / tiny);
            assert_eq!(sum(terms.iter().copied()), sum(terms.iter().rev().copied()));
        }
        assert_eq!(sum([0.75; 3 * 4096 + 5]), 0.75 * 12_293.0);
    }

    #[test]
    fn groups_are_summed_in_index_order_and_empty_ones_left_out() {
        assert_eq!(group_sums(&[1.0, 2.0, 4.0, 8.0], Some(&[3, 0, 3, 1])), [2.0, 8.0, 5.0]);
        assert_eq!(group_sums(&[1.0, 2.0], None), [1.0, 2.0]);
        assert_eq!(unit_count(4, Some(&[3, 0, 3, 1])), 3);
        assert_eq!(unit_count(4, None), 4);
    }
}
