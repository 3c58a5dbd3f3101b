//! Progress of one batch. Reads the monotonic clock for the rate and the time left, nothing else.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::bars::Bars;
use super::way::{self, Way};
use crate::domain::{Money, RunStatus, counted};
use crate::formats::{self, Layout, numbers};
use crate::record::{Committed, Watcher};

/// Time between two plain lines.
const EVERY: Duration = Duration::from_secs(3);

/// What is said of a race that cannot be.
const NO_RACE: &str =
    "called off: after the warm-up fewer than two versions have values enough of every weighted metric";

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Runs on disk.
    pub runs: u64,
    /// Of them, failed by the version's own fault.
    pub failed: u64,
    /// Of them, saying nothing about the version.
    pub not_run: u64,
    /// Scores on disk.
    pub scores: u64,
    /// Dollars spent, where known.
    pub spent: Money,
    /// Seconds since the start.
    pub seconds: f64,
}

/// Progress of one batch.
#[derive(Debug)]
pub struct Progress {
    shared: Arc<Mutex<Shared>>,
    notices: Notices,
    lines: UnboundedReceiver<String>,
}

/// A way to say something above the bars, or between the plain lines, from any thread.
#[derive(Clone, Debug)]
pub struct Notices {
    bars: Option<Bars>,
    lines: UnboundedSender<String>,
    layout: Layout,
}

#[derive(Debug)]
struct Shared {
    total: u64,
    ways: Vec<Way>,
    tally: Tally,
    started: Instant,
    said: Instant,
    quiet: bool,
    /// Cases the race has seen, and versions still in it.
    race: Option<(usize, usize)>,
}

impl Progress {
    /// Progress over the runs of these versions, on that screen. Bars when `interactive`.
    #[must_use]
    pub fn start(ways: Vec<Way>, interactive: bool, quiet: bool, layout: Layout) -> Self {
        let total = ways.iter().map(|way| way.to_make).sum();
        let now = now();
        let (sender, lines) = unbounded_channel();
        let bars = (interactive && !quiet && total > 0).then(|| Bars::new(&ways));
        let tally = Tally::default();
        let shared = Shared { total, ways, tally, started: now, said: now, quiet, race: None };
        Self { shared: Arc::new(Mutex::new(shared)), notices: Notices { bars, lines: sender, layout }, lines }
    }

    /// What the recorder calls after each commit.
    #[must_use]
    pub fn watcher(&self) -> Watcher {
        let (shared, notices) = (self.shared.clone(), self.notices.clone());
        Box::new(move |committed| {
            let mut shared = lock(&shared);
            shared.take(&committed);
            match (&notices.bars, committed) {
                (_, Committed::VersionStopped { version, reason }) if !shared.quiet => {
                    notices.say(&format!("warning: version `{version}` was stopped: {reason}"));
                }
                (_, Committed::RacedOut { version, by, after_cases, margin, spared }) => {
                    notices.race(&shared, &format!(
                        "`{version}` is out after {after_cases} cases, {margin:.3} in utility behind `{by}`: up to {} spared",
                        counted(spared, "run")
                    ));
                }
                (_, Committed::RaceOver { after_cases, spared }) => {
                    let spared = counted(spared, "run");
                    notices.race(&shared, &format!("over after {after_cases} cases: up to {spared} spared"));
                }
                (_, Committed::NoRace) => notices.race(&shared, NO_RACE),
                (Some(bars), Committed::Raced { .. }) => bars.race(&shared.race().unwrap_or_default()),
                (Some(bars), Committed::Run { version, .. }) => bars.advance(&version, &shared.summary()),
                (None, _) => shared.line().into_iter().for_each(|line| notices.say(&line)),
                _ => {}
            }
        })
    }

    /// A way to say something meanwhile.
    #[must_use]
    pub fn notices(&self) -> Notices {
        self.notices.clone()
    }

    /// The next plain line to write, when there is one.
    pub async fn next_line(&mut self) -> Option<String> {
        self.lines.recv().await
    }

    /// Takes the bars away; lines not yet written, and what was counted.
    #[must_use]
    pub fn finish(mut self) -> (Vec<String>, Tally) {
        if let Some(bars) = &self.notices.bars {
            bars.clear();
        }
        let mut rest = Vec::new();
        while let Ok(line) = self.lines.try_recv() {
            rest.push(line);
        }
        let shared = lock(&self.shared);
        (rest, Tally { seconds: shared.started.elapsed().as_secs_f64(), ..shared.tally.clone() })
    }
}

impl Notices {
    /// Says one sentence, wrapped at words to the screen.
    pub fn say(&self, text: &str) {
        let text = formats::sentence("", 0, text, self.layout);
        match &self.bars {
            Some(bars) => bars.say(text.trim_end()),
            // Nobody listens after the end; what was said then is said elsewhere too.
            None => drop(self.lines.send(text.trim_end().to_owned())),
        }
    }

    /// Says what the race decided; fewer runs will be made.
    fn race(&self, shared: &Shared, what: &str) {
        if let Some(bars) = &self.bars {
            bars.shorten(shared.total);
        }
        if !shared.quiet {
            self.say(&format!("race: {what}"));
        }
    }
}

impl Shared {
    fn take(&mut self, committed: &Committed) {
        match committed {
            Committed::Run { version, status, spent, .. } => {
                let way = self.ways.iter_mut().find(|way| way.version == *version);
                way.into_iter().for_each(|way| way.made += 1);
                self.tally.runs += 1;
                self.tally.failed += u64::from(*status == RunStatus::Error);
                self.tally.not_run += u64::from(*status == RunStatus::NotRun);
                self.tally.spent = self.tally.spent + spent.unwrap_or_default();
            }
            Committed::Scores(scores) => self.tally.scores += scores.len() as u64,
            Committed::Raced { cases, left } => self.race = Some((*cases, *left)),
            Committed::RacedOut { spared, .. } | Committed::RaceOver { spared, .. } => {
                self.total = self.total.saturating_sub(*spared).max(self.tally.runs);
            }
            Committed::VersionStopped { .. } | Committed::NoRace => {}
        }
    }

    /// `12.3/s · $0.0021 · 1 failed`.
    fn summary(&self) -> String {
        let seconds = self.started.elapsed().as_secs_f64().max(1e-3);
        let mut parts = vec![format!("{:.1}/s", self.tally.runs as f64 / seconds)];
        if self.tally.spent > Money::ZERO {
            parts.push(numbers::usd(self.tally.spent.usd()));
        }
        if self.tally.failed > 0 {
            parts.push(format!("{} failed", self.tally.failed));
        }
        parts.join(" · ")
    }

    /// `race: 50 cases, 3 versions left`.
    fn race(&self) -> Option<String> {
        let (cases, left) = self.race?;
        Some(format!("race: {}, {} left", counted(cases as u64, "case"), counted(left as u64, "version")))
    }

    /// A plain line, when it is time for one.
    fn line(&mut self) -> Option<String> {
        if self.quiet || self.said.elapsed() < EVERY || self.tally.runs == 0 {
            return None;
        }
        self.said = now();
        let elapsed = self.started.elapsed().as_secs_f64();
        // A race decides itself how far each version goes, and keeps them together.
        let ways: &[Way] = if self.race.is_none() { &self.ways } else { &[] };
        let behind = way::behind(ways).map_or(String::new(), |text| format!(" · {text}"));
        let left = elapsed / self.tally.runs as f64 * self.total.saturating_sub(self.tally.runs) as f64;
        let left = ways.iter().filter_map(|way| way.left(elapsed)).fold(left, f64::max);
        let race = self.race().map_or(String::new(), |race| format!(" · {race}"));
        Some(format!(
            "{}/{} runs · {}{race}{behind} · {} left",
            self.tally.runs,
            self.total,
            self.summary(),
            numbers::seconds(left)
        ))
    }
}

/// The clock of the rate and of the time left.
#[expect(clippy::disallowed_methods, reason = "what is shown meanwhile is no measurement of a version")]
fn now() -> Instant {
    Instant::now()
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_said_fits_the_screen() {
        let layout = Layout { width: 60, color: false };
        let mut progress = Progress::start(Vec::new(), false, false, layout);
        let mut watcher = progress.watcher();
        let (version, by) = ("the-first-of-them".to_owned(), "the-second-of-them".to_owned());
        watcher(Committed::Raced { cases: 50, left: 1 });
        watcher(Committed::RacedOut { version, by, after_cases: 50, margin: 0.25, spared: 700 });
        let said = progress.next_line().await.expect("a notice");
        assert!(said.starts_with("race: `the-first-of-them` is out after 50 cases, 0.250 in"), "{said}");
        assert!(said.ends_with("700 runs spared") && said.lines().all(|line| line.len() <= 60), "{said}");
        assert_eq!(lock(&progress.shared).race().as_deref(), Some("race: 50 cases, 1 version left"));
    }
}
