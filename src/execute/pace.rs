//! When the next request of a provider may go: limits that were declared (requests and tokens a minute) and what its
//! 429s taught. Pure: the present is given, as time since the lane began; waiting is `limits`' part.
use std::collections::VecDeque;
use std::time::Duration;

/// Requests remembered: enough for one second of the fastest lane.
const REMEMBERED: usize = 4096;
/// 429s in a row, no success between them, after which the whole lane waits as long as it was told to.
const STRIKES: u32 = 3;
/// Share of the rate seen before a 429 that is tried next.
const STEP_DOWN: f64 = 0.97;
/// By how many requests a second a success raises it again, at first; the longer all goes well, the more.
const STEP_UP: f64 = 0.01;

/// The pace of one lane.
#[derive(Debug, Default)]
pub struct Pace {
    /// Between two requests, as declared.
    every: Duration,
    /// Seconds a token takes, as declared.
    per_token: f64,
    /// Requests a second that 429s taught.
    learned: Option<f64>,
    next: Duration,
    next_tokens: Duration,
    paused_until: Duration,
    /// Number, moment and whether it was refused, of the latest requests.
    sent: VecDeque<(u64, Duration, bool)>,
    number: u64,
    in_flight: usize,
    strikes: u32,
    /// Successes since the rate was refused.
    healthy: u32,
}

/// What a 429 says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Too many a second: the pace was lowered.
    Rate,
    /// Too many at once: this many others are in flight.
    Concurrency(usize),
}

impl Pace {
    /// The declared limits, per minute.
    #[must_use]
    pub fn new(requests: Option<u64>, tokens: Option<u64>) -> Self {
        let minute = Duration::from_secs(60);
        let every = requests.map_or(Duration::ZERO, |n| minute.div_f64(n.max(1) as f64));
        let per_token = tokens.map_or(0.0, |n| 60.0 / n.max(1) as f64);
        Self { every, per_token, ..Self::default() }
    }

    /// The moment the next request may go, its tokens reserved, and its number.
    pub fn take(&mut self, now: Duration, tokens: u64) -> (Duration, u64) {
        let at = now.max(self.next).max(self.next_tokens).max(self.paused_until);
        let learned = self.learned.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(1.0 / rate));
        self.next = at + self.every.max(learned);
        self.next_tokens = self.next_tokens.max(at) + self.lasting(tokens);
        self.number += 1;
        self.in_flight += 1;
        self.sent.push_back((self.number, at, false));
        if self.sent.len() > REMEMBERED {
            self.sent.pop_front();
        }
        (at, self.number)
    }

    /// A request ended: what it did not use of its tokens comes back.
    pub fn settle(&mut self, unused: u64) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.next_tokens = self.next_tokens.saturating_sub(self.lasting(unused));
    }

    /// A request was answered.
    pub fn accepted(&mut self) {
        self.strikes = 0;
        if let Some(rate) = &mut self.learned {
            self.healthy += 1;
            *rate += STEP_UP * (1.0 + (f64::from(self.healthy) / 150.0).powi(2));
        }
    }

    /// A request was refused (settled before). Where most of the second's requests had ended, the rate was the reason.
    pub fn refused(&mut self, number: u64, now: Duration, retry_after: Option<Duration>) -> Refusal {
        self.strikes += 1;
        if let Some(wait) = retry_after.filter(|_| self.strikes >= STRIKES) {
            self.paused_until = self.paused_until.max(now + wait);
        }
        let mut at = now;
        if let Some(sent) = self.sent.iter_mut().find(|(n, ..)| *n == number) {
            (at, sent.2) = (sent.1, true);
        }
        let since = at.saturating_sub(Duration::from_secs(1));
        let good = |sent: &&(u64, Duration, bool)| !sent.2 && sent.1 >= since && sent.0 < number;
        let rate = self.sent.iter().filter(good).count();
        // A lane younger than two seconds has no rate yet.
        let young = self.sent.front().is_none_or(|first| first.1 + Duration::from_secs(1) >= since);
        if young || rate < 3 || self.in_flight * 10 > rate * 7 {
            return Refusal::Concurrency(self.in_flight);
        }
        let tried = rate as f64 * STEP_DOWN;
        self.healthy = 0;
        self.learned = Some(self.learned.map_or(tried, |rate| rate.min(tried)).max(1.0));
        Refusal::Rate
    }

    fn lasting(&self, tokens: u64) -> Duration {
        Duration::from_secs_f64(self.per_token * tokens as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(s: f64) -> Duration {
        Duration::from_secs_f64(s)
    }

    #[test]
    fn requests_and_tokens_a_minute_are_reserved_and_tokens_come_back() {
        let mut pace = Pace::new(Some(120), Some(6_000));
        assert_eq!(pace.take(Duration::ZERO, 100).0, Duration::ZERO);
        assert_eq!(pace.take(Duration::ZERO, 100).0, seconds(1.0), "100 tokens last a second");
        pace.settle(100);
        pace.settle(100);
        assert_eq!(pace.take(Duration::ZERO, 0).0, seconds(1.5), "two requests a second");
    }

    #[test]
    fn a_refused_rate_is_learned_and_grows_again() {
        let mut pace = Pace::new(None, None);
        for n in 0..61 {
            let (at, _) = pace.take(seconds(f64::from(n) * 0.04), 0);
            assert_eq!(at, seconds(f64::from(n) * 0.04));
            pace.settle(0);
        }
        assert_eq!(pace.refused(61, seconds(2.41), None), Refusal::Rate);
        assert_eq!(pace.learned, Some(25.0 * STEP_DOWN));
        pace.accepted();
        assert!(pace.learned > Some(25.0 * STEP_DOWN));
    }

    #[test]
    fn too_many_at_once_is_no_rate_and_a_server_that_refuses_all_is_left_alone() {
        let mut pace = Pace::new(None, None);
        let numbers: Vec<u64> = (0..12).map(|_| pace.take(Duration::ZERO, 0).1).collect();
        for (n, number) in numbers.iter().skip(8).enumerate() {
            pace.settle(0);
            let refusal = pace.refused(*number, seconds(0.01), Some(seconds(2.0)));
            assert_eq!(refusal, Refusal::Concurrency(11 - n));
        }
        assert_eq!(pace.take(seconds(0.1), 0).0, seconds(2.01));
    }
}
