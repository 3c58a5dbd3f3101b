//! Makes the plan: select, read, resolve, check, and render every prompt once so that nothing can fail later.
use std::collections::HashSet;
use std::sync::Arc;

use super::{
    Job, Mocks, Notes, Order, PartSettings, PlanError, Problem, Prompt, Selection, Settings, VersionSettings,
};
use super::{attach, check, questions, recall};
use crate::domain::{Case, Digest, Endpoint, Experiment, Price, RunKey, Target, Version};
use crate::prices::{self, PriceOrigin};
use crate::providers::{PROVIDERS, Provider, ProviderKind, Refusal, Remark, own};
use crate::spec::dataset::{self, Dataset};
use crate::stores::MeasuredCase;

/// Wrong answers a simulated model may choose from.
const WRONG_ANSWERS: usize = 64;

/// Every run that will be made. Cloning shares what is large.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The experiment.
    pub experiment: Arc<Experiment>,
    /// The versions that run, in the file's order (or the person's).
    pub versions: Vec<PlannedVersion>,
    /// The cases.
    pub dataset: Dataset,
    /// Repeats of each case.
    pub repeats: u32,
    /// What else was chosen.
    pub selection: Selection,
    /// Expected answers of the dataset, for simulated wrong ones.
    pub wrong: Vec<Arc<str>>,
    /// Worth saying, not worth stopping for.
    pub warnings: Vec<Problem>,
}

/// A version with all it needs to be run.
#[derive(Clone, Debug)]
pub struct PlannedVersion {
    /// The version.
    pub version: Arc<Version>,
    /// Its compiled prompt.
    pub prompt: Arc<Prompt>,
    /// Its tools' mocked answers.
    pub mocks: Arc<Mocks>,
    /// What translates its calls.
    pub provider: Arc<dyn Provider>,
    /// Where they go.
    pub endpoint: Endpoint,
    /// What its tokens cost, where known, and who says so.
    pub price: Option<(Price, PriceOrigin)>,
    /// Whether its answers are simulated.
    pub simulated: bool,
}

impl PlannedVersion {
    /// Whether the cost of its runs can be known: priced tokens, a price per run, or a simulated one.
    #[must_use]
    pub fn is_priced(&self) -> bool {
        self.price.is_some() || self.version.cost_per_run.is_some() || self.simulated
    }

    /// Whether its answers cost nobody anything, whatever cost they report: simulated and recorded ones.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.simulated || matches!(self.version.target, Target::Replay { .. })
    }

    /// Calls a run of that case makes, at least and at most: one a turn of the person, each with its tool loop.
    #[must_use]
    pub fn calls(&self, case: &Case) -> (u64, u64) {
        let turns = 1 + self.prompt.count_later(case) as u64;
        let most = if self.mocks.is_empty() { 1 } else { u64::from(self.version.max_turns) };
        // A tool without a mock may end the run with the first answer.
        let may_end = self.version.tools.iter().any(|tool| tool.mock.is_none());
        (if may_end { 1 } else { turns }, turns * most)
    }
}

impl Plan {
    /// How many runs the whole plan has, stored ones included.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.versions.len() as u64 * self.dataset.len() as u64 * u64::from(self.repeats)
    }

    /// The plan of a calibration: these few cases, spread evenly over the dataset, once through every version.
    #[must_use]
    pub fn calibration(&self, cases: usize) -> Self {
        let selection = Selection::default();
        Self { dataset: self.dataset.spread(cases), repeats: 1, selection, ..self.clone() }
    }

    /// The providers in the order of their first version, each with its order of jobs.
    #[must_use]
    pub fn lanes(&self) -> Vec<(Endpoint, Order)> {
        let mut lanes: Vec<(Endpoint, Vec<usize>)> = Vec::new();
        for (index, planned) in self.versions.iter().enumerate() {
            match lanes.iter_mut().find(|(endpoint, _)| endpoint.name == planned.endpoint.name) {
                Some((_, versions)) => versions.push(index),
                None => lanes.push((planned.endpoint.clone(), vec![index])),
            }
        }
        let seed = self.experiment.run.seed;
        lanes
            .into_iter()
            .map(|(endpoint, versions)| {
                (endpoint, Order::new(self.dataset.len(), versions, self.repeats, seed))
            })
            .collect()
    }

    /// The cases in the order they are run, as the statistics know them: the order of a race.
    ///
    /// # Errors
    /// The spooled dataset cannot be read.
    pub fn race_order(&self) -> Result<Vec<MeasuredCase>, PlanError> {
        let order = Order::new(self.dataset.len(), Vec::new(), 1, self.experiment.run.seed);
        let case = |&case: &u32| Ok(MeasuredCase::of(&self.dataset.get(case as usize)?));
        order.cases().iter().map(case).collect()
    }

    /// The key of one run.
    #[must_use]
    pub fn key(&self, job: Job, case: &Case) -> RunKey {
        let version = self.versions[job.version].version.hash;
        RunKey { version, case_id: case.id.clone(), inputs: case.inputs_hash, repeat: job.repeat }
    }

    /// How many runs of each version are still to be made: of a resumed batch, those it does not have.
    #[must_use]
    pub fn to_make(&self) -> Vec<u64> {
        let all = self.dataset.len() as u64 * u64::from(self.repeats);
        let mut to_make = vec![all; self.versions.len()];
        if self.selection.stored.is_empty() {
            return to_make;
        }
        for case in self.dataset.iter().flatten() {
            for (version, left) in to_make.iter_mut().enumerate() {
                let is_stored = |repeat: &u32| {
                    let job = Job { case: 0, version, repeat: *repeat };
                    self.selection.stored.contains(&self.key(job, &case).digest())
                };
                *left -= (0..self.repeats).filter(is_stored).count() as u64;
            }
        }
        to_make
    }

    /// Digests of the keys of every run of the plan: what a resumed batch is held against.
    #[must_use]
    pub fn keys(&self) -> HashSet<Digest> {
        let mut keys = HashSet::new();
        for case in self.dataset.iter().flatten() {
            for version in 0..self.versions.len() {
                let job = |repeat| Job { case: 0, version, repeat };
                keys.extend((0..self.repeats).map(|repeat| self.key(job(repeat), &case).digest()));
            }
        }
        keys
    }

    /// What the batch is to remember.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::of(&self.experiment);
        settings.repeats = self.repeats;
        settings.part = self.selection.partition.map(|partition| PartSettings {
            partition: partition.to_string(),
            whole_cases: self.dataset.whole() as u64,
        });
        settings.versions = self
            .versions
            .iter()
            .map(|planned| VersionSettings {
                name: planned.version.name.clone(),
                hash: planned.version.hash.hex(),
                label: String::new(),
                model: planned.version.target.model(),
                simulated: planned.simulated,
                recorded: matches!(planned.version.target, Target::Replay { .. }),
                priced: planned.is_priced(),
                notes: Notes::of(&planned.version, &self.experiment),
            })
            .collect();
        settings
    }

    /// The baseline among the versions that run: the declared one, else the first.
    #[must_use]
    pub fn baseline(&self) -> Option<String> {
        let declared = self.experiment.winner.baseline.as_deref();
        declared
            .and_then(|name| self.versions.iter().find(|planned| planned.version.name == name))
            .or_else(|| self.versions.first())
            .map(|planned| planned.version.name.clone())
    }
}

/// Makes the plan of an experiment.
///
/// # Errors
/// The dataset cannot be read or selects nothing, a version of the selection does not exist, a provider refuses a
/// version, a prompt does not render for some case, or the decision asks for a cost nobody knows.
pub fn make(experiment: Arc<Experiment>, selection: Selection) -> Result<Plan, PlanError> {
    let chosen =
        recall::selected(&experiment, &selection).map_err(|problem| PlanError::Problems(vec![problem]))?;
    let dataset = narrowed(&experiment, &selection)?;
    let (mut problems, mut warnings) = (Vec::new(), Vec::new());
    let mut versions = Vec::with_capacity(chosen.len());
    for version in chosen {
        match planned(&experiment, &version, &mut warnings) {
            Ok(planned) => versions.push(planned),
            Err(found) => problems.extend(found),
        }
    }
    let dataset = attach::with_files(dataset, &experiment, &versions)?;
    for planned in &versions {
        problems.extend(check::renders(planned, &dataset));
    }
    problems.extend(check::twins(&versions));
    problems.extend(check::same_evaluators(&experiment));
    problems.extend(check::costs(&experiment, &versions));
    problems.extend(check::encodes(&experiment, &versions, &dataset));
    if !problems.is_empty() {
        return Err(PlanError::Problems(problems));
    }
    warnings.extend(check::unused(&versions, &dataset));
    warnings.extend(check::budget(&experiment, &versions, &dataset));
    let repeats = selection.repeats.unwrap_or(experiment.run.repeats).max(1);
    let wrong = if versions.iter().any(|v| v.simulated) {
        dataset.distinct_expected(WRONG_ANSWERS)
    } else {
        Vec::new()
    };
    let mut plan = Plan { experiment, versions, dataset, repeats, selection, wrong, warnings };
    let (refused, warned) = questions::remarks(&plan);
    if !refused.is_empty() {
        return Err(PlanError::Problems(refused));
    }
    plan.warnings.extend(warned);
    Ok(plan)
}

fn narrowed(experiment: &Experiment, selection: &Selection) -> Result<Dataset, PlanError> {
    let dataset = dataset::load(&experiment.dataset)?;
    let sample = selection.sample.map(|n| (n, experiment.run.seed));
    Ok(dataset.narrow(selection.filter.as_deref(), selection.first, sample, selection.partition)?)
}

fn planned(
    experiment: &Experiment,
    version: &Version,
    warnings: &mut Vec<Problem>,
) -> Result<PlannedVersion, Vec<Problem>> {
    let key = |rest: &str| format!("versions.{}.{rest}", version.name);
    let endpoint = endpoint_of(experiment, version);
    let row = PROVIDERS
        .find(&endpoint.kind)
        .ok_or_else(|| vec![Problem::new(key("model"), format!("no provider `{}`", endpoint.kind))])?;
    let provider = provider_of(version, &endpoint, row.make.make).map_err(|refusal| {
        vec![Problem::new(key(refusal.key.as_deref().unwrap_or("model")), refusal.message)]
    })?;
    let (fatal, mild): (Vec<_>, Vec<_>) =
        provider.check(version).into_iter().partition(|remark| remark.fatal);
    let problem = |remark: Remark| Problem::new(key(&remark.key), remark.message);
    warnings.extend(mild.into_iter().map(problem));
    if !fatal.is_empty() {
        return Err(fatal.into_iter().map(problem).collect());
    }
    let prompt = Prompt::compile(version, &attach::folder(experiment))
        .map_err(|error| vec![check::prompt_problem(version, &error, None, &[])])?;
    let mocks = Mocks::compile(version).map_err(|(tool, part, message)| {
        vec![Problem::new(key(&format!("tools[{tool}].{part}")), message)]
    })?;
    let price = match &version.target {
        Target::Model { model, .. } => {
            prices::resolve(&experiment.pricing, &endpoint.name, &endpoint.kind, model)
        }
        _ => None,
    };
    let simulated = row.make.kind == ProviderKind::Simulated;
    Ok(PlannedVersion {
        version: Arc::new(version.clone()),
        prompt: Arc::new(prompt),
        mocks: Arc::new(mocks),
        provider,
        endpoint,
        price,
        simulated,
    })
}

/// The translator: of the endpoint for a model, of the version itself for what is written with a key of its own.
fn provider_of(
    version: &Version,
    endpoint: &Endpoint,
    make: fn(&Endpoint) -> Result<Arc<dyn Provider>, Refusal>,
) -> Result<Arc<dyn Provider>, Refusal> {
    let replies = match &version.target {
        Target::Model { .. } => return make(endpoint),
        Target::Replay { path, .. } => Some(std::fs::read_to_string(path).map_err(|error| Refusal {
            key: Some("replay".to_owned()),
            message: format!("cannot read `{}`: {error}", path.display()),
        })?),
        Target::Command(_) | Target::Http(_) => None,
    };
    own::make(version, replies.as_deref())
}

/// The endpoint a version's calls go to; programs and recorded replies have one of their own kind.
fn endpoint_of(experiment: &Experiment, version: &Version) -> Endpoint {
    let name = version.target.provider();
    experiment.endpoint(name).cloned().unwrap_or_else(|| Endpoint::plain(name, name))
}
