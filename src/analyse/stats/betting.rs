//! Owns the bet of one version against another: a test martingale for a mean without replacement (section G.3).
//! The sample is the whole dataset in random order, so what is left to draw is known to be finite (Waudby-Smith & Ramdas
//! 2020, 2024; the guarantee is Ville's inequality).

/// Added to the sum of squares before the first case, so that early bets stay small.
const PRIOR_SQUARES: f64 = 0.09;
/// Largest share of the wealth that one case may lose.
const MOST_STAKED: f64 = 0.9;

/// The wealth of a bettor against "the mean difference over all cases is at most `null`".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bet {
    null: f64,
    sum: f64,
    squares: f64,
    log_wealth: f64,
}

impl Bet {
    /// Against a mean of at most `null`, in [-1, 1]: 0 for "not better", `-delta` for "worse by delta or more".
    pub fn against(null: f64) -> Self {
        Self { null, sum: 0.0, squares: 0.0, log_wealth: 0.0 }
    }

    /// Sees the difference `d` in [-1, 1] of case `t` (from 0) of `cases`; bets on it only after the warm-up. The stake
    /// depends on earlier cases only.
    pub fn see(&mut self, d: f64, t: usize, cases: usize, betting: bool) {
        if betting {
            self.bet(d, t, cases);
        }
        self.sum += d;
        self.squares += d * d;
    }

    /// `ln` of the wealth; plus infinity once the cases left cannot bring the mean down to the null.
    pub fn log_wealth(&self) -> f64 {
        self.log_wealth
    }

    fn bet(&mut self, d: f64, t: usize, cases: usize) {
        let (seen, all) = (t as f64, cases as f64);
        // The mean of what is left, this case included, if the mean of all were the null.
        let left = ((all * self.null - self.sum) / (all - seen)).min(1.0);
        if left <= -1.0 {
            self.log_wealth = f64::INFINITY;
            return;
        }
        let mean = self.sum / (seen + 1.0);
        let variance = (self.squares + PRIOR_SQUARES) / (seen + 1.0) - mean * mean;
        let edge = mean - left;
        let stake = (edge / (variance + edge * edge)).clamp(0.0, MOST_STAKED / (1.0 + left));
        self.log_wealth += (stake * (d - left)).ln_1p();
    }
}

#[cfg(test)]
mod tests {
    use super::Bet;

    #[test]
    fn a_lead_that_cannot_be_lost_is_certain() {
        let mut bet = Bet::against(0.0);
        for t in 0..6 {
            bet.see(1.0, t, 10, t >= 2);
        }
        assert_eq!(bet.log_wealth(), f64::INFINITY);
    }

    #[test]
    fn no_bet_is_placed_without_an_edge() {
        let mut bet = Bet::against(0.0);
        for t in 0..50 {
            bet.see(-0.5, t, 100, t >= 5);
        }
        assert_eq!(bet.log_wealth(), 0.0);
    }
}
