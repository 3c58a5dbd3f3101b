//! `250ms`, `30s`, `5m`, `24h`: a number and a unit, nothing else. A number without a unit is an error, since half of
//! the readers would take it for seconds and the other half for milliseconds.

/// Why a text is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// A number alone.
    #[error("a duration needs a unit")]
    NoUnit,
    /// Anything else.
    #[error("expected a duration such as `30s`")]
    Unreadable,
}

/// Seconds of a duration; finite, not negative.
///
/// # Errors
/// It is not a number followed by `ms`, `s`, `m` or `h`.
pub fn parse(text: &str) -> Result<f64, DurationError> {
    let text = text.trim();
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let value: f64 = number.parse().map_err(|_| DurationError::Unreadable)?;
    let unit = match unit.trim() {
        "" => return Err(DurationError::NoUnit),
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(DurationError::Unreadable),
    };
    // Division keeps `250ms` the double nearest to 0.25, which multiplication by 0.001 does not always.
    let seconds = if unit < 1.0 { value / 1000.0 } else { value * unit };
    if seconds <= 3.2e9 { Ok(seconds) } else { Err(DurationError::Unreadable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit_make_seconds() {
        for (text, want) in [("250ms", 0.25), ("30s", 30.0), ("1.5m", 90.0), ("24h", 86_400.0), ("1 s", 1.0)] {
            assert_eq!(parse(text), Ok(want), "{text}");
        }
        assert_eq!(parse("30"), Err(DurationError::NoUnit));
        for text in ["", "s", "-1s", "1d", "1s2", "1e99s", "5 minutes"] {
            assert_eq!(parse(text), Err(DurationError::Unreadable), "{text}");
        }
    }
}
