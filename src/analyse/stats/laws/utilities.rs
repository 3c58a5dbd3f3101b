//! Laws 2, 3 and 4: no version reorders two others, units and scales of weights do not matter, better is never worse.

use super::draws::{between, many, stream, transform};
use crate::analyse::stats::ranking::{ranks, total_utility};
use crate::analyse::stats::utility::{Goal, Transform};
use crate::analyse::stats::weights::normalise;

const TRIALS: u64 = 300;

fn totals(weights: &[f64], transforms: &[Transform], values: &[Vec<f64>]) -> Vec<f64> {
    let worth =
        |row: &Vec<f64>| -> Vec<f64> { transforms.iter().zip(row).map(|(t, &x)| t.utility(x)).collect() };
    values.iter().map(|row| total_utility(weights, &worth(row))).collect()
}

#[test]
fn adding_removing_and_reordering_versions_changes_no_utility() {
    for trial in 0..TRIALS {
        let draw = &mut stream(2, trial);
        let transforms: Vec<Transform> = (0..3).map(|_| transform(draw)).collect();
        let weights = normalise(&many(draw, 3, 0.0, 1.0)).expect("positive weights");
        let versions: Vec<Vec<f64>> = (0..6).map(|_| many(draw, 3, 0.0, 10.0)).collect();
        let all = totals(&weights, &transforms, &versions);
        let mut chosen: Vec<usize> = (0..6).collect();
        draw.shuffle(&mut chosen);
        chosen.truncate(2 + draw.index(4));
        let some: Vec<Vec<f64>> = chosen.iter().map(|&v| versions[v].clone()).collect();
        let kept = totals(&weights, &transforms, &some);
        assert_eq!(kept, chosen.iter().map(|&v| all[v]).collect::<Vec<f64>>());
        let before: Vec<usize> = chosen.iter().map(|&v| ranks(&all)[v]).collect();
        let same_order =
            |i: usize, j: usize| before[i].cmp(&before[j]) == ranks(&kept)[i].cmp(&ranks(&kept)[j]);
        assert!((0..chosen.len()).all(|i| (0..i).all(|j| same_order(i, j))));
    }
}

#[test]
fn min_max_does_reorder_and_says_so() {
    let (a, b, c) = ([0.9, 0.020], [0.8, 0.012], [0.5, 0.011]);
    let first_beats_second = |set: &[[f64; 2]]| {
        let column = |m: usize| set.iter().map(|row| row[m]).collect::<Vec<f64>>();
        let quality = Transform::min_max(Goal::Maximize, &column(0));
        let cost = Transform::min_max(Goal::Minimize, &column(1));
        assert!(quality.set_dependent() && cost.set_dependent());
        let total = |row: [f64; 2]| 0.6 * quality.utility(row[0]) + 0.4 * cost.utility(row[1]);
        total(a) > total(b)
    };
    assert!(first_beats_second(&[a, b]));
    assert!(!first_beats_second(&[a, b, c]));
}

#[test]
fn units_and_the_scale_of_weights_do_not_matter() {
    for trial in 0..TRIALS {
        let draw = &mut stream(3, trial);
        let (reference, milliseconds) = (between(draw, 1.0, 5000.0), between(draw, 0.0, 9000.0));
        for goal in [Goal::Minimize, Goal::Maximize] {
            let in_ms = Transform::Ratio { goal, reference }.utility(milliseconds);
            let in_s = Transform::Ratio { goal, reference: reference / 1e3 }.utility(milliseconds / 1e3);
            assert!((in_ms - in_s).abs() < 1e-15);
        }
        let weights = many(draw, 4, 0.0, 10.0);
        let sevenfold: Vec<f64> = weights.iter().map(|w| w * 7.0).collect();
        let (once, scaled) = (normalise(&weights).expect("weights"), normalise(&sevenfold).expect("weights"));
        assert!(once.iter().zip(&scaled).all(|(a, b)| (a - b).abs() < 1e-15));
    }
}

#[test]
fn improving_a_metric_never_lowers_the_total() {
    for trial in 0..TRIALS {
        let draw = &mut stream(4, trial);
        let transforms: Vec<Transform> = (0..4).map(|_| transform(draw)).collect();
        let weights = normalise(&many(draw, 4, 0.0, 1.0)).expect("positive weights");
        let values = many(draw, 4, 0.0, 10.0);
        let metric = draw.index(4);
        let mut better = values.clone();
        better[metric] = match transforms[metric].goal() {
            Goal::Maximize => values[metric] + between(draw, 0.0, 5.0),
            Goal::Minimize => values[metric] * between(draw, 0.0, 1.0),
        };
        let totals = totals(&weights, &transforms, &[values, better]);
        assert!(totals[1] >= totals[0] - 1e-15, "{transforms:?} {totals:?}");
    }
}
