//! Owns draws from the closed form, for decisions that resample nothing (`--bootstrap 0`, section H): utilities by the
//! multivariate t around their estimates, with the margins of D.2 by construction.

use super::bootstrap::{Plan, Replicate};
use super::estimate::Estimates;
use super::rng::Stream;
use super::sums::sum;

/// `U + L z sqrt(df / chi2_df)` for every replicate, with `L L'` the covariance and `df = G - 1`; replicate b reads
/// stream b. Gates are not looked at. `None` with one unit.
pub fn replicates(estimates: &Estimates, pseudo: f64, plan: Plan) -> Option<Vec<Replicate>> {
    let df = estimates.sample.units.checked_sub(1).filter(|df| *df > 0)? as f64;
    let root = cholesky(&covariance(estimates, pseudo));
    let versions = estimates.totals.len();
    let one = |b: usize| {
        let mut stream = Stream::new(plan.seed, b as u64);
        let normals: Vec<f64> = (0..versions).map(|_| stream.normal()).collect();
        let scale = (df / chi_square(df, &mut stream)).sqrt();
        let of = |(row, total): (&Vec<f64>, &f64)| {
            total + scale * row.iter().zip(&normals).map(|(l, z)| l * z).sum::<f64>()
        };
        let drawn: Vec<f64> = root.iter().zip(&estimates.totals).map(of).collect();
        Replicate {
            utility: drawn.clone(),
            smoothed: drawn,
            feasible: vec![true; versions],
            front: vec![false; versions],
        }
    };
    Some((0..plan.replicates).map(one).collect())
}

/// `[sum_g Phi_ug Phi_vg + h^2 1{u=v}] / (G (G-1))`: of two versions the difference has the `SE^2` of D.2.
fn covariance(estimates: &Estimates, pseudo: f64) -> Vec<Vec<f64>> {
    let g = estimates.sample.units as f64;
    let all = &estimates.influence;
    let cell = |u: usize, v: usize| {
        let own = if u == v { pseudo * pseudo } else { 0.0 };
        (sum(all[u].iter().zip(&all[v]).map(|(a, b)| a * b)) + own) / (g * (g - 1.0))
    };
    (0..all.len()).map(|u| (0..all.len()).map(|v| cell(u, v)).collect()).collect()
}

/// The lower triangular `L` with `L L' = matrix`; a direction without variance gets none.
fn cholesky(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = matrix.len();
    let mut root = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| root[i][k] * root[j][k]).sum();
            let left = matrix[i][j] - known;
            root[i][j] = match (i == j, root[j][j] > 0.0) {
                (true, _) => left.max(0.0).sqrt(),
                (false, true) => left / root[j][j],
                (false, false) => 0.0,
            };
        }
    }
    root
}

/// Chi-square with `df` degrees of freedom: twice a gamma of shape `df/2` (Marsaglia and Tsang 2000; shapes below 1 by
/// their `U^(1/shape)`).
fn chi_square(df: f64, stream: &mut Stream) -> f64 {
    let shape = df / 2.0;
    let (own, boost) =
        if shape < 1.0 { (shape + 1.0, stream.uniform().powf(1.0 / shape)) } else { (shape, 1.0) };
    let d = own - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let z = stream.normal();
        let v = (1.0 + c * z).powi(3);
        if v > 0.0 && stream.uniform().ln() < 0.5 * z * z + d - d * v + d * v.ln() {
            return 2.0 * d * v * boost;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_times_itself_is_the_matrix() {
        let matrix = vec![vec![4.0, 2.0, 0.0], vec![2.0, 5.0, 3.0], vec![0.0, 3.0, 9.0]];
        let root = cholesky(&matrix);
        for i in 0..3 {
            for j in 0..3 {
                let product: f64 = (0..3).map(|k| root[i][k] * root[j][k]).sum();
                assert!((product - matrix[i][j]).abs() < 1e-12, "{i} {j}");
            }
        }
        assert_eq!(cholesky(&[vec![0.0, 0.0], vec![0.0, 1.0]]), [[0.0, 0.0], [0.0, 1.0]]);
    }

    #[test]
    fn chi_squares_have_their_mean_and_variance() {
        for df in [1.0, 9.0, 99_999.0] {
            let n = 20_000;
            let drawn: Vec<f64> = (0..n).map(|b| chi_square(df, &mut Stream::new(3, b))).collect();
            let mean = drawn.iter().sum::<f64>() / n as f64;
            let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
            // Four standard errors of the mean, and a tenth of the variance.
            assert!((mean - df).abs() < 4.0 * (2.0 * df / n as f64).sqrt(), "{df}: {mean}");
            assert!((variance / (2.0 * df) - 1.0).abs() < 0.1, "{df}: {variance}");
        }
    }
}
