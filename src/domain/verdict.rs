//! What an evaluator says of one run. A missing score is never a zero: the three cases are three values.
use std::time::Duration;

use jiff::Timestamp;

use super::{Digest, Money, RunId, Usage};

/// An evaluator's verdict.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// A score.
    Scored {
        /// In [0, 1].
        score: f64,
        /// Whether it passes, where the evaluator or its threshold says.
        passed: Option<bool>,
        /// A name for the outcome (a judge's choice, a class).
        label: Option<String>,
        /// Why, for people.
        explanation: Option<String>,
    },
    /// It has nothing to say of this run, and why.
    NotApplicable(String),
    /// It could not judge, and why.
    Failed(String),
}

impl Verdict {
    /// A pass or a fail.
    #[must_use]
    pub fn pass(passed: bool) -> Self {
        Self::Scored {
            score: f64::from(u8::from(passed)),
            passed: Some(passed),
            label: None,
            explanation: None,
        }
    }

    /// A score in [0, 1] without a threshold of its own.
    #[must_use]
    pub fn score(score: f64) -> Self {
        Self::Scored { score, passed: None, label: None, explanation: None }
    }

    /// The same verdict with an explanation (scored verdicts only).
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        if let Self::Scored { explanation, .. } = &mut self {
            *explanation = Some(why.into());
        }
        self
    }

    /// The stored status.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match self {
            Self::Scored { .. } => "scored",
            Self::NotApplicable(_) => "not_applicable",
            Self::Failed(_) => "failed",
        }
    }

    /// The score, where there is one.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        if let Self::Scored { score, .. } = self { Some(*score) } else { None }
    }
}

/// A verdict with what it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The run judged.
    pub run: RunId,
    /// The evaluator's name.
    pub evaluator: String,
    /// The evaluator's identity.
    pub evaluator_hash: Digest,
    /// What it said.
    pub verdict: Verdict,
    /// Who said it.
    pub source: ScoreSource,
    /// When it was said.
    pub at: Timestamp,
    /// How long saying it took (a judge's or a program's call; zero for pure ones).
    pub took: Duration,
    /// The judge's model, tokens and cost; priced as evaluation, never as the version's cost.
    pub judge: Option<JudgeCall>,
}

/// The call a judge made.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgeCall {
    /// The model that judged.
    pub model: String,
    /// Its tokens.
    pub usage: Usage,
    /// What it cost.
    pub cost: Option<Money>,
}

/// Who judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoreSource {
    /// A program or formula.
    Auto,
    /// A model.
    Judge,
    /// A person.
    Person,
}

impl ScoreSource {
    /// The stored name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Judge => "judge",
            Self::Person => "person",
        }
    }

    /// The source of that stored name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Auto, Self::Judge, Self::Person].into_iter().find(|source| source.name() == name)
    }
}
