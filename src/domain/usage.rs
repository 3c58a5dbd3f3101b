//! Tokens as the provider counted them. Absent is not zero.

/// Token counts of one answer, or the sum over the calls of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// All input tokens, those read from or written to the provider's cache included.
    pub input: Option<u64>,
    /// All output tokens, reasoning included.
    pub output: Option<u64>,
    /// Of the input: read from the provider's cache.
    pub cached_input: Option<u64>,
    /// Of the input: written to the provider's cache.
    pub cache_write: Option<u64>,
    /// Of the output: spent on reasoning.
    pub reasoning: Option<u64>,
}

impl Usage {
    /// The sum of two calls' counts. Tokens one of them did not count are unknown in the sum; the parts of them
    /// (cached, reasoning) are absent only where neither call had any.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let both = |a: Option<u64>, b: Option<u64>| Some(a?.saturating_add(b?));
        let add = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
        };
        Self {
            input: both(self.input, other.input),
            output: both(self.output, other.output),
            cached_input: add(self.cached_input, other.cached_input),
            cache_write: add(self.cache_write, other.cache_write),
            reasoning: add(self.reasoning, other.reasoning),
        }
    }

    /// Input and output together, where both are known.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        Some(self.input?.saturating_add(self.output?))
    }
}
