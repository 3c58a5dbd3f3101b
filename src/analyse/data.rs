//! The measurements of one or several batches of one dataset, by version and case.
mod cases;
mod column;
mod named;
mod parts;
mod runs;
mod settle;

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

pub(super) use self::cases::Cases;
use self::named::{find, versions};
pub(super) use self::runs::{RunFacts, Runs};
use crate::domain::{Batch, Digest, RunStatus, WinnerRule};
use crate::metrics::name::told_only;
use crate::plan::{EvaluatorSettings, RaceSettings, RacedOut, Settings, VersionSettings, notes};
use crate::registry::known_instead;
use crate::stores::{MeasuredCase, MeasuredScore, MeasuredValue, Measurement};

/// What is to be compared.
#[derive(Debug)]
pub struct Data {
    pub(super) project: String,
    pub(super) experiment: String,
    pub(super) batches: Vec<(String, Timestamp)>,
    pub(super) dataset: Digest,
    pub(super) planned_cases: u64,
    /// Runs that each version was to make, over all batches.
    pub(super) planned_runs: u64,
    /// Parts of the split that nobody ran, `hash:M/N`: caveats.
    pub(super) missing_parts: Vec<String>,
    pub(super) settings: Settings,
    pub(super) baseline: String,
    pub(super) cases: Cases,
    pub(super) versions: Vec<Measured>,
    /// What each evaluator's scores are called, here and in the other batches.
    evaluators: Vec<Vec<(Arc<str>, Digest)>>,
    pub(super) races: Vec<RaceSettings>,
    left_out: HashSet<String>,
    /// Versions of which a dependency changed between the batches, with what: caveats.
    pub(super) leaned: Vec<(String, Vec<String>)>,
    /// Compared although they differ, since a person insisted: caveats.
    pub(super) forced: Vec<DataError>,
}

/// One version's runs.
#[derive(Debug)]
pub(super) struct Measured {
    pub name: String,
    pub hash: Digest,
    pub settings: VersionSettings,
    pub runs: Runs,
}

impl Measured {
    /// Over the cases selected: runs that were made, and those of them that failed by its own fault.
    pub(super) fn fared(&self, selected: &[bool]) -> (u64, u64) {
        let runs = || self.runs.iter().filter(|run| selected[run.case() as usize]);
        let of = |status| runs().filter(|run| run.status() == status).count() as u64;
        let failed = of(RunStatus::Error);
        (of(RunStatus::Ok) + failed, failed)
    }
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
    /// One evaluator's name with two meanings.
    #[error(
        "batches {1} and {2} were scored by different evaluators of the name `{0}`, so their scores do not compare"
    )]
    EvaluatorDiffers(String, String, String),
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
            Self::Unknown { what, name, known } => {
                let told = told_only(name).filter(|_| what.starts_with("metric"));
                Some(told.map_or_else(|| known_instead(name, known), str::to_owned))
            }
            Self::DatasetDiffers(..) => {
                Some("`--force` compares them anyway and says so; `proto log` says what each ran over".to_owned())
            }
            Self::EvaluatorDiffers(..) => {
                Some("`proto evaluate FILE` scores a batch with today's evaluators; `--force` compares them anyway and says so".to_owned())
            }
            Self::NoSettings(_) | Self::Weights(_) | Self::Nothing(_) => None,
        }
    }

    pub(super) fn unknown(what: &'static str, name: &str, known: Vec<String>) -> Self {
        Self::Unknown { what, name: name.to_owned(), known }
    }
}

impl Data {
    /// An empty frame for these batches; versions of the same hash pool, the latest batch's settings rule. With `force`
    /// other cases and evaluators of another hash pool too, and every output says so.
    ///
    /// # Errors
    /// There is no batch, one has no settings, or (without `force`) they ran over different cases or were scored by
    /// different evaluators of one name.
    pub fn new(batches: &[Batch], force: bool) -> Result<Self, DataError> {
        let latest = batches.iter().max_by_key(|batch| batch.started);
        let latest = latest.ok_or_else(|| DataError::Nothing("there is no batch to compare".to_owned()))?;
        let other = batches.iter().find(|batch| batch.dataset != latest.dataset);
        let mut forced: Vec<DataError> = other
            .map(|other| DataError::DatasetDiffers(latest.id.short(), other.id.short()))
            .into_iter()
            .collect();
        let mut all = Vec::with_capacity(batches.len());
        for batch in batches {
            let settings = Settings::from_map(&batch.settings);
            all.push(settings.ok_or_else(|| DataError::NoSettings(batch.id.short()))?);
        }
        let settings =
            Settings::from_map(&latest.settings).ok_or_else(|| DataError::NoSettings(latest.id.short()))?;
        let evaluators = evaluators(&settings.evaluators, &all);
        forced.extend(evaluators_that_differ(latest, &settings, batches, &all));
        if let Some(refused) = forced.first().filter(|_| !force) {
            return Err(refused.clone());
        }
        let versions = versions(&all, evaluators.len());
        let first = versions.first().map_or(String::new(), |version| version.name.clone());
        let baseline = latest.baseline.as_deref().and_then(|name| find(&versions, name));
        let baseline = baseline.map_or(first, |index| versions[index].name.clone());
        let mut listed: Vec<(String, Timestamp)> =
            batches.iter().map(|batch| (batch.id.short(), batch.started)).collect();
        listed.sort_by_key(|(_, started)| *started);
        Ok(Self {
            project: latest.project.clone(),
            experiment: latest.experiment.clone(),
            batches: listed,
            dataset: latest.dataset,
            planned_cases: parts::cases(latest, batches, &all),
            planned_runs: batches.iter().map(|batch| batch.cases).sum::<u64>()
                * u64::from(settings.repeats.max(1)),
            missing_parts: parts::missing(batches, &all),
            baseline,
            cases: Cases::new(),
            evaluators,
            leaned: notes::changed(all.iter().map(|settings| settings.versions.as_slice())),
            forced,
            left_out: all.iter().flat_map(|settings| settings.left_out.iter().cloned()).collect(),
            races: all.iter().filter_map(|settings| settings.race.clone()).collect(),
            versions,
            settings,
        })
    }

    /// Takes a case in and numbers it, from 0. One that came before may come again.
    pub fn push_case(&mut self, case: &MeasuredCase) -> u32 {
        self.cases.push(case)
    }

    /// Takes a run of that case in; of a version that is not compared, of a run the plan no longer holds, or by an
    /// evaluator of another hash, nothing.
    pub fn push(&mut self, case: u32, run: &Measurement) {
        let Some(version) = self.index_of(&run.version) else { return };
        if !self.left_out.is_empty() && self.left_out.contains(&run.run.to_string()) {
            return;
        }
        let evaluators = &self.evaluators;
        self.versions[version].runs.push(case, run, |evaluator| score(&evaluators[evaluator], run));
    }

    /// How many cases came.
    #[must_use]
    pub fn cases(&self) -> usize {
        self.cases.len()
    }

    /// Those runs of one case by themselves.
    pub(super) fn runs_of<'a>(&self, runs: impl Iterator<Item = &'a Measurement>) -> Runs {
        let mut all = Runs::new(self.evaluators.len());
        for run in runs {
            all.push(0, run, |evaluator| score(&self.evaluators[evaluator], run));
        }
        all
    }

    /// The version of that identity.
    pub(super) fn index_of(&self, version: &Digest) -> Option<usize> {
        self.versions.iter().rposition(|known| known.hash == *version)
    }

    /// Whether every evaluator has judged the run.
    pub(super) fn is_scored(&self, run: &Measurement) -> bool {
        self.evaluators.iter().all(|names| score(names, run).is_some())
    }

    /// The decision rule the batch was planned with.
    #[must_use]
    pub fn rule(&self) -> WinnerRule {
        let mut rule = self.settings.rule();
        let full = |name: String| find(&self.versions, &name).map_or(name, |v| self.versions[v].name.clone());
        // A batch of other versions is decided against its own baseline.
        let is_there = |name: &String| find(&self.versions, name).is_some();
        rule.baseline = rule.baseline.filter(is_there).map(full);
        rule
    }

    /// The name under which a version is compared: of `NAME`, `NAME@1.2`, `NAME@latest` or `NAME@sha256:…`.
    ///
    /// # Errors
    /// No version that is compared is called that.
    pub fn name_of(&self, reference: &str) -> Result<&str, DataError> {
        Ok(&self.versions[self.version(reference)?].name)
    }

    /// The project.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
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

    /// The version of that name or reference.
    pub(super) fn version(&self, name: &str) -> Result<usize, DataError> {
        let names = || self.versions.iter().map(|version| version.name.clone()).collect();
        find(&self.versions, name).ok_or_else(|| DataError::unknown("version", name, names()))
    }

    /// Which cases count: those of a slice, or all.
    pub(super) fn selected(&self, slice: Option<&str>) -> Result<Vec<bool>, DataError> {
        let Some(slice) = slice else { return Ok(vec![true; self.cases.len()]) };
        if !self.settings.slices.iter().any(|name| name == slice) {
            return Err(DataError::unknown("slice", slice, self.settings.slices.clone()));
        }
        let is_of = |case| self.cases.slices(case).split(',').any(|name| name == slice);
        Ok((0..self.cases.len()).map(is_of).collect())
    }

    /// The cluster of each case, `None` when every case stands for itself.
    pub(super) fn groups(&self) -> Option<Vec<u32>> {
        if !self.settings.clustered {
            return None;
        }
        let unclustered = u32::try_from(self.cases.clusters()).unwrap_or(u32::MAX);
        Some((0..self.cases.len()).map(|case| self.cases.cluster(case).unwrap_or(unclustered)).collect())
    }

    /// The field that says so, where cases do not count alike.
    pub(super) fn weight_by(&self) -> Option<String> {
        self.settings.weight_by.clone().filter(|_| self.weights().is_some())
    }

    /// How much each case counts; `None` when all count alike.
    pub(super) fn weights(&self) -> Option<Arc<[f64]>> {
        self.settings.weight_by.as_ref()?;
        let weights: Vec<f64> =
            (0..self.cases.len()).map(|case| self.cases.weight(case).unwrap_or(1.0)).collect();
        let first = *weights.first()?;
        weights.iter().any(|weight| *weight != first).then(|| weights.into())
    }

    /// Whether every case was run at most once under every version: neither repeated nor in several batches. Of settled
    /// data, where runs of one case are neighbours.
    pub(super) fn one_run(&self) -> bool {
        let once = |version: &Measured| {
            let cases = version.runs.iter().map(RunFacts::case);
            cases.clone().zip(cases.skip(1)).all(|(one, next)| one != next)
        };
        self.settings.repeats <= 1 && self.versions.iter().all(once)
    }
}

impl Measured {
    /// Runs with that status.
    pub fn count(&self, status: RunStatus) -> u64 {
        self.runs.iter().filter(|run| run.status() == status).count() as u64
    }
}

/// What the scores of each evaluator are called: by the latest batch's, and by those of the same name in the others.
fn evaluators(latest: &[EvaluatorSettings], all: &[Settings]) -> Vec<Vec<(Arc<str>, Digest)>> {
    let names = |evaluator: &EvaluatorSettings| {
        let named = all.iter().flat_map(|settings| &settings.evaluators).filter(|e| e.name == evaluator.name);
        let mut names: Vec<_> =
            named.filter_map(|e| Some((Arc::from(e.name.as_str()), e.digest()?))).collect();
        names.dedup();
        names
    };
    latest.iter().map(names).collect()
}

/// What one evaluator said of a run.
fn score(names: &[(Arc<str>, Digest)], run: &Measurement) -> Option<MeasuredValue> {
    let is_its = |score: &&MeasuredScore| {
        names.iter().any(|(name, hash)| score.hash == *hash && score.evaluator == *name)
    };
    run.scores.iter().find(is_its).map(|score| score.value)
}

/// Evaluators of one name and another hash than the latest batch's.
fn evaluators_that_differ(
    latest: &Batch,
    settings: &Settings,
    batches: &[Batch],
    all: &[Settings],
) -> Vec<DataError> {
    let mut found = Vec::new();
    for (batch, other) in batches.iter().zip(all) {
        for evaluator in &other.evaluators {
            let known = settings.evaluators.iter().find(|known| known.name == evaluator.name);
            if known.is_some_and(|known| known.hash != evaluator.hash) {
                let (name, ids) = (evaluator.name.clone(), (latest.id.short(), batch.id.short()));
                found.push(DataError::EvaluatorDiffers(name, ids.0, ids.1));
            }
        }
    }
    found
}
