//! The measurements of one or several batches of one dataset, by version and case.
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::{Batch, Digest, RunStatus, WinnerRule};
use crate::metrics::Facts;
use crate::plan::{EvaluatorSettings, RaceSettings, RacedOut, Settings, VersionSettings};
use crate::registry::nearest;
use crate::stores::{MeasuredValue, Measurement};

/// What is to be compared.
#[derive(Debug)]
pub struct Data {
    pub(super) project: String,
    pub(super) experiment: String,
    pub(super) batches: Vec<(String, Timestamp)>,
    pub(super) dataset: Digest,
    pub(super) planned_cases: u64,
    pub(super) settings: Settings,
    pub(super) baseline: String,
    pub(super) cases: Vec<CaseKey>,
    pub(super) versions: Vec<Measured>,
    case_index: HashMap<Arc<str>, u32>,
    version_index: HashMap<Digest, usize>,
    evaluator_index: HashMap<(Arc<str>, Digest), u16>,
    pub(super) races: Vec<RaceSettings>,
    left_out: HashSet<String>,
    clusters: HashMap<Arc<str>, u32>,
}

/// What the statistics know of a case.
#[derive(Clone, Debug)]
pub(super) struct CaseKey {
    pub id: Arc<str>,
    pub cluster: Option<u32>,
    pub slices: Arc<str>,
}

/// One version's runs.
#[derive(Debug)]
pub(super) struct Measured {
    pub name: String,
    pub hash: Digest,
    pub settings: VersionSettings,
    pub runs: Vec<RunFacts>,
}

/// One run, as the statistics see it.
#[derive(Clone, Debug)]
pub(super) struct RunFacts {
    pub case: u32,
    pub repeat: u32,
    pub facts: Facts,
    pub queue_s: f64,
    pub backoff_s: f64,
    pub attempts: u32,
    pub cache_hit: bool,
    pub spent_usd: Option<f64>,
    pub scores: Vec<(u16, MeasuredValue)>,
}

/// What cannot be compared or decided, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// A batch that this release cannot read the plan of.
    #[error("batch {0} does not say what it planned")]
    NoSettings(String),
    /// Batches over different cases.
    #[error("batches {0} and {1} ran over different cases, so their numbers do not compare")]
    DatasetDiffers(String, String),
    /// A name nobody declared.
    #[error("no {what} `{name}`")]
    Unknown {
        /// `version`, `metric`, `slice`.
        what: &'static str,
        /// As written.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Weights that select nothing.
    #[error("{0}")]
    Weights(String),
    /// Nothing to decide on.
    #[error("{0}")]
    Nothing(String),
}

impl DataError {
    /// What to type.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { name, known, .. } => {
                Some(match nearest(name, known.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are: {}", known.join(", ")),
                })
            }
            Self::DatasetDiffers(..) => Some("`proto log` says what each batch ran over".to_owned()),
            Self::NoSettings(_) | Self::Weights(_) | Self::Nothing(_) => None,
        }
    }

    pub(super) fn unknown(what: &'static str, name: &str, known: Vec<String>) -> Self {
        Self::Unknown { what, name: name.to_owned(), known }
    }
}

impl Data {
    /// An empty frame for these batches; versions of the same hash pool, the latest batch's settings rule.
    ///
    /// # Errors
    /// There is no batch, one has no settings, or they ran over different cases.
    pub fn new(batches: &[Batch]) -> Result<Self, DataError> {
        let latest = batches.iter().max_by_key(|batch| batch.started);
        let latest = latest.ok_or_else(|| DataError::Nothing("there is no batch to compare".to_owned()))?;
        if let Some(other) = batches.iter().find(|batch| batch.dataset != latest.dataset) {
            return Err(DataError::DatasetDiffers(latest.id.short(), other.id.short()));
        }
        let mut all = Vec::with_capacity(batches.len());
        for batch in batches {
            let settings = Settings::from_map(&batch.settings);
            all.push(settings.ok_or_else(|| DataError::NoSettings(batch.id.short()))?);
        }
        let settings =
            Settings::from_map(&latest.settings).ok_or_else(|| DataError::NoSettings(latest.id.short()))?;
        let versions = versions(&all);
        let first = versions.first().map_or(String::new(), |version| version.name.clone());
        let baseline = latest.baseline.clone().unwrap_or(first);
        let mut listed: Vec<(String, Timestamp)> =
            batches.iter().map(|batch| (batch.id.short(), batch.started)).collect();
        listed.sort_by_key(|(_, started)| *started);
        Ok(Self {
            project: latest.project.clone(),
            experiment: latest.experiment.clone(),
            batches: listed,
            dataset: latest.dataset,
            planned_cases: latest.cases,
            baseline,
            cases: Vec::new(),
            case_index: HashMap::new(),
            version_index: versions.iter().enumerate().map(|(i, version)| (version.hash, i)).collect(),
            evaluator_index: evaluator_index(&settings.evaluators),
            left_out: all.iter().flat_map(|settings| settings.left_out.iter().cloned()).collect(),
            races: all.iter().filter_map(|settings| settings.race.clone()).collect(),
            clusters: HashMap::new(),
            versions,
            settings,
        })
    }

    /// Takes one measurement in; of a version that is not compared, of a run the plan no longer holds, or by an
    /// evaluator of another hash, nothing.
    pub fn push(&mut self, measurement: Measurement) {
        if let Some((version, facts)) = self.facts(measurement) {
            self.versions[version].runs.push(facts);
        }
    }

    /// The version of that identity.
    pub(super) fn index_of(&self, version: &Digest) -> Option<usize> {
        self.version_index.get(version).copied()
    }

    /// Whether every evaluator has judged the run.
    pub(super) fn is_scored(&self, measurement: &Measurement) -> bool {
        let has = |key: &(Arc<str>, Digest)| {
            measurement.scores.iter().any(|score| score.evaluator == key.0 && score.hash == key.1)
        };
        self.evaluator_index.keys().all(has)
    }

    /// A measurement as the statistics see it, with the index of its version.
    pub(super) fn facts(&mut self, measurement: Measurement) -> Option<(usize, RunFacts)> {
        let &version = self.version_index.get(&measurement.version)?;
        if !self.left_out.is_empty() && self.left_out.contains(&measurement.run.to_string()) {
            return None;
        }
        let case = self.case(&measurement);
        let score = |score: &crate::stores::MeasuredScore| {
            let key = (score.evaluator.clone(), score.hash);
            Some((*self.evaluator_index.get(&key)?, score.value))
        };
        let scores = measurement.scores.iter().filter_map(score).collect();
        let facts = RunFacts {
            case,
            repeat: measurement.repeat,
            facts: measurement.facts,
            queue_s: measurement.queue_s,
            backoff_s: measurement.backoff_s,
            attempts: measurement.attempts,
            cache_hit: measurement.cache_hit,
            spent_usd: measurement.spent_usd,
            scores,
        };
        Some((version, facts))
    }

    /// The decision rule the batch was planned with.
    #[must_use]
    pub fn rule(&self) -> WinnerRule {
        self.settings.rule()
    }

    /// Whether versions could be stopped while the runs were made: intervals must pay for that.
    pub(super) fn is_raced(&self) -> bool {
        !self.races.is_empty()
    }

    /// What a race said of a version it stopped.
    pub(super) fn raced_out(&self, version: &Measured) -> Option<&RacedOut> {
        let out = self.races.iter().flat_map(|race| &race.out);
        out.into_iter().find(|out| out.hash == version.settings.hash)
    }

    /// Whether the version was to make every planned run.
    pub(super) fn runs_all(&self, version: &Measured) -> bool {
        self.races.iter().all(|race| race.ran_all(&version.settings.hash))
    }

    /// The gates the batch was planned with, as written.
    #[must_use]
    pub fn gates(&self) -> &[String] {
        &self.settings.gates
    }

    /// The version of that name.
    pub(super) fn version(&self, name: &str) -> Result<usize, DataError> {
        let names = || self.versions.iter().map(|version| version.name.clone()).collect();
        let found = self.versions.iter().position(|version| version.name == name);
        found.ok_or_else(|| DataError::unknown("version", name, names()))
    }

    /// Which cases count: those of a slice, or all.
    pub(super) fn selected(&self, slice: Option<&str>) -> Result<Vec<bool>, DataError> {
        let Some(slice) = slice else { return Ok(vec![true; self.cases.len()]) };
        if !self.settings.slices.iter().any(|name| name == slice) {
            return Err(DataError::unknown("slice", slice, self.settings.slices.clone()));
        }
        Ok(self.cases.iter().map(|case| case.slices.split(',').any(|name| name == slice)).collect())
    }

    /// The cluster of each case, `None` when every case stands for itself.
    pub(super) fn groups(&self) -> Option<Vec<u32>> {
        if !self.settings.clustered {
            return None;
        }
        let unclustered = u32::try_from(self.clusters.len()).unwrap_or(u32::MAX);
        Some(self.cases.iter().map(|case| case.cluster.unwrap_or(unclustered)).collect())
    }

    /// Whether every case was run at most once under every version.
    pub(super) fn one_run(&self) -> bool {
        self.settings.repeats <= 1
            && self.versions.iter().all(|version| version.runs.iter().all(|run| run.repeat == 0))
    }

    fn case(&mut self, measurement: &Measurement) -> u32 {
        if let Some(&index) = self.case_index.get(&measurement.case_id) {
            return index;
        }
        let index = u32::try_from(self.cases.len()).unwrap_or(u32::MAX);
        let next = u32::try_from(self.clusters.len()).unwrap_or(u32::MAX);
        let cluster =
            measurement.cluster.as_ref().map(|name| *self.clusters.entry(name.clone()).or_insert(next));
        self.cases.push(CaseKey {
            id: measurement.case_id.clone(),
            cluster,
            slices: measurement.slices.clone(),
        });
        self.case_index.insert(measurement.case_id.clone(), index);
        index
    }
}

impl Measured {
    /// Runs with that status.
    pub fn count(&self, status: RunStatus) -> u64 {
        self.runs.iter().filter(|run| run.facts.status == status).count() as u64
    }
}

fn evaluator_index(evaluators: &[EvaluatorSettings]) -> HashMap<(Arc<str>, Digest), u16> {
    let key = |evaluator: &EvaluatorSettings| Some((Arc::from(evaluator.name.as_str()), evaluator.digest()?));
    evaluators.iter().zip(0..).filter_map(|(evaluator, i)| Some((key(evaluator)?, i))).collect()
}

/// The versions of all batches, once each; two of one name are told apart by their X.Y.
fn versions(all: &[Settings]) -> Vec<Measured> {
    let mut found: Vec<Measured> = Vec::new();
    for version in all.iter().flat_map(|settings| &settings.versions) {
        let Some(hash) = version.digest() else { continue };
        if !found.iter().any(|known| known.hash == hash && known.settings.name == version.name) {
            let (name, settings) = (version.name.clone(), version.clone());
            found.push(Measured { name, hash, settings, runs: Vec::new() });
        }
    }
    let twice = |name: &str, found: &[Measured]| found.iter().filter(|v| v.settings.name == name).count() > 1;
    let names: Vec<String> = found
        .iter()
        .map(|v| {
            if twice(&v.settings.name, &found) {
                format!("{}@{}", v.settings.name, v.settings.label)
            } else {
                v.name.clone()
            }
        })
        .collect();
    found.iter_mut().zip(names).for_each(|(version, name)| version.name = name);
    found
}
