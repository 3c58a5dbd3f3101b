//! What tokens cost: a table of facts with a date, and the rules of `pricing:` that come before it. Owns finding a
//! price for a model; what a run costs is `domain::Price::cost`. Reads no file and asks no network: a newer table is a
//! newer release, or a line under `pricing:`.
mod resolve;
mod table;
mod wildcard;

pub use resolve::{PriceOrigin, resolve};
pub use table::{AS_OF, Listed, SOURCE, listed, lookup};
