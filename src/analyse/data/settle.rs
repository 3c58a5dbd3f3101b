//! One order of cases, clusters and runs, however the measurements came in.
use std::collections::HashMap;

use super::Data;

impl Data {
    /// Puts cases and runs in an order that is the same however the measurements came in: what is drawn at random
    /// is drawn by position. Call it after the last [`Data::push`].
    pub fn settle(&mut self) {
        let mut order: Vec<usize> = (0..self.cases.len()).collect();
        order.sort_by(|&a, &b| self.cases[a].id.cmp(&self.cases[b].id));
        let mut place = vec![0_u32; order.len()];
        for (new, &old) in order.iter().enumerate() {
            place[old] = u32::try_from(new).unwrap_or(u32::MAX);
        }
        self.cases = order.iter().map(|&old| self.cases[old].clone()).collect();
        self.case_index.values_mut().for_each(|index| *index = place[*index as usize]);
        let mut clusters: HashMap<u32, u32> = HashMap::new();
        for case in &mut self.cases {
            let next = u32::try_from(clusters.len()).unwrap_or(u32::MAX);
            case.cluster = case.cluster.map(|old| *clusters.entry(old).or_insert(next));
        }
        self.clusters
            .values_mut()
            .for_each(|cluster| *cluster = clusters.get(cluster).copied().unwrap_or(*cluster));
        for version in &mut self.versions {
            version.runs.iter_mut().for_each(|run| run.case = place[run.case as usize]);
            version.runs.sort_by_key(|run| (run.case, run.repeat));
        }
    }
}
