//! Answers a second: runs that went well over the time in which at least one of the version's runs was under way (A.5).
//! It says what came of the batch with the concurrency and the limits it had. One realisation: it has no interval, so that
//! it is told and never weighed, gated or compared.
use super::data::{Measured, RunFacts};
use crate::domain::RunStatus;

/// Of all runs of a version that were made and timed; `None` where there are none: answers at hand (simulated, recorded,
/// from the cache) take no time. A run is under way from its first sending to the end of its last attempt, the waits
/// between its attempts and calls included; waits before it was sent are not.
pub(super) fn per_second(version: &Measured) -> Option<f64> {
    if version.settings.is_at_hand() {
        return None;
    }
    let made = || version.runs.iter().filter(|run| run.status() != RunStatus::NotRun && !run.cache_hit());
    // From the first one on: beside the seconds since 1970 a millisecond would be rounded.
    let first = made().map(RunFacts::started_s).fold(f64::INFINITY, f64::min);
    let span = |from: f64, lasts: f64| (from, from + lasts);
    let mut spans: Vec<(f64, f64)> =
        made().map(|run| span(run.started_s() - first, run.elapsed_s())).collect();
    let seconds = covered(&mut spans);
    let ok = made().filter(|run| run.status() == RunStatus::Ok).count() as f64;
    (seconds > 0.0).then(|| ok / seconds)
}

/// How long at least one of the spans lasts, in any order.
fn covered(spans: &mut [(f64, f64)]) -> f64 {
    spans.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut seconds, mut until) = (0.0, f64::NEG_INFINITY);
    for &(from, to) in &*spans {
        seconds += (to - from.max(until)).max(0.0);
        until = to.max(until);
    }
    seconds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::data::Data;
    use crate::analyse::made::{data, push, run};
    use crate::domain::ErrorType;
    use crate::stores::{MeasuredCase, Measurement};

    #[test]
    fn time_counts_once_however_many_runs_share_it() {
        let covered = |spans: &[(f64, f64)]| covered(&mut spans.to_vec());
        assert_eq!(covered(&[]), 0.0);
        assert_eq!(covered(&[(5.0, 7.0), (0.0, 2.0)]), 4.0, "a pause between two batches is none of it");
        assert_eq!(covered(&[(0.0, 4.0), (1.0, 2.0), (3.0, 5.0)]), 5.0);
        assert_eq!(covered(&[(1.0, 1.0), (1.0, 1.5), (1.0, 1.0)]), 0.5);
    }

    fn of(data: &mut Data) -> Option<f64> {
        data.settle();
        per_second(&data.versions[0])
    }

    /// Two runs side by side, and one a minute later that took three seconds in two attempts.
    fn three(change: impl Fn(usize, &mut Measurement)) -> Data {
        let mut data = data(&["v"], false);
        for (case, second) in [(0, 0), (1, 0), (2, 60)] {
            let (of_case, mut one): (MeasuredCase, Measurement) = run("v", case, second);
            if case == 2 {
                one.elapsed_s = 3.0;
            }
            change(case, &mut one);
            push(&mut data, (of_case, one));
        }
        data
    }

    #[test]
    fn what_went_well_over_the_time_in_which_anything_was_under_way() {
        assert_eq!(of(&mut three(|_, _| {})), Some(3.0 / 4.0));
        let failed = |case, run: &mut Measurement| {
            if case == 2 {
                (run.facts.status, run.error) = (RunStatus::Error, Some(ErrorType::Timeout));
            }
        };
        assert_eq!(of(&mut three(failed)), Some(2.0 / 4.0), "a failure takes time and answers nothing");
        let gone = |case, run: &mut Measurement| match case {
            1 => run.cache_hit = true,
            2 => run.facts.status = RunStatus::NotRun,
            _ => {}
        };
        assert_eq!(of(&mut three(gone)), Some(1.0), "neither was asked for here");
    }

    #[test]
    fn answers_at_hand_take_no_time() {
        assert_eq!(of(&mut three(|_, run| run.cache_hit = true)), None);
        let mut simulated = three(|_, _| {});
        simulated.versions[0].settings.simulated = true;
        assert_eq!(of(&mut simulated), None);
        let mut recorded = three(|_, _| {});
        recorded.versions[0].settings.recorded = true;
        assert_eq!(of(&mut recorded), None);
    }
}
