//! Gates exclude: each metric held against its bound, with how sure the data are (C.4).
use super::cells::Cells;
use super::data::{Data, DataError};
use super::metric::Metric;
use super::stats::interval::Confidence;
use super::stats::paired::{PairedT, bonett_price, pseudo_case};
use super::stats::rule::Rule;
use super::summarise::{self, Setting};
use crate::domain::{
    Gate, GateMode, GateOp, GateResult, GateValue, Interval, IntervalKind, Unit, WinnerRule,
};

/// Every version's gates, in the order of the versions.
///
/// # Errors
/// A gate names a metric, version or slice that does not exist.
pub fn gates(
    data: &Data,
    gates: &[Gate],
    rule: &WinnerRule,
) -> Result<Vec<(String, Vec<GateResult>)>, DataError> {
    let held = measured(data, gates, rule, None)?;
    Ok(results(data, &held, rule))
}

/// What a gate is held against, for every version.
#[derive(Debug)]
pub(super) struct Measured<'a> {
    pub gate: &'a Gate,
    pub metric: Metric,
    /// One a version.
    pub cells: Vec<Cells>,
    /// The version a relative gate names, by its index.
    pub reference: Option<usize>,
    selected: Vec<bool>,
}

/// The gates with what was measured of each, on the cases of `slice` where one is given.
pub(super) fn measured<'a>(
    data: &Data,
    gates: &'a [Gate],
    rule: &WinnerRule,
    slice: Option<&str>,
) -> Result<Vec<Measured<'a>>, DataError> {
    let within = data.selected(slice)?;
    let one = |gate: &'a Gate| {
        let metric = Metric::resolve(&gate.metric.name, data)?;
        let mut selected = data.selected(gate.metric.slice.as_deref())?;
        selected.iter_mut().zip(&within).for_each(|(on, within)| *on &= within);
        let of = |v: usize| Cells::of(data, &data.versions[v], metric, &selected, rule.on_error);
        let reference = match &gate.value {
            GateValue::Constant(_) => None,
            GateValue::Relative { version, .. } => {
                let baseline = rule.baseline.as_deref().unwrap_or(&data.baseline);
                Some(data.version(version.as_deref().unwrap_or(baseline))?)
            }
        };
        let cells = (0..data.versions.len()).map(of).collect();
        Ok(Measured { gate, metric, cells, reference, selected })
    };
    gates.iter().map(one).collect()
}

/// What every gate says of every version.
pub(super) fn results(
    data: &Data,
    held: &[Measured<'_>],
    rule: &WinnerRule,
) -> Vec<(String, Vec<GateResult>)> {
    let groups = data.groups();
    // As sure as the verdict is made: a race looks again and again (D.3).
    let confidence = Confidence::new(rule.confidence).unwrap_or_default();
    let confidence = Rule { confidence, adaptive: data.is_raced(), ..Rule::default() }.level();
    let of = |v: usize| {
        let one = |held: &Measured<'_>| {
            let selected = &held.selected;
            let one_run = data.one_run();
            held.result(
                v,
                rule,
                Setting {
                    confidence,
                    groups: groups.as_deref(),
                    one_run,
                    selected,
                    kind: IntervalKind::Wilson,
                },
            )
        };
        held.iter().map(one).collect()
    };
    data.versions.iter().enumerate().map(|(v, version)| (version.name.clone(), of(v))).collect()
}

impl Measured<'_> {
    fn result(&self, v: usize, rule: &WinnerRule, setting: Setting<'_>) -> GateResult {
        let (gate, metric, cells) = (self.gate, self.metric, &self.cells[v]);
        let value = summarise::value(cells, metric, setting);
        let (bound, certainty) = match (&gate.value, self.reference) {
            (GateValue::Relative { times, plus, .. }, Some(reference)) => {
                let bound =
                    summarise::value(&self.cells[reference], metric, setting).value.map(|x| times * x + plus);
                let margin = self.margin(v, reference, (*times, *plus), setting);
                (bound, margin.map_or("uncertain", |interval| certainty(gate.op, &interval, 0.0)))
            }
            (GateValue::Constant(bound), _) => (Some(*bound), certainty(gate.op, &value.interval, *bound)),
            (GateValue::Relative { .. }, None) => (None, "uncertain"),
        };
        let holds = value.value.zip(bound).is_some_and(|(value, bound)| gate.op.holds(value, bound));
        let passed = match rule.gate_mode {
            GateMode::Point => holds,
            GateMode::Confident => certainty == "pass",
            GateMode::Permissive => certainty != "fail" && value.value.is_some(),
        };
        GateResult {
            gate: gate.text.clone(),
            unit: metric.unit(),
            value: value.value,
            bound,
            passed,
            missed_by: value.value.zip(bound).filter(|_| !holds).map(|(value, bound)| (value - bound).abs()),
            certainty,
        }
    }

    /// Interval of `value - (times * reference + plus)` over the cases both have (B.2); none for quantiles, which have no
    /// value a case.
    fn margin(
        &self,
        v: usize,
        reference: usize,
        (times, plus): (f64, f64),
        setting: Setting<'_>,
    ) -> Option<Interval> {
        let (own, other) = (&self.cells[v], &self.cells[reference]);
        if self.metric.quantile().is_some() {
            return None;
        }
        let mut pairs = own.pairs(other);
        pairs.b.iter_mut().for_each(|x| *x *= times);
        let (groups, weights) = (pairs.groups(setting.groups), own.weights(&pairs.cases));
        // Scores keep a width where no two differ: what is the same on these cases need not be so on others, unless a
        // version is held against itself.
        let is_share = matches!(self.metric.unit(), Unit::Score | Unit::Share) && v != reference;
        let single = is_share && times == 1.0 && setting.one_run && groups.is_none() && weights.is_none();
        let interval = match pairs.discordant().filter(|_| single) {
            Some((b, c)) => bonett_price(b, c, pairs.cases.len() as u64, setting.confidence),
            None => {
                let (differences, confidence) = (pairs.differences(), setting.confidence);
                let t = PairedT::of(&differences, weights.as_deref(), groups.as_deref(), confidence)?;
                if is_share && t.summary.se == Some(0.0) {
                    t.with_pseudo_cases(pseudo_case(&differences), confidence)
                } else {
                    t.interval
                }
            }
        };
        let less = |end: Option<f64>| end.map(|x| x - plus);
        Some(Interval { low: less(interval.low), high: less(interval.high), ..interval })
    }
}

/// Whether the whole interval is on the right side of the bound, on the wrong one, or on both.
fn certainty(op: GateOp, interval: &Interval, bound: f64) -> &'static str {
    let (sure, refuted) = match op {
        GateOp::AtLeast | GateOp::Above => (
            interval.low.is_some_and(|low| op.holds(low, bound)),
            interval.high.is_some_and(|high| !op.holds(high, bound)),
        ),
        GateOp::AtMost | GateOp::Below => (
            interval.high.is_some_and(|high| op.holds(high, bound)),
            interval.low.is_some_and(|low| !op.holds(low, bound)),
        ),
    };
    match (sure, refuted) {
        (true, _) => "pass",
        (_, true) => "fail",
        _ => "uncertain",
    }
}
