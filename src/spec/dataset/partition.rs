//! A part of the cases, for several machines that share one workload: `hash:M/N`. Depends on a case's id alone, so
//! parts stay the same when rows are added, and all of them together are the whole.
use std::fmt;

use crate::domain::Digest;

/// Part `m` (from 1) of `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Partition {
    m: u64,
    n: u64,
}

/// A partition that is not written `hash:M/N` with 1 ≤ M ≤ N.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no partition: write `hash:M/N`, for example `hash:1/4` for the first of four")]
pub struct PartitionError(pub String);

impl Partition {
    /// Part `m` of `n`; `None` unless 1 ≤ m ≤ n.
    #[must_use]
    pub fn new(m: u64, n: u64) -> Option<Self> {
        (1..=n).contains(&m).then_some(Self { m, n })
    }

    /// Which part, from 1.
    #[must_use]
    pub fn m(&self) -> u64 {
        self.m
    }

    /// Of how many.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Parses `hash:M/N`.
    ///
    /// # Errors
    /// It is written otherwise, or M is not in 1..=N.
    pub fn parse(text: &str) -> Result<Self, PartitionError> {
        text.strip_prefix("hash:")
            .and_then(|rest| rest.split_once('/'))
            .and_then(|(m, n)| Self::new(m.parse().ok()?, n.parse().ok()?))
            .ok_or_else(|| PartitionError(text.to_owned()))
    }

    /// Whether the case of that id falls into this part: the first 64 bits of the SHA-256 of a fixed prefix and the
    /// id, modulo n, are m − 1.
    #[must_use]
    pub fn contains(&self, case_id: &str) -> bool {
        let digest = Digest::of(format!("proto.partition/1\n{case_id}").as_bytes());
        let start = digest.as_bytes()[..8].iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        start % self.n == self.m - 1
    }
}

impl std::str::FromStr for Partition {
    type Err = PartitionError;
    fn from_str(text: &str) -> Result<Self, PartitionError> {
        Self::parse(text)
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "hash:{}/{}", self.m, self.n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_falls_into_exactly_one_part() {
        let parts: Vec<Partition> = (1..=3).map(|m| Partition::new(m, 3).unwrap()).collect();
        let mut sizes = [0; 3];
        for id in 0..300 {
            let inside: Vec<usize> = (0..3).filter(|m| parts[*m].contains(&format!("case-{id}"))).collect();
            assert_eq!(inside.len(), 1);
            sizes[inside[0]] += 1;
        }
        assert!(sizes.iter().all(|size| (70..130).contains(size)), "{sizes:?}");
    }

    #[test]
    fn parts_are_the_same_in_every_release() {
        let first: Vec<u32> =
            (0..10).filter(|id| Partition::new(1, 2).unwrap().contains(&id.to_string())).collect();
        assert_eq!(first, [0, 1, 3, 4, 5, 9]);
    }

    #[test]
    fn what_is_no_partition_says_how_to_write_one() {
        assert_eq!(Partition::parse("hash:2/4").unwrap().to_string(), "hash:2/4");
        for text in ["hash:0/4", "hash:5/4", "1/4", "hash:1", "hash:a/b", "hash:1/0"] {
            assert!(Partition::parse(text).unwrap_err().to_string().contains("hash:1/4"), "{text}");
        }
    }
}
