//! spec
pub mod dataset;
