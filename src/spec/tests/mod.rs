//! Whole files through `load`: every file of `fixtures/wrong` has its message, those of `fixtures/right` their values.
mod laws;
mod right;
mod tables;
mod wrong;
