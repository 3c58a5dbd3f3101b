//! How far each version has to go and has come: providers run at their own pace, so one may fall behind.
use crate::domain::Digest;

/// Share of its own runs by which a version must be behind another to be named.
const BEHIND: f64 = 0.25;

/// One version's part of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Its identity.
    pub version: Digest,
    /// Its name.
    pub name: String,
    /// Runs to be made, without those that were stored before.
    pub to_make: u64,
    /// Of them, on disk.
    pub made: u64,
}

impl Way {
    /// Share that is done; none of nothing.
    fn done(&self) -> Option<f64> {
        (self.to_make > 0).then(|| self.made as f64 / self.to_make as f64)
    }

    /// Seconds the rest takes at the pace so far, which took `elapsed`.
    pub(super) fn left(&self, elapsed: f64) -> Option<f64> {
        let rest = self.to_make.saturating_sub(self.made);
        (self.made > 0).then(|| elapsed / self.made as f64 * rest as f64)
    }
}

/// `` `slow` at 12 % ``: the version furthest behind, when the first is well ahead of it.
pub(super) fn behind(ways: &[Way]) -> Option<String> {
    let done = || ways.iter().filter_map(|way| Some((way, way.done()?)));
    let (last, least) = done().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let most = done().map(|(_, share)| share).fold(0.0, f64::max);
    (most - least >= BEHIND).then(|| format!("`{}` at {:.0} %", last.name, 100.0 * least))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(name: &str, made: u64, to_make: u64) -> Way {
        Way { version: Digest::of(name.as_bytes()), name: name.to_owned(), to_make, made }
    }

    #[test]
    fn the_last_is_named_once_the_first_is_well_ahead() {
        assert_eq!(behind(&[way("fast", 60, 100), way("slow", 40, 100)]), None);
        let ways = [way("fast", 60, 100), way("slow", 12, 100), way("stored before", 0, 0)];
        assert_eq!(behind(&ways).as_deref(), Some("`slow` at 12 %"));
        assert_eq!(behind(&[way("one", 1, 100)]), None);
    }

    #[test]
    fn the_slowest_says_how_long_it_takes() {
        assert_eq!(way("slow", 10, 100).left(20.0), Some(180.0));
        assert_eq!(way("slow", 0, 100).left(20.0), None);
        assert_eq!(way("stored before", 0, 0).left(20.0), None);
    }
}
