//! The grammar of gates, one for `gates:` and `--require`: `METRIC [slice] OP VALUE[UNIT]` and
//! `METRIC not worse than VERSION by X`. Pure: whether the names exist is asked of `metrics::name` and the versions.
use std::ops::Range;

use super::duration;
use crate::domain::{Better, Gate, GateOp, GateValue, MetricRef, Unit};
use crate::metrics::name::{self, MetricName};

/// What is wrong with a gate, and which bytes of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct GateError {
    /// In words.
    pub message: String,
    /// The bytes to blame.
    pub range: Range<usize>,
    /// What to type instead.
    pub hint: Option<String>,
}

type Fail = (String, Option<String>);

/// Parses one gate. Times become seconds, money dollars, percentages shares.
///
/// # Errors
/// It does not follow the grammar, or its unit does not fit its metric.
pub fn parse(text: &str) -> Result<Gate, GateError> {
    if let Some((left, right)) = text.split_once(" not worse than ") {
        let metric = metric(left, 0)?;
        let at = text.len() - right.len();
        let (op, value) =
            not_worse(MetricName::parse(&metric.name), right).map_err(|fail| error(fail, at, right))?;
        return Ok(Gate { metric, op, value, text: text.trim().to_owned() });
    }
    let Some(at) = text.find(['<', '>', '=']) else {
        return Err(error(
            ("a gate compares a metric with a value".to_owned(), Some(EXAMPLE.to_owned())),
            0,
            text,
        ));
    };
    let rest = &text[at..];
    let length = rest.find(|c| !matches!(c, '<' | '>' | '=')).unwrap_or(rest.len());
    let Some(op) = GateOp::parse(&rest[..length]) else {
        let hint = Some("use one of `>=`, `>`, `<=`, `<`".to_owned());
        return Err(error(
            (format!("`{}` is not a comparison of gates", &rest[..length]), hint),
            at,
            &rest[..length],
        ));
    };
    let metric = metric(&text[..at], 0)?;
    let written = &rest[length..];
    let refused = |fail| match name::told_only(&metric.name) {
        Some(why) => error((format!("`{}` is no metric", metric.name), Some(why.to_owned())), 0, &text[..at]),
        None => error(fail, at + length, written),
    };
    let value = value(MetricName::parse(&metric.name).unit(), written).map_err(refused)?;
    Ok(Gate { metric, op, value, text: text.trim().to_owned() })
}

const EXAMPLE: &str =
    "such as `error_rate <= 1%`, `latency.p95 <= 8s` or `score not worse than baseline by 0.02`";

/// An error about a part of the gate that begins at `at`, its outer white space left out.
fn error((message, hint): Fail, at: usize, part: &str) -> GateError {
    let start = at + part.len() - part.trim_start().len();
    GateError { message, range: start..(start + part.trim().len()).max(start), hint }
}

/// `METRIC` or `METRIC [slice]`.
fn metric(text: &str, at: usize) -> Result<MetricRef, GateError> {
    let trimmed = text.trim();
    let (name, slice) = match trimmed.strip_suffix(']').and_then(|inner| inner.split_once('[')) {
        Some((name, slice)) => (name.trim(), Some(slice.trim().to_owned())),
        None => (trimmed, None),
    };
    if name.is_empty() || slice.as_deref() == Some("") {
        let what = if name.is_empty() { "a gate begins with a metric" } else { "the slice has no name" };
        return Err(error((what.to_owned(), Some(EXAMPLE.to_owned())), at, text));
    }
    Ok(MetricRef { name: name::canonical(name).to_owned(), slice })
}

/// `VERSION by X`: by the metric's own direction.
fn not_worse(metric: MetricName<'_>, text: &str) -> Result<(GateOp, GateValue), Fail> {
    let (version, by) = match text.split_once(" by ") {
        Some((version, by)) => (version.trim(), amount(metric.unit(), by)?),
        None => (text.trim(), 0.0),
    };
    let version = reference(version)?;
    Ok(if metric.better() == Better::Lower {
        (GateOp::AtMost, GateValue::Relative { version, times: 1.0, plus: by })
    } else {
        (GateOp::AtLeast, GateValue::Relative { version, times: 1.0, plus: -by })
    })
}

/// The right side of a comparison.
fn value(unit: Unit, text: &str) -> Result<GateValue, Fail> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        [] => Err(("the gate has no value to compare with".to_owned(), Some(EXAMPLE.to_owned()))),
        [name, sign @ ("+" | "-" | "*"), operand @ ..] if starts_name(name) && !operand.is_empty() => {
            let version = reference(name)?;
            let operand = operand.concat();
            Ok(match *sign {
                "*" => GateValue::Relative { version, times: number(&operand)?, plus: 0.0 },
                "-" => GateValue::Relative { version, times: 1.0, plus: -amount(unit, &operand)? },
                _ => GateValue::Relative { version, times: 1.0, plus: amount(unit, &operand)? },
            })
        }
        [name] if starts_name(name) => {
            Ok(GateValue::Relative { version: reference(name)?, times: 1.0, plus: 0.0 })
        }
        _ => {
            let constant = amount(unit, text)?;
            if matches!(unit, Unit::Score | Unit::Share) && !(0.0..=1.0).contains(&constant) {
                let hint = format!("write `{}%`, or a number from 0 to 1", text.trim());
                return Err(("it lies between 0 and 1".to_owned(), (constant <= 100.0).then_some(hint)));
            }
            Ok(GateValue::Constant(constant))
        }
    }
}

/// Whether a word names a version rather than beginning a number.
fn starts_name(word: &str) -> bool {
    // `4o-mini` is a version's name, `4s` and `80%` are amounts.
    let digits =
        word.trim_start_matches(['$', '-', '+']).trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    !matches!(digits, "" | "ms" | "s" | "/s" | "m" | "h" | "%") && !word.starts_with(['$', '-', '+'])
}

/// A version's name; `None` for the baseline.
fn reference(name: &str) -> Result<Option<String>, Fail> {
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err((
            format!("expected a version's name, found `{name}`"),
            Some("write `baseline`, `baseline - 0.02`, or a version's name in its place".to_owned()),
        ));
    }
    Ok((name != "baseline").then(|| name.to_owned()))
}

/// A plain number.
fn number(text: &str) -> Result<f64, Fail> {
    let value: Option<f64> = text.trim().parse().ok().filter(|value: &f64| value.is_finite());
    value.ok_or_else(|| (format!("expected a number, found `{}`", text.trim()), None))
}

/// A number with the unit its metric takes.
fn amount(unit: Unit, text: &str) -> Result<f64, Fail> {
    let text = text.trim();
    match unit {
        Unit::Seconds => duration::parse(text).map_err(|fail| {
            let hint = match fail {
                duration::DurationError::NoUnit => format!("write `{text}ms` or `{text}s`"),
                duration::DurationError::Unreadable => "write a time such as `800ms` or `8s`".to_owned(),
            };
            (fail.to_string(), Some(hint))
        }),
        Unit::Usd => number(text.strip_prefix('$').unwrap_or(text))
            .map_err(|(message, _)| (message, Some("write dollars such as `$0.01`".to_owned()))),
        Unit::PerSecond => number(text.strip_suffix("/s").unwrap_or(text)),
        Unit::Tokens | Unit::Count => number(text),
        Unit::Score | Unit::Share => match text.strip_suffix('%') {
            Some(percent) => number(percent).map(|value| value / 100.0),
            None => number(text)
                .map_err(|(message, _)| (message, Some("it is a share: write `0.9` or `90%`".to_owned()))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relative(version: Option<&str>, times: f64, plus: f64) -> GateValue {
        GateValue::Relative { version: version.map(str::to_owned), times, plus }
    }

    #[test]
    fn every_form_of_the_grammar_parses() {
        use GateOp::{Above, AtLeast, AtMost, Below};
        let cases = [
            ("error_rate <= 0.01", "error_rate", None, AtMost, GateValue::Constant(0.01)),
            ("category>=90%", "category", None, AtLeast, GateValue::Constant(0.9)),
            ("latency.p95 <= 8s", "latency.p95", None, AtMost, GateValue::Constant(8.0)),
            ("latency < 250 ms", "latency", None, Below, GateValue::Constant(0.25)),
            ("cost <= $0.01", "cost", None, AtMost, GateValue::Constant(0.01)),
            ("output_tps >= 40/s", "output_tps", None, AtLeast, GateValue::Constant(40.0)),
            ("tokens_per_second >= 40", "output_tps", None, AtLeast, GateValue::Constant(40.0)),
            ("tokens < 900", "tokens", None, Below, GateValue::Constant(900.0)),
            ("quality > baseline", "score", None, Above, relative(None, 1.0, 0.0)),
            ("score >= baseline - 0.02", "score", None, AtLeast, relative(None, 1.0, -0.02)),
            ("cost <= baseline * 1.1", "cost", None, AtMost, relative(None, 1.1, 0.0)),
            ("latency <= 4o-mini + 200ms", "latency", None, AtMost, relative(Some("4o-mini"), 1.0, 0.2)),
            ("score [german] >= 0.8", "score", Some("german"), AtLeast, GateValue::Constant(0.8)),
            ("pass_rate(tone)[de] >= 50%", "pass_rate(tone)", Some("de"), AtLeast, GateValue::Constant(0.5)),
            (
                "category not worse than current by 0.02",
                "category",
                None,
                AtLeast,
                relative(Some("current"), 1.0, -0.02),
            ),
            (
                "latency.p95 not worse than baseline by 1s",
                "latency.p95",
                None,
                AtMost,
                relative(None, 1.0, 1.0),
            ),
            ("score not worse than baseline", "score", None, AtLeast, relative(None, 1.0, -0.0)),
        ];
        for (text, name, slice, op, value) in cases {
            let gate = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(gate.metric, MetricRef { name: name.into(), slice: slice.map(Into::into) }, "{text}");
            assert_eq!((gate.op, gate.value, gate.text.as_str()), (op, value, text));
        }
    }

    #[test]
    fn what_is_wrong_is_said_and_pointed_at() {
        let cases = [
            ("score", "a gate compares a metric with a value", "score"),
            ("score = 0.9", "`=` is not a comparison of gates", "="),
            ("score => 0.9", "`=>` is not a comparison of gates", "=>"),
            (">= 0.9", "a gate begins with a metric", ""),
            ("latency.p95 <= 8", "a duration needs a unit", "8"),
            ("score >= 90", "it lies between 0 and 1", "90"),
            ("score >= $1", "expected a number, found `$1`", "$1"),
            ("score >=", "the gate has no value to compare with", ""),
            ("throughput >= 2", "`throughput` is no metric", "throughput"),
            ("cost <= 5s", "expected a number, found `5s`", "5s"),
            ("score not worse than a b by 1", "expected a version's name, found `a b`", "a b by 1"),
        ];
        for (text, message, part) in cases {
            let error = parse(text).unwrap_err();
            assert_eq!((error.message.as_str(), &text[error.range]), (message, part), "{text}");
        }
    }
}
