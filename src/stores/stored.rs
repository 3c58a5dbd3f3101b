//! What a store gives back, and by which filter: the shapes readers share, whatever keeps them.
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::{
    BatchId, Case, DecisionId, Digest, ErrorType, Label, Map, Run, RunId, RunStatus, Score, Verdict, Version,
};
use crate::metrics::Facts;
use crate::otel::genai::{self, Trace, TracedVersion};

/// One run of a batch, by what makes it the same run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// Digest of its `RunKey`.
    pub digest: Digest,
    /// Its id.
    pub run: RunId,
    /// How it ended.
    pub status: RunStatus,
}

/// The answers that may be used again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheSize {
    /// How many.
    pub entries: u64,
    /// Bytes of their texts and replies, as the store keeps them.
    pub bytes: u64,
}

/// A decision and what it was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredDecision {
    /// Its identity.
    pub id: DecisionId,
    /// When it was made.
    pub at: Timestamp,
    /// The project.
    pub project: String,
    /// The experiment.
    pub experiment: String,
    /// Name of the verdict.
    pub verdict: String,
    /// The winner, where there was one.
    pub winner: Option<String>,
    /// Batches, rule, gates and slice: what decides it again.
    pub request: Map,
    /// `proto.decision/1` without the schema, as one line of JSON.
    pub document: String,
}

/// What the comparison needs of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// The run.
    pub run: RunId,
    /// Its version's identity.
    pub version: Digest,
    /// Index of the repeat.
    pub repeat: u32,
    /// When its first attempt was sent.
    pub started: Timestamp,
    /// What metrics see.
    pub facts: Facts,
    /// Why it failed.
    pub error: Option<ErrorType>,
    /// Seconds waited for a permit or connection.
    pub queue_s: f64,
    /// Seconds waited for limits and between attempts.
    pub backoff_s: f64,
    /// Seconds from the first sending to the end of the last attempt, the waits between attempts and calls included.
    pub elapsed_s: f64,
    /// Tries beyond the first of each call.
    pub retries: u32,
    /// Whether a stored answer was used.
    pub cache_hit: bool,
    /// Dollars this batch paid for it.
    pub spent_usd: Option<f64>,
    /// Its scores.
    pub scores: Vec<MeasuredScore>,
}

impl Measurement {
    /// What a run and its scores come to.
    #[must_use]
    pub fn of(run: &Run, scores: &[Score]) -> Self {
        Self {
            run: run.id,
            version: run.key.version,
            repeat: run.key.repeat,
            started: run.started,
            facts: Facts {
                status: run.status,
                latency_s: run.latency.map(|latency| latency.as_secs_f64()),
                ttft_s: run.ttft.map(|ttft| ttft.as_secs_f64()),
                generation_s: run.generation().map(|time| time.as_secs_f64()),
                cost_usd: run.cost.cost.map(crate::domain::Money::usd),
                input_tokens: run.usage.input,
                output_tokens: run.usage.output,
            },
            error: run.error.as_ref().map(|error| error.kind.clone()),
            queue_s: run.queue.as_secs_f64(),
            backoff_s: run.backoff.as_secs_f64(),
            elapsed_s: genai::elapsed(run).as_secs_f64(),
            retries: run.retries(),
            cache_hit: run.cache_hit,
            spent_usd: run.cost.spent.map(crate::domain::Money::usd),
            scores: scores.iter().map(MeasuredScore::of).collect(),
        }
    }
}

/// What the comparison needs of one case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeasuredCase {
    /// Its id.
    pub id: Arc<str>,
    /// The cluster it belongs to.
    pub cluster: Option<Arc<str>>,
    /// How much it counts; `None` for as much as any.
    pub weight: Option<f64>,
    /// The slices it belongs to, comma-separated as stored; empty for none.
    pub slices: Arc<str>,
}

impl MeasuredCase {
    /// What a case comes to.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        Self {
            id: case.id.as_str().into(),
            cluster: case.cluster.as_deref().map(Into::into),
            weight: case.weight,
            slices: case.slices.join(",").into(),
        }
    }
}

/// A piece of a batch's measurements.
#[derive(Clone, Copy, Debug)]
pub enum Measured<'a> {
    /// The next case. Cases are numbered from 0 as they come, each before its first run; one may come twice.
    Case(&'a MeasuredCase),
    /// A run, with the number of its case.
    Run(u32, &'a Measurement),
}

impl<'a> Measured<'a> {
    /// The run, when it is one.
    #[must_use]
    pub fn run(self) -> Option<&'a Measurement> {
        if let Self::Run(_, run) = self { Some(run) } else { None }
    }
}

/// One score of a measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredScore {
    /// The evaluator's name.
    pub evaluator: Arc<str>,
    /// The evaluator's identity.
    pub hash: Digest,
    /// The verdict's status: the score, or why there is none.
    pub value: MeasuredValue,
}

impl MeasuredScore {
    /// What a score comes to.
    #[must_use]
    pub fn of(score: &Score) -> Self {
        Self {
            evaluator: score.evaluator.as_str().into(),
            hash: score.evaluator_hash,
            value: measured(&score.verdict),
        }
    }
}

/// A verdict without its texts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MeasuredValue {
    /// A score and whether it passes.
    Scored(f64, Option<bool>),
    /// Nothing to say.
    NotApplicable,
    /// Could not judge.
    Failed,
}

/// Which runs.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    /// Of one batch.
    pub batch: Option<BatchId>,
    /// Whose id is this, or ends or begins with this (hyphens ignored).
    pub id: Option<String>,
    /// Of a version's name.
    pub version: Option<String>,
    /// Of a version's identity.
    pub version_hash: Option<Digest>,
    /// Of a case.
    pub case_id: Option<String>,
    /// With this status.
    pub status: Option<RunStatus>,
    /// Lacking a score by at least one evaluator of these hashes.
    pub unscored_by: Option<Vec<Digest>>,
    /// Answered, and without a score by the evaluator of this hash: it failed there, or has not judged it.
    pub no_score_by: Option<Digest>,
    /// Stored after this position (see `StoredRun::position`).
    pub after: Option<u64>,
    /// At most so many.
    pub limit: Option<u64>,
    /// Newest first instead of in the order stored.
    pub newest_first: bool,
    /// With request and reply bodies and messages.
    pub bodies: bool,
}

/// A run as stored, with what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRun {
    /// Grows in the order runs were stored.
    pub position: u64,
    /// The run. Without `bodies`, its messages and bodies are empty.
    pub run: Run,
    /// The case it answered.
    pub case: Case,
    /// Its project.
    pub project: String,
    /// Its experiment.
    pub experiment: String,
    /// Its version's name.
    pub version: String,
    /// Its version's X.Y.
    pub label: Label,
    /// Its version's signature.
    pub signature_hash: Digest,
    /// The provider's name.
    pub provider: String,
    /// Its whole version, shared by its runs.
    pub registered: Arc<StoredVersion>,
    /// Its scores, by evaluator's name and hash.
    pub scores: Vec<Score>,
}

impl StoredRun {
    /// What its spans are made of (see `otel::genai::spans`).
    #[must_use]
    pub fn trace(&self) -> Trace<'_> {
        Trace {
            run: &self.run,
            case: &self.case,
            scores: &self.scores,
            experiment: &self.experiment,
            version: self.registered.traced(),
        }
    }
}

/// A registered version.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredVersion {
    /// Its project.
    pub project: String,
    /// Its name.
    pub name: String,
    /// X.Y.
    pub label: Label,
    /// Its identity.
    pub hash: Digest,
    /// Its interface.
    pub signature_hash: Digest,
    /// `proto.closure/1`.
    pub closure: serde_json::Value,
    /// The provider's name.
    pub provider: String,
    /// The model's name.
    pub model: String,
    /// Outside the hash, as last registered: what it is for.
    pub description: Option<String>,
    /// Outside the hash, as last registered.
    pub tags: Vec<String>,
    /// Outside the hash, as last registered.
    pub metadata: Map,
    /// When it was first run.
    pub registered: Timestamp,
}

impl StoredVersion {
    /// What a project registers: the label comes from the store, the time is now.
    pub(super) fn unlabelled(project: &str, version: &Version) -> Self {
        Self {
            project: project.to_owned(),
            name: version.name.clone(),
            label: Label::FIRST,
            hash: version.hash,
            signature_hash: version.signature_hash,
            closure: version.closure.clone(),
            provider: version.target.provider().to_owned(),
            model: version.target.model(),
            description: version.description.clone(),
            tags: version.tags.clone(),
            metadata: version.metadata.clone(),
            registered: Timestamp::now(),
        }
    }

    /// What spans say of it.
    #[must_use]
    pub fn traced(&self) -> TracedVersion<'_> {
        TracedVersion {
            project: &self.project,
            name: &self.name,
            label: self.label,
            hash: self.hash,
            signature_hash: self.signature_hash,
            provider: &self.provider,
            tags: &self.tags,
            metadata: &self.metadata,
            closure: &self.closure,
        }
    }
}

/// Who registers versions, and by what: kept with every edit of what lies outside a hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Editor {
    /// Who, as the system knows them.
    pub who: String,
    /// Why: the command that was given.
    pub why: String,
}

/// A state of what people may edit about a version.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionEdit {
    /// When it came about.
    pub at: Timestamp,
    /// By whom and why; empty where an earlier release did not note it.
    pub by: Editor,
    /// The description from then on.
    pub description: Option<String>,
    /// The declared tags from then on.
    pub tags: Vec<String>,
    /// The metadata from then on.
    pub metadata: Map,
}

/// One entry of the log of movable tags: set, moved or taken away.
#[derive(Clone, Debug, PartialEq)]
pub struct TagChange {
    /// The project; a tag is unique within it.
    pub project: String,
    /// The tag.
    pub tag: String,
    /// Name and hash of the version it stands at from then on; `None`: taken away.
    pub version: Option<(String, Digest)>,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// Why.
    pub why: String,
}

/// Where each tag stands: the last change of each that was not taken away, in the order of a log's first mention.
#[must_use]
pub fn standing(log: &[TagChange]) -> Vec<&TagChange> {
    let mut last: Vec<&TagChange> = Vec::new();
    for change in log {
        match last.iter_mut().find(|known| known.project == change.project && known.tag == change.tag) {
            Some(known) => *known = change,
            None => last.push(change),
        }
    }
    last.retain(|change| change.version.is_some());
    last
}

/// The verdict of a stored score as measurements carry it.
#[must_use]
pub fn measured(verdict: &Verdict) -> MeasuredValue {
    match verdict {
        Verdict::Scored { score, passed, .. } => MeasuredValue::Scored(*score, *passed),
        Verdict::NotApplicable(_) => MeasuredValue::NotApplicable,
        Verdict::Failed(_) => MeasuredValue::Failed,
    }
}
