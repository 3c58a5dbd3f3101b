//! `proto power`: how many cases it takes to see a difference, from a declared spread or from stored runs.
use serde_json::{Value, json};

use super::context::Context;
use super::error::CommandError;
use super::{Exit, batches, compare};
use crate::analyse::{self, Aim};
use crate::formats::{self, numbers};

/// Say how many cases it takes to see a difference
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  proto power --delta 0.03                      # from the latest batch\n  \
    proto power --delta 0.03 --discordance 0.2    # before anything was run"
)]
pub struct Args {
    /// Batches, by id or its beginning or end [default: the latest]
    #[arg(value_name = "BATCH")]
    batches: Vec<String>,
    /// The smallest difference worth seeing, in the metric's unit
    #[arg(long, value_name = "DIFFERENCE")]
    delta: f64,
    /// Standard deviation of the difference between two versions on one case
    #[arg(long, value_name = "SD", conflicts_with = "discordance")]
    sd: Option<f64>,
    /// Share of the cases on which one of two versions passes and the other does not
    #[arg(long, value_name = "SHARE")]
    discordance: Option<f64>,
    /// How often the difference should be seen when it is there
    #[arg(long, value_name = "SHARE", default_value_t = 0.8)]
    power: f64,
    /// Level of the intervals, between 0.5 and 0.999
    #[arg(long, value_name = "SHARE", default_value_t = 0.95)]
    confidence: f64,
    /// The metric [default: the score]
    #[arg(long, value_name = "METRIC", conflicts_with_all = ["sd", "discordance"])]
    metric: Option<String>,
}

/// Says it.
///
/// # Errors
/// A number makes no sense, or there is no batch to learn from.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    check(args)?;
    let aim = Aim { delta: args.delta, power: args.power, confidence: args.confidence };
    if let Some(sd) = args.sd.or(args.discordance.map(f64::sqrt)) {
        return declared(aim, sd, context);
    }
    let mut reader = batches::reader(context)?;
    let chosen = compare::chosen(reader.as_mut(), &args.batches)?;
    let data = compare::data(reader.as_mut(), &chosen, false)?;
    let needs =
        analyse::needs(&data, args.metric.as_deref(), aim).map_err(|error| compare::refused(&error))?;
    if needs.is_empty() {
        return Err(CommandError::input("the batch has no two versions that differ on any case")
            .hint("say how much they may differ: `--discordance 0.2`"));
    }
    if context.json {
        let row = |need: &analyse::Need| {
            json!({"version": need.version, "metric": need.metric, "sd": need.sd, "cases": need.cases,
                   "needed": need.needed})
        };
        let rows: Vec<Value> = needs.iter().map(row).collect();
        return document(aim, json!({ "versions": rows }), context);
    }
    let metric = needs.first().map_or("", |need| need.metric.as_str());
    let caption =
        format!("cases it takes to see a difference of {} in {metric}, {}:", args.delta, words(aim));
    writeln!(context.out, "{}", formats::sentence("", 0, &caption, context.layout))?;
    let rows = needs.iter().map(|need| {
        vec![
            need.version.clone(),
            format!("about {}", numbers::about(need.needed)),
            need.cases.to_string(),
            format!("{:.3}", need.sd),
        ]
    });
    let heads = ["version", "cases needed", "there are", "sd of the difference"];
    write!(context.out, "{}", formats::grid(&heads, rows, context.layout))?;
    Ok(Exit::Done)
}

fn declared(aim: Aim, sd: f64, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let needed = analyse::cases_needed(aim, sd).ok_or_else(|| {
        CommandError::input(format!("no number of cases shows a difference of {}", aim.delta))
    })?;
    if context.json {
        return document(aim, json!({ "sd": sd, "needed": needed }), context);
    }
    writeln!(context.out, "{needed} cases: a difference of {} is then seen, {}", aim.delta, words(aim))?;
    Ok(Exit::Done)
}

fn words(aim: Aim) -> String {
    format!("{} of the time at {} confidence", numbers::share(aim.power), numbers::share(aim.confidence))
}

fn document(aim: Aim, body: Value, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let mut all = json!({"delta": aim.delta, "power": aim.power, "confidence": aim.confidence});
    if let (Value::Object(all), Value::Object(body)) = (&mut all, body) {
        all.extend(body);
    }
    context.document("proto.power/1", all)?;
    Ok(Exit::Done)
}

fn check(args: &Args) -> Result<(), CommandError> {
    let wrong = |option: &str, message: &str| Err(CommandError::input(format!("`{option}`: {message}")));
    if !(args.delta > 0.0 && args.delta.is_finite()) {
        return wrong("--delta", "it must be above 0");
    }
    if !(args.power > 0.0 && args.power < 1.0) {
        return wrong("--power", "it must be between 0 and 1");
    }
    if !(0.5..=0.999).contains(&args.confidence) {
        return wrong("--confidence", "it must be between 0.5 and 0.999");
    }
    if args.sd.is_some_and(|sd| !(sd > 0.0 && sd.is_finite())) {
        return wrong("--sd", "it must be above 0");
    }
    if args.discordance.is_some_and(|share| !(share > 0.0 && share <= 1.0)) {
        return wrong("--discordance", "it must be above 0 and at most 1");
    }
    Ok(())
}
