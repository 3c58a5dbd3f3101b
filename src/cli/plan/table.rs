//! A plan as text: its versions, its judges, its providers' time, and where the numbers come from.
use super::super::context::Context;
use super::super::error::CommandError;
use super::{Calibrated, Planned};
use crate::domain::{Money, counted};
use crate::formats::{self, numbers};
use crate::plan::{LaneEstimate, QUESTIONS, Share};

/// Prints it.
///
/// # Errors
/// The stream is closed.
pub fn print(planned: &Planned<'_>, context: &mut Context<'_>) -> Result<(), CommandError> {
    let plan = planned.plan;
    let head = format!(
        "{}: {} × {} × {} = {}",
        plan.experiment.name,
        counted(plan.versions.len() as u64, "version"),
        counted(plan.dataset.len() as u64, "case"),
        counted(u64::from(plan.repeats), "repeat"),
        counted(plan.total(), "run"),
    );
    let layout = context.layout;
    let mut text = formats::sentence("", 0, &head, layout);
    for part in [versions(planned, layout), judges(planned, layout), time(planned, layout)] {
        text += &format!("\n{part}");
    }
    write!(
        context.out,
        "{}\n{}",
        text.replace("\n\n\n", "\n\n"),
        formats::sentence("", 0, &basis(planned), layout)
    )?;
    Ok(())
}

/// A line a version and their sum. Columns that say nothing are left out: no cache, one call a run.
fn versions(planned: &Planned<'_>, layout: formats::Layout) -> String {
    let (plan, estimate) = (planned.plan, &planned.estimate);
    let total = estimate.of_versions();
    let caches = plan.experiment.run.cache.reads();
    let several = total.calls != (plan.total() - estimate.cached(), plan.total() - estimate.cached());
    let row = |name: &str, model: String, runs: u64, cached: u64, share: &Share| {
        let mut row = vec![name.to_owned(), model, runs.to_string()];
        row.extend(caches.then(|| cached.to_string()));
        row.extend(several.then(|| counts(share.calls)));
        row.extend([tokens(share), dollars(share)]);
        row
    };
    let mut rows: Vec<Vec<String>> = plan
        .versions
        .iter()
        .zip(&estimate.versions)
        .map(|(planned, own)| {
            let (name, model) = (&planned.version.name, planned.version.target.model());
            row(name, model, own.runs, own.cached, &own.share)
        })
        .collect();
    rows.push(row("total", String::new(), plan.total(), estimate.cached(), &total));
    let mut head = vec!["version", "model", "runs"];
    head.extend(caches.then_some("cached"));
    head.extend(several.then_some("calls"));
    head.extend(["tokens", "cost"]);
    let mut text = formats::shrunk(&head, rows, &[1, 0], layout);
    if estimate.cached() > 0 {
        let all = counted(plan.total(), "run");
        text += &format!("\n{} of {all} come from the cache and cost nothing\n", estimate.cached());
    }
    text
}

/// A line an evaluator that asks a model, and what it comes to with the versions.
fn judges(planned: &Planned<'_>, layout: formats::Layout) -> String {
    let estimate = &planned.estimate;
    if estimate.judges.is_empty() {
        return String::new();
    }
    let row = |name: &str, model: &str, share: &Share| {
        vec![name.to_owned(), model.to_owned(), counts(share.calls), tokens(share), dollars(share)]
    };
    let mut rows: Vec<Vec<String>> =
        estimate.judges.iter().map(|judge| row(&judge.name, &judge.model, &judge.share)).collect();
    let (judges, versions) = (estimate.of_judges(), estimate.of_versions());
    if estimate.judges.len() > 1 {
        rows.push(row("total", "", &judges));
    }
    rows.push(row("+ versions", "", &judges.plus(&versions)));
    formats::shrunk(&["judge", "model", "calls", "tokens", "cost"], rows, &[1, 0], layout)
}

/// A line a provider: how long it takes, and by what.
fn time(planned: &Planned<'_>, layout: formats::Layout) -> String {
    let lanes = &planned.estimate.lanes;
    let shared = lanes.iter().filter(|lane| lane.judged.1 > 0).count() > 1;
    let mut rows: Vec<(&str, String)> = lanes
        .iter()
        .map(|lane| {
            (lane.provider.as_str(), format!("{} ({})", took(lane.low_s, lane.high_s), why(lane, shared)))
        })
        .collect();
    if lanes.len() > 1 {
        let (low, high) = planned.estimate.seconds();
        rows.push(("total", format!("{}, side by side", took(low, high))));
    }
    let indent = 2 + rows.iter().map(|(name, _)| formats::width(name)).max().unwrap_or(0);
    let layout = formats::Layout { color: false, ..layout };
    let lines = rows.iter().map(|(name, text)| formats::sentence(name, indent, text, layout));
    format!("time by provider\n{}", lines.collect::<String>())
}

/// Seconds, low to high; what is not known above is open.
fn took(low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => range(&numbers::seconds(low), &numbers::seconds(high)),
        (Some(low), None) if low > 0.0 => format!("at least {}", numbers::seconds(low)),
        _ => "not known".to_owned(),
    }
}

/// What bounds a provider's time; `shared`: others are asked by judges, too.
fn why(lane: &LaneEstimate, shared: bool) -> String {
    let requests = lane.requests_per_minute.map(|limit| format!("{limit} requests a minute"));
    let tokens = lane.tokens_per_minute.map(|limit| format!("{limit} tokens a minute"));
    let mut known: Vec<String> = requests.into_iter().chain(tokens).collect();
    let (low, high) = lane.judged;
    let (runs, judged) = (lane.waits && lane.runs > 0, high > 0);
    let is_measured = !(runs && lane.latency_s.is_none() || judged && lane.judging_s.is_none());
    if known.is_empty() && !is_measured {
        known.push("no limit declared".to_owned());
    }
    if runs {
        known.push(lane.latency_s.map_or("no latency measured".to_owned(), |latency| {
            let (first, most) = lane.slots;
            let slots = range(&first.to_string(), &most.to_string());
            format!("{slots} at once, {} a run", numbers::seconds(latency))
        }));
    }
    if judged {
        let noun = if high == 1 { "question" } else { "questions" };
        let questions = format!("{} {noun} of judges", counts(lane.judged));
        known.push(lane.judging_s.map_or(format!("{questions}, no latency measured"), |all| {
            let each = numbers::seconds(2.0 * all / (low + high) as f64);
            let of = if shared { " with those to others" } else { "" };
            format!("{questions}, {QUESTIONS} at once{of}, {each} each")
        }));
    }
    if !runs && !judged {
        known.push("its answers are at hand".to_owned());
    }
    known.join("; ")
}

/// Where the numbers come from.
fn basis(planned: &Planned<'_>) -> String {
    const TEXTS: &str = "tokens are counted from the texts, four characters each, and an answer has from 1 to \
                         `max_tokens` (1024 where none is set), a simulated one as many as are declared";
    let Some(calibrated) = planned.calibrated else {
        return format!("{TEXTS}; `--calibrate N` measures tokens and latency with N cases");
    };
    let estimate = &planned.estimate;
    let versions = planned.plan.versions.iter().zip(&estimate.versions);
    let versions =
        versions.filter(|(_, estimate)| !estimate.measured).map(|(planned, _)| &planned.version.name);
    let judges = estimate.judges.iter().filter(|judge| !judge.measured).map(|judge| &judge.name);
    let unmeasured: Vec<&str> = versions.chain(judges).map(String::as_str).collect();
    let mut text = said(calibrated);
    if !unmeasured.is_empty() {
        text += &format!(". Of {} nothing was measured: its {TEXTS}", unmeasured.join(", "));
    } else if calibrated.cases < 2 {
        text += "; one case says nothing of how much they differ";
    }
    text
}

fn said(calibrated: &Calibrated) -> String {
    let spent = calibrated.spent.map_or("?".to_owned(), |spent| numbers::usd(spent.usd()));
    let failed = match calibrated.failed {
        0 => String::new(),
        failed => format!(", {failed} without an answer"),
    };
    let asked = match (calibrated.questions, calibrated.unanswered) {
        (0, _) => String::new(),
        (asked, 0) => format!(" and {} of judges", counted(asked, "question")),
        (asked, none) => format!(" and {} of judges ({none} without an answer)", counted(asked, "question")),
    };
    format!(
        "calibrated on {} ({} a version{failed}){asked}, {spent} spent and nothing recorded; low to high is the 95 % \
         interval of the mean",
        counted(calibrated.calls, "call"),
        counted(calibrated.cases, "case"),
    )
}

fn tokens(share: &Share) -> String {
    let number = |n: u64| numbers::tokens(n as f64);
    share.tokens().map_or("–".to_owned(), |(low, high)| range(&number(low), &number(high)))
}

fn counts((low, high): (u64, u64)) -> String {
    range(&low.to_string(), &high.to_string())
}

fn dollars(share: &Share) -> String {
    let usd = |money: Money| numbers::usd(money.usd());
    share.cost.map_or("?".to_owned(), |(low, high)| range(&usd(low), &usd(high)))
}

/// Both ends, or the one they are.
fn range(low: &str, high: &str) -> String {
    if low == high { low.to_owned() } else { format!("{low} – {high}") }
}
