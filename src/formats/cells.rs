//! What stands in the cells of a comparison, for every format that is read by people. Writes what the report holds;
//! the one thing looked up here is what a missing number means.
use super::numbers;
use super::scale::Scale;
use crate::domain::{
    Column, Comparison, ComparisonVerdict, Interval, OUT_OF_REACH, Repeated, Report, Unit, Value,
    VersionReport, out_of_reach,
};

/// Head of the one column of [`reliability`] that is words.
pub const KINDS: &str = "errors by kind";

/// The experiment, and the slice of it that is compared.
#[must_use]
pub fn title(report: &Report) -> String {
    match &report.slice {
        Some(slice) => format!("{}, slice {slice}", report.experiment),
        None => report.experiment.clone(),
    }
}

/// A number with what surrounds it, apart so that columns can align.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// The number with its unit; `?` where it is unknown.
    pub value: String,
    /// Its interval, bare; empty where there is none.
    pub bracket: String,
    /// What is missing from it: `2 not scored`; empty where nothing is.
    pub counts: String,
}

impl Measured {
    /// All of it in a line.
    #[must_use]
    pub fn inline(&self) -> String {
        let bracket = if self.bracket.is_empty() { String::new() } else { format!(" {}", self.bracket) };
        let counts = if self.counts.is_empty() { String::new() } else { format!(", {}", self.counts) };
        format!("{}{bracket}{counts}", self.value)
    }
}

/// The cells with numbers ending and intervals beginning under each other.
#[must_use]
pub fn aligned(cells: &[Measured]) -> Vec<String> {
    let room = cells.iter().map(|cell| cell.value.chars().count()).max().unwrap_or(0);
    let indent = |cell: &Measured| " ".repeat(room - cell.value.chars().count());
    cells.iter().map(|cell| indent(cell) + &cell.inline()).collect()
}

/// One column of the report, a cell a version.
#[must_use]
pub fn metric(report: &Report, at: usize) -> Vec<Measured> {
    let Some(column) = report.columns.get(at) else { return Vec::new() };
    let estimates = report.versions.iter().filter_map(|version| version.values.get(at)?.value);
    let scale = Scale::of(column.unit, estimates);
    let cell = |version: &VersionReport| match version.values.get(at) {
        Some(value) => measured(column, value, scale),
        None => Measured { value: "?".to_owned(), ..Measured::default() },
    };
    report.versions.iter().map(cell).collect()
}

fn measured(column: &Column, value: &Value, scale: Scale) -> Measured {
    let word = match column.unit {
        _ if column.is_score => "not scored",
        Unit::Usd | Unit::Tokens | Unit::PerSecond => "unknown",
        _ => "missing",
    };
    let counts = if value.missing > 0 { format!("{} {word}", value.missing) } else { String::new() };
    let Some(number) = value.value else {
        return Measured { value: "?".to_owned(), bracket: String::new(), counts };
    };
    let mark = if is_open(column, value) { "~" } else { "" };
    let text = format!("{mark}{}", scale.with_unit(number));
    let mut bracket = scale.bracket(&value.interval);
    if let (true, Some(runs)) = (is_open(column, value), value.runs_needed) {
        let needs = format!("n/a (needs {runs})]");
        bracket = if bracket.is_empty() { format!("[{needs}") } else { bracket.replace("n/a]", &needs) };
    }
    Measured { value: text, bracket, counts }
}

/// A quantile that too few runs give no upper bound.
#[must_use]
pub fn is_open(column: &Column, value: &Value) -> bool {
    quantile(&column.name).is_some() && value.value.is_some() && value.interval.high.is_none()
}

/// `latency.p95` and its like, taken apart: of what, and how many of a hundred.
#[must_use]
pub fn quantile(name: &str) -> Option<(&str, u8)> {
    let (of, digits) = name.rsplit_once(".p")?;
    Some((of, digits.parse().ok()?))
}

/// How a candidate differs: times the baseline where there is a ratio, else by how much.
#[must_use]
pub fn difference(unit: Unit, comparison: &Comparison) -> Measured {
    let counts = String::new();
    if let Some((ratio, interval)) = comparison.ratio {
        let scale = Scale::times(ratio);
        return Measured { value: scale.with_unit(ratio), bracket: scale.bracket(&interval), counts };
    }
    let Some(number) = comparison.difference else {
        return Measured { value: "?".to_owned(), ..Measured::default() };
    };
    let scale = Scale::of(unit, numbers::ends(&comparison.interval).chain([number]));
    Measured { value: scale.signed(number), bracket: scale.signed_bracket(&comparison.interval), counts }
}

/// What differences are from, and at which level their intervals are where that is another than the rest's.
#[must_use]
pub fn against(report: &Report, baseline: &str) -> String {
    if report.difference_confidence > report.confidence {
        format!("vs {baseline} at {}", numbers::share(report.difference_confidence))
    } else {
        format!("vs {baseline}")
    }
}

/// The column a comparison is about.
#[must_use]
pub fn column<'a>(report: &'a Report, metric: &str) -> Option<&'a Column> {
    report.columns.iter().find(|column| column.name == metric)
}

/// The unit of a metric of the report; a score where the report does not show it.
#[must_use]
pub fn unit(report: &Report, metric: &str) -> Unit {
    column(report, metric).map_or(Unit::Score, |column| column.unit)
}

/// `12/14/174` for scores, nothing for others: there the ratio says it.
#[must_use]
pub fn wins(report: &Report, comparison: &Comparison) -> String {
    if column(report, &comparison.metric).is_some_and(|column| column.is_score) {
        format!("{}/{}/{}", comparison.wins, comparison.losses, comparison.ties)
    } else {
        String::new()
    }
}

/// How much a cell may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// All of it.
    Full,
    /// Signs for words.
    Short,
    /// What the legend explains.
    Tight,
}

/// How many more cases would settle it: `needs about 230 more cases`, `needs ~230 more cases`, `needs +230`.
#[must_use]
pub fn needs(more: Option<u64>, cases: u64, room: Room) -> Option<String> {
    let more = more.filter(|more| *more > 0)?;
    let about = numbers::about(more);
    // Beyond that the number itself means little (F).
    let far = numbers::about(OUT_OF_REACH.saturating_mul(cases.max(1)));
    Some(match (out_of_reach(more, cases), room) {
        (true, Room::Full) => format!("needs over {far} more cases"),
        (true, Room::Short) => format!("needs >{far} more cases"),
        (true, Room::Tight) => format!("needs >{far}"),
        (false, Room::Full) => format!("needs about {about} more cases"),
        (false, Room::Short) => format!("needs ~{about} more cases"),
        (false, Room::Tight) => format!("needs +{about}"),
    })
}

/// Mark and word of a verdict, with what would settle it.
#[must_use]
pub fn verdict(report: &Report, comparison: &Comparison, room: Room) -> String {
    let mark = match comparison.verdict {
        ComparisonVerdict::Better => "▲",
        ComparisonVerdict::Worse => "▼",
        ComparisonVerdict::Equivalent => "=",
        ComparisonVerdict::Inconclusive => "·",
    };
    let (name, needs) = (comparison.verdict.name(), needs(comparison.more_cases, report.cases, room));
    match (needs, room) {
        (None, _) => format!("{mark} {name}"),
        (Some(needs), Room::Tight) => format!("{mark} {needs}"),
        (Some(needs), _) => format!("{mark} {name}, {needs}"),
    }
}

/// `short@1.1`, or the name alone before it is registered.
#[must_use]
pub fn version_name(name: &str, label: &str) -> String {
    if label.is_empty() || name.contains('@') { name.to_owned() } else { format!("{name}@{label}") }
}

/// The same for a version known by its name.
#[must_use]
pub fn named(report: &Report, name: &str) -> String {
    let version = report.versions.iter().find(|version| version.name == name);
    version_name(name, version.map_or("", |version| version.label.as_str()))
}

/// Failures by kind: `timeout 2, http.429 1`.
#[must_use]
pub fn errors(version: &VersionReport) -> String {
    version.errors.iter().map(|(kind, count)| format!("{kind} {count}")).collect::<Vec<_>>().join(", ")
}

/// What the repeats tell, by column: head, whether to the right, a cell each of `repeated`. Nothing without repeats.
#[must_use]
pub fn repeats(report: &Report) -> Vec<(String, bool, Vec<String>)> {
    let all = &report.repeated;
    let Some(repeats) = all.iter().map(|one| one.repeats).min() else { return Vec::new() };
    let share = Scale::of(Unit::Share, [1.0]);
    let percent = |part: Option<f64>| part.map_or("–".to_owned(), |part| share.with_unit(part));
    let estimate = |part: Option<(f64, Interval)>| Measured {
        value: percent(part.map(|(value, _)| value)),
        bracket: part.map_or_else(String::new, |(_, interval)| share.bracket(&interval)),
        counts: String::new(),
    };
    let estimates = |of: &dyn Fn(&Repeated) -> Option<(f64, Interval)>| {
        aligned(&all.iter().map(|one| estimate(of(one))).collect::<Vec<_>>())
    };
    let mut columns = Vec::new();
    if all.iter().any(|one| one.flip_rate.is_some()) {
        columns.push(("two repeats differ".to_owned(), false, estimates(&|one| one.flip_rate)));
        columns.push((format!("any of {repeats} pass"), false, estimates(&|one| one.pass_any)));
        columns.push((format!("all {repeats} pass"), false, estimates(&|one| one.pass_all)));
    }
    columns.push((
        "variance in repeats".to_owned(),
        true,
        all.iter().map(|one| percent(one.share)).collect(),
    ));
    columns
}

/// What of the runs themselves is worth a column, since some version has some of it.
#[must_use]
pub fn reliability(report: &Report) -> Vec<(&'static str, Vec<String>)> {
    /// Waits below this are the machine's own noise, in seconds.
    const NOTABLE: f64 = 0.0005;
    let mut columns = Vec::new();
    let mut count = |head, of: fn(&VersionReport) -> u64| {
        if report.versions.iter().any(|version| of(version) > 0) {
            columns.push((head, report.versions.iter().map(|version| of(version).to_string()).collect()));
        }
    };
    count("not run", |version| version.not_run);
    count("retries", |version| version.retries);
    count("from cache", |version| version.cached);
    let mut wait = |head, of: fn(&VersionReport) -> f64| {
        if report.versions.iter().any(|version| of(version) > NOTABLE) {
            let scale = Scale::of(Unit::Seconds, report.versions.iter().map(of));
            columns
                .push((head, report.versions.iter().map(|version| scale.with_unit(of(version))).collect()));
        }
    };
    wait("queue wait", |version| version.queue_mean);
    wait("back-off", |version| version.backoff_mean);
    if report.versions.iter().any(|version| !version.errors.is_empty()) {
        columns.push((KINDS, report.versions.iter().map(errors).collect()));
    }
    columns
}

/// After which column of the report what was spent in all belongs: the last in dollars.
#[must_use]
pub fn spent_after(report: &Report) -> Option<usize> {
    report.columns.iter().rposition(|column| column.unit == Unit::Usd)
}

/// What every version cost in all, `?` where a price or usage is unknown.
#[must_use]
pub fn spent(report: &Report) -> Vec<String> {
    let scale = Scale::of(Unit::Usd, report.versions.iter().filter_map(|version| version.spent_usd));
    let cell = |version: &VersionReport| version.spent_usd.map_or("?".to_owned(), |usd| scale.with_unit(usd));
    report.versions.iter().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_need_is_told_in_the_room_there_is() {
        let said = |more, room| needs(Some(more), 94, room).unwrap_or_default();
        assert_eq!(said(228, Room::Full), "needs about 230 more cases");
        assert_eq!(said(228, Room::Short), "needs ~230 more cases");
        assert_eq!(said(228, Room::Tight), "needs +230");
        assert_eq!(said(4_701, Room::Full), "needs over 4700 more cases");
        assert_eq!(said(4_701, Room::Tight), "needs >4700");
        assert_eq!((needs(None, 94, Room::Full), needs(Some(0), 94, Room::Full)), (None, None));
    }
}
