//! Owns the exact distribution when all units are multiples of one step: judge scales, repeats, counts.

/// Largest denominator of a step that is looked for.
const MOST_PARTS: u32 = 100;
/// Work allowed: units times the sum of their steps.
const MOST_WORK: f64 = 5e7;
/// How far a multiple may be from an integer, relative to its size; a unit that rounds to 0 is no multiple.
const NEARLY: f64 = 1e-9;

/// The units as integer numbers of a common step `1/q`, `q <= 100`, reduced by their common divisor; `None` when
/// there is no such step or the distribution would be too large to compute.
pub fn steps(units: &[f64]) -> Option<Vec<i64>> {
    let is_multiple = |x: f64| x.abs() >= 0.5 && (x - x.round()).abs() <= NEARLY * x.abs().max(1.0);
    let q = (1..=MOST_PARTS).map(f64::from).find(|q| units.iter().all(|d| is_multiple(d * q)))?;
    let fits = units.iter().all(|d| (d * q).abs() < 1e15);
    let steps: Vec<i64> = units.iter().filter(|_| fits).map(|d| (d * q).round() as i64).collect();
    let divisor = steps.iter().fold(0, |g, &k| gcd(g, k.abs())).max(1);
    let steps: Vec<i64> = steps.into_iter().map(|k| k / divisor).collect();
    let work = steps.len() as f64 * steps.iter().map(|&k| k.abs() as f64).sum::<f64>();
    (fits && work <= MOST_WORK).then_some(steps)
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Exact two-sided p: the distribution of the signed sum, one unit at a time. Only the number of steps taken in the
/// plus direction is followed (`T* = 2 plus - total`), so every index is used.
pub fn p(steps: &[i64]) -> f64 {
    let total: usize = steps.iter().map(|k| k.unsigned_abs() as usize).sum();
    let mut chance = vec![0.0; total + 1];
    chance[0] = 1.0;
    let mut reached = 0;
    for k in steps.iter().map(|k| k.unsigned_abs() as usize) {
        reached += k;
        for plus in (0..=reached).rev() {
            let without = chance[plus];
            let with = if plus >= k { chance[plus - k] } else { 0.0 };
            chance[plus] = 0.5 * (without + with);
        }
    }
    let statistic = steps.iter().sum::<i64>().unsigned_abs() as usize;
    let extreme = chance.iter().enumerate().filter(|(plus, _)| (2 * plus).abs_diff(total) >= statistic);
    extreme.map(|(_, chance)| chance).sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::stats::signflip::enumeration;

    #[test]
    fn finds_the_coarsest_step() {
        assert_eq!(steps(&[0.5, -1.5, 1.0 / 3.0]), Some(vec![3, -9, 2]));
        assert_eq!(steps(&[200.0, -600.0]), Some(vec![1, -3]));
        assert_eq!(steps(&[0.1, std::f64::consts::PI]), None);
        assert_eq!(steps(&[1e300]), None);
        assert_eq!(steps(&[0.01, 1e9]), None);
        assert_eq!(steps(&[1e-11, -3e-11]), None);
    }

    #[test]
    fn agrees_with_enumeration() {
        let units = [3, -1, 2, 4, -2, 1, 5, -4];
        let sizes: Vec<f64> = units.iter().map(|&k: &i64| k.abs() as f64).collect();
        let (extreme, all) = enumeration::count(&sizes, 8.0 - 1e-9);
        assert_eq!(p(&units), extreme as f64 / all as f64);
    }
}
