//! `METRIC=VALUE,…` as options take it: values in the metric's own unit, durations with theirs.
use super::error::CommandError;
use crate::domain::GateValue;
use crate::metrics::name::told_only;
use crate::spec::gate;

/// The pairs of `text`, all above 0.
///
/// # Errors
/// A part is not `METRIC=VALUE`; `option` and `example` go into the message.
pub fn parse(option: &str, example: &str, text: &str) -> Result<Vec<(String, f64)>, CommandError> {
    let one = |part: &str| {
        let (name, value) = part.split_once('=')?;
        // The grammar of gates knows every unit: `latency <= 1500ms` holds the same number.
        let gate = gate::parse(&format!("{} <= {}", name.trim(), value.trim())).ok()?;
        match gate.value {
            GateValue::Constant(value) if value > 0.0 => Some((gate.metric.name, value)),
            _ => None,
        }
    };
    let wrong = |part: &str| {
        let name = part.split('=').next().unwrap_or_default().trim();
        let example = || format!("for example `{option} {example}`");
        CommandError::input(format!("`{option}`: `{part}` is not METRIC=VALUE"))
            .hint(told_only(name).map_or_else(example, str::to_owned))
    };
    text.split(',').map(|part| one(part).ok_or_else(|| wrong(part))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_in_the_unit_of_their_metric() {
        let of = |text| parse("--margin", "score=0.02", text).map_err(|error| error.message);
        assert_eq!(
            of("score=0.02, latency=150ms"),
            Ok(vec![("score".to_owned(), 0.02), ("latency".to_owned(), 0.15)])
        );
        for wrong in ["score", "score=-1", "score=0", "score=baseline"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
