//! `proto prices`: what tokens are taken to cost, since when, and why: of the table, of a model, of a file's versions.
use std::path::PathBuf;

use serde_json::{Value, json};

use super::context::Context;
use super::error::CommandError;
use super::{Exit, load};
use crate::domain::{Experiment, Price, Target, Version};
use crate::formats;
use crate::prices::{self, AS_OF, PriceOrigin, SOURCE};
use crate::providers::{PROVIDERS, ProviderKind};
use crate::registry::nearest;

/// List prices of models, and what each version of a file is priced at
#[derive(Debug, clap::Args)]
#[command(after_help = "The table is part of this program and has a date; `pricing:` in an experiment file \
    comes before it. A model without a price costs `?`, and a budget refuses it.\n\n\
    Examples:\n  proto prices\n  proto prices gpt-4o-mini\n  proto prices anthropic/claude-haiku-4-5\n  \
    proto prices --file experiment.yaml")]
pub struct Args {
    /// Models, as NAME or VENDOR/NAME; all when none is named
    #[arg(value_name = "MODEL")]
    models: Vec<String>,
    /// What each version of this experiment is priced at, and why
    #[arg(long, value_name = "FILE", conflicts_with = "models")]
    file: Option<PathBuf>,
}

/// More lines than these are the whole table.
const WHOLE: usize = 200;

/// One line: a price, or none, and why.
struct Row {
    what: String,
    model: String,
    price: Option<Price>,
    why: String,
    /// The table's name or pattern, or the file's rule.
    pattern: Option<String>,
    /// Tokens of input above which the vendor takes more.
    base_until: Option<u64>,
    /// What to write into the file where there is no price.
    paste: Option<String>,
}

/// Shows them.
///
/// # Errors
/// A model is not in the table, or the file is wrong.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let (first, rows) = match &args.file {
        Some(file) => {
            let experiment = load::load(file, false, context)?.experiment;
            ("version", experiment.versions.iter().map(|version| of_version(&experiment, version)).collect())
        }
        None if args.models.is_empty() => {
            let all = prices::listed().map(|(vendor, listed)| of_table(vendor, listed.pattern, &listed));
            ("vendor", all.collect())
        }
        None => {
            let mut rows = Vec::new();
            for model in &args.models {
                rows.extend(of_model(model)?);
            }
            ("vendor", rows)
        }
    };
    if context.json {
        let rows: Vec<Value> = rows.iter().map(|row| document(first, row)).collect();
        context.document("proto.prices/1", json!({"as_of": AS_OF, "source": SOURCE, "prices": rows}))?;
        return Ok(Exit::Done);
    }
    print(first, &rows, context)?;
    Ok(Exit::Done)
}

/// A model by name: of its vendor, or of every vendor that has it.
fn of_model(text: &str) -> Result<Vec<Row>, CommandError> {
    let row = |vendor: &str, model: &str| {
        prices::lookup(vendor, model).map(|listed| of_table(vendor, model, &listed))
    };
    if let Some(found) = text.split_once('/').and_then(|(vendor, model)| row(vendor, model)) {
        return Ok(vec![found]);
    }
    let mut vendors: Vec<&str> = prices::listed().map(|(vendor, _)| vendor).collect();
    vendors.dedup();
    let found: Vec<Row> = vendors.iter().filter_map(|vendor| row(vendor, text)).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let model = text.rsplit_once('/').map_or(text, |(_, model)| model);
    let names: Vec<&str> = prices::listed().map(|(_, listed)| listed.pattern.trim_matches('*')).collect();
    let near = nearest(model, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    Err(CommandError::input(format!("no price of `{text}` in the table of {AS_OF}"))
        .maybe_hint(near)
        .hint("`proto prices` lists the table; `pricing:` in the file gives a price of your own"))
}

fn of_table(vendor: &str, model: &str, listed: &prices::Listed) -> Row {
    Row {
        what: vendor.to_owned(),
        model: model.to_owned(),
        price: Some(listed.price),
        why: matched(listed.pattern, model),
        pattern: Some(listed.pattern.to_owned()),
        base_until: listed.base_until,
        paste: None,
    }
}

/// How the table came to a name.
fn matched(pattern: &str, model: &str) -> String {
    if pattern.eq_ignore_ascii_case(model) {
        "listed".to_owned()
    } else if pattern.contains('*') {
        format!("as `{pattern}`")
    } else {
        format!("as `{pattern}`, without the date")
    }
}

fn of_version(experiment: &Experiment, version: &Version) -> Row {
    let name = version.target.provider();
    let kind = experiment.endpoint(name).map_or(name, |endpoint| endpoint.kind.as_str());
    let mut row = Row {
        what: version.name.clone(),
        model: version.target.model(),
        price: None,
        why: String::new(),
        pattern: None,
        base_until: None,
        paste: None,
    };
    let is_simulated = PROVIDERS.find(kind).is_some_and(|row| row.make.kind == ProviderKind::Simulated);
    let Target::Model { model, .. } = &version.target else {
        row.why = version.cost_per_run.map_or_else(
            || "no tokens are counted: `cost_per_run_usd` says what a run costs".to_owned(),
            |cost| format!("{} a run, by the file", formats::numbers::usd(cost.usd())),
        );
        return row;
    };
    if is_simulated {
        row.why = "simulated: nobody is paid".to_owned();
        return row;
    }
    match prices::resolve(&experiment.pricing, name, kind, model) {
        Some((price, origin)) => {
            row.price = Some(price);
            (row.why, row.pattern) = match origin {
                PriceOrigin::Rule(pattern) => (format!("`pricing: {pattern}` of the file"), Some(pattern)),
                PriceOrigin::Free => ("runs on this machine".to_owned(), None),
                PriceOrigin::Table { pattern, base_until, .. } => {
                    row.base_until = base_until;
                    (format!("table, {}", matched(pattern, model)), Some(pattern.to_owned()))
                }
            };
        }
        None => {
            row.why = "unknown".to_owned();
            row.paste = Some(format!("  {name}/{model}: {{ input: 0.00, output: 0.00 }}"));
        }
    }
    row
}

/// Dollars per million tokens, as vendors print them; as many digits as it takes.
fn dollars(pico_per_token: i64) -> String {
    let text = format!("{}.{:06}", pico_per_token / 1_000_000, pico_per_token % 1_000_000);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}.{:0<2}", fraction.trim_end_matches('0'))
}

fn print(first: &str, rows: &[Row], context: &mut Context<'_>) -> Result<(), CommandError> {
    let cell = |price: Option<i64>, otherwise: &str| price.map_or_else(|| otherwise.to_owned(), dollars);
    let lines = rows.iter().map(|row| {
        let unknown = if row.paste.is_some() { "?" } else { "–" };
        vec![
            row.what.clone(),
            row.model.clone(),
            cell(row.price.map(|price| price.input), unknown),
            cell(row.price.map(|price| price.cached_input.unwrap_or(price.input)), unknown),
            cell(row.price.map(|price| price.output), unknown),
            match row.base_until {
                Some(tokens) => format!("{}; more above {tokens} tokens", row.why),
                None => row.why.clone(),
            },
        ]
    });
    let mut head = vec![first, "model", "input", "cached", "output", "why"];
    let mut lines: Vec<Vec<String>> = lines.collect();
    // The whole table is wide already, and there it says `listed` of everything.
    if rows.len() > WHOLE {
        head.pop();
        lines.iter_mut().for_each(|line| drop(line.pop()));
    }
    let table = if rows.len() > WHOLE {
        formats::grid(&head, lines, context.layout)
    } else {
        formats::wrapped(&head, lines, &[1, 0], context.layout)
    };
    write!(context.out, "{table}")?;
    if rows.len() > WHOLE {
        let more = "`proto prices MODEL` says how a name is matched, and above how many tokens it costs more";
        writeln!(context.out)?;
        context.tell("", 0, more)?;
    }
    writeln!(context.out, "\nUSD per million tokens; the table is of {AS_OF} (from {SOURCE})")?;
    let paste: Vec<&str> = rows.iter().filter_map(|row| row.paste.as_deref()).collect();
    if !paste.is_empty() {
        writeln!(
            context.out,
            "\nTo give the unknown a price, in the file:\n\npricing:\n{}",
            paste.join("\n")
        )?;
    }
    Ok(())
}

fn document(first: &str, row: &Row) -> Value {
    let usd = |pico: i64| pico as f64 / 1e6;
    json!({
        first: row.what, "model": row.model, "why": row.why, "matched": row.pattern,
        "input_usd_per_million": row.price.map(|price| usd(price.input)),
        "cached_input_usd_per_million": row.price.map(|price| usd(price.cached_input.unwrap_or(price.input))),
        "cache_write_usd_per_million": row.price.map(|price| usd(price.cache_write.unwrap_or(price.input))),
        "output_usd_per_million": row.price.map(|price| usd(price.output)),
        "base_until_tokens": row.base_until,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn prices_have_the_digits_they_need() {
        for (pico, text) in
            [(2_500_000, "2.50"), (75_000, "0.075"), (10_000_000, "10.00"), (0, "0.00"), (1, "0.000001")]
        {
            assert_eq!(super::dollars(pico), text);
        }
    }
}
