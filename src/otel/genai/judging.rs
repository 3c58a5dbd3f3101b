//! Evaluations of a run, and the calls of judges in them.
use super::super::semconv;
use super::{clamp, nanos, put, put_some, span};
use crate::domain::{Digest, Map, Run, Score, Span, SpanId, SpanKind, SpanStatus, Verdict};

/// Which of a run's span numbers an evaluator's spans take: this one its own, the next its judge's call. Drawn from
/// the evaluator's hash, so that scores added later change no id.
#[must_use]
pub fn evaluation_index(evaluator: &Digest) -> u64 {
    let bytes = evaluator.as_bytes();
    2 + 2 * u64::from(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

pub(super) fn evaluation(run: &Run, score: &Score) -> Span {
    let mut map = Map::new();
    put(&mut map, semconv::OI_SPAN_KIND, "EVALUATOR");
    put(&mut map, semconv::EVALUATION_NAME, score.evaluator.as_str());
    let mut status = SpanStatus::Unset;
    let (label, why) = match &score.verdict {
        Verdict::Scored { score, passed, label, explanation } => {
            put(&mut map, semconv::EVALUATION_SCORE_VALUE, *score);
            let passed = passed.map(|passed| if passed { "pass" } else { "fail" });
            (label.as_deref().or(passed), explanation.as_ref())
        }
        Verdict::NotApplicable(why) => (Some("not_applicable"), Some(why)),
        Verdict::Failed(why) => {
            put(&mut map, semconv::ERROR_TYPE, "evaluation_failed");
            status = SpanStatus::Error(why.clone());
            (Some("failed"), Some(why))
        }
    };
    put_some(&mut map, semconv::EVALUATION_SCORE_LABEL, label);
    put_some(&mut map, semconv::EVALUATION_EXPLANATION, why.map(String::as_str));
    let own = evaluation_index(&score.evaluator_hash);
    Span {
        name: format!("evaluate {}", score.evaluator),
        status,
        ..judging(run, score, own, run.id.span_id(0), map)
    }
}

pub(super) fn judge_call(run: &Run, score: &Score) -> Option<Span> {
    let judge = score.judge.as_ref()?;
    let mut map = Map::new();
    put(&mut map, semconv::OPERATION_NAME, "chat");
    put(&mut map, semconv::REQUEST_MODEL, judge.model.as_str());
    put_some(&mut map, semconv::USAGE_INPUT_TOKENS, judge.usage.input);
    put_some(&mut map, semconv::USAGE_OUTPUT_TOKENS, judge.usage.output);
    put_some(&mut map, semconv::USAGE_CACHE_READ, judge.usage.cached_input);
    put_some(&mut map, semconv::USAGE_CACHE_CREATION, judge.usage.cache_write);
    put_some(&mut map, semconv::USAGE_REASONING, judge.usage.reasoning);
    put_some(&mut map, semconv::USAGE_COST, judge.cost.map(crate::domain::Money::usd));
    let own = evaluation_index(&score.evaluator_hash);
    let span = judging(run, score, own + 1, run.id.span_id(own), map);
    Some(Span { name: format!("chat {}", judge.model), kind: SpanKind::Client, ..span })
}

/// A span of a score's own time, which ends when the verdict was said.
fn judging(run: &Run, score: &Score, index: u64, parent: SpanId, attributes: Map) -> Span {
    let ended_ns = clamp(score.at.as_nanosecond());
    let started_ns = ended_ns.saturating_sub(nanos(score.took));
    Span {
        parent: Some(parent),
        started_ns,
        ended_ns,
        status: SpanStatus::Unset,
        ..span(run, index, attributes)
    }
}
