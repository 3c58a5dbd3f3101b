//! The keys every evaluator shares: `map`, `when`, `spans`, `pass`, `invert` (`name` and `weight` are names and
//! numbers only). Owns what is done round an evaluator's own judgement; knows no member of the family.
use super::formula::Formula;
use super::options::{template, wrong};
use super::resolved::Resolved;
use super::subject::Subject;
use super::{Answer, Ask, EVALUATORS, Evaluator, OptionError};
use crate::domain::{EvaluatorSpec, Threshold, Verdict};
use crate::registry::nearest;

/// The kinds of span that `spans` takes.
const SPANS: [&str; 7] = ["root", "llm", "tool", "retriever", "chain", "agent", "embedding"];

/// How far outside [0, 1] a sum may stray by rounding alone, and how near a threshold counts as on it.
const ROUNDING: f64 = 1e-9;

/// The common keys of one evaluator, compiled.
#[derive(Debug)]
pub struct Rule {
    map: Vec<(String, Resolved)>,
    when: Option<Formula>,
    pass: Option<Threshold>,
    invert: bool,
    binary: bool,
    spans: Option<&'static str>,
}

impl Rule {
    /// Compiles the common keys.
    ///
    /// # Errors
    /// `map` or `when` does not parse, `spans` is no kind of span, `pass` is a threshold nothing can reach or miss.
    pub fn new(spec: &EvaluatorSpec) -> Result<Self, OptionError> {
        let mut map = Vec::with_capacity(spec.map.len());
        for (name, text) in &spec.map {
            let resolved = Resolved::parse_path(text).map_err(|error| OptionError {
                message: format!("`map.{name}`: {}", error.message),
                ..template("map", &error)
            })?;
            map.push((name.clone(), resolved));
        }
        let when = spec.when.as_deref().map(Formula::parse).transpose();
        let when = when.map_err(|error| template("when", &error))?;
        let binary = EVALUATORS.find(&spec.kind).is_some_and(|row| row.make.binary);
        let spans = spec.spans.as_deref().map(span_kind).transpose()?;
        if let Some(pass) = spec.pass
            && !(0.0..=1.0).contains(&pass.value)
        {
            let what =
                format!("`pass: {} {}` is outside the scores' range of 0 to 1", pass.op.symbol(), pass.value);
            return Err(wrong("pass", what));
        }
        Ok(Self { map, when, pass: spec.pass, invert: spec.invert, binary, spans })
    }

    /// The kind of span that is scored; `None` is the run.
    #[must_use]
    pub fn spans(&self) -> Option<&'static str> {
        self.spans.filter(|kind| *kind != "root")
    }

    /// Whether `when` lets the evaluator judge this run.
    ///
    /// # Errors
    /// Not applicable, when it does not hold; failed, when it cannot be computed.
    pub fn applies(&self, subject: &Subject<'_>) -> Result<(), Verdict> {
        let Some(when) = &self.when else { return Ok(()) };
        if when.holds(subject)? {
            return Ok(());
        }
        Err(Verdict::NotApplicable(format!("`when: {}` does not hold", when.text())))
    }

    /// The run with the variables of `map:`; `None` without a `map`, where the run serves as it is.
    ///
    /// # Errors
    /// A variable finds nothing: not applicable, naming its path.
    pub fn mapped<'a>(&self, subject: &Subject<'a>) -> Result<Option<Subject<'a>>, Verdict> {
        if self.map.is_empty() {
            return Ok(None);
        }
        subject.with_map(&self.map).map(Some)
    }

    /// What the evaluator wants asked about this run: `when`, `map`, then the evaluator's own question.
    ///
    /// # Errors
    /// The finished verdict, when nothing is to be asked.
    pub fn ask(&self, evaluator: &dyn Evaluator, subject: &Subject<'_>) -> Result<Ask, Verdict> {
        self.applies(subject)?;
        let mapped = self.mapped(subject)?;
        evaluator.ask(mapped.as_ref().unwrap_or(subject)).map_err(|verdict| self.finish(verdict))
    }

    /// The finished verdict on this run: `when`, `map`, the evaluator's own verdict, then [`Rule::finish`].
    #[must_use]
    pub fn judge(
        &self,
        evaluator: &dyn Evaluator,
        subject: &Subject<'_>,
        answer: Option<&Answer>,
    ) -> Verdict {
        let judged = self.applies(subject).and_then(|()| self.mapped(subject)).map(|mapped| {
            let subject = mapped.as_ref().unwrap_or(subject);
            self.finish(evaluator.judge(subject, answer))
        });
        judged.unwrap_or_else(|verdict| verdict)
    }

    /// The verdict with the common keys applied: a score outside [0, 1] fails, `invert` turns it over, `pass` says
    /// whether it passes (else the evaluator itself; else, for one that only passes or fails, a score of 1).
    #[must_use]
    pub fn finish(&self, verdict: Verdict) -> Verdict {
        let Verdict::Scored { score, passed, label, explanation } = verdict else { return verdict };
        let score = match in_range(score) {
            Ok(score) => {
                if self.invert {
                    1.0 - score
                } else {
                    score
                }
            }
            Err(why) => return Verdict::Failed(why),
        };
        let passed = match self.pass {
            Some(pass) => Some(reaches(pass, score)),
            None if passed.is_some() && self.invert => passed.map(|passed| !passed),
            None => passed.or(self.binary.then_some(score >= 1.0)),
        };
        Verdict::Scored { score, passed, label, explanation }
    }
}

/// A verdict of that score, which may come from outside: failed unless it is in [0, 1].
pub(super) fn scored(score: f64) -> Verdict {
    in_range(score).map_or_else(Verdict::Failed, Verdict::score)
}

fn in_range(score: f64) -> Result<f64, String> {
    if (-ROUNDING..=1.0 + ROUNDING).contains(&score) {
        return Ok(score.clamp(0.0, 1.0));
    }
    Err(format!("a score is a number from 0 to 1, not {score}"))
}

/// Whether a score is on the right side of a threshold; 1 − 0.9 reaches 0.1 though doubles say otherwise.
fn reaches(pass: Threshold, score: f64) -> bool {
    let on_it = (score - pass.value).abs() <= ROUNDING;
    pass.op.holds(if on_it { pass.value } else { score }, pass.value)
}

fn span_kind(text: &str) -> Result<&'static str, OptionError> {
    SPANS.into_iter().find(|kind| *kind == text).ok_or_else(|| OptionError {
        key: Some("spans"),
        message: format!("`{text}` is no kind of span: {}", SPANS.join(", ")),
        hint: nearest(text, SPANS).map(|kind| format!("`spans: {kind}`")),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::GateOp;
    use crate::evaluators::tests::{Fixture, spec};

    fn score(verdict: &Verdict) -> (Option<f64>, Option<bool>) {
        match verdict {
            Verdict::Scored { score, passed, .. } => (Some(*score), *passed),
            _ => (None, None),
        }
    }

    #[test]
    fn a_score_is_checked_inverted_and_held_against_its_threshold() {
        let mut spec = spec("levenshtein");
        spec.invert = true;
        spec.pass = Some(Threshold { op: GateOp::AtLeast, value: 0.1 });
        let rule = Rule::new(&spec).unwrap();
        assert_eq!(score(&rule.finish(Verdict::score(0.9))).1, Some(true));
        assert_eq!(score(&rule.finish(Verdict::score(1.0))), (Some(0.0), Some(false)));
        assert!(matches!(rule.finish(Verdict::score(f64::NAN)), Verdict::Failed(_)));
        assert!(matches!(rule.finish(Verdict::score(1.2)), Verdict::Failed(_)));
        let missing = Verdict::NotApplicable("x".into());
        assert_eq!(rule.finish(missing.clone()), missing);
    }

    #[test]
    fn a_pass_turns_over_with_its_score_and_a_graded_score_has_none() {
        let mut inverted = spec("equals");
        inverted.invert = true;
        assert_eq!(
            score(&Rule::new(&inverted).unwrap().finish(Verdict::pass(true))),
            (Some(0.0), Some(false))
        );
        let binary = Rule::new(&spec("equals")).unwrap();
        assert_eq!(score(&binary.finish(Verdict::score(0.0))), (Some(0.0), Some(false)));
        let graded = Rule::new(&spec("levenshtein")).unwrap();
        assert_eq!(score(&graded.finish(Verdict::score(1.0))), (Some(1.0), None));
    }

    #[test]
    fn when_and_map_decide_before_the_evaluator_does() {
        let mut spec = spec("contains");
        spec.when = Some("lang == 'de'".into());
        spec.map = vec![("want".into(), "expected.word".into())];
        spec.options = json!({"expected": "{{ want }}"}).as_object().cloned().unwrap();
        let rule = Rule::new(&spec).unwrap();
        let row = EVALUATORS.find("contains").unwrap();
        let evaluator = (row.make.make)(&spec.options).unwrap();
        let judge = |lang: &str, expected: serde_json::Value| {
            let fixture = Fixture::answering("a word").input("lang", json!(lang)).expected(expected);
            rule.judge(&*evaluator, &fixture.subject(), None)
        };
        assert_eq!(judge("de", json!({"word": "word"})).value(), Some(1.0));
        assert_eq!(judge("de", json!({})), Verdict::NotApplicable("`expected.word` is missing".into()));
        let outside = Verdict::NotApplicable("`when: lang == 'de'` does not hold".into());
        assert_eq!(judge("en", json!({"word": "word"})), outside);
    }

    #[test]
    fn broken_common_keys_are_refused_by_name() {
        let broken = |change: fn(&mut EvaluatorSpec)| {
            let mut spec = spec("equals");
            change(&mut spec);
            Rule::new(&spec).unwrap_err()
        };
        assert_eq!(broken(|s| s.when = Some("a ==".into())).key, Some("when"));
        assert_eq!(broken(|s| s.map = vec![("q".into(), "{{ a".into())]).key, Some("map"));
        assert_eq!(broken(|s| s.spans = Some("tools".into())).hint.as_deref(), Some("`spans: tool`"));
        let pass = Some(Threshold { op: GateOp::AtLeast, value: 80.0 });
        let mut spec = spec("equals");
        spec.pass = pass;
        assert_eq!(Rule::new(&spec).unwrap_err().key, Some("pass"));
    }
}
