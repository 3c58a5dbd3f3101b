//! The decision: gates exclude, weights rank, and the verdict says what the evidence carries (sections C and D).
mod apart;
mod ranking;

use self::apart::apart;
use self::ranking::{ranking, unranked};
use super::advice;
use super::answered;
use super::at_best;
use super::caveats;
use super::cells::Cells;
use super::data::{Data, DataError};
use super::draws::{Drawn, Draws};
use super::eligible::{drop_unknown, dropped, hold_against, standing};
use super::feasible::Feasible;
use super::formula::{self, Shape};
use super::gates::{Measured, measured, results};
use super::margin::{kind, margin, margins};
use super::stability;
use super::stats::bootstrap::{Bootstrap, Draw, FEWEST_UNITS_SHOWN, Plan};
use super::stats::estimate::Estimates;
use super::stats::interval::Confidence;
use super::stats::listwise::EstimateError;
use super::stats::panel::{Measure, Metric as PanelMetric, Panel};
use super::stats::pareto::dominated_by;
use super::stats::ranking::display_order;
use super::stats::rule::Rule;
use super::stats::utility::{Transform as Utility, halving_in_quality_points};
use super::stats::verdict::{self, FEWEST_UNITS, Reason, Verdict};
use super::stopped;
use super::summarise::Setting;
use super::ties;
use super::weighing::{Weighed, weigh};
use super::words::{self, Worth};
use crate::domain::{
    Behind, Decision, Formula, Gate, GateResult, IntervalKind, Missing, Ranked, Standing, VerdictKind,
    WinnerRule,
};

/// What is decided on, beside the rule.
#[derive(Clone, Debug, Default)]
pub struct DecideOptions {
    /// One slice only.
    pub slice: Option<String>,
    /// A baseline that lacks a weighted value is no reason to refuse: as decisions were made before it was.
    pub any_baseline: bool,
    /// What is drawn beside the verdict.
    pub draws: Draws,
}

/// Everything a decision is made from, once names are resolved.
pub(super) struct Inputs<'a> {
    pub data: &'a Data,
    pub rule: &'a WinnerRule,
    pub weighed: Vec<Weighed>,
    /// `cells[v][m]`, all versions, weighted metrics.
    cells: Vec<Vec<Cells>>,
    pub setting: Setting<'a>,
    held: Vec<Measured<'a>>,
    gates: Vec<(String, Vec<GateResult>)>,
    standing: Vec<Standing>,
    draws: Draws,
}

/// Decides.
///
/// # Errors
/// A name is unknown, weights select nothing, or there is nothing to decide on.
pub fn decide(
    data: &Data,
    rule: &WinnerRule,
    gates: &[Gate],
    options: &DecideOptions,
) -> Result<Decision, DataError> {
    let baseline = data.version(rule.baseline.as_deref().unwrap_or(&data.baseline))?;
    let mut selected = data.selected(options.slice.as_deref())?;
    stopped::contested(data, &mut selected);
    let groups = data.groups();
    let confidence = Confidence::new(rule.confidence).ok_or_else(|| {
        DataError::Weights(format!("a confidence lies between 0 and 1, not at {}", rule.confidence))
    })?;
    // A race looks again and again: intervals at alpha/4 pay for that (D.3).
    let confidence = Rule { confidence, adaptive: data.is_raced(), ..Rule::default() }.level();
    let setting = Setting {
        confidence,
        groups: groups.as_deref(),
        one_run: data.one_run(),
        selected: &selected,
        kind: IntervalKind::Wilson,
    };
    if rule.missing == Missing::Worst && rule.formula != Formula::Ratio {
        let what = "`missing: worst` needs a formula with a worst: ratio";
        return Err(DataError::Weights(what.to_owned()));
    }
    let mut weighed = weigh(data, rule, setting)?;
    let mut cells = cells_of(data, &weighed, &selected, rule);
    if rule.missing == Missing::DropMetric {
        drop_unknown(&mut weighed, &mut cells)?;
    }
    let held = measured(data, gates, rule, options.slice.as_deref())?;
    let gates = results(data, &held, rule);
    let standing = standing(data, rule, &weighed, &cells, &gates, &selected);
    let inputs = Inputs { data, rule, weighed, cells, setting, held, gates, standing, draws: options.draws };
    let ranked: Vec<usize> =
        (0..data.versions.len()).filter(|&v| inputs.standing[v] == Standing::Ranked).collect();
    if !ranked.is_empty() && !options.any_baseline {
        hold_against(data, rule, baseline, &inputs.standing[baseline])?;
    }
    let mut decision = if ranked.is_empty() {
        all_excluded(&inputs)
    } else {
        ranked_decision(&inputs, &ranked).or_else(|error| apart(&inputs, &ranked, error))?
    };
    decision.caveats = caveats::of_decision(data, &decision, rule, &selected);
    decision.caveats.extend(dropped(data, &inputs.weighed, &inputs.cells, &ranked));
    Ok(decision)
}

/// The numbers of all versions on all weighted metrics.
pub(super) fn cells_of(
    data: &Data,
    weighed: &[Weighed],
    selected: &[bool],
    rule: &WinnerRule,
) -> Vec<Vec<Cells>> {
    let one = |version| {
        let of = |w: &Weighed| Cells::of(data, version, w.metric, selected, rule.on_error);
        weighed.iter().map(of).collect()
    };
    data.versions.iter().map(one).collect()
}

/// The statistics' view of the ranked versions.
fn panel_rows<'a>(inputs: &'a Inputs<'_>, ranked: &[usize]) -> Vec<Vec<Measure<'a>>> {
    let measure = |v: usize, m: usize| {
        let (weighed, cells) = (&inputs.weighed[m], &inputs.cells[v][m]);
        if cells.is_unknown() {
            // `missing: worst`.
            return Measure::Fixed(weighed.utility.worst());
        }
        cells.measure(weighed.metric)
    };
    ranked.iter().map(|&v| (0..inputs.weighed.len()).map(|m| measure(v, m)).collect()).collect()
}

fn ranked_decision(inputs: &Inputs<'_>, ranked: &[usize]) -> Result<Decision, EstimateError> {
    let mut metrics: Vec<PanelMetric> = inputs
        .weighed
        .iter()
        .map(|w| PanelMetric {
            transform: w.utility,
            weight: w.report.weight,
            evaluator: w.metric.is_score(),
        })
        .collect();
    let rows = panel_rows(inputs, ranked);
    let groups = inputs.setting.groups;
    if matches!(formula::row(inputs.rule.formula).shape, Shape::Set) {
        stretch(inputs, &mut metrics, &rows)?;
    }
    let panel = Panel { metrics: &metrics, versions: &rows, cases: inputs.data.cases.len(), groups };
    let confidence = inputs.setting.confidence;
    let estimates = Estimates::of(&panel, confidence)?;
    let order = display_order(&estimates.totals, &ties::breaks(inputs, ranked, &estimates));
    let rule = Rule { confidence, rope: inputs.rule.rope, ..Rule::default() };
    let found = verdict::decide(&panel, &estimates, order[0], &rule);
    let mut present = vec![false; panel.cases];
    estimates.sample.informative.iter().for_each(|&i| present[i] = true);
    let feasible = feasible(inputs, &present);
    let pseudo = found.rivals.iter().map(|rival| rival.pseudo).fold(0.0, f64::max);
    let bootstrap = chances(inputs, ranked, (&panel, &estimates), pseudo, feasible.as_ref());
    let name = |i: usize| inputs.data.versions[ranked[i]].name.clone();
    let weights: Vec<f64> = metrics.iter().map(|metric| metric.weight).collect();
    let dominated = dominated_by(&estimates.utilities, &weights);
    let mut decision = Decision {
        verdict: kind(found.verdict),
        winner: (found.verdict == Verdict::Winner).then(|| name(found.leader)),
        leader: Some(name(found.leader)),
        ranking: ranking(inputs, ranked, &estimates, &order, &dominated, bootstrap.as_ref()),
        margins: margins(&found, &estimates, &weights, &name),
        sensitivity: stability::sensitivity(&inputs.weighed, &estimates, &weights, found.leader, &name),
        robustness: match inputs.draws.from {
            Drawn::Nothing => Vec::new(),
            _ => stability::shares(&estimates.utilities, &weights, inputs.rule.seed, &name),
        },
        pareto: (0..ranked.len()).filter(|&i| dominated[i].is_empty()).map(&name).collect(),
        tie_set: found.tie_set.iter().map(|&i| name(i)).collect(),
        contenders: found.contenders.iter().map(|&i| name(i)).collect(),
        suggestion: ties::suggestion(inputs, ranked, &found.tie_set),
        safe_to_pick: found.safe_to_pick,
        max_regret: found.max_regret,
        more_cases_needed: found.more_cases,
        cases: estimates.sample.n as u64,
        units: estimates.sample.units as u64,
        reason_code: found.reason.map(Reason::name),
        ..none_eligible(inputs)
    };
    note_feasible(inputs, feasible, &mut decision);
    beside_stopped(inputs, &metrics, ranked[found.leader], &rule, &mut decision);
    beside_lacking(inputs, &metrics, (ranked[found.leader], &rows[found.leader]), &rule, &mut decision);
    say(inputs, &mut decision);
    Ok(decision)
}

/// P(best) and its like, where enough stands for itself and there is more than one version. `pseudo` is the largest of
/// the rivals' pseudo-cases (D.5).
fn chances(
    inputs: &Inputs<'_>,
    ranked: &[usize],
    (panel, estimates): (&Panel<'_>, &Estimates),
    pseudo: f64,
    feasible: Option<&Feasible>,
) -> Option<Bootstrap> {
    if estimates.sample.units < FEWEST_UNITS_SHOWN || ranked.len() < 2 {
        return None;
    }
    let (confidence, plan) = (inputs.setting.confidence, plan(inputs));
    let passing = |draw: Draw<'_>| {
        let passes = |v: &usize| feasible.is_none_or(|f| f.passes(draw.replicate, *v));
        ranked.iter().map(passes).collect()
    };
    match inputs.draws.from {
        Drawn::Nothing => None,
        Drawn::Resamples(_) => Bootstrap::of(panel, estimates, pseudo, confidence, plan, &passing),
        Drawn::ClosedForm => {
            let plan = Plan { replicates: Draws::USUAL, ..plan };
            Bootstrap::of_closed_form(estimates, pseudo, confidence, plan)
        }
    }
}

/// What is said when no version is left to rank. Those that only fail a gate come by what they would be worth (C.4).
fn all_excluded(inputs: &Inputs<'_>) -> Decision {
    let known = |v: &usize| {
        inputs.standing[*v] == Standing::GateFailed
            && inputs.cells[*v].iter().all(|cells| !cells.is_unknown())
    };
    let gated: Vec<usize> = (0..inputs.data.versions.len()).filter(known).collect();
    let by_worth = if gated.is_empty() { None } else { ranked_decision(inputs, &gated).ok() };
    let mut decision = none_eligible(inputs);
    if let Some(ranked) = by_worth {
        let unranked = |ranked: Ranked| Ranked {
            rank: None,
            rank_interval: None,
            expected_rank: None,
            p_best: None,
            p_pareto: None,
            pareto: false,
            dominated_by: None,
            ..ranked
        };
        decision.ranking = ranked.ranking.into_iter().map(unranked).collect();
    }
    note_feasible(inputs, feasible(inputs, inputs.setting.selected), &mut decision);
    say(inputs, &mut decision);
    decision
}

fn feasible(inputs: &Inputs<'_>, present: &[bool]) -> Option<Feasible> {
    let setting = inputs.setting;
    if plan(inputs).replicates == 0 {
        return None;
    }
    Feasible::of(&inputs.held, present, setting.groups, setting.confidence, plan(inputs))
}

fn note_feasible(inputs: &Inputs<'_>, feasible: Option<Feasible>, decision: &mut Decision) {
    let index = |name: &str| inputs.data.versions.iter().position(|version| version.name == name);
    if let Some(feasible) = feasible {
        feasible.note(decision, index);
    }
}

/// How much is drawn; the result does not depend on the threads.
fn plan(inputs: &Inputs<'_>) -> Plan {
    let Draws { from, threads } = inputs.draws;
    let replicates = if let Drawn::Resamples(number) = from { number } else { 0 };
    Plan { seed: inputs.rule.seed, replicates, threads }
}

/// Adds the leader's margins over the versions a race stopped, and what they mean for the verdict.
fn beside_stopped(
    inputs: &Inputs<'_>,
    metrics: &[PanelMetric],
    leader: usize,
    rule: &Rule,
    decision: &mut Decision,
) {
    let out = |v: &usize| matches!(inputs.standing[*v], Standing::RacedOut(_));
    let all: Vec<usize> = (0..inputs.data.versions.len()).filter(out).collect();
    for &v in &all {
        let rows = panel_rows(inputs, &[leader, v]);
        let found = stopped::against(metrics, &rows, inputs.data.cases.len(), inputs.setting.groups, rule);
        let name = inputs.data.versions[v].name.clone();
        decision.margins.extend(found.map(|(rival, sample)| margin(&rival, name, &sample, Vec::new())));
    }
    if !all.is_empty() {
        stopped::settle(decision);
    }
}

/// Notes how far the versions that lack values would be behind the leader at their best.
fn beside_lacking(
    inputs: &Inputs<'_>,
    metrics: &[PanelMetric],
    (leader, own): (usize, &[Measure<'_>]),
    rule: &Rule,
    decision: &mut Decision,
) {
    for (v, version) in inputs.data.versions.iter().enumerate().filter(|(v, _)| *v != leader) {
        if !matches!(inputs.standing[v], Standing::MissingMetric(_) | Standing::Coverage { .. }) {
            continue;
        }
        let Some(best) = at_best::cells(&inputs.weighed, &inputs.cells[v], inputs.setting.selected) else {
            continue;
        };
        let row = best.iter().zip(&inputs.weighed).map(|(cells, w)| cells.measure(w.metric)).collect();
        let rows = [own.to_vec(), row];
        let found = stopped::against(metrics, &rows, inputs.data.cases.len(), inputs.setting.groups, rule);
        let found = found.filter(|(_, sample)| sample.units >= FEWEST_UNITS);
        if let (Some((rival, sample)), Some(ranked)) =
            (found, decision.ranking.iter_mut().find(|ranked| ranked.version == version.name))
        {
            let cases = sample.common.iter().map(Vec::len).min().unwrap_or_default() as u64;
            ranked.behind_at_best = Some(Behind { by: rival.margin, interval: rival.interval, cases });
        }
    }
}

/// Gives min-max its extremes: those of the ranked versions on their common cases.
fn stretch(
    inputs: &Inputs<'_>,
    metrics: &mut [PanelMetric],
    rows: &[Vec<Measure<'_>>],
) -> Result<(), EstimateError> {
    let groups = inputs.setting.groups;
    let panel = Panel { metrics, versions: rows, cases: inputs.data.cases.len(), groups };
    let values = Estimates::of(&panel, inputs.setting.confidence)?.values;
    for (m, metric) in metrics.iter_mut().enumerate() {
        let of_metric: Vec<f64> = values.iter().map(|version| version[m]).collect();
        metric.transform = formula::over_set(inputs.weighed[m].metric, &of_metric);
    }
    Ok(())
}

/// What every decision says, ranked or not; the verdict when no version is left.
fn none_eligible(inputs: &Inputs<'_>) -> Decision {
    let quality = quality_weight(inputs);
    let rate = |w: &Weighed| {
        let ratio = matches!(w.utility, Utility::Ratio { .. });
        let points = halving_in_quality_points(w.report.weight, quality).filter(|_| ratio)?;
        Some((w.report.name.clone(), points))
    };
    Decision {
        project: inputs.data.project.clone(),
        experiment: inputs.data.experiment.clone(),
        verdict: VerdictKind::NoneEligible,
        winner: None,
        leader: None,
        baseline: inputs.rule.baseline.clone().unwrap_or_else(|| inputs.data.baseline.clone()),
        weights: inputs.weighed.iter().map(|w| w.report.clone()).collect(),
        exchange_rates: inputs.weighed.iter().filter_map(rate).collect(),
        formula: inputs.rule.formula.name(),
        ranking: (0..inputs.data.versions.len()).map(|v| unranked(inputs, v)).collect(),
        margins: Vec::new(),
        sensitivity: Vec::new(),
        robustness: Vec::new(),
        pareto: Vec::new(),
        tie_set: Vec::new(),
        contenders: Vec::new(),
        suggestion: None,
        safe_to_pick: false,
        max_regret: None,
        more_cases_needed: None,
        rope: inputs.rule.rope,
        confidence: inputs.setting.confidence.level(),
        seed: inputs.rule.seed,
        replicates: plan(inputs).replicates as u64,
        cases: inputs.setting.selected.iter().filter(|on| **on).count() as u64,
        units: 0,
        cluster_by: inputs.data.settings.cluster_by.clone(),
        weight_by: inputs.data.weight_by(),
        advice: String::new(),
        reason: String::new(),
        reason_code: None,
        caveats: Vec::new(),
    }
}

/// The sentences: what to do, and why.
fn say(inputs: &Inputs<'_>, decision: &mut Decision) {
    answered::note(inputs.data, inputs.rule.on_error, inputs.setting.selected, decision);
    let worth = Worth { scores: quality_weight(inputs) };
    decision.advice = advice::advice(decision, worth, inputs.rule.tie_prefer);
    decision.reason = words::reason(decision, worth);
}

fn quality_weight(inputs: &Inputs<'_>) -> f64 {
    inputs.weighed.iter().filter(|w| w.metric.is_score()).map(|w| w.report.weight).sum()
}
