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
//! | [`paired`] | B.1, pairing and Welch; B.2, Bonett-Price and paired t; B.5, wins, `d_z` |
//! | [`mcnemar`], [`signflip`], [`wilcoxon`] | B.3, p-values |
//! | [`rank_sum`] | a latency's trend within a batch |
//! | [`ratio`], [`quantile_ratio`] | B.4, ratios of means, geometric means, quantiles |
//! | [`holm`] | B.5, adjusted p-values and the word of a comparison |
//! | [`utility`] | C.1, transforms and their slopes |
//! | [`weights`] | C.3, weights and the group of evaluators |
//! | [`ranking`] | C.6, total utility, ranks, display order |
//! | [`panel`], [`per_case`], [`listwise`] | D.1, the data of a decision, coverage, common cases and units |
//! | [`estimate`] | D.2, values, utilities, influence |
//! | [`margin`] | D.2, margins over rivals; D.3, their status |
//! | [`verdict`] | D.3, verdict, safety, regret |
//! | [`rule`] | D.3, L, the rule of a decision |
//! | [`bootstrap`], [`resample`], [`unit_sums`] | D.5, H, P(best), expected ranks, intervals of utilities |
//! | [`sensitivity`], [`pareto`] | E, weights that keep the leader, robustness, Pareto front |
//! | [`power`] | F, how many cases |
//! | [`race`], [`betting`] | G, stopping versions early |
//! | [`agreement`], [`krippendorff`] | J.1, raters |
//! | [`ppi`] | J.3, correction of a judge by human labels |
//! | [`pieces`] | H, versions side by side |
//! | [`rng`] | B.3, D.5, E: numbered random streams |

pub mod agreement;
pub mod betting;
pub mod bootstrap;
pub mod estimate;
pub mod field;
pub mod holm;
pub mod incomplete_beta;
pub mod interval;
pub mod krippendorff;
pub mod listwise;
pub mod margin;
pub mod mcnemar;
pub mod mean;
pub mod paired;
pub mod panel;
pub mod pareto;
pub mod per_case;
pub mod pieces;
pub mod positive;
pub mod power;
pub mod ppi;
pub mod proportion;
pub mod quantile;
pub mod quantile_ratio;
pub mod race;
pub mod rank_sum;
pub mod ranking;
pub mod ratio;
pub mod repeats;
pub mod resample;
pub mod rng;
pub mod root;
pub mod rule;
pub mod sensitivity;
pub mod signflip;
pub mod special;
pub mod student;
pub mod sums;
pub mod unit_sums;
pub mod utility;
pub mod verdict;
pub mod weights;
pub mod wilcoxon;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod laws;
