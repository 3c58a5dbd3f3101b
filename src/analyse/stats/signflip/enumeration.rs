//! Owns counting every assignment of signs.

/// Assignments of signs with `|sum of signed sizes| >= threshold`, and how many there are (`2^m`). By symmetry the
/// first sign is fixed. Partial sums are carried down a tree, so that each sum has only `m` roundings.
pub fn count(sizes: &[f64], threshold: f64) -> (u64, u64) {
    let Some((first, rest)) = sizes.split_first() else { return (1, 1) };
    (2 * extreme(*first, rest, threshold), 1 << sizes.len())
}

fn extreme(partial: f64, rest: &[f64], threshold: f64) -> u64 {
    match rest.split_first() {
        None => u64::from(partial.abs() >= threshold),
        Some((next, rest)) => {
            extreme(partial + next, rest, threshold) + extreme(partial - next, rest, threshold)
        }
    }
}
