//! Two versions without a common case (B.1).
use super::Pairing;
use crate::analyse::stats::mean::Summary;
use crate::analyse::stats::paired::Welch;
use crate::domain::Comparison;

impl Pairing<'_> {
    /// Without a common case the two are independent samples: Welch's t on their case means (B.1).
    pub(super) fn as_independent(&self, candidate: usize, m: usize, out: &mut Comparison) {
        let side = |v: usize| {
            let (values, cases) = self.cells[v].means();
            let groups: Option<Vec<u32>> =
                self.setting.groups.map(|of| cases.iter().map(|&i| of[i]).collect());
            let weights = self.cells[v].weights(&cases);
            Summary::with(&values, weights.as_deref(), groups.as_deref())
        };
        let Some((own, base)) = side(candidate).zip(side(self.baseline)) else { return };
        out.difference = Some(own.mean - base.mean);
        if let Some(welch) = Welch::of(&own, &base, self.setting.confidence) {
            out.interval = self.on_scale(m, welch.interval);
            out.p_value = Some(welch.p);
        }
    }
}
