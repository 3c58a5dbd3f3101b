//! What is drawn at random beside a verdict, which itself never depends on it (section D.5).

/// What is drawn and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    /// Where P(best) comes from.
    pub from: Drawn,
    /// Threads, at least 1. No number of them changes a digit.
    pub threads: usize,
}

/// What P(best) and its like come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// Nothing: a decision without P(best) and without shares of weightings.
    Nothing,
    /// So many resamples of the independent cases (D.5).
    Resamples(usize),
    /// The closed form's multivariate t (H): nothing of gates and of the front.
    ClosedForm,
}

impl Draws {
    /// Resamples, draws of the closed form or weightings, unless said otherwise.
    pub const USUAL: usize = 10_000;
    /// With more, what each of them says takes too much memory.
    pub const MOST: usize = 100_000;

    /// Nothing drawn, on one thread.
    #[must_use]
    pub const fn nothing() -> Self {
        Self { from: Drawn::Nothing, threads: 1 }
    }

    /// So many resamples; 0 takes the closed form.
    #[must_use]
    pub fn resamples(number: usize) -> Self {
        let from = if number == 0 { Drawn::ClosedForm } else { Drawn::Resamples(number) };
        Self { from, ..Self::default() }
    }
}

impl Default for Draws {
    /// 10,000 resamples on every thread of the machine.
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { from: Drawn::Resamples(Self::USUAL), threads }
    }
}
