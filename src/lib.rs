//! `proto`: the same workload through every version, measured faithfully, and a winner only when the evidence
//! carries one. This page is the code map; `ARCHITECTURE.md` says why it is so.
//!
//! ```text
//! domain      plain values                          registry    one table type for every family
//! template    Jinja: prompts and expressions        otel        semantic conventions, runs <-> spans
//! prices      what tokens cost
//! providers   encode a request, decode a reply      evaluators  score one run
//! metrics     one number per version                stores      keep runs
//! formats     lay a report out
//! spec -> plan -> execute -> record -> evaluate -> analyse -> present -> cli
//! ```
pub mod analyse;
pub mod cli;
pub mod domain;
pub mod evaluate;
pub mod evaluators;
pub mod execute;
pub mod formats;
pub mod metrics;
pub mod otel;
pub mod plan;
pub mod present;
pub mod prices;
pub mod providers;
pub mod record;
pub mod registry;
pub mod spec;
pub mod stores;
pub mod template;
