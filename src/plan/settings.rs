//! What a batch remembers of its plan, so that `compare` and `choose-winner` need no experiment file. Stored as the
//! JSON of `Batch::settings`; fields are only ever added, each with a default.
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Notes;
use crate::domain::{
    Digest, Experiment, Formula, Gate, GateMode, GateOp, Map, Missing, Money, OnError, Threshold, TiePrefer,
    WinnerRule,
};
use crate::evaluators::EVALUATORS;
use crate::spec::dataset::Partition;

/// A batch's plan, remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Repeats of each case.
    pub repeats: u32,
    /// Whether cases belong to clusters.
    #[serde(default)]
    pub clustered: bool,
    /// The field whose values the clusters are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_by: Option<String>,
    /// The field that holds how much a case counts; all alike without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_by: Option<String>,
    /// Names of the declared slices.
    #[serde(default)]
    pub slices: Vec<String>,
    /// The versions, in the file's order.
    pub versions: Vec<VersionSettings>,
    /// The evaluators, in the file's order.
    #[serde(default)]
    pub evaluators: Vec<EvaluatorSettings>,
    /// Ids of stored runs that the plan no longer holds: their case was edited or removed, or their version was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// Dollars that may be spent: what a resumed batch keeps to when nobody says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_usd: Option<f64>,
    /// Dollars spent on runs that were made again since: gone all the same.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub replaced_usd: f64,
    /// Gates as written.
    #[serde(default)]
    pub gates: Vec<String>,
    /// The decision rule.
    #[serde(default)]
    pub winner: Value,
    /// The part of the dataset it ran over; all of it without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<PartSettings>,
    /// How it was raced, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub race: Option<RaceSettings>,
}

/// The part of a dataset that a batch ran over. Its batch names the whole dataset's hash, and its own part's cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSettings {
    /// `hash:M/N`.
    pub partition: String,
    /// Cases of all parts together.
    pub whole_cases: u64,
}

impl PartSettings {
    /// Which part of how many.
    #[must_use]
    pub fn partition(&self) -> Option<Partition> {
        Partition::parse(&self.partition).ok()
    }
}

/// A raced batch: what was asked, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RaceSettings {
    /// Difference in utility below which the race may end early.
    #[serde(default)]
    pub rope: Option<f64>,
    /// Names of versions that are never stopped.
    #[serde(default)]
    pub keep: Vec<String>,
    /// The versions it stopped, in order.
    #[serde(default)]
    pub out: Vec<RacedOut>,
    /// Cases after which nobody needed to run on.
    #[serde(default)]
    pub over_after: Option<u64>,
}

/// A version that a race stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RacedOut {
    /// Its hash, 64 hex digits.
    pub hash: String,
    /// Name of the version that beat it.
    pub by: String,
    /// Cases the race had seen.
    pub after_cases: u64,
    /// How far behind it was then, in utility.
    pub margin: f64,
}

impl RaceSettings {
    /// Whether the race let the version make every planned run.
    #[must_use]
    pub fn ran_all(&self, hash: &str) -> bool {
        self.over_after.is_none() && !self.out.iter().any(|out| out.hash == hash)
    }
}

/// One version of the batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionSettings {
    /// Its name.
    pub name: String,
    /// Its hash, 64 hex digits.
    pub hash: String,
    /// X.Y.
    #[serde(default)]
    pub label: String,
    /// What answers.
    pub model: String,
    /// Whether its answers are simulated.
    #[serde(default)]
    pub simulated: bool,
    /// Whether its answers are recorded ones.
    #[serde(default)]
    pub recorded: bool,
    /// Whether its cost can be known at all.
    #[serde(default)]
    pub priced: bool,
    /// What is recorded about it and not hashed.
    #[serde(default, skip_serializing_if = "Notes::is_empty")]
    pub notes: Notes,
}

/// One evaluator of the batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluatorSettings {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// Its hash, 64 hex digits.
    pub hash: String,
    /// Its share of the `score` group.
    pub weight: f64,
    /// Whether every verdict is a pass or a fail.
    #[serde(default)]
    pub binary: bool,
    /// Its threshold's operator and value.
    #[serde(default)]
    pub pass: Option<(String, f64)>,
}

impl Settings {
    /// The settings of an experiment's evaluators, gates and decision rule; the caller adds versions.
    #[must_use]
    pub fn of(experiment: &Experiment) -> Self {
        Self {
            repeats: experiment.run.repeats,
            clustered: experiment.dataset.cluster_by.is_some(),
            cluster_by: experiment.dataset.cluster_by.clone(),
            weight_by: experiment.dataset.weight_by.clone(),
            slices: experiment.dataset.slices.iter().map(|(name, _)| name.clone()).collect(),
            versions: Vec::new(),
            evaluators: experiment.evaluators.iter().map(EvaluatorSettings::of).collect(),
            left_out: Vec::new(),
            budget_usd: experiment.run.budget.map(Money::usd),
            replaced_usd: 0.0,
            gates: experiment.gates.iter().map(|gate: &Gate| gate.text.clone()).collect(),
            winner: rule_to_json(&experiment.winner),
            part: None,
            race: None,
        }
    }

    /// As stored.
    #[must_use]
    pub fn to_map(&self) -> Map {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        }
    }

    /// As read back; `None` when it is no settings object.
    #[must_use]
    pub fn from_map(map: &Map) -> Option<Self> {
        serde_json::from_value(Value::Object(map.clone())).ok()
    }

    /// Whether both ran over parts of one split: the same versions, evaluators and repeats, and as many parts of as
    /// many cases. That it is the same dataset, its batch's hash says.
    #[must_use]
    pub fn same_split(&self, other: &Self) -> bool {
        fn split(settings: &Settings) -> Option<(u64, u64)> {
            let part = settings.part.as_ref()?;
            Some((part.partition()?.n(), part.whole_cases))
        }
        let versions =
            |s: &Self| s.versions.iter().map(|v| (v.name.clone(), v.hash.clone())).collect::<Vec<_>>();
        let evaluators =
            |s: &Self| s.evaluators.iter().map(|e| (e.name.clone(), e.hash.clone())).collect::<Vec<_>>();
        split(self).is_some()
            && split(self) == split(other)
            && self.repeats == other.repeats
            && versions(self) == versions(other)
            && evaluators(self) == evaluators(other)
    }

    /// The decision rule, defaults where the store says nothing.
    #[must_use]
    pub fn rule(&self) -> WinnerRule {
        rule_from_json(&self.winner)
    }
}

impl VersionSettings {
    /// Whether its answers are at hand, simulated or recorded: their times are given, and nobody waits for them. Older
    /// releases noted of a recording only where it lies.
    #[must_use]
    pub fn is_at_hand(&self) -> bool {
        self.simulated || self.recorded || self.notes.recording.is_some()
    }

    /// Its identity.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        Digest::from_hex(&self.hash)
    }
}

impl EvaluatorSettings {
    fn of(spec: &crate::domain::EvaluatorSpec) -> Self {
        Self {
            name: spec.name.clone(),
            kind: spec.kind.clone(),
            hash: spec.hash.hex(),
            weight: spec.weight,
            binary: EVALUATORS.find(&spec.kind).is_some_and(|row| row.make.binary),
            pass: spec.pass.map(|threshold| (threshold.op.symbol().to_owned(), threshold.value)),
        }
    }

    /// Its identity.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        Digest::from_hex(&self.hash)
    }

    /// Its threshold.
    #[must_use]
    pub fn threshold(&self) -> Option<Threshold> {
        let (op, value) = self.pass.as_ref()?;
        Some(Threshold { op: GateOp::parse(op)?, value: *value })
    }
}

fn is_nothing(usd: &f64) -> bool {
    *usd == 0.0
}

/// A decision rule as stored.
#[must_use]
pub fn rule_to_json(rule: &WinnerRule) -> Value {
    serde_json::json!({
        "baseline": rule.baseline,
        "weights": rule.weights.iter().cloned().map(|(k, v)| (k, Value::from(v))).collect::<Map>(),
        "formula": rule.formula.name(),
        "references": rule.references.iter().cloned().map(|(k, v)| (k, Value::from(v))).collect::<Map>(),
        "rope": rule.rope,
        "confidence": rule.confidence,
        "on_error": rule.on_error.name(),
        "missing": rule.missing.name(),
        "min_coverage": rule.min_coverage,
        "tie_prefer": rule.tie_prefer.name(),
        "gate_mode": rule.gate_mode.name(),
        "seed": rule.seed,
        "promote": rule.promote,
    })
}

/// A decision rule as read back, defaults where nothing is said.
#[must_use]
pub fn rule_from_json(value: &Value) -> WinnerRule {
    let default = WinnerRule::default();
    let text = |key: &str| value[key].as_str();
    let number = |key: &str, otherwise: f64| value[key].as_f64().unwrap_or(otherwise);
    let numbers = |key: &str| -> Vec<(String, f64)> {
        let map = value[key].as_object().into_iter().flatten();
        map.filter_map(|(name, n)| Some((name.clone(), n.as_f64()?))).collect()
    };
    WinnerRule {
        baseline: text("baseline").map(str::to_owned),
        weights: numbers("weights"),
        formula: text("formula").and_then(Formula::parse).unwrap_or(default.formula),
        references: numbers("references"),
        rope: number("rope", default.rope),
        confidence: number("confidence", default.confidence),
        on_error: text("on_error").and_then(OnError::parse).unwrap_or(default.on_error),
        missing: text("missing").and_then(Missing::parse).unwrap_or(default.missing),
        min_coverage: number("min_coverage", default.min_coverage),
        tie_prefer: text("tie_prefer").and_then(TiePrefer::parse).unwrap_or(default.tie_prefer),
        gate_mode: text("gate_mode").and_then(GateMode::parse).unwrap_or(default.gate_mode),
        seed: value["seed"].as_u64().unwrap_or(default.seed),
        promote: text("promote").map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_survives_the_store() {
        let rule = WinnerRule {
            baseline: Some("a".into()),
            weights: vec![("score".into(), 0.6), ("cost".into(), 0.4)],
            references: vec![("latency".into(), 1.5)],
            rope: 0.02,
            tie_prefer: TiePrefer::Baseline,
            ..WinnerRule::default()
        };
        assert_eq!(rule_from_json(&rule_to_json(&rule)), rule);
        assert_eq!(rule_from_json(&Value::Null), WinnerRule::default());
    }
}
