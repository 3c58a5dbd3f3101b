//! The cases, in the memory of their ids.
use std::collections::HashMap;
use std::sync::Arc;

use super::column::{Column, Perhaps};
use crate::stores::MeasuredCase;

/// No cluster, or no slices.
const NONE: u32 = u32::MAX;

/// What the statistics know of the cases.
#[derive(Debug)]
pub(in crate::analyse) struct Cases {
    /// All ids, one after another.
    ids: String,
    /// Where each ends.
    ends: Vec<usize>,
    clusters: Column<u32>,
    weights: Column<Perhaps>,
    slices: Column<u32>,
    cluster_names: Names,
    slice_names: Names,
}

/// Names, each kept once.
#[derive(Debug, Default)]
struct Names {
    all: Vec<Arc<str>>,
    index: HashMap<Arc<str>, u32>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(&known) = self.index.get(name) {
            return known;
        }
        let (name, number) = (Arc::<str>::from(name), index(self.all.len()));
        self.all.push(name.clone());
        self.index.insert(name, number);
        number
    }
}

impl Cases {
    pub fn new() -> Self {
        Self {
            ids: String::new(),
            ends: Vec::new(),
            clusters: Column::new(),
            weights: Column::new(),
            slices: Column::new(),
            cluster_names: Names::default(),
            slice_names: Names::default(),
        }
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Takes one in and numbers it. One that is there already may come again: [`Cases::settle`] makes them one.
    pub fn push(&mut self, case: &MeasuredCase) -> u32 {
        let number = index(self.len());
        self.ids.push_str(&case.id);
        self.ends.push(self.ids.len());
        self.clusters.push(case.cluster.as_deref().map_or(NONE, |name| self.cluster_names.number(name)));
        self.weights.push(case.weight.into());
        let slices = &*case.slices;
        self.slices.push(if slices.is_empty() { NONE } else { self.slice_names.number(slices) });
        number
    }

    pub fn id(&self, case: usize) -> &str {
        let start = case.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.ids[start..self.ends[case]]
    }

    /// Number of its cluster.
    pub fn cluster(&self, case: usize) -> Option<u32> {
        self.clusters.get(case).filter(|cluster| *cluster != NONE)
    }

    /// How much it counts.
    pub fn weight(&self, case: usize) -> Option<f64> {
        self.weights.get(case)?.get()
    }

    /// How many clusters there are.
    pub fn clusters(&self) -> usize {
        self.cluster_names.all.len()
    }

    /// Names of its slices, comma-separated.
    pub fn slices(&self, case: usize) -> &str {
        let named = self.slices.get(case).and_then(|slices| self.slice_names.all.get(slices as usize));
        named.map_or("", |names| names)
    }

    /// Sorts by id, makes one of those that came several times, and numbers clusters as their cases come. The place of
    /// every case by its number so far. Of several forms of one case the last by cluster, slices and weight stays, which of them
    /// came first being no property of what was measured.
    pub(super) fn settle(&mut self) -> Vec<u32> {
        let order = self.order();
        let mut place = vec![0_u32; order.len()];
        let mut kept: Vec<u32> = Vec::with_capacity(order.len());
        for old in order {
            if kept.last().is_none_or(|&last| self.id(last as usize) != self.id(old as usize)) {
                kept.push(old);
            }
            place[old as usize] = index(kept.len() - 1);
        }
        let mut ids = String::with_capacity(self.ids.len());
        let ends = kept.iter().map(|&old| {
            ids.push_str(self.id(old as usize));
            ids.len()
        });
        self.ends = ends.collect();
        self.ids = ids;
        self.clusters.reorder(&kept);
        self.weights.reorder(&kept);
        self.slices.reorder(&kept);
        self.number_clusters();
        place
    }

    /// What tells the forms of a case apart.
    fn form(&self, case: u32) -> (Option<&str>, &str, u64) {
        let named =
            self.cluster(case as usize).and_then(|cluster| self.cluster_names.all.get(cluster as usize));
        // Bits of positive numbers are in their order.
        let weight = self.weight(case as usize).map_or(0, f64::to_bits);
        (named.map(AsRef::as_ref), self.slices(case as usize), weight)
    }

    /// The numbers in the order of the ids. What all ids begin with is skipped, and most of the rest are told apart by
    /// their next eight bytes.
    fn order(&self) -> Vec<u32> {
        let shared = (1..self.len()).fold(self.ends.first().copied().unwrap_or(0), |shared, case| {
            let same = self.id(0).bytes().zip(self.id(case).bytes()).take(shared);
            same.take_while(|(a, b)| a == b).count()
        });
        let key = |id: &str| {
            let mut head = [0; 8];
            head.iter_mut().zip(id.bytes().skip(shared)).for_each(|(to, from)| *to = from);
            u64::from_be_bytes(head)
        };
        let mut keys: Vec<(u64, u32)> =
            (0..self.len()).map(|case| (key(self.id(case)), index(case))).collect();
        let id = |(_, case): &(u64, u32)| self.id(*case as usize);
        keys.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0).then_with(|| id(a).cmp(id(b))).then_with(|| self.form(b.1).cmp(&self.form(a.1)))
        });
        keys.into_iter().map(|(_, case)| case).collect()
    }

    fn number_clusters(&mut self) {
        let mut numbers = vec![NONE; self.clusters()];
        let mut next = 0;
        for case in 0..self.len() {
            let Some(cluster) = self.cluster(case) else { continue };
            let number = &mut numbers[cluster as usize];
            if *number == NONE {
                *number = next;
                next += 1;
            }
        }
        self.clusters.change(|cluster| numbers.get(cluster as usize).copied().unwrap_or(NONE));
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(id: &str, cluster: Option<&str>, slices: &str) -> MeasuredCase {
        let cluster = cluster.map(Into::into);
        MeasuredCase { id: id.into(), cluster, slices: slices.into(), ..MeasuredCase::default() }
    }

    #[test]
    fn settled_cases_lie_by_id_once_each_with_clusters_numbered_as_they_come() {
        let mut cases = Cases::new();
        let ids = ["case-10", "case-9", "case-123456789-b", "case-123456789-a", "case-1", "case-9", "case-"];
        for (i, id) in ids.iter().enumerate() {
            let cluster = ["x", "y"][i % 2];
            cases.push(&case(id, (*id != "case-1").then_some(cluster), if i == 5 { "a" } else { "a,b" }));
        }
        assert_eq!(cases.settle(), [2, 5, 4, 3, 1, 5, 0]);
        let found: Vec<_> =
            (0..cases.len()).map(|i| (cases.id(i), cases.cluster(i), cases.slices(i))).collect();
        assert_eq!(
            found,
            [
                ("case-", Some(0), "a,b"),
                ("case-1", None, "a,b"),
                ("case-10", Some(0), "a,b"),
                ("case-123456789-a", Some(1), "a,b"),
                ("case-123456789-b", Some(0), "a,b"),
                ("case-9", Some(1), "a,b"),
            ]
        );
    }

    #[test]
    fn which_form_of_a_case_stays_does_not_depend_on_which_came_first() {
        let forms = [
            case("a", None, "x"),
            case("a", Some("c"), ""),
            case("a", Some("d"), "x"),
            case("a", Some("d"), ""),
        ];
        for first in 0..forms.len() {
            let mut cases = Cases::new();
            (0..forms.len()).for_each(|i| _ = cases.push(&forms[(first + i) % forms.len()]));
            assert_eq!(cases.settle(), [0; 4]);
            assert_eq!((cases.len(), cases.cluster(0), cases.slices(0)), (1, Some(0), "x"));
        }
    }

    #[test]
    fn no_cases_and_one_case_are_sorted_too() {
        let mut cases = Cases::new();
        assert_eq!(cases.settle(), Vec::<u32>::new());
        cases.push(&case("only", None, ""));
        assert_eq!((cases.settle(), cases.id(0), cases.slices(0)), (vec![0], "only", ""));
    }
}
