//! A decision on a screen: the verdict, why, the ranking, and what it hangs on.
use super::bar::Axis;
use super::{INDENT, WIDE, names, notes};
use crate::domain::{Decision, Ranked, Standing, VerdictKind};
use crate::formats::cells::aligned;
use crate::formats::grid::{Cell, Column, Paint, packed, render, sentence};
use crate::formats::{Layout, numbers, places, words};

/// The whole decision.
pub fn show(decision: &Decision, layout: Layout) -> String {
    let paint = match decision.verdict {
        VerdictKind::Winner => Paint::Good,
        VerdictKind::Tie | VerdictKind::Undecided => Paint::Open,
        VerdictKind::NoneEligible => Paint::Bad,
    };
    let headline = sentence("", 0, &words::headline(decision), layout);
    let painted: Vec<String> = headline.lines().map(|line| paint.on(line, layout)).collect();
    let mut top = painted.join("\n") + "\n";
    if !decision.reason.is_empty() {
        top += &sentence("", 0, &decision.reason, layout);
    }
    let mut parts = vec![top];
    parts.extend(ranking(decision, layout));
    parts.push(notes(&words::remarks(decision), INDENT, layout));
    parts.join("\n")
}

/// The ranking, in as few blocks as fit.
fn ranking(decision: &Decision, layout: Layout) -> Vec<String> {
    if decision.ranking.is_empty() {
        return Vec::new();
    }
    let lead = vec![
        Column::left("rank", decision.ranking.iter().map(places::rank)),
        Column::left("version", decision.ranking.iter().map(|ranked| version(decision, ranked, layout))),
    ];
    let blocks = packed(&lead, [places(decision, layout), contributions(decision)], layout.width).into_iter();
    blocks.map(|block| render(block, &[], layout)).collect()
}

fn contributions(decision: &Decision) -> Vec<Column> {
    let metrics = decision.weights.iter().enumerate();
    metrics.map(|(at, metric)| Column::left(&metric.name, places::contributions(decision, at))).collect()
}

fn places(decision: &Decision, layout: Layout) -> Vec<Column> {
    let all = &decision.ranking;
    let mut columns = vec![Column::left("utility", aligned(&places::utilities(decision)))];
    if layout.width >= WIDE {
        columns.extend(bars(decision));
    }
    if all.iter().any(|ranked| ranked.p_best.is_some()) {
        let chance = |ranked: &Ranked| ranked.p_best.map_or(String::new(), numbers::probability);
        columns.push(Column::right("P(best)", all.iter().map(chance)));
    }
    if all.iter().any(|ranked| !ranked.gates.is_empty()) {
        let paint =
            |ranked: &Ranked| if ranked.standing == Standing::GateFailed { Paint::Bad } else { Paint::Plain };
        columns.push(Column::left("gates", all.iter().map(|r| Cell::new(places::gates(r), paint(r)))));
        if all.iter().any(|ranked| ranked.p_feasible.is_some()) {
            let chance = |ranked: &Ranked| ranked.p_feasible.map_or(String::new(), numbers::probability);
            columns.push(Column::right("P(gates)", all.iter().map(chance)));
        }
    }
    columns
}

/// The utilities on one scale.
fn bars(decision: &Decision) -> Option<Column> {
    let all = &decision.ranking;
    let points = all.iter().flat_map(|r| r.utility.into_iter().chain(r.interval.low).chain(r.interval.high));
    let axis = Axis::spanning(points)?;
    let bar =
        |ranked: &Ranked| ranked.utility.map_or(String::new(), |utility| axis.bar(utility, &ranked.interval));
    Some(Column::left("", all.iter().map(bar)))
}

/// The name, the baseline marked, the winner standing out, what cannot win stepping back.
fn version(decision: &Decision, ranked: &Ranked, layout: Layout) -> Cell {
    let mark = if ranked.version == decision.baseline { " *" } else { "" };
    let paint = match &decision.winner {
        Some(winner) if *winner == ranked.version => Paint::Bold,
        _ if ranked.dominated_by.is_some() || ranked.standing != Standing::Ranked => Paint::Dim,
        _ => Paint::Plain,
    };
    Cell::new(format!("{}{mark}", names(&ranked.version, &ranked.label, layout)), paint)
}
