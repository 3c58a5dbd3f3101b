//! `paired_binary_ci.json`, `paired_t.json`, `ratio.json` (sections B.2, B.4, B.5).

use super::fixture::{confidence, count, golden, groups, numbers};
use crate::analyse::stats::paired::{PairedT, Tally, bonett_price, differences};
use crate::analyse::stats::ratio::{Ratio, geometric_mean_ratio, ratio_of_means};

#[test]
fn bonett_price_intervals() {
    let golden = golden!("paired_binary_ci");
    for case in golden.cases() {
        let got = bonett_price(count(case, "b"), count(case, "c"), count(case, "n"), confidence(case));
        golden.check_interval(case, ("lower", "upper"), got);
    }
}

#[test]
fn paired_t_intervals_and_effect_sizes() {
    let golden = golden!("paired_t");
    for case in golden.cases() {
        let d = differences(&numbers(&case["a"]), &numbers(&case["b"]));
        let got =
            PairedT::of(&d, None, groups(&case["clusters"]).as_deref(), confidence(case)).expect("pairs");
        golden.check(case, "mean_diff", got.summary.mean);
        golden.check(case, "se", got.summary.se);
        golden.check(case, "t", got.t);
        golden.check(case, "p", got.p);
        golden.check(case, "d_z", got.d_z);
        golden.check_interval(case, ("lower", "upper"), got.interval);
        assert_eq!(got.summary.df() as u64, count(case, "df"));
        let tally = Tally::of(&d);
        let want = ["wins", "losses", "ties"].map(|key| count(case, key) as usize);
        assert_eq!([tally.wins, tally.losses, tally.ties], want, "{case}");
    }
}

#[test]
fn paired_ratios() {
    let golden = golden!("ratio");
    for case in golden.cases() {
        let (a, b, level) = (numbers(&case["a"]), numbers(&case["b"]), confidence(case));
        let check = |want: &serde_json::Value, ratio: &str, got: Ratio| {
            golden.check(want, ratio, got.ratio);
            golden.check(want, "se_log", got.se_log);
            golden.check_interval(want, ("lower", "upper"), got.interval);
            golden.check(want, "p", got.p);
        };
        let means = ratio_of_means(&a, &b, groups(&case["clusters"]).as_deref(), level).expect("positive");
        check(&case["ratio_of_means"], "ratio", means);
        assert_eq!(means.units as u64 - 1, count(&case["ratio_of_means"], "df"));
        if !case["geometric_mean_ratio"].is_null() {
            let typical = geometric_mean_ratio(&a, &b, None, None, level).expect("positive");
            check(&case["geometric_mean_ratio"], "gmr", typical);
        }
    }
}
