//! execute
pub mod transport;
