//! A column of many values, one a run or case.

/// As long as all values are equal, a column takes no room: most runs are `ok`, made once, not cached.
#[derive(Clone, Debug)]
pub(super) enum Column<T> {
    /// So many times the same.
    Same(Option<T>, usize),
    /// One by one.
    Each(Vec<T>),
}

impl<T: Copy + PartialEq> Column<T> {
    pub fn new() -> Self {
        Self::Same(None, 0)
    }

    pub fn push(&mut self, value: T) {
        match self {
            Self::Each(values) => values.push(value),
            Self::Same(same, n) if *n == 0 || *same == Some(value) => {
                *same = Some(value);
                *n += 1;
            }
            Self::Same(Some(same), n) => {
                let mut values = vec![*same; *n];
                values.push(value);
                *self = Self::Each(values);
            }
            Self::Same(None, _) => {}
        }
    }

    /// The value at `at`; `None` beyond the end.
    pub fn get(&self, at: usize) -> Option<T> {
        match self {
            Self::Same(same, n) => same.filter(|_| at < *n),
            Self::Each(values) => values.get(at).copied(),
        }
    }

    /// Puts at place `i` what was at `order[i]`.
    pub fn reorder(&mut self, order: &[u32]) {
        match self {
            Self::Same(_, n) => *n = order.len(),
            Self::Each(values) => *values = order.iter().map(|&old| values[old as usize]).collect(),
        }
    }

    pub fn change(&mut self, mut by: impl FnMut(T) -> T) {
        match self {
            Self::Same(same, _) => *same = same.map(by),
            Self::Each(values) => values.iter_mut().for_each(|value| *value = by(*value)),
        }
    }
}

/// A number that may be absent, in eight bytes. Absent is a NaN no computation gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Perhaps(u64);

const ABSENT: u64 = u64::MAX;

impl From<Option<f64>> for Perhaps {
    fn from(value: Option<f64>) -> Self {
        Self(value.map_or(ABSENT, f64::to_bits))
    }
}

impl Perhaps {
    pub fn get(self) -> Option<f64> {
        (self.0 != ABSENT).then(|| f64::from_bits(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_gives_back_what_went_in_and_takes_room_only_for_what_differs() {
        let mut column = Column::new();
        assert_eq!(column.get(0), None);
        [7, 7, 7].into_iter().for_each(|x| column.push(x));
        assert!(matches!(column, Column::Same(Some(7), 3)));
        column.push(8);
        assert_eq!(
            (0..5).map(|i| column.get(i)).collect::<Vec<_>>(),
            [Some(7), Some(7), Some(7), Some(8), None]
        );
        column.reorder(&[3, 0, 1]);
        column.change(|x| x + 1);
        assert_eq!((0..4).map(|i| column.get(i)).collect::<Vec<_>>(), [Some(9), Some(8), Some(8), None]);
    }

    #[test]
    fn an_absent_number_is_no_number_and_zero_is_one() {
        for value in [None, Some(0.0), Some(-1.5), Some(f64::INFINITY)] {
            assert_eq!(Perhaps::from(value).get(), value);
        }
        assert!(Perhaps::from(Some(f64::NAN)).get().is_some_and(f64::is_nan));
    }
}
