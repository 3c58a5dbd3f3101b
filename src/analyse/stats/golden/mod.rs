//! Tests of every formula against `fixtures/golden/stats/`: inputs and outputs of a reference implementation.
//! One file here per group of golden files; each compares at the tolerance its golden file names.
//! A new golden file: copy it there, name it in the README beside it, and test it in the group it belongs to.

mod decisions;
mod fixture;
mod judges;
mod means;
mod p_values;
mod pairs;
mod proportions;
mod quantiles;
mod races;
mod repeats;
mod replicates;
mod special;
mod utilities;
