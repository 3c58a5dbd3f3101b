//! The shared workload: files or inline rows -> cases, read as a stream with bounded memory. Owns what a row means
//! (id, expected, metadata, cluster, slices), which rows are kept and the dataset's hash. Must not know versions,
//! evaluators or stores.
//!
//! What is read: `jsonl` and `ndjson` (an object a line), `csv` and `tsv` (a header, then rows whose values all stay
//! text, `12` included; blank lines are skipped, an empty `expected` or `metadata` cell is no value), `json` (a list
//! of objects, or an object with one list under `cases`, `data` or `rows`), `yaml` (the same two shapes, up to 16 MB)
//! and rows written in the experiment file. UTF-8 with or without a byte order mark, LF or CRLF.
//!
//! Expressions (`where`, slices, `stratify_by`) see every field of the row as the file names it, `expected` and
//! `metadata` included, besides `id` and `expected` where the row itself has no such field. A field that only some
//! rows have is `none` in the others; a name that no row has is an error.
//!
//! A format is added as one file that calls the sink with each row, and one arm in `source::read_file`.
mod answers;
mod csv_rows;
mod error;
mod handle;
mod json_rows;
mod lines;
mod load;
mod partition;
mod row;
mod rule;
mod sample;
mod source;
mod spool;
mod yaml_rows;

#[cfg(test)]
mod tests;

pub use error::{DatasetError, HeaderProblem, Place, Step};
pub use handle::Dataset;
pub use load::load;
pub use partition::{Partition, PartitionError};
