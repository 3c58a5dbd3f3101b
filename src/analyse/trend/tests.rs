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

fn said(data: &Data) -> Vec<String> {
    notes(data, &vec![true; data.cases.len()])
}

#[test]
fn a_latency_that_rises_or_falls_is_told_with_both_ends() {
    let made = batch(&["steady", "slower", "faster"], 60, &|name, case| {
        let step = if name == "slower" { case } else { 59 - case };
        if name == "steady" { 0.9 + 0.01 * (case % 7) as f64 } else { 0.5 + 0.02 * step as f64 }
    });
    let notes = said(&made);
    assert_eq!(notes.len(), 2, "{notes:?}");
    insta::assert_snapshot!(notes[0], @"`slower`: its latency rose while the batch ran, from 690 ms (median of the first third of its cases) to 1.49 s (of the last); versions that ran beside it met the same, but no single number says what it takes");
    assert!(
        notes[1].starts_with("`faster`: its latency fell while the batch ran, from 1.49 s"),
        "{}",
        notes[1]
    );
}

#[test]
fn few_cases_small_changes_and_single_slow_answers_are_none() {
    assert_eq!(said(&batch(&["v"], 29, &|_, case| case as f64)), Vec::<String>::new());
    assert_eq!(said(&batch(&["v"], 30, &|_, case| 1.0 + case as f64)).len(), 1);
    assert_eq!(said(&batch(&["v"], 90, &|_, case| 1.0 + 0.001 * case as f64)), Vec::<String>::new());
    let slow_at_last = |_: &str, case: usize| if case >= 87 { 90.0 } else { 1.0 + 0.01 * (case % 5) as f64 };
    assert_eq!(said(&batch(&["v"], 90, &slow_at_last)), Vec::<String>::new());
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
        said(&made).len()
    };
    assert_eq!(rising(false, RunStatus::Ok, false, false), 1);
    assert_eq!(rising(true, RunStatus::Ok, false, false), 0, "an answer of the cache");
    assert_eq!(rising(false, RunStatus::Error, false, false), 0, "a failure");
    assert_eq!(rising(false, RunStatus::Ok, true, false), 0, "a simulated model");
    assert_eq!(rising(false, RunStatus::Ok, false, true), 0, "all at once");
    let made = batch(&["v"], 60, &|_, case| 1.0 + case as f64);
    let half: Vec<bool> = (0..60).map(|case| case % 3 == 0).collect();
    assert_eq!(notes(&made, &half).len(), 0, "twenty cases of a slice");
}

#[test]
fn without_a_trend_hardly_a_batch_has_a_word() {
    let trials = 400;
    let told = |trial: u64| {
        let draw = std::cell::RefCell::new(Stream::new(5, trial));
        let lognormal = |_: &str, _: usize| (0.8 * draw.borrow_mut().normal()).exp();
        !said(&batch(&["a", "b", "c", "d"], 60, &lognormal)).is_empty()
    };
    let share = (0..trials).filter(|trial| told(*trial)).count() as f64 / trials as f64;
    // 1 % and three standard errors of 400 trials.
    assert!(share <= 0.025, "{share}");
}
