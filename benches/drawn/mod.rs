//! Measurements made up or drawn at random, on the path that stored ones take: a batch, its runs, `Data`. Shared by the
//! benches and by the tests of laws and golden decisions.
#![allow(dead_code, reason = "every bench and test uses a part of it")]
use std::fmt::Write as _;

use proto::analyse::Data;
use proto::analyse::stats::rng::Stream;
use proto::analyse::stats::special::norm_ppf;
use proto::domain::{Batch, BatchId, BatchKind, BatchStatus, Digest, ErrorType, RunId, RunStatus};
use proto::metrics::Facts;
use proto::stores::{MeasuredCase, MeasuredScore, MeasuredValue, Measurement};
use serde_json::{Value, json};

/// The one evaluator.
pub const EVALUATOR: &str = "right";
/// The weights of the design's simulations.
pub const WEIGHTS: [(&str, f64); 3] = [("score", 0.6), ("cost", 0.2), ("latency", 0.2)];

/// Where a run stands.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub version: usize,
    pub case: usize,
    pub repeat: u32,
    pub cluster: Option<usize>,
}

/// What a run came to; `None` is unknown.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    pub status: RunStatus,
    pub score: Option<MeasuredValue>,
    pub cost: Option<f64>,
    pub latency: Option<f64>,
}

impl Outcome {
    /// A run that went well.
    pub fn ok(score: f64, cost: f64, latency: f64) -> Self {
        let score = Some(MeasuredValue::Scored(score, None));
        Self { status: RunStatus::Ok, score, cost: Some(cost), latency: Some(latency) }
    }
}

/// A batch and its runs, in the order they were stored.
#[derive(Clone, Debug)]
pub struct Study {
    pub batch: Batch,
    pub runs: Vec<(MeasuredCase, Measurement)>,
    versions: Vec<Digest>,
    evaluator: Digest,
}

impl Study {
    /// Over versions of these names.
    pub fn new(names: &[String], repeats: u32, clustered: bool) -> Self {
        let versions: Vec<Digest> =
            names.iter().map(|name| Digest::of(format!("version {name}").as_bytes())).collect();
        let evaluator = Digest::of(EVALUATOR.as_bytes());
        let version =
            |(name, hash): (&String, &Digest)| json!({"name": name, "hash": hash.hex(), "model": "m"});
        let settings = json!({
            "repeats": repeats,
            "clustered": clustered,
            "versions": names.iter().zip(&versions).map(version).collect::<Vec<Value>>(),
            "evaluators": [{"name": EVALUATOR, "kind": "equals", "hash": evaluator.hex(), "weight": 1.0}],
        });
        let batch = Batch {
            id: BatchId::fresh(),
            project: "drawn".into(),
            experiment: "drawn".into(),
            kind: BatchKind::Run,
            status: BatchStatus::Done,
            started: jiff::Timestamp::UNIX_EPOCH,
            finished: None,
            command: String::new(),
            dataset: Digest::of(b"drawn"),
            cases: 0,
            planned: 0,
            versions: Vec::new(),
            baseline: names.first().cloned(),
            settings: settings.as_object().cloned().unwrap_or_default(),
        };
        Self { batch, runs: Vec::new(), versions, evaluator }
    }

    /// One more stored run.
    pub fn push(&mut self, place: Place, outcome: Outcome) {
        let mut id = String::with_capacity(8);
        let _ = write!(id, "c{:06}", place.case);
        let failed = outcome.status != RunStatus::Ok;
        let score = |value| MeasuredScore { evaluator: EVALUATOR.into(), hash: self.evaluator, value };
        let facts = Facts {
            status: outcome.status,
            latency_s: outcome.latency,
            ttft_s: None,
            generation_s: None,
            cost_usd: outcome.cost,
            input_tokens: None,
            output_tokens: None,
        };
        let cluster = place.cluster.map(|cluster| format!("g{cluster:06}").as_str().into());
        let case = MeasuredCase { id: id.as_str().into(), cluster, ..MeasuredCase::default() };
        let run = Measurement {
            run: RunId::fresh(),
            version: self.versions[place.version],
            repeat: place.repeat,
            started: jiff::Timestamp::UNIX_EPOCH,
            facts,
            error: failed.then_some(ErrorType::Timeout),
            queue_s: 0.0,
            backoff_s: 0.0,
            elapsed_s: outcome.latency.unwrap_or_default(),
            retries: 0,
            cache_hit: false,
            spent_usd: outcome.cost,
            scores: outcome.score.map(score).into_iter().collect(),
        };
        self.runs.push((case, run));
    }

    /// Lets cases count, by their number.
    pub fn count(&mut self, weight: impl Fn(usize) -> f64) {
        self.batch.settings.insert("weight_by".into(), "traffic".into());
        let versions = self.versions.len();
        let cases = self.runs.iter_mut().enumerate().map(|(at, (case, _))| (at / versions, case));
        cases.for_each(|(at, case)| case.weight = Some(weight(at)));
    }

    /// As `compare` and `choose-winner` read it.
    pub fn data(&self) -> Data {
        let mut data = Data::new(std::slice::from_ref(&self.batch), false).expect("one batch with settings");
        for (case, run) in &self.runs {
            let case = data.push_case(case);
            data.push(case, run);
        }
        data.settle();
        data
    }
}

/// A version to draw.
#[derive(Clone, Copy, Debug)]
pub struct Law {
    /// Chance of a right answer.
    pub right: f64,
    /// Dollars of a run, the mean.
    pub cost: f64,
    /// Seconds of a run, the median.
    pub seconds: f64,
    /// Standard deviation of the logarithms of cost and latency.
    pub sigma: f64,
}

/// Correlation of the normal variables behind right and wrong, between versions on a case.
const RHO: f64 = 0.6;

/// What every version comes to on one case: right and wrong correlated, cost and latency lognormal.
pub fn case(laws: &[Law], draw: &mut Stream) -> Vec<[f64; 3]> {
    let shared = draw.normal();
    let one = |law: &Law| {
        let mix = RHO.sqrt() * shared + (1.0 - RHO).sqrt() * draw.normal();
        let cost = law.cost * (law.sigma * draw.normal() - law.sigma * law.sigma / 2.0).exp();
        let seconds = law.seconds * (law.sigma * draw.normal()).exp();
        [f64::from(u8::from(mix < norm_ppf(law.right))), cost, seconds]
    };
    laws.iter().map(one).collect()
}

/// A batch of `cases` cases under versions `v0`, `v1`, …
pub fn study(laws: &[Law], cases: usize, draw: &mut Stream) -> Study {
    let names: Vec<String> = (0..laws.len()).map(|v| format!("v{v}")).collect();
    let mut study = Study::new(&names, 1, false);
    for i in 0..cases {
        for (version, [score, cost, seconds]) in case(laws, draw).into_iter().enumerate() {
            let place = Place { version, case: i, repeat: 0, cluster: None };
            study.push(place, Outcome::ok(score, cost, seconds));
        }
    }
    study
}
