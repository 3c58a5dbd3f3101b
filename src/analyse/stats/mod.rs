//! The statistics of `proto` as pure functions over slices: no runs, no store, no clock, no names of versions.
//!
//! | file | section of the statistics design |
//! |---|---|
//! | [`interval`] | 2, confidence levels; what an interval is |
//! | [`special`], [`incomplete_beta`], [`root`] | 2.1, distribution and quantile functions |
//! | [`sums`] | 2.1, correctly rounded sums, sums by group |
//! | [`mean`] | A.1, mean and cluster-robust standard error; A.2, t interval |
//! | [`proportion`] | A.2, Wilson, generalised Wilson and the options |
//! | [`positive`] | A.3, log-t interval of cost, latency, tokens |
//! | [`quantile`] | A.4, type 7, order statistics, Woodruff |
//! | [`repeats`] | A.6, pass@k, pass^k, flips, variance split |

pub mod incomplete_beta;
pub mod interval;
pub mod mean;
pub mod positive;
pub mod proportion;
pub mod quantile;
pub mod repeats;
pub mod root;
pub mod special;
pub mod sums;

#[cfg(test)]
mod golden;
