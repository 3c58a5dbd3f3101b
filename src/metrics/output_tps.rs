//! Output tokens a second while a version writes: all output tokens over all seconds from the first token to the last byte,
//! of the answers that streamed and went well (A.5). A ratio of sums, so that a long answer counts as much as it is long.
//!
//! An answer that came in one piece has no such second: nothing of it tells how fast it was written, so that neither its
//! tokens nor its time count. Tokens are the provider's count: of a model that thinks unseen before its first token they hold
//! the thinking, whose time is in `ttft`, and the number is then too high.
use super::{Below, Facts, Member, Shown, Summary, Transform};
use crate::domain::{Better, RunStatus, Unit};
use crate::registry::Row;

/// The row.
pub const ROW: Row<Member> = Row {
    name: "output_tps",
    aliases: &["tokens_per_second"],
    doc: "output tokens a second after the first token of a stream",
    keys: &[],
    make: MEMBER,
};

const MEMBER: Member = Member {
    unit: Unit::PerSecond,
    better: Better::Higher,
    of: |facts: &Facts| seconds(facts).and(facts.output_tokens).map(|tokens| tokens as f64),
    // Of an answer that streamed only the count of tokens can be lacking.
    is_gap: |facts: &Facts| seconds(facts).is_some(),
    summary: Summary::RatioOfSums(Below::Sum(|facts: &Facts| seconds(facts).unwrap_or_default())),
    transform: Transform::Ratio { builtin: 50.0 },
    quantiles: false,
    quantiles_shown: &[],
    heavy_tail: false,
    shown: Shown::WhenMeasured,
};

/// What the run took to write its answer, above 0.
fn seconds(facts: &Facts) -> Option<f64> {
    facts.generation_s.filter(|seconds| facts.status == RunStatus::Ok && *seconds > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_that_went_well_and_streamed_says_how_fast_it_was() {
        let ok = Facts {
            status: RunStatus::Ok,
            latency_s: Some(3.0),
            ttft_s: Some(1.0),
            generation_s: Some(2.0),
            cost_usd: None,
            input_tokens: None,
            output_tokens: Some(80),
        };
        let says = |facts: Facts| ((MEMBER.of)(&facts), seconds(&facts), (MEMBER.is_gap)(&facts));
        assert_eq!(says(ok), (Some(80.0), Some(2.0), true));
        assert_eq!(says(Facts { output_tokens: None, ..ok }), (None, Some(2.0), true), "a gap");
        for silent in [
            Facts { status: RunStatus::Error, ..ok },
            Facts { generation_s: None, ..ok },
            Facts { generation_s: Some(0.0), ..ok },
        ] {
            assert_eq!(says(silent), (None, None, false), "{silent:?}");
        }
    }
}
