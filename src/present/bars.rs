//! The bars of a terminal: one over all runs with rate, dollars, failures and time left; one a version under it.
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::way::Way;
use crate::domain::Digest;

/// Versions that get a bar of their own; more would push the text off the screen.
const MOST: usize = 12;

/// The bars of one batch. Clones are the same bars.
#[derive(Clone, Debug)]
pub(super) struct Bars {
    all: MultiProgress,
    total: ProgressBar,
    /// A line under it, once there is a race.
    race: ProgressBar,
    versions: Vec<(Digest, ProgressBar)>,
}

impl Bars {
    /// Bars over the runs of these versions.
    pub(super) fn new(versions: &[Way]) -> Self {
        let all = MultiProgress::new();
        let bar = all.add(ProgressBar::new(versions.iter().map(|way| way.to_make).sum()));
        bar.set_style(style("{bar:16} {pos}/{len} runs · {msg} · {eta} left"));
        let race = all.add(ProgressBar::no_length());
        race.set_style(style("{msg}"));
        let width = versions.iter().map(|way| way.name.chars().count()).max().unwrap_or(0).min(24);
        let versions = versions
            .iter()
            .take(MOST)
            .map(|way| {
                let bar = all.add(ProgressBar::new(way.to_make));
                bar.set_style(style(&format!("  {{prefix:{width}}} {{bar:20}} {{pos}}")));
                bar.set_prefix(way.name.clone());
                (way.version, bar)
            })
            .collect();
        Self { all, total: bar, race, versions }
    }

    /// One more run of a version is on disk.
    pub(super) fn advance(&self, version: &Digest, summary: &str) {
        self.total.inc(1);
        self.total.set_message(summary.to_owned());
        if let Some((_, bar)) = self.versions.iter().find(|(hash, _)| hash == version) {
            bar.inc(1);
        }
    }

    /// How far the race is.
    pub(super) fn race(&self, text: &str) {
        self.race.set_message(text.to_owned());
    }

    /// Fewer runs will be made than planned.
    pub(super) fn shorten(&self, total: u64) {
        self.total.set_length(total);
    }

    /// A line above the bars.
    pub(super) fn say(&self, line: &str) {
        // A terminal that cannot be written to will be noticed by whoever writes the answer.
        let _ = self.all.println(line);
    }

    /// Takes them away.
    pub(super) fn clear(&self) {
        let _ = self.all.clear();
    }
}

/// The template is ours, so it always parses; the plain style stands in if it ever does not.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("█▌░")
}
