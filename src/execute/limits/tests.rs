//! Slots as they grow and shrink, and whole workloads against servers that refuse, on a clock that costs no time.
use std::collections::VecDeque;

use super::*;
use crate::domain::{Completion, ErrorType, Map};
use crate::execute::retry;
use crate::execute::transport::Sent;
use crate::plan::START;
use crate::providers::Failure;

fn endpoint(concurrency: Option<usize>) -> Endpoint {
    Endpoint {
        name: "e".into(),
        kind: "openai".into(),
        base_url: None,
        api_key_env: None,
        headers: Vec::new(),
        concurrency,
        requests_per_minute: None,
        tokens_per_minute: None,
        options: Map::new(),
    }
}

async fn request(limits: &Arc<Limits>) -> (Permit, u64) {
    let permit = limits.admit().await;
    let (number, _) = limits.pace(0).await;
    (permit, number)
}

#[tokio::test]
async fn slots_never_grow_beyond_the_number_that_was_given() {
    let limits = Limits::new(&endpoint(Some(2)), Concurrency::Auto);
    let (one, first) = request(&limits).await;
    let two = request(&limits).await;
    limits.settle(first, 0);
    limits.succeeded(first);
    assert_eq!(limits.slots.available_permits(), 0);
    drop((one, two));
    assert_eq!(limits.slots.available_permits(), 2);
}

#[tokio::test]
async fn slots_grow_with_successes_and_shrink_to_what_was_in_flight() {
    let limits = Limits::new(&endpoint(None), Concurrency::Auto);
    let mut permits = Vec::new();
    for _ in 0..START {
        permits.push(request(&limits).await);
    }
    for (_permit, number) in permits.drain(..).rev() {
        limits.settle(number, 0);
        limits.succeeded(number);
    }
    assert_eq!(limits.slots.available_permits(), 2 * START);
    for _ in 0..10 {
        permits.push(request(&limits).await);
    }
    let (last, number) = permits.pop().unwrap();
    limits.settle(number, 0);
    limits.overloaded(number, None);
    assert_eq!(limits.limit.load(Ordering::Relaxed), 9);
    drop((last, permits));
    assert_eq!(limits.slots.available_permits(), 9);
}

#[tokio::test(start_paused = true)]
async fn a_slot_is_free_while_its_run_waits_to_try_again() {
    let limits = Limits::new(&endpoint(Some(1)), Concurrency::Auto);
    let (mut one, _) = request(&limits).await;
    let other = limits.clone();
    let second = tokio::spawn(async move {
        let permit = other.admit().await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        drop(permit);
    });
    one.rest(Duration::from_secs(2)).await;
    let waited = one.again().await;
    assert_eq!(
        waited,
        Duration::from_secs(1),
        "what another run does meanwhile is waited for, and counted apart"
    );
    second.await.unwrap();
}

/// A server that limits, in the one process and on the turned clock.
#[derive(Debug, Default)]
struct Server {
    /// Accepted requests in any second.
    a_second: Option<usize>,
    /// How many tokens a bucket holds, and how many a second come back.
    bucket: Option<(f64, f64)>,
    /// Requests at once.
    at_once: Option<usize>,
    /// Every so-manieth request is refused for no reason.
    every: Option<usize>,
    latency: Duration,
    /// Whether every answer takes the same time; else from half to one and a half times that.
    steady: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    accepted: VecDeque<Duration>,
    taken: f64,
    filled: Duration,
    in_flight: usize,
    requests: usize,
}

impl Server {
    /// Whether the request that arrives now is let in.
    fn lets_in(&self, now: Duration) -> bool {
        let mut state = self.state.lock().unwrap();
        state.requests += 1;
        while state.accepted.front().is_some_and(|at| now - *at > Duration::from_secs(1)) {
            state.accepted.pop_front();
        }
        let (holds, fill) = self.bucket.unwrap_or((1.0, 1.0));
        state.taken = (state.taken - fill * (now - state.filled).as_secs_f64()).max(0.0);
        state.filled = now;
        let refused = (self.bucket.is_some() && state.taken + 1.0 > holds)
            || self.at_once.is_some_and(|n| state.in_flight >= n)
            || self.a_second.is_some_and(|n| state.accepted.len() >= n)
            || self.every.is_some_and(|n| state.requests.is_multiple_of(n));
        if !refused {
            state.accepted.push_back(now);
            state.taken += 1.0;
            state.in_flight += 1;
        }
        !refused
    }

    /// Answers after a while, or refuses at once.
    async fn answer(&self, now: Duration) -> bool {
        if !self.lets_in(now) {
            tokio::time::sleep(Duration::from_millis(1)).await;
            return false;
        }
        let draw = f64::from(u32::try_from(self.state.lock().unwrap().requests * 37 % 101).unwrap()) / 100.0;
        tokio::time::sleep(self.latency.mul_f64(if self.steady { 1.0 } else { 0.5 + draw })).await;
        self.state.lock().unwrap().in_flight -= 1;
        true
    }
}

/// Makes so many runs as the dispatcher and the executors do: seconds it took, and the most retries of one run.
async fn workload(server: Server, slots: Option<usize>, runs: u32) -> (f64, u32) {
    let (limits, server) = (Limits::new(&endpoint(slots), Concurrency::Auto), Arc::new(server));
    let clock = Stopwatch::start();
    let mut open = tokio::task::JoinSet::new();
    for run in 0..runs {
        let (mut permit, server) = (limits.admit().await, server.clone());
        open.spawn(async move {
            let limits = permit.limits().clone();
            for retries in 0.. {
                let (number, _) = limits.pace(0).await;
                let answered = server.answer(clock.elapsed()).await;
                limits.settle(number, 0);
                if answered {
                    limits.succeeded(number);
                    return retries;
                }
                let asked = Some(Duration::from_secs(1));
                limits.overloaded(number, asked);
                let spread = f64::from((run * 7 + retries * 3) % 10) / 10.0;
                permit.rest(retry::delay(retries, asked, spread)).await;
                permit.again().await;
            }
            u32::MAX
        });
    }
    let mut most = 0;
    while let Some(retries) = open.join_next().await {
        most = most.max(retries.unwrap());
    }
    (clock.elapsed().as_secs_f64(), most)
}

/// Retries a run may make unless the file says otherwise.
fn allowed() -> u32 {
    crate::domain::Retries::default().max
}

#[tokio::test(start_paused = true)]
async fn a_rate_limited_server_is_used_to_nine_tenths_and_every_run_succeeds() {
    for (slots, latency) in [(Some(64), 50), (None, 50), (None, 2_000), (Some(64), 5)] {
        let latency = Duration::from_millis(latency);
        let server = Server { a_second: Some(25), latency, ..Server::default() };
        let (took, retries) = workload(server, slots, 2_500).await;
        // Slots that grow from few, and the last answers, take their time beside the rate.
        let most = 2_500.0 / 25.0 / 0.9 + 2.0 * latency.as_secs_f64();
        assert!(took <= most, "{slots:?}, {latency:?}: {took} s");
        assert!(retries <= allowed(), "{slots:?}, {latency:?}: {retries} retries");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_of_eight_at_once_is_used_to_nine_tenths_and_every_run_succeeds() {
    for (slots, latency, steady) in [
        (Some(64), 50, false),
        (Some(64), 100, true),
        (None, 50, false),
        (None, 50, true),
        (None, 1_000, false),
        (Some(64), 20, false),
    ] {
        let latency = Duration::from_millis(latency);
        let server = Server { at_once: Some(8), latency, steady, ..Server::default() };
        // Half a minute of it.
        let runs = (8.0 * 30.0 / latency.as_secs_f64()) as u32;
        let (took, retries) = workload(server, slots, runs).await;
        let best = 30.0;
        // The wait that the last refusal asks for is no part of the rate.
        assert!(took <= best / 0.9 + 1.5, "{slots:?}, {latency:?}: {took} s, {best} s at best");
        assert!(retries <= allowed(), "{slots:?}, {latency:?}: {retries} retries");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_fills_slowly_is_used_to_nine_tenths_once_it_is_empty() {
    let latency = Duration::from_millis(500);
    for (holds, fill, slots) in [(60.0, 1.0, None), (100.0, 5.0, Some(64))] {
        let server = Server { bucket: Some((holds, fill)), latency, ..Server::default() };
        let (took, retries) = workload(server, slots, 600).await;
        let best = (600.0 - holds) / fill;
        assert!(took <= best / 0.9, "{took} s, {best} s at best");
        assert!(retries <= allowed(), "{retries} retries");
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_that_no_limit_explains_do_not_slow_the_lane_down() {
    let latency = Duration::from_millis(20);
    let server = Server { every: Some(10), latency, ..Server::default() };
    let (took, retries) = workload(server, Some(64), 20_000).await;
    let undisturbed = 20_000.0 / 64.0 * latency.as_secs_f64();
    assert!(took <= undisturbed * 1.5 + 3.0, "{took} s, {undisturbed} s undisturbed");
    assert!(retries <= allowed(), "{retries} retries");
}

#[tokio::test(start_paused = true)]
async fn who_holds_no_slot_says_nothing_of_how_many_there_may_be() {
    let limits = Limits::new(&endpoint(None), Concurrency::Auto);
    let mut sent = Sent {
        result: Ok(Completion::default()),
        queue: Duration::ZERO,
        started: jiff::Timestamp::UNIX_EPOCH,
        latency: None,
        ttft: None,
        retry_after: None,
        headers: Vec::new(),
        request: Vec::new(),
        reply: None,
    };
    for _ in 0..4 * START {
        limits.paced_attempt(0, std::future::ready(sent.clone())).await;
    }
    assert_eq!(limits.limit.load(Ordering::Relaxed), START, "they do not grow");
    sent.result = Err(Failure::new(ErrorType::Status(429), "slow down"));
    for _ in 0..4 * START {
        limits.paced_attempt(0, std::future::ready(sent.clone())).await;
    }
    assert_eq!(limits.limit.load(Ordering::Relaxed), START, "and do not shrink");
    assert_eq!(limits.guests.load(Ordering::Relaxed), 0);
}
