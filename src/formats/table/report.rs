//! A comparison on a screen: versions in blocks that fit the width, every candidate against the baseline, losses,
//! caveats.
use super::bar::{self, Axis};
use super::{WIDE, names, notes};
use crate::domain::{Comparison, ComparisonVerdict, Report, Unit};
use crate::formats::cells::{self, Measured, Room};
use crate::formats::grid::{Cell, Column, Paint, packed, render, sentence, total_width};
use crate::formats::{Layout, captions, numbers, words};

/// Which block a column belongs to when all do not fit side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Quality,
    Cost,
    Latency,
    Reliability,
}

/// The whole comparison.
pub fn show(report: &Report, layout: Layout) -> String {
    let mut parts = vec![head(report, layout)];
    parts.extend(blocks(report, layout));
    parts.extend(against(report, layout));
    parts.extend(typical(report, layout));
    parts.extend(repeats(report, layout));
    parts.extend(losses(report, layout));
    let said = captions::needs(report).into_iter().chain(captions::adjusted(report));
    let caveats = report.caveats.iter().map(|caveat| caveat.message.clone());
    let remarks: Vec<words::Remark> = said.chain(caveats).map(|text| ("note:", text)).collect();
    if !remarks.is_empty() {
        parts.push(notes(&remarks, 6, layout));
    }
    parts.join("\n")
}

fn head(report: &Report, layout: Layout) -> String {
    let title = format!("{}: {}", cells::title(report), captions::head(report).join(" · "));
    let legend = format!("* is the baseline; {}", captions::legend(report).join("; "));
    sentence("", 0, &title, layout) + &sentence("", 0, &legend, layout)
}

/// The versions' rows, in as few blocks as fit.
fn blocks(report: &Report, layout: Layout) -> Vec<String> {
    let versions = Column::left(
        "version",
        report.versions.iter().map(|version| {
            let mark = if version.name == report.baseline { " *" } else { "" };
            format!("{}{mark}", names(&version.name, &version.label, layout))
        }),
    );
    let groups = [Group::Quality, Group::Cost, Group::Latency, Group::Reliability]
        .map(|group| columns(report, group, layout));
    let blocks = packed(&[versions], groups, layout.width).into_iter();
    blocks.map(|block| render(block, &[], layout)).collect()
}

fn columns(report: &Report, group: Group, layout: Layout) -> Vec<Column> {
    let mut columns = Vec::new();
    if group == Group::Quality {
        if captions::one_model(report).is_none() {
            let clip = |model: &String| numbers::clip(model, layout.width / 3);
            columns.push(Column::left("model", report.versions.iter().map(|version| clip(&version.model))));
        }
        if report.versions.iter().any(|version| version.failed > 0) {
            let count = |failed: u64| {
                Cell::new(failed.to_string(), if failed > 0 { Paint::Bad } else { Paint::Plain })
            };
            columns
                .push(Column::right("errors", report.versions.iter().map(|version| count(version.failed))));
        }
    }
    for (at, column) in report.columns.iter().enumerate().filter(|(_, column)| group_of(column) == group) {
        columns.push(Column::left(&column.name, cells::aligned(&cells::metric(report, at))));
        if cells::spent_after(report) == Some(at) {
            columns.push(Column::right("spent", cells::spent(report)));
        }
    }
    if group == Group::Reliability {
        let extra = cells::reliability(report).into_iter();
        columns.extend(extra.map(|(head, texts)| match head {
            cells::KINDS => Column::left(head, texts),
            _ => Column::right(head, texts),
        }));
    }
    columns
}

fn group_of(column: &crate::domain::Column) -> Group {
    match column.unit {
        _ if column.is_score => Group::Quality,
        Unit::Score => Group::Quality,
        Unit::Usd | Unit::Tokens => Group::Cost,
        Unit::Seconds | Unit::PerSecond => Group::Latency,
        Unit::Share | Unit::Count => Group::Reliability,
    }
}

/// Every candidate against the baseline.
fn against(report: &Report, layout: Layout) -> Option<String> {
    let all = &report.comparisons;
    if all.is_empty() {
        return None;
    }
    let differences: Vec<Measured> =
        all.iter().map(|c| cells::difference(cells::unit(report, &c.metric), c)).collect();
    let baseline = named(report, &report.baseline, layout);
    let versions = all.iter().map(|c| named(report, &c.version, layout)).collect();
    let [first, second] =
        told_once(("version", versions), ("metric", all.iter().map(|c| c.metric.clone()).collect()));
    let mut columns =
        vec![first, second, Column::left(&cells::against(report, &baseline), cells::aligned(&differences))];
    let bars = Column::left(bar::HEAD, all.iter().map(|c| drawn(report, c)));
    let wins = Column::right("won/lost/tied", all.iter().map(|c| cells::wins(report, c)));
    let verdicts = |room| Column::left("verdict", all.iter().map(|c| verdict(report, c, room)));
    let fits = |columns: &[Column], more: &[&Column]| {
        total_width(columns.iter().chain(more.iter().copied())) <= layout.width
    };
    let full = verdicts(Room::Full);
    let drawn: &[&Column] = if layout.width >= WIDE { &[&bars, &wins, &full] } else { &[&wins, &full] };
    let verdicts = if fits(&columns, drawn) { full } else { verdicts(Room::Tight) };
    if layout.width >= WIDE && fits(&columns, &[&bars, &wins, &verdicts]) {
        columns.push(bars);
    }
    if all.iter().any(|c| !cells::wins(report, c).is_empty()) && fits(&columns, &[&wins, &verdicts]) {
        columns.push(wins);
    }
    columns.push(verdicts);
    Some(render(columns, &[0, 1], layout))
}

/// The versions and metrics that rows are about, the one that stays the same longer before the other, and said once.
fn told_once(versions: (&str, Vec<String>), metrics: (&str, Vec<String>)) -> [Column; 2] {
    let stays = |texts: &[String]| texts.windows(2).filter(|pair| pair[0] == pair[1]).count();
    let is_by_metric = stays(&metrics.1) > stays(&versions.1);
    let ((first, outer), (second, inner)) =
        if is_by_metric { (metrics, versions) } else { (versions, metrics) };
    let is_new = |at: usize| at == 0 || outer[at - 1] != outer[at];
    let outer = (0..outer.len()).map(|at| if is_new(at) { outer[at].as_str() } else { "" });
    [Column::left(first, outer), Column::left(second, inner)]
}

/// How a typical case differs, in words.
fn typical(report: &Report, layout: Layout) -> Option<String> {
    let lines = captions::typical(report);
    (!lines.is_empty()).then(|| lines.iter().map(|line| sentence("", 0, line, layout)).collect())
}

fn verdict(report: &Report, comparison: &Comparison, room: Room) -> Cell {
    let paint = match comparison.verdict {
        ComparisonVerdict::Better => Paint::Good,
        ComparisonVerdict::Worse => Paint::Bad,
        ComparisonVerdict::Equivalent => Paint::Plain,
        ComparisonVerdict::Inconclusive => Paint::Dim,
    };
    Cell::new(cells::verdict(report, comparison, room), paint)
}

/// The difference on the scale of its metric, ratios by their logarithm.
fn drawn(report: &Report, comparison: &Comparison) -> String {
    let number = |c: &Comparison| c.ratio.map(|(ratio, _)| ratio.ln()).or(c.difference);
    let range = |c: &Comparison| match c.ratio {
        Some((_, range)) => crate::domain::Interval {
            low: range.low.map(f64::ln),
            high: range.high.map(f64::ln),
            method: range.method,
        },
        None => c.interval,
    };
    let same = report.comparisons.iter().filter(|c| c.metric == comparison.metric);
    let points = same.flat_map(|c| {
        let range = range(c);
        number(c).into_iter().chain(range.low).chain(range.high)
    });
    let axis = Axis::around_zero(points);
    let shown = axis.zip(number(comparison)).map(|(axis, number)| axis.bar(number, &range(comparison)));
    shown.unwrap_or_default()
}

/// What the repeats of a case tell.
fn repeats(report: &Report, layout: Layout) -> Option<String> {
    let columns = cells::repeats(report).into_iter().map(|(head, right, texts)| {
        if right { Column::right(&head, texts) } else { Column::left(&head, texts) }
    });
    let rest: Vec<Column> = columns.collect();
    if rest.is_empty() {
        return None;
    }
    let versions = report.repeated.iter().map(|one| named(report, &one.version, layout)).collect();
    let metrics = report.repeated.iter().map(|one| one.metric.clone()).collect();
    let lead = told_once(("version", versions), ("metric", metrics));
    let blocks = packed(&lead, [rest], layout.width).into_iter();
    Some(blocks.map(|block| render(block, &[0, 1], layout)).collect::<Vec<_>>().join("\n"))
}

/// The cases that lost most.
fn losses(report: &Report, layout: Layout) -> Option<String> {
    let all = &report.regressions;
    let write = |metric: &str, number| numbers::by_unit(cells::unit(report, metric), number);
    let baseline = named(report, &report.baseline, layout);
    (!all.is_empty()).then(|| {
        let columns = vec![
            Column::left("largest losses", all.iter().map(|r| named(report, &r.version, layout))),
            Column::left("metric", all.iter().map(|r| r.metric.clone())),
            Column::right(&baseline, all.iter().map(|r| write(&r.metric, r.baseline))),
            Column::right("now", all.iter().map(|r| write(&r.metric, r.candidate))),
            Column::left("case", all.iter().map(|r| r.case_id.clone())),
        ];
        render(columns, &[], layout)
    })
}

fn named(report: &Report, name: &str, layout: Layout) -> String {
    numbers::clip(&cells::named(report, name), layout.width / 3)
}
