//! The cases a candidate lost most on: the interval says whether, the cases say why (B.5).
use super::Pairing;
use crate::analyse::stats::paired::TIE_TOLERANCE;
use crate::domain::Regression;

impl Pairing<'_> {
    /// The cases each candidate lost most on by one score, largest loss first; what counts as tied is no loss.
    pub fn regressions(&self, m: usize, most: usize) -> Vec<Regression> {
        let mut found = Vec::new();
        for candidate in self.candidates() {
            let pairs = self.pairs(candidate);
            let mut lost: Vec<Regression> = pairs
                .cases
                .iter()
                .zip(pairs.a.iter().zip(&pairs.b))
                .filter(|(_, (a, b))| *b - *a > TIE_TOLERANCE)
                .map(|(&case, (&a, &b))| Regression {
                    version: self.data.versions[candidate].name.clone(),
                    metric: self.metrics[m].name(self.data),
                    case_id: self.data.cases.id(case).to_owned(),
                    baseline: b,
                    candidate: a,
                })
                .collect();
            let loss = |r: &Regression| r.baseline - r.candidate;
            lost.sort_by(|x, y| loss(y).total_cmp(&loss(x)).then_with(|| x.case_id.cmp(&y.case_id)));
            lost.truncate(most);
            found.append(&mut lost);
        }
        found
    }
}
