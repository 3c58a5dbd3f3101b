//! How much is drawn at random beside a verdict, which itself never depends on it (section D.5).

/// What is drawn and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    /// Bootstrap replicates; 0 draws nothing: a decision without P(best) and without shares of weightings.
    pub replicates: usize,
    /// Threads, at least 1. No number of them changes a digit.
    pub threads: usize,
}

impl Default for Draws {
    /// 10,000 replicates on every thread of the machine.
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { replicates: 10_000, threads }
    }
}
