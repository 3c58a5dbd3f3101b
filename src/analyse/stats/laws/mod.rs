//! Laws the statistics must obey on any input (section K), beside the golden values.
//! One file per topic; inputs are drawn from numbered random streams, so that a failure repeats.

mod decisions;
mod draws;
mod intervals;
mod races;
mod replicates;
mod utilities;
mod weights;
