//! How a single number is written, so that every surface writes it alike. Numbers that stand under each other share
//! a [`Scale`] instead. Writes only; nothing is estimated here. What is not finite is written `?`.
use jiff::{Timestamp, tz::TimeZone};

use super::scale::Scale;
use crate::domain::{Interval, Unit};

/// Dollars: `$12.40`, `$0.0021`, `$3.1e-8`; zero only for zero.
#[must_use]
pub fn usd(dollars: f64) -> String {
    by_unit(Unit::Usd, dollars)
}

/// Seconds: `0.8 ms`, `312 ms`, `1.24 s`, `2 m 05 s`, `3 h 20 m`.
#[must_use]
pub fn seconds(seconds: f64) -> String {
    by_unit(Unit::Seconds, seconds)
}

/// A share in [0, 1] as per cent: `93.4 %`, `1 %`.
#[must_use]
pub fn share(share: f64) -> String {
    by_unit(Unit::Share, share)
}

/// A score in [0, 1]: `0.934`.
#[must_use]
pub fn score(score: f64) -> String {
    by_unit(Unit::Score, score)
}

/// Tokens: `312`, `12.4 k`, `1.24 M`.
#[must_use]
pub fn tokens(tokens: f64) -> String {
    by_unit(Unit::Tokens, tokens)
}

/// A number with its unit, at the precision that suits its size.
#[must_use]
pub fn by_unit(unit: Unit, number: f64) -> String {
    match unit {
        Unit::Seconds if number.is_finite() && number.abs() >= 59.995 => clock(number),
        Unit::Share => Scale::of(unit, [number]).trimmed(number),
        _ => Scale::of(unit, [number]).with_unit(number),
    }
}

/// How far two numbers are apart: shares in points, `2.2 points`, since per cent of them would be another thing.
#[must_use]
pub fn gap(unit: Unit, number: f64) -> String {
    match unit {
        Unit::Share => by_unit(unit, number).replace('%', "points"),
        _ => by_unit(unit, number),
    }
}

/// A difference with its sign and unit: `+0.031`, `-$0.0012`, `0.000`.
#[must_use]
pub fn signed_by_unit(unit: Unit, number: f64) -> String {
    Scale::of(unit, [number]).signed(number)
}

/// Both ends in one unit: `[290, 335] ms`, `[$0.0019, $0.0023]`, `[0.91, n/a]`.
#[must_use]
pub fn interval(unit: Unit, interval: &Interval) -> String {
    let scale = Scale::of(unit, ends(interval));
    let write = |end: Option<f64>| end.map_or("n/a".to_owned(), |x| scale.prefixed(x));
    format!("[{}, {}]{}", write(interval.low), write(interval.high), scale.suffix())
}

/// How many times: `0.41×`, `12.4×`.
#[must_use]
pub fn times(ratio: f64) -> String {
    Scale::times(ratio).with_unit(ratio)
}

/// Both ends of a ratio, bare: `[0.38, 0.44]`.
#[must_use]
pub fn times_interval(ratio: f64, interval: &Interval) -> String {
    Scale::times(ratio).bracket(interval)
}

/// The ends an interval has.
pub(super) fn ends(interval: &Interval) -> impl Iterator<Item = f64> {
    interval.low.into_iter().chain(interval.high)
}

/// When, in UTC, to the minute: `2026-11-20 10:31`.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The day, in UTC: `2026-11-20`.
#[must_use]
pub fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string()
}

/// At most `room` characters, the last one `…` where something was cut.
#[must_use]
pub fn clip(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    if room == 0 { kept } else { format!("{}…", kept.trim_end()) }
}

/// A p-value: `0.034`, `<0.001`.
#[must_use]
pub fn p_value(p: f64) -> String {
    match p {
        p if !p.is_finite() => "?".to_owned(),
        p if p < 0.001 => "<0.001".to_owned(),
        p => format!("{p:.3}"),
    }
}

/// A probability as tables print it: `.87`, and never beyond `>=.99` or `<.01` (D.5).
#[must_use]
pub fn probability(p: f64) -> String {
    match p {
        p if !p.is_finite() => "?".to_owned(),
        p if p >= 0.99 => ">=.99".to_owned(),
        p if p < 0.01 => "<.01".to_owned(),
        p => format!(".{:02}", ((p * 100.0).round() as u32).clamp(1, 99)),
    }
}

/// About this many, to two significant digits: `230`, `1900`.
#[must_use]
pub fn about(count: u64) -> String {
    let step = 10_u64.pow(count.max(1).ilog10().saturating_sub(1));
    (count.saturating_add(step / 2) / step * step).to_string()
}

/// A minute and more: `2 m 05 s`, `3 h 20 m`.
fn clock(seconds: f64) -> String {
    let sign = if seconds < 0.0 { "-" } else { "" };
    let whole = seconds.abs().round() as u64;
    let (hours, minutes) = (whole / 3600, whole / 60 % 60);
    if hours > 0 {
        format!("{sign}{hours} h {minutes:02} m")
    } else {
        format!("{sign}{minutes} m {:02} s", whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Method;

    #[test]
    fn every_unit_at_every_size() {
        let check = |unit, pairs: &[(f64, &str)]| {
            for (number, text) in pairs {
                assert_eq!(by_unit(unit, *number), *text, "{number}");
            }
        };
        check(Unit::Usd, &[(0.0021, "$0.0021"), (0.002_134, "$0.00213"), (1.24, "$1.24"), (12.4, "$12.40")]);
        check(Unit::Usd, &[(0.0, "$0.00"), (0.2, "$0.20"), (3e-6, "$0.000003"), (3.1e-8, "$3.1e-8")]);
        check(Unit::Usd, &[(-0.5, "-$0.50"), (f64::NAN, "?"), (1234.5, "$1234.50")]);
        check(Unit::Seconds, &[(0.312, "312 ms"), (1.24, "1.24 s"), (125.0, "2 m 05 s"), (0.0008, "0.8 ms")]);
        check(
            Unit::Seconds,
            &[(0.0, "0 ms"), (59.999, "1 m 00 s"), (12_000.0, "3 h 20 m"), (3e-6, "0.003 ms")],
        );
        check(
            Unit::Share,
            &[(0.934, "93.4 %"), (0.01, "1 %"), (0.0, "0 %"), (1.0, "100 %"), (0.0004, "0.04 %")],
        );
        check(Unit::Score, &[(0.934, "0.934"), (1.0, "1.000"), (0.0003, "0.0003"), (-1e-17, "0.000")]);
        check(Unit::Tokens, &[(312.4, "312"), (12_400.0, "12.4 k"), (1_240_000.0, "1.24 M"), (3.5, "3.5")]);
        check(Unit::Count, &[(3.0, "3")]);
        check(Unit::PerSecond, &[(12.44, "12.4/s")]);
    }

    #[test]
    fn both_ends_of_an_interval_share_a_unit() {
        let of = |low, high| Interval::new(low, high, Method::T);
        assert_eq!(interval(Unit::Seconds, &of(0.29, 0.335)), "[290, 335] ms");
        assert_eq!(interval(Unit::Seconds, &of(0.8, 1.31)), "[0.80, 1.31] s");
        assert_eq!(interval(Unit::Usd, &of(0.0019, 0.0023)), "[$0.0019, $0.0023]");
        assert_eq!(interval(Unit::Share, &of(0.91, 0.952)), "[91.0, 95.2] %");
        let open = Interval { low: Some(0.5), high: None, method: Method::OrderStatistic };
        assert_eq!(interval(Unit::Seconds, &open), "[500, n/a] ms");
        assert_eq!(interval(Unit::Score, &Interval::none(Method::T)), "[n/a, n/a]");
    }

    #[test]
    fn signs_ratios_chances_and_times() {
        assert_eq!(signed_by_unit(Unit::Score, 0.031), "+0.031");
        assert_eq!(signed_by_unit(Unit::Usd, -0.0012), "-$0.0012");
        assert_eq!(signed_by_unit(Unit::Score, 0.0), "0.000");
        assert_eq!([times(0.412), times(12.44), times(240.0)], ["0.41×", "12.4×", "240×"]);
        assert_eq!([p_value(0.0341), p_value(1e-9), p_value(1.0)], ["0.034", "<0.001", "1.000"]);
        assert_eq!([probability(0.999), probability(0.874), probability(0.0)], [">=.99", ".87", "<.01"]);
        assert_eq!([about(7), about(228), about(1949)], ["7", "230", "1900"]);
        assert_eq!(moment("2026-11-20T10:31:59Z".parse().unwrap()), "2026-11-20 10:31");
    }

    #[test]
    fn clipping_counts_characters() {
        assert_eq!(clip("größer", 6), "größer");
        assert_eq!(clip("größeres", 6), "größe…");
        assert_eq!(clip("a b", 0), "");
    }

    proptest! {
        #[test]
        fn nothing_that_is_not_zero_is_written_as_zero(exponent in -14.0_f64..9.0, units in 0..4_usize) {
            let unit = [Unit::Usd, Unit::Seconds, Unit::Tokens, Unit::PerSecond][units];
            let text = by_unit(unit, 10_f64.powf(exponent));
            prop_assert!(text.bytes().any(|b| (b'1'..=b'9').contains(&b)), "{}", text);
        }
    }
}
