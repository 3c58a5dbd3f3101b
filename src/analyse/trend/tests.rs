//! When a trend is said, of whom, and what does not count.
use super::*;
use crate::analyse::made::{data, push, run};
use crate::analyse::stats::rng::Stream;

/// A run each second for every version; the latency of case i is what `seconds` says.
fn batch(names: &[&str], cases: usize, seconds: &dyn Fn(&str, usize) -> f64) -> Data {
    let mut data = data(names, false);
    for case in 0..cases {
        for name in names {
            let mut made = run(name, case, i64::try_from(case).expect("small"));
            made.1.facts.latency_s = Some(seconds(name, case));
            push(&mut data, made);
        }
    }
    data.settle();
    data
}

fn said(data: &Data) -> Option<String> {
    note(data, &vec![true; data.cases.len()])
}

#[test]
fn a_latency_that_rises_or_falls_is_told_with_both_ends() {
    let made = batch(&["steady", "slower", "faster"], 60, &|name, case| {
        let step = if name == "slower" { case } else { 59 - case };
        if name == "steady" { 0.9 + 0.01 * (case % 7) as f64 } else { 0.5 + 0.02 * step as f64 }
    });
    let text = said(&made).expect("a note");
    insta::assert_snapshot!(text, @"latency changed with time, from the median of the third of the cases that was run first to that of the third run last: `slower` 690 ms → 1.49 s, `faster` 1.49 s → 690 ms; versions that ran side by side met the same, but no single number says what one takes");
}

#[test]
fn few_cases_small_changes_and_single_slow_answers_are_none() {
    assert_eq!(said(&batch(&["v"], 29, &|_, case| case as f64)), None);
    assert!(said(&batch(&["v"], 30, &|_, case| 1.0 + case as f64)).is_some());
    assert_eq!(said(&batch(&["v"], 90, &|_, case| 1.0 + 0.001 * case as f64)), None);
    let slow_at_last = |_: &str, case: usize| if case >= 87 { 90.0 } else { 1.0 + 0.01 * (case % 5) as f64 };
    assert_eq!(said(&batch(&["v"], 90, &slow_at_last)), None);
}

#[test]
fn what_has_no_time_of_its_own_does_not_count() {
    let rising = |cache_hit: bool, status: RunStatus, simulated: bool, at_once: bool| {
        let mut made = data(&["v"], simulated);
        for case in 0..60 {
            let (of, mut run) = run("v", case, if at_once { 0 } else { i64::try_from(case).expect("small") });
            run.facts.latency_s = Some(1.0 + case as f64);
            (run.cache_hit, run.facts.status) = (cache_hit, status);
            push(&mut made, (of, run));
        }
        made.settle();
        said(&made).is_some()
    };
    assert!(rising(false, RunStatus::Ok, false, false));
    assert!(!rising(true, RunStatus::Ok, false, false), "an answer of the cache");
    assert!(!rising(false, RunStatus::Error, false, false), "a failure");
    assert!(!rising(false, RunStatus::Ok, true, false), "a simulated model");
    assert!(!rising(false, RunStatus::Ok, false, true), "all at once");
    let made = batch(&["v"], 60, &|_, case| 1.0 + case as f64);
    let half: Vec<bool> = (0..60).map(|case| case % 3 == 0).collect();
    assert_eq!(note(&made, &half), None, "twenty cases of a slice");
}

#[test]
fn without_a_trend_hardly_a_batch_has_a_word() {
    let trials = 400;
    let told = |trial: u64| {
        let draw = std::cell::RefCell::new(Stream::new(5, trial));
        let lognormal = |_: &str, _: usize| (0.8 * draw.borrow_mut().normal()).exp();
        said(&batch(&["a", "b", "c", "d"], 60, &lognormal)).is_some()
    };
    let share = (0..trials).filter(|trial| told(*trial)).count() as f64 / trials as f64;
    // 1 % and three standard errors of 400 trials.
    assert!(share <= 0.025, "{share}");
}
