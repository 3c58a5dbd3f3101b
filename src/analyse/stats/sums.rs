//! Owns summation: sums that are correctly rounded, and sums by group.
//! A correctly rounded sum does not depend on the order of its terms, so neither case order nor thread count can
//! move the last bit of a result (section 2.1); Kahan or pairwise sums are accurate but order-dependent.

/// The group of each case as a dense index, or `None` when every case is its own group (section 2).
pub type Groups<'a> = Option<&'a [u32]>;

/// A running sum kept as non-overlapping partials (Shewchuk 1997, adaptive precision arithmetic).
#[derive(Clone, Debug, Default)]
pub struct ExactSum {
    partials: Vec<f64>,
    overflow: f64,
}

impl ExactSum {
    /// Adds one term. A term that is not finite is kept apart and makes the total not finite.
    pub fn add(&mut self, term: f64) {
        if !term.is_finite() {
            self.overflow += term;
            return;
        }
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
    pub fn value(&self) -> f64 {
        if self.overflow != 0.0 {
            return self.overflow;
        }
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
        self.partials.clear();
        self.overflow = 0.0;
    }
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
    terms.into_iter().for_each(|term| total.add(term));
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
/// Without groups the values themselves. `groups` must be as long as `values`.
pub fn group_sums(values: &[f64], groups: Groups<'_>) -> Vec<f64> {
    let Some(of) = groups else { return values.to_vec() };
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
    fn groups_are_summed_in_index_order_and_empty_ones_left_out() {
        assert_eq!(group_sums(&[1.0, 2.0, 4.0, 8.0], Some(&[3, 0, 3, 1])), [2.0, 8.0, 5.0]);
        assert_eq!(group_sums(&[1.0, 2.0], None), [1.0, 2.0]);
        assert_eq!(unit_count(4, Some(&[3, 0, 3, 1])), 3);
        assert_eq!(unit_count(4, None), 4);
    }
}
