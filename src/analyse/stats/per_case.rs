//! Owns lists of numbers, one list a case, in two blocks of memory: a million runs are no million lists.

use std::ops::Index;

/// The numbers of every case, one case after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PerCase {
    values: Vec<f64>,
    /// Where each case ends.
    ends: Vec<usize>,
}

impl PerCase {
    /// `cases` lists filled from `(case, value)`; those of one case keep their order.
    pub fn of(cases: usize, pairs: impl Iterator<Item = (usize, f64)> + Clone) -> Self {
        let mut ends = vec![0; cases];
        pairs.clone().for_each(|(case, _)| ends[case] += 1);
        let mut before = 0;
        for end in &mut ends {
            (before, *end) = (before + *end, before);
        }
        let mut values = vec![0.0; before];
        for (case, value) in pairs {
            values[ends[case]] = value;
            ends[case] += 1;
        }
        Self { values, ends }
    }

    /// How many cases.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no case.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The lists, case by case.
    pub fn iter(&self) -> impl Iterator<Item = &[f64]> {
        (0..self.len()).map(|case| &self[case])
    }

    /// All numbers, case after case.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

impl Index<usize> for PerCase {
    type Output = [f64];

    fn index(&self, case: usize) -> &[f64] {
        let start = case.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.values[start..self.ends[case]]
    }
}

impl FromIterator<Vec<f64>> for PerCase {
    fn from_iter<I: IntoIterator<Item = Vec<f64>>>(lists: I) -> Self {
        let mut all = Self::default();
        for list in lists {
            all.values.extend(list);
            all.ends.push(all.values.len());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::PerCase;

    #[test]
    fn lists_come_back_whatever_the_order_they_were_filled_in() {
        let lists = [vec![1.0, 2.0], vec![], vec![3.0], vec![]];
        let filled = PerCase::of(4, [(2, 3.0), (0, 1.0), (0, 2.0)].into_iter());
        assert_eq!(filled, lists.iter().cloned().collect());
        assert_eq!(filled.iter().map(<[f64]>::to_vec).collect::<Vec<_>>(), lists);
        assert_eq!((filled.len(), filled.values()), (4, [1.0, 2.0, 3.0].as_slice()));
        assert!(PerCase::default().is_empty());
    }
}
