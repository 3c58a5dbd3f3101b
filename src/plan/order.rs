//! In which order runs are made: every version of a provider meets the same cases at the same time, so that drift,
//! warm caches and rate limits hit all alike. Lazy: a million runs take no memory but one number a case.
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// One run to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// Index of the case in the dataset.
    pub case: usize,
    /// Index of the version in the plan.
    pub version: usize,
    /// Index of the repeat.
    pub repeat: u32,
}

/// The jobs of one provider: cases in one seeded order (the same for every provider of the batch), under each case
/// every repeat, under each repeat the versions in an order drawn for that case.
#[derive(Debug)]
pub struct Order {
    cases: Vec<u32>,
    versions: Vec<usize>,
    repeats: u32,
    rng: ChaCha8Rng,
    next_case: usize,
    pending: Vec<Job>,
}

impl Order {
    /// The order of `versions` (indices into the plan) over `cases` cases.
    #[must_use]
    pub fn new(cases: usize, versions: Vec<usize>, repeats: u32, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut order: Vec<u32> = (0..u32::try_from(cases).unwrap_or(u32::MAX)).collect();
        shuffle(&mut order, &mut rng);
        Self { cases: order, versions, repeats, rng, next_case: 0, pending: Vec::new() }
    }

    /// The cases (indices into the dataset) in the order they are met: the race's order.
    #[must_use]
    pub fn cases(&self) -> &[u32] {
        &self.cases
    }

    fn draw_case(&mut self) -> Option<()> {
        let case = *self.cases.get(self.next_case)? as usize;
        self.next_case += 1;
        for repeat in (0..self.repeats).rev() {
            let mut versions = self.versions.clone();
            shuffle(&mut versions, &mut self.rng);
            self.pending.extend(versions.into_iter().map(|version| Job { case, version, repeat }));
        }
        Some(())
    }
}

impl Iterator for Order {
    type Item = Job;

    fn next(&mut self) -> Option<Job> {
        if self.pending.is_empty() {
            self.draw_case()?;
        }
        self.pending.pop()
    }
}

/// Fisher and Yates, by multiply-and-shift on 32-bit draws: value-stable across releases.
fn shuffle<T>(items: &mut [T], rng: &mut ChaCha8Rng) {
    for i in (1..items.len()).rev() {
        let j = (u64::from(rng.next_u32()) * (i as u64 + 1)) >> 32;
        items.swap(i, usize::try_from(j).unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_run_once_case_by_case_and_the_same_cases_for_every_provider() {
        let one: Vec<Job> = Order::new(50, vec![0, 2], 3, 7).collect();
        assert_eq!(one.iter().map(|j| (j.case, j.version, j.repeat)).collect::<HashSet<_>>().len(), 300);
        let cases = |jobs: &[Job], per: usize| jobs.chunks(per).map(|c| c[0].case).collect::<Vec<_>>();
        assert!(one.chunks(6).all(|chunk| chunk.iter().all(|job| job.case == chunk[0].case)));
        let other: Vec<Job> = Order::new(50, vec![1], 3, 7).collect();
        assert_eq!(cases(&one, 6), cases(&other, 3));
        assert_eq!(one, Order::new(50, vec![0, 2], 3, 7).collect::<Vec<_>>());
        assert_ne!(cases(&one, 6), cases(&Order::new(50, vec![0, 2], 3, 8).collect::<Vec<_>>(), 6));
    }

    #[test]
    fn no_version_always_goes_first() {
        let first = Order::new(200, vec![0, 1], 1, 1).step_by(2).filter(|job| job.version == 0).count();
        assert!((70..130).contains(&first), "{first}");
    }
}
