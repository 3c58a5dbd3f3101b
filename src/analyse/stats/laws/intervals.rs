//! Laws 6, 7 and 8: special cases of the formulas are each other, and more confidence is never a narrower interval.

use super::draws::{between, many, stream};
use crate::analyse::stats::interval::{Confidence, Interval};
use crate::analyse::stats::mcnemar::mcnemar;
use crate::analyse::stats::mean::Summary;
use crate::analyse::stats::paired::{PairedT, bonett_price};
use crate::analyse::stats::positive::log_t;
use crate::analyse::stats::proportion::{
    clopper_pearson, generalised_wilson, jeffreys, uniform_prior, wald, wilson, wilson_formula,
};
use crate::analyse::stats::quantile::{order_statistics, sorted, woodruff};
use crate::analyse::stats::ratio::{geometric_mean_ratio, ratio_of_means};
use crate::analyse::stats::rng::Stream;
use crate::analyse::stats::signflip::{Computation, sign_flip};

fn level(confidence: f64) -> Confidence {
    Confidence::new(confidence).expect("a level in (0, 1)")
}

#[test]
fn generalised_wilson_with_z_is_wilson_and_singleton_groups_are_none() {
    for trial in 0..100 {
        let draw = &mut stream(6, trial);
        let n = 2 + draw.index(300) as u64;
        let x = draw.index(n as usize + 1) as u64;
        let confidence = Confidence::default();
        let (low, high) = wilson_formula(x as f64 / n as f64, n as f64, confidence.z());
        let plain = wilson(x, n, confidence);
        assert_eq!((plain.low, plain.high), (Some(low), Some(high)));
        let values = many(draw, n as usize, -1.0, 1.0);
        let singletons: Vec<u32> = (0..n as u32).collect();
        let (alone, grouped) = (Summary::of(&values, None), Summary::of(&values, Some(&singletons)));
        assert_eq!(alone, grouped);
        let summary = alone.expect("values");
        let by_sd = summary.sd().expect("two values") / (n as f64).sqrt();
        assert!((summary.se.expect("two units") / by_sd - 1.0).abs() < 1e-14);
    }
}

#[test]
fn mcnemar_is_the_sign_flip_test_of_binary_data() {
    for (b, c) in [(0, 1), (4, 4), (7, 2), (30, 12), (3, 40), (100, 80), (0, 25)] {
        let units: Vec<f64> =
            std::iter::repeat_n(1.0, b).chain(std::iter::repeat_n(-1.0, c)).chain([0.0; 9]).collect();
        let flipped = sign_flip(&units, 42);
        let expected = mcnemar(b as u64, c as u64).exact;
        assert!((flipped.p / expected - 1.0).abs() < 1e-11, "{b} {c}: {} {expected}", flipped.p);
        assert_eq!(flipped.computation == Computation::Lattice, b + c > 20);
    }
}

/// Every interval of a mean, a rate, a quantile and a ratio on some data.
fn intervals(draw: &mut Stream, confidence: Confidence) -> Vec<Interval> {
    let n = 3 + draw.index(60);
    let (a, b) = (many(draw, n, 0.05, 1.0), many(draw, n, 0.05, 1.0));
    let groups: Vec<u32> = (0..n).map(|i| (i / 2) as u32).collect();
    let groups = Some(groups.as_slice());
    let summary = Summary::of(&a, groups).expect("values");
    let (x, size) = (draw.index(n + 1) as u64, n as u64);
    let (only_a, only_b) = (draw.index(n / 2) as u64, draw.index(n / 2) as u64);
    let p = between(draw, 0.1, 0.9);
    vec![
        summary.t_interval(confidence),
        generalised_wilson(&summary, confidence),
        wald(&summary, confidence),
        log_t(&summary, confidence),
        wilson(x, size, confidence),
        clopper_pearson(x, size, confidence),
        jeffreys(x, size, confidence),
        uniform_prior(x, size, confidence),
        bonett_price(only_a, only_b, size, confidence),
        order_statistics(&sorted(&a), p, confidence).interval,
        woodruff(&a, groups, p, confidence).expect("rows").interval,
        PairedT::of(&a, None, groups, confidence).expect("values").interval,
        ratio_of_means(&a, &b, groups, confidence).expect("positive").interval,
        geometric_mean_ratio(&a, &b, None, groups, confidence).expect("positive").interval,
    ]
}

#[test]
fn more_confidence_is_never_narrower() {
    for trial in 0..60 {
        let narrow = intervals(&mut stream(8, trial), level(0.95));
        let wide = intervals(&mut stream(8, trial), level(0.99));
        for (narrow, wide) in narrow.iter().zip(&wide) {
            let low = wide.low.is_none_or(|w| narrow.low.is_some_and(|n| w <= n));
            let high = wide.high.is_none_or(|w| narrow.high.is_some_and(|n| w >= n));
            assert!(low && high, "{narrow:?} {wide:?}");
        }
    }
}
