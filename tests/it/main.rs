//! The one integration binary: drives the real program in a scrubbed environment. Every file beside this one is
//! declared here (`tidy` checks it).
#[path = "../../benches/drawn/mod.rs"]
mod drawn;
mod harness;
mod server;

mod abacus;
mod budget;
mod cache;
mod caveats;
mod choosing;
mod commands;
mod comparing;
mod conversations;
mod deciding;
mod diff;
mod experiments;
mod failures;
mod gates;
mod golden;
mod identity;
mod images;
mod keys;
mod lab;
mod lanes;
mod laws;
mod merge;
mod plan;
mod providers;
mod race;
mod rates;
mod readme;
mod resume;
mod slices;
mod stories;
mod thoughts;
mod tidy;
mod versions;
mod weights;
mod wrong;
