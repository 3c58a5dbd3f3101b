//! What only SQLite has: views, the file, its size. The rest is the conformance suite's.
mod contract;
mod disk;
mod tree;
