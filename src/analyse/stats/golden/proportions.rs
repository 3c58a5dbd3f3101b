//! `wilson.json`, `beta_intervals.json` (section A.2).

use super::fixture::{confidence, count, golden};
use crate::analyse::stats::interval::Interval;
use crate::analyse::stats::proportion::{clopper_pearson, jeffreys, uniform_prior, wilson};

#[test]
fn wilson_intervals() {
    let golden = golden!("wilson");
    for case in golden.cases() {
        let got = wilson(count(case, "successes"), count(case, "n"), confidence(case));
        golden.check_interval(case, ("lower", "upper"), got);
    }
}

#[test]
fn intervals_from_beta_quantiles() {
    let golden = golden!("beta_intervals");
    for case in golden.cases() {
        let (x, n, level) = (count(case, "successes"), count(case, "n"), confidence(case));
        let check = |key: &str, got: Interval| {
            golden.close(got.low, &case[key][0], &format!("low {key} of {case}"));
            golden.close(got.high, &case[key][1], &format!("high {key} of {case}"));
        };
        check("clopper_pearson", clopper_pearson(x, n, level));
        check("jeffreys", jeffreys(x, n, level));
        check("bayes_uniform", uniform_prior(x, n, level));
    }
}
