//! spec
pub mod closure;
pub mod dataset;
