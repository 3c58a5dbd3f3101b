//! Stage 5: stored runs -> verdicts. One mechanism for all uses: it walks the stored runs of a batch that lack a
//! score, beside an execution, after a kill, or for `proto evaluate`. Never calls the model under test.
mod ask;
mod rules;
mod sweep;
mod unstored;

pub use ask::Asker;
pub use rules::{Judge, Rules, RulesError};
pub use sweep::{Done, Sweep};
pub use unstored::ask;
