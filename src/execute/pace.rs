//! When the next request of a provider may go: limits that were declared (requests and tokens a minute) and what its
//! 429s taught. Pure: the present is given, as time since the lane began; waiting is `limits`' part.
//!
//! A 429 does not say which limit was met. What contradicts one kind is what was accepted before: as many requests at
//! once (then it was not concurrency), or as many a second (then it was not the rate).
use std::collections::VecDeque;
use std::time::Duration;

/// Requests remembered: enough for one second of the fastest lane.
const REMEMBERED: usize = 4096;
/// 429s in a row, no success between them and nothing older in flight, after which the whole lane waits as told.
const STRIKES: usize = 3;
/// As many in a row are enough, whatever is in flight: a burst that a rate refuses must not go on at full speed.
const MANY_STRIKES: usize = 100;
/// Share of the rate seen before a 429 that is tried next.
const STEP_DOWN: f64 = 0.97;
/// Share by which a second raises the rate; up to so many times that, the longer all goes well.
const STEP_UP: f64 = 0.01;
const STRIDE: f64 = 32.0;
/// The rate grows to no more than so many times what really goes out: what nothing ever tried teaches nothing, and from
/// a rate far above the limit it would take for ever to come back down.
const AHEAD: f64 = 4.0;
/// Of so many requests, sent one after the other, so many refused mean that a limit was met; fewer may be chance.
const RECENT: usize = 16;
const DOMINATED: usize = 8;
/// How far the rate may fall below where it was refused before: further down, refusals are not the rate's doing. What
/// is remembered of that fades a little with every lesson.
const FLOOR: f64 = 0.9;
const FADING: f64 = 0.995;
/// Fewer requests a second than this are no measure of a rate: it is halved until it fits.
const COUNTABLE: f64 = 5.0;
/// Lessons from single refusals are this far apart.
const LESSON: Duration = Duration::from_secs(1);
/// Share of the most ever accepted at once from which on a refusal is taken for one of concurrency; the rest is the
/// difference between what is in flight here and at the server.
const TOGETHER: f64 = 0.8;

/// The pace of one lane.
#[derive(Debug, Default)]
pub struct Pace {
    /// Between two requests, as declared.
    every: Duration,
    /// Seconds a token takes, as declared.
    per_token: f64,
    /// Requests a second that 429s taught.
    learned: Option<Learned>,
    next: Duration,
    next_tokens: Duration,
    paused_until: Duration,
    sent: VecDeque<Sent>,
    number: u64,
    in_flight: usize,
    /// The most requests that were accepted while together in flight.
    together: usize,
    /// When slots were last found too many.
    crowded: Duration,
    strikes: usize,
}

/// A rate that was refused.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Learned {
    /// Requests a second.
    rate: f64,
    /// The rate at which it was refused.
    refused_at: f64,
    /// When it was last lowered, and when it last grew.
    lowered: Duration,
    grown: Duration,
}

/// One request that went out.
#[derive(Clone, Copy, Debug)]
struct Sent {
    number: u64,
    at: Duration,
    /// Others in flight then.
    others: usize,
    ended: bool,
    refused: bool,
}

/// What a 429 says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Too many a second: the pace was lowered.
    Rate,
    /// Too many at once: this many others are in flight.
    Concurrency(usize),
    /// No limit that is known explains it, or it was sent before the pace was lowered.
    Unexplained,
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

    /// The moment the next request may go, its tokens reserved.
    pub fn take(&mut self, now: Duration, tokens: u64) -> Duration {
        let at = now.max(self.next).max(self.next_tokens).max(self.paused_until);
        let learned =
            self.learned.map_or(Duration::ZERO, |learned| Duration::from_secs_f64(1.0 / learned.rate));
        self.next = at + self.every.max(learned);
        self.next_tokens = self.next_tokens.max(at) + self.lasting(tokens);
        at
    }

    /// The earliest moment of the next request, by the rate alone.
    pub fn next(&self) -> Duration {
        self.next
    }

    /// A request that was taken is not sent after all: `next` is what it was before, and its tokens come back.
    pub fn give_back(&mut self, next: Duration, tokens: u64) {
        self.next = next;
        self.next_tokens = self.next_tokens.saturating_sub(self.lasting(tokens));
    }

    /// A request goes out: its number.
    pub fn send(&mut self, now: Duration) -> u64 {
        self.number += 1;
        self.sent.push_back(Sent {
            number: self.number,
            at: now,
            others: self.in_flight,
            ended: false,
            refused: false,
        });
        if self.sent.len() > REMEMBERED {
            self.sent.pop_front();
        }
        self.in_flight += 1;
        self.number
    }

    /// Request `number` ended: what it did not use of its tokens comes back.
    pub fn settle(&mut self, number: u64, unused: u64) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.change(number, |sent| sent.ended = true);
        self.next_tokens = self.next_tokens.saturating_sub(self.lasting(unused));
    }

    /// Request `number` was answered (settled before).
    pub fn accepted(&mut self, number: u64, now: Duration) {
        self.strikes = 0;
        if let Some(sent) = self.change(number, |_| ()) {
            self.together = self.together.max(sent.others.min(self.in_flight) + 1);
        }
        let most = AHEAD * self.rate_now(now);
        if let Some(learned) = self.learned.as_mut().filter(|learned| learned.rate < most) {
            let healthy = now.saturating_sub(learned.lowered).as_secs_f64();
            let passed = now.saturating_sub(learned.grown).as_secs_f64().min(1.0);
            let grown = learned.rate * (1.0 + STEP_UP * (1.0 + healthy).min(STRIDE) * passed);
            (learned.rate, learned.grown) = (grown.min(most), now);
        }
    }

    /// Request `number` was refused (settled before), and told how long to stay away.
    pub fn refused(&mut self, number: u64, now: Duration, retry_after: Option<Duration>) -> Refusal {
        self.strikes += 1;
        let Some(sent) = self.change(number, |sent| sent.refused = true) else { return Refusal::Unexplained };
        // What was sent before it and is still at work was let in: the server does not refuse everything.
        let is_first = self.sent.iter().take_while(|other| other.number < number).all(|other| other.ended);
        let must_rest = self.strikes >= if is_first { STRIKES } else { MANY_STRIKES };
        if let Some(wait) = retry_after.filter(|_| must_rest) {
            self.paused_until = self.paused_until.max(now + wait);
        }
        let others = sent.others.min(self.in_flight);
        let is_dominated = self.is_dominated(&sent);
        let is_crowded = others as f64 >= TOGETHER * self.together as f64;
        let is_lesson = sent.at >= self.crowded;
        if self.together == 0 {
            // Until something was accepted nothing tells how many are too many: no more than there are now.
            self.crowded = now;
            return Refusal::Concurrency(self.in_flight);
        }
        if is_crowded && !(is_lesson && is_dominated) {
            return Refusal::Concurrency(others);
        }
        self.lower(&sent, is_dominated, now)
    }

    /// Slots were found too many: what was sent before has nothing more to say.
    pub fn crowded(&mut self, now: Duration) {
        self.crowded = now;
    }

    /// Whether most of what was sent up to this one, since slots were last too many, was refused.
    fn is_dominated(&self, sent: &Sent) -> bool {
        let up_to = self.sent.iter().rev().filter(|other| other.number <= sent.number);
        let up_to = up_to.take_while(|other| other.at >= self.crowded);
        up_to.take(RECENT).filter(|other| other.refused).count() >= DOMINATED
    }

    /// Lowers the rate, at most once for all that were sent at the same rate.
    fn lower(&mut self, sent: &Sent, is_dominated: bool, now: Duration) -> Refusal {
        let (rate, refused_at) = match self.learned {
            Some(learned) if sent.at < learned.lowered => return Refusal::Unexplained,
            _ if is_dominated => {
                let seen = self.rate_before(sent);
                let halved = self.learned.filter(|_| seen < COUNTABLE).map_or(f64::MAX, |it| it.rate / 2.0);
                (halved.min(STEP_DOWN * seen), seen)
            }
            Some(learned) if sent.at < learned.lowered + LESSON => return Refusal::Unexplained,
            Some(learned) => {
                let refused_at = (FADING * learned.refused_at).max(learned.rate);
                ((STEP_DOWN * learned.rate).max(FLOOR * refused_at), refused_at)
            }
            None => return Refusal::Unexplained,
        };
        self.learned = Some(Learned { rate, refused_at, lowered: now, grown: now });
        Refusal::Rate
    }

    /// Requests that went out in the last second; where more did than are remembered, those tell how fast. 1 at least.
    fn rate_now(&self, now: Duration) -> f64 {
        let second = Duration::from_secs(1);
        let since = now.saturating_sub(second);
        let count = self.sent.len() - self.sent.partition_point(|sent| sent.at < since);
        let span = match self.sent.front() {
            Some(oldest) if count == REMEMBERED => now.saturating_sub(oldest.at).max(second / 1_000_000),
            _ => second,
        };
        count.max(1) as f64 / span.as_secs_f64()
    }

    /// Requests that were not refused in the second before this one; 1 at least.
    fn rate_before(&self, sent: &Sent) -> f64 {
        let since = sent.at.saturating_sub(Duration::from_secs(1));
        let good = |other: &&Sent| !other.refused && other.at >= since && other.number < sent.number;
        self.sent.iter().filter(good).count().max(1) as f64
    }

    /// Changes what is remembered of request `number`; `None` when it is forgotten.
    fn change(&mut self, number: u64, by: impl FnOnce(&mut Sent)) -> Option<Sent> {
        let sent = self.sent.iter_mut().rev().find(|sent| sent.number == number)?;
        by(sent);
        Some(*sent)
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

    fn send(pace: &mut Pace, at: f64) -> u64 {
        let at = pace.take(seconds(at), 0);
        pace.send(at)
    }

    #[test]
    fn requests_and_tokens_a_minute_are_reserved_and_tokens_come_back() {
        let mut pace = Pace::new(Some(120), Some(6_000));
        assert_eq!(pace.take(Duration::ZERO, 100), Duration::ZERO);
        assert_eq!(pace.take(Duration::ZERO, 100), seconds(1.0), "100 tokens last a second");
        pace.settle(1, 100);
        pace.settle(2, 100);
        assert_eq!(pace.take(Duration::ZERO, 0), seconds(1.5), "two requests a second");
    }

    #[test]
    fn what_is_not_sent_after_all_leaves_no_trace() {
        let mut pace = Pace::new(Some(60), Some(6_000));
        pace.take(Duration::ZERO, 0);
        let before = pace.next();
        assert_eq!(pace.take(Duration::ZERO, 500), seconds(1.0));
        pace.give_back(before, 500);
        assert_eq!(pace.take(Duration::ZERO, 0), seconds(1.0), "the next one's moment, its tokens free");
        assert_eq!(pace.take(Duration::ZERO, 0), seconds(2.0));
    }

    #[test]
    fn a_refused_rate_is_learned_and_grows_again() {
        let mut pace = Pace::new(None, None);
        let three = [send(&mut pace, 0.0), send(&mut pace, 0.0), send(&mut pace, 0.0)];
        for number in three {
            pace.accepted(number, seconds(0.02));
            pace.settle(number, 0);
        }
        for n in 1..60 {
            let number = send(&mut pace, f64::from(n) * 0.04);
            pace.settle(number, 0);
            pace.accepted(number, seconds(f64::from(n).mul_add(0.04, 0.02)));
        }
        for n in 1..DOMINATED {
            let number = send(&mut pace, 2.4);
            pace.settle(number, 0);
            assert_eq!(pace.refused(number, seconds(2.41), None), Refusal::Unexplained, "{n} may be chance");
        }
        let number = send(&mut pace, 2.4);
        pace.settle(number, 0);
        assert_eq!(pace.refused(number, seconds(2.41), None), Refusal::Rate);
        let learned = pace.learned.unwrap().rate;
        assert!((learned - 25.0 * STEP_DOWN).abs() < 1e-9, "{learned}");
        let number = send(&mut pace, 2.5);
        pace.settle(number, 0);
        pace.accepted(number, seconds(2.6));
        assert!(pace.learned.unwrap().rate > learned);
    }

    #[test]
    fn too_many_at_once_is_no_rate_and_a_server_that_refuses_all_is_left_alone() {
        let mut pace = Pace::new(None, None);
        let numbers: Vec<u64> = (0..8).map(|_| send(&mut pace, 0.0)).collect();
        for number in numbers {
            pace.settle(number, 0);
            pace.accepted(number, seconds(0.05));
        }
        let numbers: Vec<u64> = (0..9).map(|_| send(&mut pace, 0.1)).collect();
        pace.settle(numbers[8], 0);
        assert_eq!(pace.refused(numbers[8], seconds(0.11), Some(seconds(2.0))), Refusal::Concurrency(8));
        for number in &numbers[..8] {
            pace.settle(*number, 0);
            pace.refused(*number, seconds(0.12), Some(seconds(2.0)));
        }
        assert_eq!(pace.take(seconds(0.2), 0), seconds(2.12));
    }

    #[test]
    fn while_something_older_is_at_work_the_lane_goes_on() {
        let mut pace = Pace::new(None, None);
        let numbers: Vec<u64> = (0..20).map(|_| send(&mut pace, 0.0)).collect();
        for number in &numbers[8..] {
            pace.settle(*number, 0);
            pace.refused(*number, seconds(0.01), Some(seconds(2.0)));
        }
        assert_eq!(pace.take(seconds(0.02), 0), seconds(0.02));
        for _ in 12..MANY_STRIKES {
            let number = send(&mut pace, 0.02);
            pace.settle(number, 0);
            pace.refused(number, seconds(0.03), Some(seconds(2.0)));
        }
        assert_eq!(pace.take(seconds(0.04), 0), seconds(2.03), "not for ever");
    }

    /// The rates after each second in which so many requests went out and were answered, at most as many as the rate lets.
    fn after(how_long: u32, most: f64) -> Vec<f64> {
        let learned =
            Learned { rate: 10.0, refused_at: 10.0, lowered: Duration::ZERO, grown: Duration::ZERO };
        let mut pace = Pace { learned: Some(learned), ..Pace::default() };
        let mut second = |second: u32| {
            let count = pace.learned.unwrap().rate.min(most).floor();
            for n in 0..count as u32 {
                let number = pace.send(seconds(f64::from(second) + f64::from(n) / count));
                pace.settle(number, 0);
            }
            pace.accepted(pace.number, seconds(f64::from(second + 1)));
            pace.learned.unwrap().rate
        };
        (0..how_long).map(&mut second).collect()
    }

    #[test]
    fn a_rate_that_meets_no_refusal_any_more_comes_back_faster_and_faster() {
        let rates = after(30, f64::MAX);
        assert!(rates[3] < 12.0, "a rate that is refused soon again creeps: {rates:?}");
        assert!(rates[29] > 400.0, "{rates:?}");
    }

    #[test]
    fn a_rate_that_is_not_used_does_not_grow_beyond_a_few_times_what_is() {
        let rates = after(600, 20.0);
        assert!(rates[29] > 60.0 && rates[599] <= AHEAD * 21.0, "{} {}", rates[29], rates[599]);
    }
}
