//! The rows of a dataset.
