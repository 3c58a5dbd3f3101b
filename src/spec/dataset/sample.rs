//! Which cases a sample holds. Each case draws a number from the seed and its own id, and the smallest win: adding or
//! removing other rows leaves most of a sample as it was, which a shuffled order would not.
use sha2::{Digest as _, Sha256};

/// First bytes of the SHA-256 of a case's id.
pub(super) type Key = [u8; 16];

/// Positions of the sampled cases, ascending. `strata` holds the stratum of each case as an index into `names`, or is
/// empty for one stratum. All of them when `n` is as large.
pub(super) fn choose(keys: &[Key], strata: &[u32], names: &[String], n: usize, seed: u64) -> Vec<usize> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); names.len().max(1)];
    for at in 0..keys.len() {
        members[strata.get(at).map_or(0, |stratum| *stratum as usize)].push(at);
    }
    let sizes: Vec<usize> = members.iter().map(Vec::len).collect();
    let quotas = quotas(&sizes, names, n.min(keys.len()));
    let mut chosen = Vec::with_capacity(n.min(keys.len()));
    for (mut members, quota) in members.into_iter().zip(quotas) {
        members.sort_by_cached_key(|at| (draw(seed, &keys[*at]), keys[*at]));
        members.truncate(quota);
        chosen.append(&mut members);
    }
    chosen.sort_unstable();
    chosen
}

/// Proportional shares of `n`, rounded by the largest remainder; equal remainders go by name.
fn quotas(sizes: &[usize], names: &[String], n: usize) -> Vec<usize> {
    let total = sizes.iter().sum::<usize>().max(1) as u128;
    let exact = |size: usize| size as u128 * n as u128;
    let mut quotas: Vec<usize> = sizes.iter().map(|size| (exact(*size) / total) as usize).collect();
    let left = n - quotas.iter().sum::<usize>();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|at| (std::cmp::Reverse(exact(sizes[*at]) % total), names.get(*at)));
    for at in order.into_iter().take(left) {
        quotas[at] += 1;
    }
    quotas
}

fn draw(seed: u64, key: &Key) -> u64 {
    let digest =
        Sha256::new().chain_update(b"proto.sample/1\n").chain_update(seed.to_le_bytes()).chain_update(key);
    digest.finalize()[..8].iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(count: u8) -> Vec<Key> {
        (0..count).map(|at| [at; 16]).collect()
    }

    #[test]
    fn the_same_seed_draws_the_same_and_another_differs() {
        let all = keys(100);
        let first = choose(&all, &[], &[], 10, 7);
        assert_eq!((first.len(), &first), (10, &choose(&all, &[], &[], 10, 7)));
        assert_ne!(first, choose(&all, &[], &[], 10, 8));
        assert_eq!(choose(&all, &[], &[], 1000, 7).len(), 100);
    }

    #[test]
    fn added_rows_replace_only_whom_they_beat() {
        let all = keys(110);
        let (before, after) = (choose(&all[..100], &[], &[], 20, 1), choose(&all, &[], &[], 20, 1));
        let new = after.iter().filter(|at| **at >= 100).count();
        let stayed = before.iter().filter(|at| after.contains(at)).count();
        assert_eq!(stayed + new, 20);
    }

    #[test]
    fn strata_keep_their_shares() {
        let names: Vec<String> = ["b", "a", "c"].map(str::to_owned).into();
        assert_eq!(quotas(&[50, 30, 20], &names, 10), [5, 3, 2]);
        // 3.5, 3.5, 3.0: the equal remainders go by name, `a` before `b`.
        assert_eq!(quotas(&[35, 35, 30], &names, 10), [3, 4, 3]);
        let strata: Vec<u32> = (0..100).map(|at| u32::from(at >= 90)).collect();
        let chosen = choose(&keys(100), &strata, &names[..2], 20, 3);
        assert_eq!(chosen.iter().filter(|at| **at >= 90).count(), 2);
    }
}
