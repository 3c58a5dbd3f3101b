//! What some calls take, low to high.
use crate::domain::{Money, Price, Usage};

/// Calls, their tokens and dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Share {
    /// Calls, retries not counted.
    pub calls: (u64, u64),
    /// Tokens of input; `None` where they are not counted or not known.
    pub tokens_in: Option<(u64, u64)>,
    /// Tokens of output.
    pub tokens_out: Option<(u64, u64)>,
    /// Dollars; `None` where a price is not known.
    pub cost: Option<(Money, Money)>,
}

impl Share {
    /// Of shares together: what is unknown in one is unknown in the sum.
    pub fn sum(shares: impl IntoIterator<Item = Self>) -> Self {
        let nothing = Self {
            calls: (0, 0),
            tokens_in: Some((0, 0)),
            tokens_out: Some((0, 0)),
            cost: Some((Money::ZERO, Money::ZERO)),
        };
        shares.into_iter().fold(nothing, |a, b| a.plus(&b))
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let tokens = |a: Option<(u64, u64)>, b: Option<(u64, u64)>| a.zip(b).map(|(a, b)| added(a, b));
        let cost = self.cost.zip(other.cost);
        Self {
            calls: added(self.calls, other.calls),
            tokens_in: tokens(self.tokens_in, other.tokens_in),
            tokens_out: tokens(self.tokens_out, other.tokens_out),
            cost: cost.map(|(a, b)| (a.0 + b.0, a.1 + b.1)),
        }
    }

    /// Input and output together.
    #[must_use]
    pub fn tokens(&self) -> Option<(u64, u64)> {
        self.tokens_in.zip(self.tokens_out).map(|(a, b)| added(a, b))
    }

    /// The same with what its tokens cost.
    #[must_use]
    pub fn priced(self, price: &Price) -> Self {
        let at = |input, output| {
            price.cost(&Usage { input: Some(input), output: Some(output), ..Usage::default() })
        };
        let ends = self.tokens_in.zip(self.tokens_out);
        let cost = ends.and_then(|(input, output)| Some((at(input.0, output.0)?, at(input.1, output.1)?)));
        Self { cost, ..self }
    }
}

fn added(a: (u64, u64), b: (u64, u64)) -> (u64, u64) {
    (a.0.saturating_add(b.0), a.1.saturating_add(b.1))
}
