//! An interval as a picture of fixed width: `  ──●──  │`. Only an addition: the numbers stand beside it.
use crate::domain::Interval;

/// Columns of the screen a bar takes; odd, so that there is a middle.
pub const ROOM: usize = 21;

/// Head of a column of bars around zero, its middle over theirs.
pub const HEAD: &str = "   less ← │ → more";

/// What bars of one column have in common.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    from: f64,
    to: f64,
    /// Where "no difference" lies.
    zero: Option<f64>,
}

impl Axis {
    /// From the least to the greatest of what is shown; `None` where there is nothing to show.
    #[must_use]
    pub fn spanning(points: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (mut from, mut to) = (f64::INFINITY, f64::NEG_INFINITY);
        for x in points.into_iter().filter(|x| x.is_finite()) {
            (from, to) = (from.min(x), to.max(x));
        }
        (from < to).then_some(Self { from, to, zero: None })
    }

    /// As far to the left of zero as to the right.
    #[must_use]
    pub fn around_zero(points: impl IntoIterator<Item = f64>) -> Option<Self> {
        let reach = points.into_iter().filter(|x| x.is_finite()).map(f64::abs).fold(0.0, f64::max);
        (reach > 0.0).then_some(Self { from: -reach, to: reach, zero: Some(0.0) })
    }

    /// The bar of a number and its interval; an end that is not known is `<` or `>` at the edge.
    #[must_use]
    pub fn bar(&self, number: f64, interval: &Interval) -> String {
        let mut cells = ['\u{20}'; ROOM];
        let low = interval.low.map_or(0, |low| self.at(low));
        let high = interval.high.map_or(ROOM - 1, |high| self.at(high));
        if interval.low.is_some() || interval.high.is_some() {
            cells[low..=high.max(low)].fill('─');
            if interval.low.is_none() {
                cells[0] = '<';
            }
            if interval.high.is_none() {
                cells[ROOM - 1] = '>';
            }
        }
        if let Some(zero) = self.zero.map(|zero| self.at(zero)) {
            cells[zero] = if cells[zero] == '─' { '┼' } else { '│' };
        }
        if number.is_finite() {
            cells[self.at(number)] = '●';
        }
        cells.iter().collect()
    }

    /// The cell of a point; beyond the ends, the last one.
    fn at(&self, x: f64) -> usize {
        let part = ((x - self.from) / (self.to - self.from)).clamp(0.0, 1.0);
        if part.is_finite() { (part * (ROOM - 1) as f64).round() as usize } else { 0 }
    }
}

/// Bars to the left and right of nothing, all on one scale: `       │███▌   `.
#[derive(Clone, Copy, Debug)]
pub struct Balance {
    reach: f64,
}

impl Balance {
    /// Columns on each side of the middle.
    const SIDE: usize = 4;

    /// As far as the largest of what is shown, and at least `least`: what does not matter looks small.
    #[must_use]
    pub fn spanning(points: impl IntoIterator<Item = f64>, least: f64) -> Self {
        let reach = points.into_iter().filter(|x| x.is_finite()).map(f64::abs).fold(least, f64::max);
        Self { reach }
    }

    /// The bar of a number, in half columns.
    #[must_use]
    pub fn bar(&self, number: f64) -> String {
        let halves = (number.abs() / self.reach * (2 * Self::SIDE) as f64).round();
        let halves = if halves.is_finite() { (halves as usize).min(2 * Self::SIDE) } else { 0 };
        let (whole, half, blank) = (halves / 2, halves % 2, " ".repeat(Self::SIDE));
        let rest = " ".repeat(Self::SIDE - whole - half);
        if number < 0.0 {
            format!("{rest}{}{}│{blank}", "▐".repeat(half), "█".repeat(whole))
        } else {
            format!("{blank}│{}{}{rest}", "█".repeat(whole), "▌".repeat(half))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Method;

    #[test]
    fn a_bar_lies_where_its_numbers_lie() {
        let axis = Axis::around_zero([-0.5, 1.0]).unwrap();
        let of = |low, high| Interval { low, high, method: Method::T };
        assert_eq!(axis.bar(0.5, &of(Some(0.2), Some(0.8))), "          │ ───●───  ");
        assert_eq!(axis.bar(0.2, &of(Some(-0.4), Some(0.8))), "      ────┼─●──────  ");
        assert_eq!(axis.bar(0.5, &of(Some(0.2), None)), "          │ ───●────>");
        assert_eq!(axis.bar(0.5, &of(None, None)), "          │    ●     ");
        assert!(Axis::spanning([1.0, 1.0, f64::NAN]).is_none());
    }

    #[test]
    fn bars_of_parts_share_a_scale_and_a_middle() {
        let balance = Balance::spanning([0.08, -0.02, f64::NAN], 0.01);
        assert_eq!(balance.bar(0.08), "    │████");
        assert_eq!(balance.bar(0.03), "    │█▌  ");
        assert_eq!(balance.bar(-0.02), "   █│    ");
        assert_eq!(balance.bar(-0.01), "   ▐│    ");
        assert_eq!([balance.bar(0.0), balance.bar(f64::NAN)], ["    │    ", "    │    "]);
        assert_eq!(Balance::spanning([0.001], 0.008).bar(0.001), "    │▌   ");
        assert_eq!(Balance::spanning([0.0], 0.0).bar(0.0), "    │    ");
    }
}
