//! Limits: `latency-limit`, `ttft-limit`, `cost-limit`, `tokens-limit`. Pass or fail against a bound, of weight 0 by
//! default, since what they measure is a metric of its own. A measurement that was not made is not applicable.
use super::options::{Options, required};
use super::{Answer, Evaluator, Member, OptionError, Subject};
use crate::domain::{Map, Money, Verdict};
use crate::registry::{Key, Kind, Row};

pub(super) const LATENCY: Row<Member> = Row {
    name: "latency-limit",
    aliases: &["latency_limit", "max-latency"],
    doc: "The answer took at most so long",
    keys: &[Key::required("max", Kind::Duration, "The longest latency that passes")],
    make: Member {
        make: |o| make(Measure::Latency, o),
        example: r#"{"max": 2.5}"#,
        shorthand: Some("max"),
        weight: 0.0,
        binary: true,
    },
};
pub(super) const TTFT: Row<Member> = Row {
    name: "ttft-limit",
    aliases: &["ttft_limit", "max-ttft"],
    doc: "The first token came within so long",
    keys: &[Key::required("max", Kind::Duration, "The longest time to the first token that passes")],
    make: Member {
        make: |o| make(Measure::Ttft, o),
        example: r#"{"max": 0.5}"#,
        shorthand: Some("max"),
        weight: 0.0,
        binary: true,
    },
};
pub(super) const COST: Row<Member> = Row {
    name: "cost-limit",
    aliases: &["cost_limit", "max-cost"],
    doc: "The answer cost at most so much",
    keys: &[Key::required(
        "max_usd",
        Kind::Number(0.0, f64::MAX),
        "The highest cost that passes, in dollars",
    )],
    make: Member {
        make: |o| make(Measure::Cost, o),
        example: r#"{"max_usd": 0.01}"#,
        shorthand: Some("max_usd"),
        weight: 0.0,
        binary: true,
    },
};
pub(super) const TOKENS: Row<Member> = Row {
    name: "tokens-limit",
    aliases: &["tokens_limit", "token-limit", "max-tokens"],
    doc: "The run used at most so many tokens",
    keys: &[
        Key::required("max", Kind::Int(0, i64::MAX), "The highest number of tokens that passes"),
        Key::optional("count", Kind::Choice(COUNTS), "Which tokens count (default total)"),
    ],
    make: Member {
        make: tokens,
        example: r#"{"max": 1000}"#,
        shorthand: Some("max"),
        weight: 0.0,
        binary: true,
    },
};

/// What `tokens-limit` may count, the default first.
const COUNTS: &[&str] = &["total", "input", "output"];

#[derive(Clone, Copy, Debug)]
enum Measure {
    Latency,
    Ttft,
    Cost,
    Tokens(&'static str),
}

#[derive(Debug)]
struct Limit {
    measure: Measure,
    max: f64,
}

fn make(measure: Measure, options: &Map) -> Result<Box<dyn Evaluator>, OptionError> {
    let key = if matches!(measure, Measure::Cost) { "max_usd" } else { "max" };
    let max = Options(options).amount(key)?.ok_or_else(|| required(key))?;
    Ok(Box::new(Limit { measure, max }))
}

fn tokens(options: &Map) -> Result<Box<dyn Evaluator>, OptionError> {
    make(Measure::Tokens(Options(options).choice("count", COUNTS)?), options)
}

impl Measure {
    /// What it is called, its unit, and its value for one run.
    fn of(self, subject: &Subject<'_>) -> (&'static str, &'static str, Option<f64>) {
        let run = subject.run;
        match self {
            Self::Latency => ("latency", " s", run.latency.map(|time| time.as_secs_f64())),
            Self::Ttft => ("time to the first token", " s", run.ttft.map(|time| time.as_secs_f64())),
            Self::Cost => ("cost", " USD", run.cost.cost.map(Money::usd)),
            Self::Tokens("input") => ("input tokens", "", run.usage.input.map(|n| n as f64)),
            Self::Tokens("output") => ("output tokens", "", run.usage.output.map(|n| n as f64)),
            Self::Tokens(_) => ("tokens", "", run.usage.total().map(|n| n as f64)),
        }
    }
}

impl Evaluator for Limit {
    fn judge(&self, subject: &Subject<'_>, _: Option<&Answer>) -> Verdict {
        let (name, unit, value) = self.measure.of(subject);
        match value {
            None => Verdict::NotApplicable(format!("the {name} of the run is not known")),
            Some(value) if value <= self.max => Verdict::pass(true),
            Some(value) => {
                Verdict::pass(false).because(format!("{name} {value}{unit}, allowed {}{unit}", self.max))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::domain::Verdict;
    use crate::evaluators::tests::{Fixture, judge, refused};

    #[test]
    fn a_bound_is_inclusive() {
        let fixture = Fixture::answering("x");
        assert_eq!(judge("latency-limit", json!({"max": 1.5}), &fixture).value(), Some(1.0));
        let slow = judge("latency-limit", json!({"max": 1.0}), &fixture);
        assert_eq!(slow, Verdict::pass(false).because("latency 1.5 s, allowed 1 s"));
        assert_eq!(judge("cost-limit", json!({"max_usd": 0.002}), &fixture).value(), Some(1.0));
        assert_eq!(judge("tokens-limit", json!({"max": 119}), &fixture).value(), Some(0.0));
        assert_eq!(judge("tokens-limit", json!({"max": 20, "count": "output"}), &fixture).value(), Some(1.0));
    }

    #[test]
    fn what_was_not_measured_is_not_applicable() {
        let mut fixture = Fixture::answering("x");
        fixture.run.latency = None;
        fixture.run.usage.input = None;
        fixture.run.cost = crate::domain::Cost::UNKNOWN;
        for (kind, options) in [
            ("latency-limit", json!({"max": 1})),
            ("ttft-limit", json!({"max": 1})),
            ("cost-limit", json!({"max_usd": 1})),
            ("tokens-limit", json!({"max": 1})),
        ] {
            assert_eq!(judge(kind, options, &fixture).status(), "not_applicable", "{kind}");
        }
    }

    #[test]
    fn a_limit_needs_its_bound() {
        assert_eq!(refused("cost-limit", json!({})).key, Some("max_usd"));
        assert_eq!(refused("latency-limit", json!({"max": -1})).key, Some("max"));
        assert!(refused("tokens-limit", json!({"max": 1, "count": "outptu"})).hint.is_some());
    }
}
