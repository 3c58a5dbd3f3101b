//! Whole runs against simulated models that take their time, on a clock that costs none.
use std::sync::Arc;

use super::*;
use crate::domain::{BatchId, Run, RunStatus};
use crate::execute::transport::{Resolved, Settings, Transport};
use crate::execute::{Cache, Context, Event, Lanes, Raced, Stop, channel, execute};
use crate::plan::sample::plan;

/// The runs of an experiment whose versions, providers and `run:` these are, over one case or two.
async fn runs(rest: &str, cases: usize) -> Vec<Run> {
    let rows: Vec<String> = (0..cases).map(|case| format!("{{ id: c{case}, q: [ a, b, c ] }}")).collect();
    let text = format!("project: p\ndataset: {{ cases: [ {} ] }}\n{rest}\n", rows.join(", "));
    let plan = Arc::new(plan(&text));
    let context = Context {
        places: plan.versions.iter().map(|_| Resolved::keyless("sim")).collect(),
        lanes: Lanes::new(plan.experiment.run.concurrency),
        plan,
        batch: BatchId::fresh(),
        transport: Transport::new(Settings::default(), |_| None),
        stop: Stop::default(),
        budget: None,
        cache: Cache::default(),
        raced: Raced::default(),
    };
    let (sink, mut events) = channel();
    execute(context, sink).await;
    let mut runs = Vec::new();
    while let Some(event) = events.recv().await {
        if let Event::Finished(run, _) = event {
            runs.push(*run);
        }
    }
    runs
}

fn sim(milliseconds: u32, more: &str) -> String {
    format!(
        "versions: {{ v: {{ model: sim/x, prompt: hi{more}, \
         params: {{ latency_ms: {milliseconds}, latency_sigma: 0, sleep: true }} }} }}"
    )
}

fn is_late(run: &Run) -> bool {
    run.status == RunStatus::Error && run.error.as_ref().is_some_and(|error| error.kind == ErrorType::Timeout)
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn an_attempt_in_flight_ends_with_its_run_and_is_not_tried_again() {
    let run = &runs(&(sim(5000, "") + "\nrun: { run_timeout: 2s }"), 1).await[0];
    assert!(is_late(run), "{:?}", run.error);
    assert_eq!((run.latency, run.attempts.len()), (Some(2 * SECOND), 1), "a lower bound");
    assert_eq!(run.error.as_ref().unwrap().message, "no answer within the run's 2s");
}

#[tokio::test(start_paused = true)]
async fn attempts_and_the_waits_between_them_share_the_time() {
    let run = &runs(&(sim(5000, ", timeout: 3s, run_timeout: 8s")), 1).await[0];
    assert!(is_late(run), "{:?}", run.error);
    assert_eq!(run.attempts.len(), 3, "two of three seconds and what was left");
    assert_eq!(run.latency, Some(3 * SECOND), "that of the longest, not of the one that was cut");
    let [first, second, last] = run.attempts.as_slice() else { panic!() };
    assert!(first.error.is_some() && last.took < 3 * SECOND && last.delay.is_zero());
    let all = first.took + first.delay + second.took + second.delay + last.took;
    assert!(all.abs_diff(8 * SECOND) < Duration::from_millis(5), "a timer's tick apart: {all:?}");
}

#[tokio::test(start_paused = true)]
async fn time_that_ends_between_two_attempts_ends_the_wait() {
    let file = sim(3000, ", timeout: 2999ms, run_timeout: 3s");
    let run = &runs(&file, 1).await[0];
    assert!(is_late(run), "{:?}", run.error);
    assert_eq!((run.attempts.len(), run.latency), (1, Some(Duration::from_millis(2999))));
    assert_eq!(run.backoff, Duration::from_millis(1), "what was waited, not what would have been");
    let message = &run.error.as_ref().unwrap().message;
    assert_eq!(message, "no answer within the run's 3s; its last attempt: no answer within 2.999s");
}

#[tokio::test(start_paused = true)]
async fn what_is_waited_for_before_the_first_request_does_not_count() {
    let slots = sim(1500, "") + "\nrun: { run_timeout: 2s, concurrency: 1 }";
    let rate = sim(1500, "") + "\nrun: { run_timeout: 2s }\nproviders: { sim: { requests_per_minute: 6 } }";
    for file in [slots, rate] {
        let made = runs(&file, 2).await;
        assert!(made.iter().all(|run| run.status == RunStatus::Ok), "{file}");
        assert!(made.iter().any(|run| run.queue + run.backoff > SECOND), "one of them waited: {file}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_conversation_has_one_time_for_all_its_calls_slept_or_drawn() {
    for sleep in [true, false] {
        let file = format!(
            "versions: {{ v: {{ model: sim/x, messages: [ {{ turns: q }} ], run_timeout: 2500ms, \
             params: {{ latency_ms: 1000, latency_sigma: 0, sleep: {sleep} }} }} }}"
        );
        let run = &runs(&file, 1).await[0];
        assert!(is_late(run), "{:?}", run.error);
        assert_eq!((run.calls.len(), run.attempts.len()), (3, 3));
        assert_eq!(run.latency, Some(Duration::from_millis(2500)), "two answers and a lower bound");
    }
}

#[tokio::test(start_paused = true)]
async fn what_our_own_limits_hold_back_between_calls_does_not_count() {
    let file = "versions: { v: { model: sim/x, messages: [ { turns: q } ], run_timeout: 5s, \
                params: { latency_ms: 1000, latency_sigma: 0, sleep: true } } }\n\
                providers: { sim: { requests_per_minute: 6 } }";
    let run = &runs(file, 1).await[0];
    assert_eq!(run.status, RunStatus::Ok, "{:?}", run.error);
    assert_eq!((run.calls.len(), run.latency), (3, Some(3 * SECOND)));
    assert!(run.backoff > 15 * SECOND, "one request in ten seconds: {:?}", run.backoff);
}

#[tokio::test(start_paused = true)]
async fn a_slot_that_is_waited_for_between_two_attempts_does_not_count() {
    let file = sim(3000, ", timeout: 2s, run_timeout: 7s") + "\nrun: { concurrency: 1, retries: { max: 9 } }";
    for run in runs(&file, 3).await {
        assert!(is_late(&run) && run.queue > SECOND, "{:?} after {:?}", run.error, run.queue);
        let taken: Duration = run.attempts.iter().map(|attempt| attempt.took + attempt.delay).sum();
        assert!(
            taken.abs_diff(7 * SECOND) < Duration::from_millis(10),
            "a few timers' ticks apart: {taken:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn time_that_ends_between_two_calls_leaves_no_answer() {
    let file = "versions: { v: { model: sim/x, messages: [ { turns: q } ], run_timeout: 2s, \
                params: { latency_ms: 1000, latency_sigma: 0 } } }";
    let run = &runs(file, 1).await[0];
    assert!(is_late(run), "{:?}", run.error);
    assert_eq!((run.calls.len(), run.completion.as_ref()), (2, None), "the second answer was not the last");
}

#[tokio::test(start_paused = true)]
async fn who_is_out_of_time_does_not_queue_for_a_slot_to_say_so() {
    let file = "versions: { v: { model: sim/x, prompt: hi, timeout: 1s, run_timeout: 1200ms, \
                params: { latency_ms: 3000, latency_sigma: 0, sleep: true } }, \
                w: { model: sim/y, prompt: hi, params: { latency_ms: 600000, latency_sigma: 0, sleep: true } } }\n\
                run: { concurrency: 1, timeout: 20m }";
    let made = runs(file, 1).await;
    let late = made.iter().find(|run| is_late(run)).expect("the quick one is late");
    assert!(late.queue < 700 * SECOND && late.backoff <= SECOND, "{:?} {:?}", late.queue, late.backoff);
}
