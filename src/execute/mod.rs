//! Stage 3: makes the runs of a plan. A dispatcher per provider hands jobs to executors, each run on its own task;
//! the transport is the only network and the only stopwatch; finished runs leave as [`Event`]s through one bounded
//! channel, whose fullness keeps new runs from starting. Nothing here knows a store or a terminal.
mod budget;
mod cache;
mod call;
mod channel;
mod conversation;
mod cost;
mod deadline;
mod dispatcher;
mod event;
mod executor;
mod health;
mod lanes;
mod limits;
mod pace;
mod raced;
mod retry;
mod stop;
mod tally;
mod tools;
pub mod transport;

pub use budget::{Budget, Exhausted};
pub use cache::{Answers, Cache, Lookup, hits};
pub use call::tokens;
pub use channel::{CHANNEL, Inbox, Sink, channel};
pub use dispatcher::{Outcome, execute};
pub use event::Event;
pub use executor::Context;
pub use lanes::Lanes;
pub use raced::Raced;
pub use retry::may_retry;
pub use stop::Stop;
