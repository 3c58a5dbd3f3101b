//! `mcnemar.json`, `signflip.json`, `wilcoxon.json`, `holm.json` (sections B.3, B.5).

use super::fixture::{count, golden, numbers};
use crate::analyse::stats::holm::holm;
use crate::analyse::stats::mcnemar::mcnemar;
use crate::analyse::stats::rng::DEFAULT_SEED;
use crate::analyse::stats::signflip::{Computation, sign_flip};
use crate::analyse::stats::wilcoxon::wilcoxon;

#[test]
fn mcnemar_tests() {
    let golden = golden!("mcnemar");
    for case in golden.cases() {
        let got = mcnemar(count(case, "b"), count(case, "c"));
        golden.check(case, "p_exact", got.exact);
        golden.check(case, "p_mid", got.mid);
    }
}

#[test]
fn sign_flip_tests() {
    let golden = golden!("signflip");
    for case in golden.cases() {
        let got = sign_flip(&numbers(&case["diffs"]), DEFAULT_SEED);
        golden.check(case, "statistic", got.statistic);
        golden.check(case, "p", got.p);
        match got.computation {
            Computation::Enumeration { extreme, total } => {
                assert_eq!((extreme, total), (count(case, "n_extreme"), count(case, "n_total")), "{case}");
            }
            Computation::Lattice => assert!(case["n_total"].is_null(), "{case}"),
            other => panic!("{other:?} is not exact: {case}"),
        }
    }
}

#[test]
fn wilcoxon_tests() {
    let golden = golden!("wilcoxon");
    for case in golden.cases() {
        let got = wilcoxon(&numbers(&case["diffs"]));
        assert_eq!(got.nonzero as u64, count(case, "n_nonzero"));
        golden.check(case, "w_plus", got.w_plus);
        golden.check(case, "w_minus", got.w_minus);
        golden.check(case, "z", got.z);
        golden.check(case, "p_normal", got.p_normal);
        golden.check(case, "p_normal_cc", got.p_normal_corrected);
        golden.check(case, "p_exact", got.p_exact);
    }
}

#[test]
fn holm_adjustment() {
    let golden = golden!("holm");
    for case in golden.cases() {
        for (i, got) in holm(&numbers(&case["p"])).into_iter().enumerate() {
            golden.close(Some(got), &case["adjusted"][i], &format!("{i} of {case}"));
        }
    }
}
