//! `proto choose-winner`: gates, weights, and a verdict: winner, tie, or not enough evidence.
use super::context::Context;
use super::decisions::{self, Request};
use super::error::CommandError;
use super::{Exit, batches, compare, values, version};
use crate::analyse::{self, Data, Draws};
use crate::domain::{Decision, Formula, GateMode, Missing, OnError, TiePrefer, VerdictKind, WinnerRule};
use crate::formats;
use crate::spec::weights;
use crate::stores::Reader;

/// The tag that `--promote` moves when nobody says otherwise.
const PRODUCTION: &str = "production";

/// Rank the versions by weights and say winner, tie or not enough evidence
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  proto choose-winner --weights score=0.6,cost=0.2,latency=0.2\n  \
    proto choose-winner --require 'error_rate <= 1%' --require 'latency.p95 <= 2s'\n  \
    proto choose-winner --gate-mode confident --missing drop-metric\n  \
    proto choose-winner --bootstrap 0   # P(best) and ranks without resamples\n  \
    proto choose-winner --accept tie   # exit code 0 on a tie too")]
pub struct Args {
    /// Batches, by id or its beginning or end [default: the latest, its other parts included]
    #[arg(value_name = "BATCH")]
    batches: Vec<String>,
    /// Metric or evaluator and its weight; any non-negative numbers
    #[arg(long, value_name = "METRIC=N,…")]
    weights: Option<String>,
    /// A gate every version must pass, beside those of the experiment
    #[arg(long, value_name = "GATE")]
    require: Vec<String>,
    /// The version the others are held against
    #[arg(long, value_name = "VERSION")]
    baseline: Option<String>,
    /// Reference values whose utility is one half: `cost=0.01,latency=1500ms`; `from=DECISION` takes an earlier
    /// decision's
    #[arg(long = "ref", value_name = "METRIC=VALUE,…")]
    references: Option<String>,
    /// How a metric becomes a utility; all but `ratio` come with a caveat
    #[arg(long, value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(Formula::NAMES))]
    formula: Option<String>,
    /// Differences in utility below this do not matter
    #[arg(long, value_name = "UTILITY")]
    rope: Option<f64>,
    /// Level of the intervals, between 0.5 and 0.999
    #[arg(long, value_name = "SHARE")]
    confidence: Option<f64>,
    /// What a tie suggests
    #[arg(long, value_name = "METRIC", value_parser = clap::builder::PossibleValuesParser::new(TiePrefer::NAMES))]
    tie_prefer: Option<String>,
    /// How sure a gate must be: by the number itself, by the whole interval, or only failed by the whole interval
    #[arg(long, value_name = "MODE", value_parser = clap::builder::PossibleValuesParser::new(GateMode::NAMES))]
    gate_mode: Option<String>,
    /// What happens to a version without a value for a weighted metric
    #[arg(long, value_name = "WHAT", value_parser = clap::builder::PossibleValuesParser::new(Missing::NAMES))]
    missing: Option<String>,
    /// Share of the cases a version must have values on to be ranked
    #[arg(long, value_name = "SHARE")]
    min_coverage: Option<f64>,
    /// What a run that failed by the version's own fault scores
    #[arg(long, value_name = "WHAT", value_parser = clap::builder::PossibleValuesParser::new(OnError::NAMES))]
    on_error: Option<String>,
    /// Seed of everything drawn at random; the verdict never depends on it
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Resamples behind P(best), ranks and P(gates), at most 100000; 0 takes P(best) and ranks from the closed form
    #[arg(long, value_name = "N", default_value_t = Draws::USUAL, value_parser = resamples)]
    bootstrap: usize,
    /// Verdicts that end with exit code 0 too
    #[arg(long, value_delimiter = ',', value_parser = ["tie", "undecided"])]
    accept: Vec<String>,
    /// Only the cases of this slice
    #[arg(long, value_name = "NAME")]
    slice: Option<String>,
    /// Decide over batches of different cases or evaluators too; the decision then says so
    #[arg(long)]
    force: bool,
    /// Move a tag to the winner, with the decision as the reason [default: `winner.promote`, else production]
    #[arg(long, value_name = "TAG", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    promote: Option<String>,
    /// How to lay it out (`proto list formats`)
    #[arg(long, value_name = "NAME", default_value = "table")]
    format: String,
}

/// Decides.
///
/// # Errors
/// There is nothing to decide on, or a name is unknown.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let format = compare::format(&args.format)?;
    let mut reader = batches::reader(context)?;
    let chosen = compare::chosen(reader.as_mut(), &args.batches)?;
    let data = compare::data(reader.as_mut(), &chosen, args.force)?;
    let mut rule = rule(args, data.rule())?;
    if let Some(text) = &args.references {
        rule.references = references(text, reader.as_mut(), &data)?;
    }
    if let Some(text) = &args.baseline {
        rule.baseline = Some(compare::baseline(reader.as_mut(), &data, text)?);
    }
    let request = Request {
        batches: chosen.iter().map(|batch| batch.id).collect(),
        rule,
        gates: data.gates().iter().chain(&args.require).cloned().collect(),
        slice: args.slice.clone(),
        force: args.force,
        any_baseline: false,
        resamples: args.bootstrap,
    };
    let decision = request.of(&data)?;
    decisions::keep(&request, &decision, context)?;
    if context.json {
        context.document("proto.decision/1", formats::decision_json(&decision))?;
    } else {
        let text = format.decision(&decision, context.layout);
        write!(context.out, "{text}")?;
    }
    if let Some(tag) = &args.promote {
        let tag = Some(tag.as_str()).filter(|tag| !tag.is_empty()).or(request.rule.promote.as_deref());
        version::promote(&decision, tag.unwrap_or(PRODUCTION), context)?;
    }
    Ok(exit(&decision, &args.accept))
}

/// A number of resamples that memory holds.
fn resamples(text: &str) -> Result<usize, String> {
    let number = text.parse().map_err(|_| "a whole number; 0 takes the closed form".to_owned())?;
    if number > Draws::MOST {
        return Err(format!("at most {}: the verdict does not depend on it", Draws::MOST));
    }
    Ok(number)
}

/// The batch's rule with what the options say otherwise.
fn rule(args: &Args, mut rule: WinnerRule) -> Result<WinnerRule, CommandError> {
    if let Some(text) = &args.weights {
        rule.weights = weights::parse(text).map_err(|error| wrong("--weights", &error.to_string(), None))?;
    }
    rule.formula = args.formula.as_deref().and_then(Formula::parse).unwrap_or(rule.formula);
    rule.baseline = args.baseline.clone().or(rule.baseline);
    rule.rope = args.rope.unwrap_or(rule.rope);
    rule.confidence = args.confidence.unwrap_or(rule.confidence);
    if let Some(prefer) = args.tie_prefer.as_deref().and_then(TiePrefer::parse) {
        rule.tie_prefer = prefer;
    }
    rule.gate_mode = args.gate_mode.as_deref().and_then(GateMode::parse).unwrap_or(rule.gate_mode);
    rule.missing = args.missing.as_deref().and_then(Missing::parse).unwrap_or(rule.missing);
    rule.on_error = args.on_error.as_deref().and_then(OnError::parse).unwrap_or(rule.on_error);
    rule.min_coverage = args.min_coverage.unwrap_or(rule.min_coverage);
    rule.seed = args.seed.unwrap_or(rule.seed);
    if !(0.0..=1.0).contains(&rule.min_coverage) {
        return Err(wrong(
            "--min-coverage",
            "it must lie between 0 and 1",
            Some("for example 0.9".to_owned()),
        ));
    }
    if !(0.0..1.0).contains(&rule.rope) {
        return Err(wrong("--rope", "it must be at least 0 and below 1", None));
    }
    if !(0.5..=0.999).contains(&rule.confidence) {
        return Err(wrong(
            "--confidence",
            "it must be between 0.5 and 0.999",
            Some("for example 0.95".to_owned()),
        ));
    }
    Ok(rule)
}

/// `METRIC=VALUE,…`; `from=DECISION` among them adds those of an earlier decision that are not named.
fn references(text: &str, reader: &mut dyn Reader, data: &Data) -> Result<Vec<(String, f64)>, CommandError> {
    let earlier = |part: &&str| part.trim_start().starts_with("from=");
    let (from, named): (Vec<&str>, Vec<&str>) = text.split(',').partition(earlier);
    let mut all = match named.as_slice() {
        [] => Vec::new(),
        named => values::parse("--ref", "cost=0.01,latency=1500ms", &named.join(","))?,
    };
    for part in from {
        let decision = part.trim().trim_start_matches("from=");
        for (name, value) in decisions::references(reader, decision)? {
            if all.iter().all(|(known, _)| *known != name) {
                all.push((name, value));
            }
        }
    }
    analyse::known(data, all.iter().map(|(name, _)| name.as_str()))
        .map_err(|error| compare::refused(&error))?;
    Ok(all)
}

fn wrong(option: &str, message: &str, hint: Option<String>) -> CommandError {
    CommandError::input(format!("`{option}`: {message}")).maybe_hint(hint)
}

fn exit(decision: &Decision, accept: &[String]) -> Exit {
    let accepted = accept.iter().any(|name| name == decision.verdict.name());
    match decision.verdict {
        VerdictKind::Winner => Exit::Done,
        VerdictKind::Tie | VerdictKind::Undecided if accepted => Exit::Done,
        VerdictKind::Tie | VerdictKind::Undecided => Exit::Undecided,
        VerdictKind::NoneEligible => Exit::Gate,
    }
}
