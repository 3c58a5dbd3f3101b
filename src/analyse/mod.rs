//! Stage 6: what stored runs measured -> a `Report` or a `Decision`. Pure: no store, no clock, no model is called
//! from here; the same measurements always give the same bytes.
//!
//! `Data` takes measurements in; `metric` resolves the names people use; `cells` makes one number a case of them;
//! `compare`, `gates` and `decide` say what they mean; `referee` says it of a race while its runs are made. The formulas are in [`stats`].
mod advice;
mod answered;
mod at_best;
mod calibrate;
mod caveats;
mod cells;
mod compare;
mod data;
mod decide;
mod draws;
mod drift;
mod eligible;
mod evidence;
mod feasible;
mod formula;
mod gates;
#[cfg(test)]
mod made;
mod margin;
mod metric;
mod pairwise;
mod power;
mod referee;
mod repeated;
mod spread;
mod stability;
pub mod stats;
mod stopped;
mod summarise;
mod throughput;
mod ties;
mod trend;
mod weighing;
mod words;

pub use calibrate::{calibrate, calibrate_judge};
pub use compare::{CompareOptions, Judged, compare};
pub use data::{Data, DataError};
pub use decide::{DecideOptions, decide};
pub use draws::{Drawn, Draws};
pub use gates::gates;
pub use metric::known;
pub use power::{Aim, Need, cases_needed, needs};
pub use referee::{RaceNews, RaceOptions, Referee};
