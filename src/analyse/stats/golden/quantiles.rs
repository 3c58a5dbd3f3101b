//! `quantiles.json`, `quantile_ci.json`, `quantile_ci_clustered.json` (section A.4).

use super::fixture::{confidence, count, golden, groups, number, numbers};
use crate::analyse::stats::quantile::{order_statistics, sorted, type7, woodruff};

#[test]
fn type_seven_quantiles() {
    let golden = golden!("quantiles");
    for case in golden.cases() {
        let name = case["name"].as_str().expect("a series");
        let ascending = sorted(&numbers(&golden.file["data"][name]));
        golden.check(case, "value", type7(&ascending, number(case, "p")));
    }
}

#[test]
fn order_statistic_intervals() {
    let golden = golden!("quantile_ci");
    for case in golden.cases() {
        let series = case["name"].as_str().expect("a series");
        let rows: Vec<f64> = (1..=count(&golden.file["data"], series)).map(|i| i as f64).collect();
        let got = order_statistics(&rows, number(case, "p"), confidence(case));
        assert_eq!(got.lower_rank.map(|l| l as u64), case["l"].as_u64(), "{case}");
        assert_eq!(got.upper_rank.map(|u| u as u64), case["u"].as_u64(), "{case}");
        golden.check_interval(case, ("lower", "upper"), got.interval);
        golden.check(case, "coverage", got.coverage);
        golden.check(case, "estimate", type7(&rows, number(case, "p")));
    }
}

#[test]
fn woodruff_intervals() {
    let golden = golden!("quantile_ci_clustered");
    let rows = numbers(&golden.file["values"]);
    let groups = groups(&golden.file["clusters"]);
    for case in golden.cases() {
        let got = woodruff(&rows, groups.as_deref(), number(case, "p"), confidence(case)).expect("rows");
        assert_eq!(got.units as u64 - 1, count(case, "df"));
        golden.check(case, "estimate", got.estimate);
        golden.check(case, "se_cdf", got.se_cdf);
        golden.check(case, "p_lower", got.probabilities.map(|(low, _)| low));
        golden.check(case, "p_upper", got.probabilities.map(|(_, high)| high));
        golden.check_interval(case, ("lower", "upper"), got.interval);
    }
}
