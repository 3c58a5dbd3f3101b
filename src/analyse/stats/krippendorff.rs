//! Owns Krippendorff's alpha: agreement of any number of raters, with missing ratings (section J.1; Krippendorff 2011).

use super::sums::sum;

/// What the numbers of a rating mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Names only.
    Nominal,
    /// Ordered.
    Ordinal,
    /// Distances mean something.
    Interval,
}

/// Alpha over `units[case][rater]`; a case with fewer than two ratings says nothing. `None` when the ratings do not
/// vary. Ratings are finite.
pub fn alpha(units: &[Vec<Option<f64>>], level: Level) -> Option<f64> {
    let values = distinct(units);
    let coincidences = coincidences(units, &values);
    let totals: Vec<f64> = coincidences.iter().map(|row| sum(row.iter().copied())).collect();
    let pairable = sum(totals.iter().copied());
    let middles = middles(&totals);
    let distance = |i: usize, j: usize| match level {
        _ if i == j => 0.0,
        Level::Nominal => 1.0,
        Level::Ordinal => (middles[i] - middles[j]).powi(2),
        Level::Interval => (values[i] - values[j]).powi(2),
    };
    let over_pairs = |weight: &dyn Fn(usize, usize) -> f64| {
        let cells = (0..values.len()).flat_map(|i| (0..values.len()).map(move |j| (i, j)));
        sum(cells.map(|(i, j)| weight(i, j) * distance(i, j)))
    };
    let observed = over_pairs(&|i, j| coincidences[i][j]);
    let expected = over_pairs(&|i, j| totals[i] * totals[j]) / (pairable - 1.0);
    (expected > 0.0).then(|| 1.0 - observed / expected)
}

/// The values given, ascending.
fn distinct(units: &[Vec<Option<f64>>]) -> Vec<f64> {
    let mut values: Vec<f64> = units.iter().flatten().flatten().copied().collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

/// How often two values meet in a case, each case weighing as many as its ratings.
fn coincidences(units: &[Vec<Option<f64>>], values: &[f64]) -> Vec<Vec<f64>> {
    let mut table = vec![vec![0.0; values.len()]; values.len()];
    for ratings in units {
        let given: Vec<usize> = ratings.iter().flatten().map(|r| values.partition_point(|v| v < r)).collect();
        for (i, &a) in given.iter().enumerate() {
            for (_, &b) in given.iter().enumerate().filter(|&(j, _)| j != i) {
                table[a][b] += 1.0 / (given.len() as f64 - 1.0);
            }
        }
    }
    table
}

/// The middle of the places each value takes when all pairable ratings are put in order. The ordinal distance, the
/// ratings from one value to the other with both ends counted half, is the difference of two middles.
fn middles(totals: &[f64]) -> Vec<f64> {
    let mut before = 0.0;
    let place = |total: &f64| {
        before += total;
        before - total / 2.0
    };
    totals.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_compare_is_undefined() {
        assert_eq!(alpha(&[], Level::Nominal), None);
        assert_eq!(alpha(&[vec![Some(1.0), None]], Level::Interval), None);
        assert_eq!(alpha(&[vec![Some(1.0), Some(1.0)]], Level::Ordinal), None);
    }
}
