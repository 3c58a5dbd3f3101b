//! YAML 1.2 into a tree whose every node knows its bytes: one event parser, anchors and merge keys applied, limits on
//! size, depth and expansion. Knows nothing of experiments; says what is wrong as diagnostics.
mod node;
mod plain;
mod scan_error;
mod text;
mod tree;

pub use node::{Entry, Key, Mapping, Node, Scalar, Span, Style, Value};
pub use plain::{Plain, plain};
pub use text::{MAX_BYTES, TextError, decode};
pub use tree::{Tree, parse};
