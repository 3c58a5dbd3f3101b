//! `mean_ci.json`, `clustered_mean.json` (sections A.1 to A.3).

use super::fixture::{confidence, count, golden, groups, numbers};
use crate::analyse::stats::mean::Summary;
use crate::analyse::stats::positive::log_t;
use crate::analyse::stats::proportion::{effective_size, generalised_wilson};

#[test]
fn means_of_independent_cases() {
    let golden = golden!("mean_ci");
    for case in golden.cases() {
        let level = confidence(case);
        let summary = Summary::of(&numbers(&case["values"]), None).expect("values");
        assert_eq!((summary.n as u64, summary.df() as u64), (count(case, "n"), count(case, "df")));
        golden.check(case, "mean", summary.mean);
        golden.check(case, "sd", summary.sd());
        golden.check(case, "se", summary.se);
        golden.check_interval(case, ("t_lower", "t_upper"), summary.t_interval(level));
        if case.get("n_eff").is_some() {
            golden.check(case, "n_eff", effective_size(&summary));
            golden.check_interval(
                case,
                ("bounded_lower", "bounded_upper"),
                generalised_wilson(&summary, level),
            );
        }
        if case.get("log_lower").is_some() {
            golden.check_interval(case, ("log_lower", "log_upper"), log_t(&summary, level));
        }
    }
}

#[test]
fn means_of_clustered_cases() {
    let golden = golden!("clustered_mean");
    for case in golden.cases() {
        let level = confidence(case);
        let groups = groups(&case["clusters"]);
        let summary = Summary::of(&numbers(&case["values"]), groups.as_deref()).expect("values");
        let g = summary.units as f64;
        assert_eq!((summary.n as u64, summary.units as u64), (count(case, "n"), count(case, "G")));
        assert_eq!(summary.df() as u64, count(case, "df"));
        golden.check(case, "mean", summary.mean);
        golden.check(case, "se", summary.se);
        golden.check(case, "se_cr0", summary.se.map(|se| se * ((g - 1.0) / g).sqrt()));
        golden.check(case, "se_naive", summary.se_naive);
        golden.check(case, "design_effect", summary.design_effect());
        golden.check(case, "n_eff", effective_size(&summary));
        golden.check_interval(case, ("t_lower", "t_upper"), summary.t_interval(level));
        golden.check_interval(case, ("bounded_lower", "bounded_upper"), generalised_wilson(&summary, level));
    }
}
