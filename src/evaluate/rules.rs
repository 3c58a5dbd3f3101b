//! The evaluators of an experiment, built and ready to judge.
use std::path::PathBuf;

use crate::domain::{Concurrency, Digest, Endpoint, Experiment, PriceRule};
use crate::domain::{EvaluatorSpec, Verdict};
use crate::evaluators::{Answer, Ask, EVALUATORS, Evaluator, OptionError, Rule, Subject};
use crate::plan;

/// The evaluators with what their judges and programs need.
#[derive(Debug)]
pub struct Rules {
    /// In the file's order.
    pub judges: Vec<Judge>,
    /// Endpoints judges are asked through.
    pub endpoints: Vec<Endpoint>,
    /// Prices of judges.
    pub pricing: Vec<PriceRule>,
    /// Where programs are started.
    pub folder: PathBuf,
    /// Deadline of one question.
    pub timeout: std::time::Duration,
    /// Calls in flight, where a provider says nothing of its own.
    pub concurrency: Concurrency,
}

/// One evaluator of the experiment: what is its own, and what all share.
#[derive(Debug)]
pub struct Judge {
    /// Its name in scores.
    pub name: String,
    /// Its identity.
    pub hash: Digest,
    rule: Rule,
    evaluator: Box<dyn Evaluator>,
}

impl Judge {
    fn of(spec: &EvaluatorSpec) -> Result<Self, OptionError> {
        let unknown =
            || OptionError { key: None, message: format!("no evaluator `{}`", spec.kind), hint: None };
        let row = EVALUATORS.find(&spec.kind).ok_or_else(unknown)?;
        let (rule, evaluator) = (Rule::new(spec)?, (row.make.make)(&spec.options)?);
        Ok(Self { name: spec.name.clone(), hash: spec.hash, rule, evaluator })
    }

    /// What must be asked first.
    ///
    /// # Errors
    /// The verdict, when it does not apply to the run.
    pub fn ask(&self, subject: &Subject<'_>) -> Result<Ask, Verdict> {
        self.rule.ask(self.evaluator.as_ref(), subject)
    }

    /// The verdict.
    #[must_use]
    pub fn judge(&self, subject: &Subject<'_>, answer: Option<&Answer>) -> Verdict {
        self.rule.judge(self.evaluator.as_ref(), subject, answer)
    }
}

/// An evaluator that cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("evaluator `{name}`: {error}")]
pub struct RulesError {
    /// Its name.
    pub name: String,
    /// What is wrong.
    pub error: OptionError,
}

impl Rules {
    /// Builds every evaluator of an experiment.
    ///
    /// # Errors
    /// One has wrong options (checked before, when the file was read).
    pub fn of(experiment: &Experiment) -> Result<Self, RulesError> {
        let build = |spec: &EvaluatorSpec| {
            Judge::of(spec).map_err(|error| RulesError { name: spec.name.clone(), error })
        };
        Ok(Self {
            judges: experiment.evaluators.iter().map(build).collect::<Result<_, _>>()?,
            endpoints: experiment.endpoints.clone(),
            pricing: experiment.pricing.clone(),
            folder: plan::folder(experiment),
            timeout: experiment.run.timeout,
            concurrency: experiment.run.concurrency,
        })
    }

    /// The evaluators' identities.
    #[must_use]
    pub fn hashes(&self) -> Vec<Digest> {
        self.judges.iter().map(|judge| judge.hash).collect()
    }
}
