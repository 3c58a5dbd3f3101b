//! Stage 6: stored runs in, a `Report` out. Pure: no store, no clock, no model is called from here.
pub mod stats;
