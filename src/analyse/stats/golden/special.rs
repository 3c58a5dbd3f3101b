//! `special.json` (section 2.1).

use super::fixture::{count, golden, number};
use crate::analyse::stats::special::{beta_ppf, binom_cdf, norm_cdf, norm_ppf, t_cdf, t_ppf};

#[test]
fn distribution_and_quantile_functions() {
    let golden = golden!("special");
    for case in golden.cases() {
        let x = |key| number(case, key);
        let got = match case["fn"].as_str().expect("a function name") {
            "norm_ppf" => norm_ppf(x("p")),
            "norm_cdf" => norm_cdf(x("x")),
            "t_ppf" => t_ppf(x("p"), x("df")),
            "t_cdf" => t_cdf(x("x"), x("df")),
            "beta_ppf" => beta_ppf(x("p"), x("a"), x("b")),
            "binom_cdf" => binom_cdf(count(case, "k"), count(case, "n"), x("p")),
            other => panic!("`{other}` has no test"),
        };
        golden.check(case, "value", got);
    }
}
