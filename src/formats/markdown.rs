//! `markdown`: GitHub tables, to be pasted into a pull request. The same content as the table, without a width:
//! GitHub scrolls. Whatever names and messages bring is escaped.
use super::captions;
use super::cells::{self, Measured, Room};
use super::grid::clean;
use super::places;
use super::words;
use super::{Format, Layout, Member, numbers};
use crate::domain::{Decision, Report};
use crate::registry::Row;

/// The row.
pub const ROW: Row<Member> = Row {
    name: "markdown",
    aliases: &["md"],
    doc: "GitHub tables for a pull request",
    keys: &[],
    make: Member { format: &Markdown },
};

/// The format.
pub(super) struct Markdown;

impl Format for Markdown {
    fn report(&self, report: &Report, _: Layout) -> String {
        let mut parts = vec![format!("### {}", escape(&cells::title(report)))];
        parts.push(escape(&captions::head(report).join(" · ")));
        parts.push(versions(report));
        if !report.comparisons.is_empty() {
            parts.push(comparisons(report));
        }
        parts.extend(captions::typical(report).iter().map(|said| escape(said)));
        let repeats = cells::repeats(report);
        if !repeats.is_empty() {
            let all = &report.repeated;
            let mut columns = vec![
                column("version", false, all.iter().map(|one| cells::named(report, &one.version))),
                column("metric", false, all.iter().map(|one| one.metric.clone())),
            ];
            columns.extend(repeats.into_iter().map(|(head, right, texts)| column(&head, right, texts)));
            parts.push(table(&columns));
        }
        if !report.regressions.is_empty() {
            parts.push("**Largest losses**".to_owned());
            parts.push(regressions(report));
        }
        let mut notes = vec![captions::legend(report).join("; ")];
        notes.extend(captions::needs(report));
        notes.extend(captions::adjusted(report));
        notes.extend(report.caveats.iter().map(|caveat| caveat.message.clone()));
        parts.push(list(notes.into_iter().map(|note| ("note", note))));
        parts.join("\n\n") + "\n"
    }

    fn decision(&self, decision: &Decision, _: Layout) -> String {
        let mut parts = vec![format!("### {}", escape(&capital(&words::headline(decision))))];
        let said = [&decision.advice, &decision.reason].into_iter().filter(|said| !said.is_empty());
        parts.extend(said.map(|said| escape(said)));
        parts.push(ranking(decision));
        parts.extend(why(decision));
        parts.push(list(words::remarks(decision).into_iter()));
        parts.join("\n\n") + "\n"
    }
}

fn versions(report: &Report) -> String {
    let name = |at: usize| {
        let version = &report.versions[at];
        let own = cells::version_name(&version.name, &version.label);
        if version.name == report.baseline { format!("{own} (baseline)") } else { own }
    };
    let mut columns = vec![column("version", false, (0..report.versions.len()).map(name))];
    if captions::one_model(report).is_none() {
        columns.push(column("model", false, report.versions.iter().map(|version| version.model.clone())));
    }
    if report.versions.iter().any(|version| version.failed > 0) {
        columns.push(column(
            "errors",
            true,
            report.versions.iter().map(|version| version.failed.to_string()),
        ));
    }
    for (at, metric) in report.columns.iter().enumerate() {
        columns.push(column(&metric.name, true, cells::metric(report, at).iter().map(Measured::inline)));
        if cells::spent_after(report) == Some(at) {
            columns.push(column("spent", true, cells::spent(report)));
        }
    }
    for (head, texts) in cells::reliability(report) {
        columns.push(column(head, head != cells::KINDS, texts));
    }
    table(&columns)
}

fn comparisons(report: &Report) -> String {
    let all = &report.comparisons;
    let differences = all.iter().map(|c| cells::difference(cells::unit(report, &c.metric), c).inline());
    table(&[
        column("version", false, all.iter().map(|c| cells::named(report, &c.version))),
        column("metric", false, all.iter().map(|c| c.metric.clone())),
        column(&cells::against(report, &cells::named(report, &report.baseline)), true, differences),
        column("won/lost/tied", true, all.iter().map(|c| cells::wins(report, c))),
        column("verdict", false, all.iter().map(|c| cells::verdict(report, c, Room::Full))),
    ])
}

fn regressions(report: &Report) -> String {
    let all = &report.regressions;
    let write = |metric: &str, number| numbers::by_unit(cells::unit(report, metric), number);
    table(&[
        column("version", false, all.iter().map(|r| cells::named(report, &r.version))),
        column("metric", false, all.iter().map(|r| r.metric.clone())),
        column("case", false, all.iter().map(|r| r.case_id.clone())),
        column("baseline", true, all.iter().map(|r| write(&r.metric, r.baseline))),
        column("candidate", true, all.iter().map(|r| write(&r.metric, r.candidate))),
    ])
}

fn ranking(decision: &Decision) -> String {
    let all = &decision.ranking;
    let mut columns = vec![
        column("rank", true, all.iter().map(places::rank)),
        column("version", false, all.iter().map(|ranked| places::ranked_name(decision, ranked))),
        column("utility", true, places::utilities(decision).iter().map(Measured::inline)),
    ];
    if all.iter().any(|ranked| ranked.p_best.is_some()) {
        let chance = |p: Option<f64>| p.map_or(String::new(), numbers::probability);
        columns.push(column("P(best)", true, all.iter().map(|ranked| chance(ranked.p_best))));
    }
    let against = places::against(decision, Room::Full);
    if against.iter().any(|text| !text.is_empty()) {
        columns.push(column("against the first", false, against));
    }
    for (at, metric) in decision.weights.iter().enumerate() {
        columns.push(column(&metric.name, true, places::contributions(decision, at)));
    }
    if all.iter().any(|ranked| !ranked.gates.is_empty()) {
        columns.push(column("gates", false, all.iter().map(places::gates)));
        if all.iter().any(|ranked| ranked.p_feasible.is_some()) {
            columns.push(column("P(gates)", true, all.iter().map(places::gates_hold)));
        }
    }
    table(&columns)
}

/// What puts the leader ahead of each rival, metric by metric.
fn why(decision: &Decision) -> Option<String> {
    let all = places::taken_apart(decision);
    let names = all.iter().map(|(ranked, _)| places::ranked_name(decision, ranked));
    let whole = all.iter().map(|(_, margin)| places::part(margin.value));
    let mut columns = vec![column("ahead of", false, names), column("total", true, whole)];
    for (at, metric) in decision.weights.iter().enumerate() {
        let parts = all.iter().map(|(_, margin)| places::part(margin.parts[at]));
        columns.push(column(&metric.name, true, parts));
    }
    let title = escape(&words::taken_apart(decision)?);
    (!all.is_empty()).then(|| format!("{title}\n\n{}", table(&columns)))
}

/// Head, whether to the right, cells: all escaped.
type Columns = (String, bool, Vec<String>);

fn column(head: &str, right: bool, texts: impl IntoIterator<Item = String>) -> Columns {
    (escape(head), right, texts.into_iter().map(|text| escape(&text)).collect())
}

fn table(columns: &[Columns]) -> String {
    let line = |texts: Vec<&str>| {
        let padded =
            texts.iter().map(|text| if text.is_empty() { " ".to_owned() } else { format!(" {text} ") });
        format!("|{}|", padded.collect::<Vec<_>>().join("|"))
    };
    let rows = columns.iter().map(|(_, _, texts)| texts.len()).max().unwrap_or(0);
    let mut lines = vec![
        line(columns.iter().map(|(head, ..)| head.as_str()).collect()),
        line(columns.iter().map(|(_, right, _)| if *right { "---:" } else { "---" }).collect()),
    ];
    lines.extend((0..rows).map(|row| line(columns.iter().map(|(.., texts)| texts[row].as_str()).collect())));
    lines.join("\n")
}

fn list(items: impl Iterator<Item = (&'static str, String)>) -> String {
    items.map(|(label, text)| format!("- {label}: {}", escape(&text))).collect::<Vec<_>>().join("\n")
}

/// What Markdown or HTML would take for its own is taken literally.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '|' | '*' | '`' | '\\' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests;
