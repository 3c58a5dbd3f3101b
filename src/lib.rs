//! `proto`: the same workload through every version, measured faithfully, and an honest decision.
pub mod analyse;
