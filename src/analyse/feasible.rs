//! How sure it is that the gates hold beyond these cases: each held again on every resample of the decision's units
//! (D.5). The same streams and units as the decision's own bootstrap, so that resample b is the same cases in both.
use super::gates::Measured;
use super::stats::bootstrap::{FEWEST_UNITS_SHOWN, Plan, draw};
use super::stats::estimate::Estimates;
use super::stats::interval::Confidence;
use super::stats::panel::{Cell, Measure, Metric, Panel};
use super::stats::resample::Resampler;
use super::stats::sums::Groups;
use super::stats::utility::Transform;
use crate::domain::{Decision, GateValue};

/// Which versions pass all gates on each resample.
#[derive(Debug)]
pub(super) struct Feasible {
    /// `passes[b][v]`.
    passes: Vec<Vec<bool>>,
}

/// One gate on one version, as a column of the panel.
struct Column {
    version: usize,
    gate: usize,
}

impl Feasible {
    /// Holds the gates on every resample of the units of the cases `present`; `None` without gates, or with too few
    /// units to say.
    pub fn of(
        held: &[Measured<'_>],
        present: &[bool],
        groups: Groups<'_>,
        confidence: Confidence,
        plan: Plan,
    ) -> Option<Self> {
        let versions = held.first()?.cells.len();
        let mut columns = Vec::new();
        let mut unknown = vec![false; versions];
        for (version, unknown) in unknown.iter_mut().enumerate() {
            for (gate, held) in held.iter().enumerate() {
                if is_known(held, version, present) {
                    columns.push(Column { version, gate });
                } else {
                    *unknown = true;
                }
            }
        }
        let here: Vec<Cell> =
            present.iter().map(|on| if *on { Cell::Value(0.0) } else { Cell::Missing }).collect();
        // The first metric alone has a weight: it says which cases, and so which units, are resampled.
        let metric = |weight| Metric { transform: Transform::Identity, weight, evaluator: false };
        let metrics: Vec<Metric> =
            std::iter::once(metric(1.0)).chain(columns.iter().map(|_| metric(0.0))).collect();
        let own = columns.iter().map(|c| held[c.gate].cells[c.version].measure(held[c.gate].metric));
        let bounds = columns.iter().map(|c| bound(&held[c.gate]));
        let rows = [
            std::iter::once(Measure::Mean(&here)).chain(own).collect::<Vec<_>>(),
            std::iter::once(Measure::Fixed(0.0)).chain(bounds).collect(),
        ];
        let panel = Panel { metrics: &metrics, versions: &rows, cases: present.len(), groups };
        let estimates = Estimates::of(&panel, confidence).ok()?;
        if estimates.sample.units < FEWEST_UNITS_SHOWN {
            return None;
        }
        let resampler = Resampler::new(&panel, &estimates, confidence, plan.seed)?;
        let passes = draw(&resampler, rows.len(), plan, |draw| {
            let mut passes: Vec<bool> = unknown.iter().map(|unknown| !unknown).collect();
            for (at, column) in columns.iter().enumerate() {
                let (value, against) = (draw.values[0][at + 1], draw.values[1][at + 1]);
                passes[column.version] &= holds(&held[column.gate], value, against);
            }
            passes
        });
        Some(Self { passes })
    }

    /// Whether version `v` passes on resample `b`.
    pub fn passes(&self, b: usize, v: usize) -> bool {
        self.passes[b][v]
    }

    /// Share of the resamples on which version `v` passes.
    fn share(&self, v: usize) -> f64 {
        let passed = self.passes.iter().filter(|passes| passes[v]).count();
        passed as f64 / self.passes.len().max(1) as f64
    }

    /// Writes the shares into the decision's ranking; `index` finds a version by its name.
    pub fn note(&self, decision: &mut Decision, index: impl Fn(&str) -> Option<usize>) {
        for ranked in &mut decision.ranking {
            // Cases without one failure resample to cases without one: where the interval is unsure, that says nothing.
            let is_unsure = ranked.gates.iter().any(|gate| gate.passed && gate.certainty == "uncertain");
            let share = index(&ranked.version).map(|v| self.share(v));
            ranked.p_feasible = share.filter(|share| !(is_unsure && *share >= 1.0));
        }
    }
}

/// Whether there is a case on which the gate says something of the version.
fn is_known(held: &Measured<'_>, version: usize, present: &[bool]) -> bool {
    let own = held.cells[version].measure(held.metric);
    let against = bound(held);
    let both = |i: usize| own.cell(i).value().is_some() && against.cell(i).value().is_some();
    present.iter().enumerate().any(|(i, on)| *on && both(i))
}

fn bound<'a>(held: &'a Measured<'_>) -> Measure<'a> {
    match (&held.gate.value, held.reference) {
        (GateValue::Constant(bound), _) => Measure::Fixed(*bound),
        (GateValue::Relative { .. }, Some(reference)) => held.cells[reference].measure(held.metric),
        (GateValue::Relative { .. }, None) => Measure::Fixed(f64::NAN),
    }
}

fn holds(held: &Measured<'_>, value: f64, against: f64) -> bool {
    let bound = match held.gate.value {
        GateValue::Constant(bound) => bound,
        GateValue::Relative { times, plus, .. } => times * against + plus,
    };
    held.gate.op.holds(value, bound)
}
