//! A decision on a screen: the verdict, why, the ranking, and what it hangs on.
use super::bar::{Axis, Balance};
use super::{INDENT, WIDE, names, notes};
use crate::domain::{Decision, Margin, Ranked, Standing, VerdictKind};
use crate::formats::cells::{Room, aligned};
use crate::formats::grid::{Cell, Column, Paint, packed, render, sentence, total_width};
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
    for said in [&decision.advice, &decision.reason].into_iter().filter(|said| !said.is_empty()) {
        top += &sentence("", 0, said, layout);
    }
    let mut parts = vec![top];
    parts.extend(ranking(decision, layout));
    parts.extend(why(decision, layout));
    parts.push(notes(&words::remarks(decision), INDENT, layout));
    parts.join("\n")
}

/// The ranking, in as few blocks as fit.
fn ranking(decision: &Decision, layout: Layout) -> Vec<String> {
    if decision.ranking.is_empty() {
        return Vec::new();
    }
    let lead = lead(decision, layout);
    let groups = [places(decision, layout), gates(decision), contributions(decision)];
    let blocks = packed(&lead, groups, layout.width).into_iter();
    blocks.map(|block| render(block, &[], layout)).collect()
}

/// What every block begins with.
fn lead(decision: &Decision, layout: Layout) -> Vec<Column> {
    vec![
        Column::left("rank", decision.ranking.iter().map(places::rank)),
        Column::left("version", decision.ranking.iter().map(|ranked| version(decision, ranked, layout))),
    ]
}

/// What puts the leader ahead of each rival, metric by metric, all bars on one scale.
fn why(decision: &Decision, layout: Layout) -> Option<String> {
    let all = places::taken_apart(decision);
    let parts = all.iter().flat_map(|(_, margin)| margin.parts.iter().copied());
    let balance = Balance::spanning(parts, decision.rope);
    let part = |at: usize| {
        move |(_, margin): &(&Ranked, &Margin)| {
            format!("{:>6} {}", places::part(margin.parts[at]), balance.bar(margin.parts[at]))
        }
    };
    let metrics = decision.weights.iter().enumerate();
    let columns: Vec<Column> =
        metrics.map(|(at, metric)| Column::left(&metric.name, all.iter().map(part(at)))).collect();
    let lead = [
        Column::left("ahead of", all.iter().map(|(ranked, _)| version(decision, ranked, layout))),
        Column::right("total", all.iter().map(|(_, margin)| places::part(margin.value))),
    ];
    let blocks = packed(&lead, [columns], layout.width).into_iter();
    let tables: Vec<String> = blocks.map(|block| render(block, &[], layout)).collect();
    let title = sentence("", 0, &words::taken_apart(decision)?, layout);
    (!all.is_empty()).then(|| title + &tables.join("\n"))
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
    if let Some(leader) = decision.leader.as_deref() {
        let head = format!("vs {}", numbers::clip(&words::name(decision, leader), layout.width / 4));
        let column = |room| Column::left(&head, places::against(decision, room));
        let lead = total_width(&lead(decision, layout)) + 2;
        let fits = lead + total_width(columns.iter().chain([&column(Room::Full)])) <= layout.width;
        if !decision.margins.is_empty() {
            columns.push(column(if fits { Room::Full } else { Room::Short }));
        }
    }
    columns
}

fn gates(decision: &Decision) -> Vec<Column> {
    let all = &decision.ranking;
    if all.iter().all(|ranked| ranked.gates.is_empty()) {
        return Vec::new();
    }
    let paint =
        |ranked: &Ranked| if ranked.standing == Standing::GateFailed { Paint::Bad } else { Paint::Plain };
    let mut columns = vec![Column::left("gates", all.iter().map(|r| Cell::new(places::gates(r), paint(r))))];
    if all.iter().any(|ranked| ranked.p_feasible.is_some()) {
        columns.push(Column::right("P(gates)", all.iter().map(places::gates_hold)));
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
