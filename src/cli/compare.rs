//! `proto compare`: versions side by side, from the store alone. Also what `run` prints at its end.
use serde_json::Value;

use super::context::Context;
use super::error::CommandError;
use super::{Exit, batches, references, values};
use crate::analyse::{self, Data, DataError, Judged};
use crate::domain::{Batch, Comparison, ComparisonVerdict, Family, IntervalKind, Report, Test};
use crate::formats::{self, FORMATS};
use crate::stores::{Measured, Reader};

/// Versions side by side, with intervals
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  proto compare\n  proto compare --format markdown > comparison.md\n  \
    proto compare --slice german --baseline today\n  \
    proto compare --margin score=0.02,latency=50ms   # what is too small to matter")]
pub struct Args {
    /// Batches, by id or its beginning or end [default: the latest, its other parts included]
    #[arg(value_name = "BATCH")]
    batches: Vec<String>,
    /// The version the others are held against
    #[arg(long, value_name = "VERSION")]
    baseline: Option<String>,
    /// Only the cases of this slice
    #[arg(long, value_name = "NAME")]
    slice: Option<String>,
    /// List the cases a version lost most on, against the baseline
    #[arg(long)]
    regressions: bool,
    /// Level of the intervals, between 0.5 and 0.999
    #[arg(long, value_name = "SHARE")]
    confidence: Option<f64>,
    /// The interval of scores and rates
    #[arg(long, value_name = "METHOD", value_parser = clap::builder::PossibleValuesParser::new(IntervalKind::NAMES))]
    interval: Option<String>,
    /// The test behind the verdicts [default: McNemar, signs or a ratio of means, by what is measured]
    #[arg(long, value_name = "TEST", value_parser = clap::builder::PossibleValuesParser::new(Test::NAMES))]
    test: Option<String>,
    /// Differences below these are *equivalent*: `score=0.02,latency=50ms` [default: `winner.rope` for scores]
    #[arg(long, value_name = "METRIC=VALUE,…")]
    margin: Vec<String>,
    /// Adjust verdicts for the candidates of each metric, or for all metrics together
    #[arg(long, value_name = "WHAT", value_parser = clap::builder::PossibleValuesParser::new(Family::NAMES))]
    family: Option<String>,
    /// Intervals of differences that hold together over the family, not each alone
    #[arg(long)]
    simultaneous: bool,
    /// Compare batches over different cases or evaluators too; every output then says so
    #[arg(long)]
    force: bool,
    /// How to lay it out (`proto list formats`)
    #[arg(long, value_name = "NAME", default_value = "table")]
    format: String,
}

/// What is compared.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// In place of the batch's baseline.
    pub baseline: Option<String>,
    /// One slice only.
    pub slice: Option<String>,
    /// With the cases lost most on.
    pub regressions: bool,
    /// In place of the rule's confidence.
    pub confidence: Option<f64>,
    /// Over different cases too.
    pub force: bool,
    /// How differences are judged.
    pub judged: Judged,
}

/// Compares the named batches, or the latest.
///
/// # Errors
/// There is nothing to compare, or a name is unknown.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let format = format(&args.format)?;
    let mut reader = batches::reader(context)?;
    let chosen = chosen(reader.as_mut(), &args.batches)?;
    let wanted = Wanted {
        baseline: args.baseline.clone(),
        slice: args.slice.clone(),
        regressions: args.regressions,
        confidence: args.confidence,
        force: args.force,
        judged: judged(args)?,
    };
    let report = report(reader.as_mut(), &chosen, &wanted)?;
    if context.json {
        context.document("proto.compare/1", document(&report))?;
    } else {
        let text = format.report(&report, context.layout);
        write!(context.out, "{text}")?;
        if FORMATS.find(&args.format).is_some_and(|row| row.name == "table") {
            writeln!(context.out, "\nnext: {}", next(args, &report))?;
        }
    }
    Ok(Exit::Done)
}

/// What to type next: the outputs where most was lost, which cases were lost where a candidate does worse, or the
/// decision.
fn next(args: &Args, report: &Report) -> String {
    let named = |name: &str| {
        let version = report.versions.iter().find(|version| version.name == name);
        formats::version_name(name, version.map_or("", |version| version.label.as_str()))
    };
    if let Some(lost) = report.regressions.first() {
        let (base, own) = (named(&report.baseline), named(&lost.version));
        return format!("proto diff {base} {own} --case {}", word(&lost.case_id));
    }
    let batches = args.batches.iter().map(|batch| format!(" {batch}"));
    let slice = args.slice.iter().map(|slice| format!(" --slice {slice}"));
    let force = args.force.then(|| " --force".to_owned());
    let same: String = batches.chain(slice).chain(force).collect();
    let is_score = |name: &str| report.columns.iter().any(|column| column.is_score && column.name == name);
    let is_worse = |c: &Comparison| c.verdict == ComparisonVerdict::Worse && is_score(&c.metric);
    if !args.regressions && report.comparisons.iter().any(is_worse) {
        let baseline = args.baseline.iter().map(|name| format!(" --baseline {name}"));
        return format!("proto compare{same}{} --regressions", baseline.collect::<String>());
    }
    format!("proto choose-winner{same}")
}

/// A case's id, which may be any text, as a shell reads it as one word.
fn word(id: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./@:+,=%".contains(c);
    let quoted = || format!("'{}'", id.replace('\'', "'\\''"));
    if !id.is_empty() && id.chars().all(is_plain) { id.to_owned() } else { quoted() }
}

fn judged(args: &Args) -> Result<Judged, CommandError> {
    let default = Judged::default();
    let parse = |text: &String| values::parse("--margin", "score=0.02,latency=50ms", text);
    let margins: Vec<Vec<(String, f64)>> = args.margin.iter().map(parse).collect::<Result<_, _>>()?;
    Ok(Judged {
        interval: args.interval.as_deref().and_then(IntervalKind::parse).unwrap_or(default.interval),
        test: args.test.as_deref().and_then(Test::parse).unwrap_or(default.test),
        margins: margins.into_iter().flatten().collect(),
        family: args.family.as_deref().and_then(Family::parse).unwrap_or(default.family),
        simultaneous: args.simultaneous,
    })
}

/// The batches named, or the latest: of a partitioned run, the parts that are here.
///
/// # Errors
/// A reference fits none or several.
pub fn chosen(reader: &mut dyn Reader, references: &[String]) -> Result<Vec<Batch>, CommandError> {
    if references.is_empty() {
        return batches::latest(reader, None);
    }
    references.iter().map(|reference| batches::one(reader, Some(reference), None)).collect()
}

/// Reads what the statistics need of the batches.
///
/// # Errors
/// The store fails, or the batches cannot be compared.
pub fn data(reader: &mut dyn Reader, batches: &[Batch], force: bool) -> Result<Data, CommandError> {
    let mut data = Data::new(batches, force).map_err(|error| refused(&error))?;
    for batch in batches {
        let before = u32::try_from(data.cases()).unwrap_or(u32::MAX);
        reader.measurements(batch.id, &mut |measured| {
            match measured {
                Measured::Case(case) => {
                    data.push_case(case);
                }
                Measured::Run(case, run) => data.push(before + case, run),
            }
            Ok(())
        })?;
    }
    data.settle();
    Ok(data)
}

/// The comparison of the batches.
///
/// # Errors
/// The store fails, or a name is unknown.
pub fn report(reader: &mut dyn Reader, batches: &[Batch], wanted: &Wanted) -> Result<Report, CommandError> {
    let data = data(reader, batches, wanted.force)?;
    let baseline = wanted.baseline.as_deref().map(|text| baseline(reader, &data, text)).transpose()?;
    let options = analyse::CompareOptions {
        baseline,
        slice: wanted.slice.clone(),
        regressions: wanted.regressions,
        confidence: wanted.confidence,
        judged: wanted.judged.clone(),
    };
    analyse::compare(&data, &options).map_err(|error| refused(&error))
}

/// The name under which a reference's version is compared; tags are looked up in the store.
///
/// # Errors
/// No version that is compared is meant.
pub fn baseline(reader: &mut dyn Reader, data: &Data, text: &str) -> Result<String, CommandError> {
    let error = match data.name_of(text) {
        Ok(name) => return Ok(name.to_owned()),
        Err(error) => error,
    };
    let known = references::known(reader, Some(data.project()))?;
    let stored = known.find(text).map_err(|_| refused(&error))?;
    let exact = format!("{}@{}", stored.name, stored.hash);
    data.name_of(&exact).map(str::to_owned).map_err(|_| refused(&error))
}

/// Holds a batch's gates against its versions and says what failed.
///
/// # Errors
/// The store fails, or a gate names what does not exist.
pub fn gates(
    reader: &mut dyn Reader,
    batch: &Batch,
    context: &mut Context<'_>,
) -> Result<Exit, CommandError> {
    let data = data(reader, std::slice::from_ref(batch), false)?;
    let gates = super::gates::parse(data.gates())?;
    let mut exit = Exit::Done;
    for (version, results) in analyse::gates(&data, &gates, &data.rule()).map_err(|error| refused(&error))? {
        for result in results.iter().filter(|result| !result.passed) {
            exit = Exit::Gate;
            context.say(&format!("gate failed: `{version}`: {}", formats::gate_line(result)))?;
        }
    }
    Ok(exit)
}

/// Prints the comparison as people read it.
///
/// # Errors
/// The stream is closed.
pub fn print(report: &Report, context: &mut Context<'_>) -> Result<(), CommandError> {
    let text = format("table")?.report(report, context.layout);
    write!(context.out, "{text}")?;
    Ok(())
}

/// The comparison's body in `proto.compare/1`.
#[must_use]
pub fn document(report: &Report) -> Value {
    formats::report_json(report)
}

/// The format of that name.
///
/// # Errors
/// There is none.
pub fn format(name: &str) -> Result<&'static dyn formats::Format, CommandError> {
    FORMATS.find(name).map(|row| row.make.format).ok_or_else(|| {
        let hint = FORMATS.nearest(name).map_or_else(
            || format!("the formats are: {}", FORMATS.names().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        CommandError::input(format!("no format `{name}`")).hint(hint)
    })
}

/// What the statistics refuse, in the command line's words.
pub fn refused(error: &DataError) -> CommandError {
    CommandError::input(error.to_string()).maybe_hint(error.hint())
}
