//! `pass_k.json` (section A.6).

use super::fixture::{count, golden};
use crate::analyse::stats::repeats::{pass_at_k, pass_hat_k};

#[test]
fn pass_at_k_and_pass_hat_k() {
    let golden = golden!("pass_k");
    for case in golden.cases() {
        let (n, c, k) = (count(case, "n"), count(case, "c"), count(case, "k"));
        golden.check(case, "pass_at_k", pass_at_k(n, c, k));
        golden.check(case, "pass_hat_k", pass_hat_k(n, c, k));
    }
}
