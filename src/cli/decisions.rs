//! `proto decisions`: earlier decisions, and one made again from what it was made from.
use jiff::Timestamp;
use serde_json::{Value, json};

use super::context::Context;
use super::error::CommandError;
use super::{Exit, batches, compare, gates};
use crate::analyse::{self, Data, Draws};
use crate::domain::{BatchId, Decision, DecisionId, Map, WinnerRule};
use crate::formats;
use crate::plan::{rule_from_json, rule_to_json};
use crate::stores::{Reader, StoredDecision};

/// List earlier decisions, or make one again
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  proto decisions\n  proto decisions --replay 3f2a91c0")]
pub struct Args {
    /// Decide again from the same batches, weights, references, gates and seed, and say what differs
    #[arg(long, value_name = "DECISION")]
    replay: Option<String>,
    /// At most so many
    #[arg(long, short = 'n', default_value_t = 20)]
    limit: usize,
}

/// Everything a decision is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The batches, in the order given.
    pub batches: Vec<BatchId>,
    /// The rule with all options applied.
    pub rule: WinnerRule,
    /// Every gate, as written.
    pub gates: Vec<String>,
    /// One slice only.
    pub slice: Option<String>,
    /// Batches that differ are decided on all the same.
    pub force: bool,
    /// A baseline that lacks a weighted value was no reason to refuse when the decision was made.
    pub any_baseline: bool,
    /// Resamples behind P(best); 0 takes the closed form.
    pub resamples: usize,
}

impl Request {
    fn to_map(&self) -> Map {
        let batches = self.batches.iter().map(|id| Value::from(id.to_string())).collect::<Vec<_>>();
        Map::from_iter([
            ("batches".to_owned(), batches.into()),
            ("rule".to_owned(), rule_to_json(&self.rule)),
            ("gates".to_owned(), json!(self.gates)),
            ("slice".to_owned(), json!(self.slice)),
            ("force".to_owned(), self.force.into()),
            ("any_baseline".to_owned(), self.any_baseline.into()),
            ("bootstrap".to_owned(), self.resamples.into()),
            ("proto".to_owned(), env!("CARGO_PKG_VERSION").into()),
        ])
    }

    fn from_map(map: &Map) -> Option<Self> {
        let texts = |key: &str| {
            let list = map.get(key)?.as_array()?;
            list.iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        };
        Some(Self {
            batches: texts("batches")?.iter().map(|id| BatchId::parse(id)).collect::<Option<_>>()?,
            rule: rule_from_json(map.get("rule")?),
            gates: texts("gates")?,
            slice: map.get("slice").and_then(Value::as_str).map(str::to_owned),
            force: map.get("force").and_then(Value::as_bool).unwrap_or(false),
            // Decisions that do not say were kept before such a baseline was refused.
            any_baseline: map.get("any_baseline").and_then(Value::as_bool).unwrap_or(true),
            resamples: map
                .get("bootstrap")
                .and_then(Value::as_u64)
                .and_then(|number| usize::try_from(number).ok())
                .unwrap_or(Draws::USUAL),
        })
    }

    /// Decides from what the store holds now.
    ///
    /// # Errors
    /// A batch is gone, or a name is unknown.
    pub fn decide(&self, reader: &mut dyn Reader) -> Result<Decision, CommandError> {
        let all = reader.batches()?;
        let one = |id: &BatchId| {
            let found = all.iter().find(|batch| batch.id == *id).cloned();
            found.ok_or_else(|| CommandError::input(format!("batch {id} is not in the store")))
        };
        let chosen = self.batches.iter().map(one).collect::<Result<Vec<_>, _>>()?;
        self.of(&compare::data(reader, &chosen, self.force)?)
    }

    /// Decides from these measurements.
    ///
    /// # Errors
    /// A name is unknown.
    pub fn of(&self, data: &Data) -> Result<Decision, CommandError> {
        let gates = gates::parse(&self.gates)?;
        let (slice, any_baseline) = (self.slice.clone(), self.any_baseline);
        let draws = Draws::resamples(self.resamples);
        let options = analyse::DecideOptions { slice, any_baseline, draws };
        analyse::decide(data, &self.rule, &gates, &options).map_err(|error| compare::refused(&error))
    }
}

/// Keeps a decision; one that cannot be kept is still said.
///
/// # Errors
/// The stream is closed.
pub fn keep(
    request: &Request,
    decision: &Decision,
    context: &mut Context<'_>,
) -> Result<Option<DecisionId>, CommandError> {
    let stored = StoredDecision {
        id: DecisionId::fresh(),
        at: Timestamp::now(),
        project: decision.project.clone(),
        experiment: decision.experiment.clone(),
        verdict: decision.verdict.name().to_owned(),
        winner: decision.winner.clone(),
        request: request.to_map(),
        document: formats::decision_json(decision).to_string(),
    };
    let kept = super::place::open(context, None, false)?.writer().and_then(|mut w| w.keep_decision(&stored));
    match kept {
        Ok(()) => Ok(Some(stored.id)),
        Err(error) => {
            context.say(&format!("note: the decision is not kept: {error}"))?;
            Ok(None)
        }
    }
}

/// The reference values an earlier decision was made with.
///
/// # Errors
/// There is no such decision, or it held nothing against a reference.
pub fn references(reader: &mut dyn Reader, decision: &str) -> Result<Vec<(String, f64)>, CommandError> {
    let all = reader.decisions()?;
    let stored = named(&all, decision)?;
    let document: Value = serde_json::from_str(&stored.document).unwrap_or_default();
    let references = document.get("references").and_then(Value::as_object);
    let numbers =
        references.into_iter().flatten().filter_map(|(name, value)| Some((name.clone(), value.as_f64()?)));
    let found: Vec<(String, f64)> = numbers.collect();
    if found.is_empty() {
        return Err(CommandError::input(format!("decision {} has no references", stored.id.short()))
            .hint("only metrics such as cost and latency have one, and only under some formulas"));
    }
    Ok(found)
}

/// Lists or repeats.
///
/// # Errors
/// There is no store, or no such decision.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let mut reader = batches::reader(context)?;
    let mut found = reader.decisions()?;
    if let Some(reference) = &args.replay {
        let stored = named(&found, reference)?.clone();
        return replay(&stored, reader.as_mut(), context);
    }
    found.truncate(args.limit);
    if context.json {
        let rows: Vec<Value> = found.iter().map(row_json).collect();
        context.document("proto.decisions/1", json!({ "decisions": rows }))?;
        return Ok(Exit::Done);
    }
    if found.is_empty() {
        context.say("nothing has been decided yet: `proto choose-winner` decides on the latest batch")?;
        return Ok(Exit::Done);
    }
    let rows = found.iter().map(|stored| {
        vec![
            stored.id.short(),
            formats::numbers::moment(stored.at),
            stored.experiment.clone(),
            stored.verdict.clone(),
            stored.winner.clone().unwrap_or_else(|| "–".to_owned()),
            weights(stored),
        ]
    });
    let heads = ["decision", "made", "experiment", "verdict", "winner", "weights"];
    write!(context.out, "{}", formats::grid(&heads, rows, context.layout))?;
    Ok(Exit::Done)
}

fn weights(stored: &StoredDecision) -> String {
    let rule = stored.request.get("rule").map(rule_from_json).unwrap_or_default();
    let one = |(name, weight): &(String, f64)| format!("{name}={weight}");
    rule.weights.iter().map(one).collect::<Vec<_>>().join(",")
}

fn named<'a>(all: &'a [StoredDecision], reference: &str) -> Result<&'a StoredDecision, CommandError> {
    let plain = reference.replace('-', "").to_lowercase();
    let fits = |stored: &&StoredDecision| {
        let id = stored.id.to_string().replace('-', "");
        !plain.is_empty() && (id.starts_with(&plain) || id.ends_with(&plain))
    };
    let mut fitting = all.iter().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => {
            Err(CommandError::input(format!("no decision `{reference}`"))
                .hint("`proto decisions` lists them"))
        }
        (Some(_), Some(_)) => Err(CommandError::input(format!("`{reference}` fits several decisions"))
            .hint("give more digits of the id; `proto decisions --json` shows them whole")),
    }
}

fn replay(
    stored: &StoredDecision,
    reader: &mut dyn Reader,
    context: &mut Context<'_>,
) -> Result<Exit, CommandError> {
    let request = Request::from_map(&stored.request).ok_or_else(|| {
        CommandError::input(format!("decision {} says not what it was made from", stored.id))
    })?;
    let again = formats::decision_json(&request.decide(reader)?);
    let before: Value = serde_json::from_str(&stored.document).unwrap_or_default();
    let mut differing = Vec::new();
    differences("", &before, &again, &mut differing);
    let same = differing.is_empty();
    let exit = if same { Exit::Done } else { Exit::Gate };
    if context.json {
        let rows: Vec<Value> = differing
            .iter()
            .map(|(at, before, now)| json!({"at": at, "before": before, "now": now}))
            .collect();
        let body = json!({
            "decision_id": stored.id.to_string(), "identical": same, "differences": rows, "decision": again,
        });
        context.document("proto.replay/1", body)?;
        return Ok(exit);
    }
    let winner = stored.winner.as_ref().map_or(String::new(), |winner| format!(" {winner}"));
    let title = format!("decision {}: {}{winner}", stored.id.short(), stored.verdict);
    if same {
        writeln!(context.out, "{title}; decided again, it is the same to the last bit")?;
        return Ok(exit);
    }
    writeln!(context.out, "{title}; decided again, it differs:")?;
    for (at, before, now) in &differing {
        writeln!(context.out, "  {at}: {before} -> {now}")?;
    }
    writeln!(
        context.out,
        "runs or scores of its batches were added or replaced since, or proto is another release"
    )?;
    Ok(exit)
}

/// The places where two documents differ, in order, with both values. What the earlier one does not say (fields are only
/// ever added) is no difference.
fn differences(at: &str, before: &Value, now: &Value, found: &mut Vec<(String, Value, Value)>) {
    match (before, now) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, x) in a {
                let y = b.get(key).unwrap_or(&Value::Null);
                let dot = if at.is_empty() { "" } else { "." };
                differences(&format!("{at}{dot}{key}"), x, y, found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (i, (x, y)) in a.iter().zip(b).enumerate() {
                differences(&format!("{at}[{i}]"), x, y, found);
            }
        }
        _ => {
            // As written: 0 and -0 are equal, but not the same.
            let (was, is) = (before.to_string(), now.to_string());
            if was != is {
                found.push((at.to_owned(), before.clone(), now.clone()));
            }
        }
    }
}

fn row_json(stored: &StoredDecision) -> Value {
    let document: Value = serde_json::from_str(&stored.document).unwrap_or_default();
    json!({
        "decision_id": stored.id.to_string(), "at": stored.at.to_string(), "project": stored.project,
        "experiment": stored.experiment, "verdict": stored.verdict, "winner": stored.winner,
        "request": stored.request, "decision": document,
    })
}
