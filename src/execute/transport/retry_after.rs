//! How long a reply asks to be left alone. Pure: the present time is given.
use std::time::{Duration, SystemTime};

/// Longer than this nobody waits; it also keeps absurd numbers out of the arithmetic.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// `retry-after-ms` (milliseconds, OpenAI and Azure) before `retry-after` (seconds, fractions allowed, or an HTTP date:
/// RFC 9110 §10.2.3). A date is read against the reply's own `date`, where it has one, so that a clock that is off
/// does not matter.
pub(super) fn retry_after(headers: &[(String, String)], now: SystemTime) -> Option<Duration> {
    let header =
        |name: &str| headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.trim());
    let number = |text: &str, unit: f64| {
        let seconds = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0)? * unit;
        Some(Duration::try_from_secs_f64(seconds).map_or(LONGEST, |wait| wait.min(LONGEST)))
    };
    let date = |text: &str| {
        let until = httpdate::parse_http_date(text).ok()?;
        let from = header("date").and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or(now);
        Some(until.duration_since(from).unwrap_or_default().min(LONGEST))
    };
    header("retry-after-ms").and_then(|text| number(text, 0.001)).or_else(|| {
        let text = header("retry-after")?;
        number(text, 1.0).or_else(|| date(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(headers: &[(&str, &str)]) -> Option<Duration> {
        let headers: Vec<_> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let now = httpdate::parse_http_date("Wed, 21 Oct 2026 07:28:00 GMT").unwrap();
        retry_after(&headers, now)
    }

    /// Headers, and the milliseconds they mean.
    type Case<'a> = (&'a [(&'a str, &'a str)], Option<u64>);

    #[test]
    fn every_form() {
        let cases: &[Case<'_>] = &[
            (&[("retry-after", "2")], Some(2_000)),
            (&[("retry-after", " 0.25 ")], Some(250)),
            (&[("retry-after", "3"), ("retry-after-ms", "1500")], Some(1_500)),
            (&[("retry-after", "3"), ("retry-after-ms", "soon")], Some(3_000)),
            (&[("retry-after", "Wed, 21 Oct 2026 07:28:05 GMT")], Some(5_000)),
            (&[("retry-after", "Wed, 21 Oct 2026 07:27:05 GMT")], Some(0)),
            (
                &[
                    ("date", "Wed, 21 Oct 2026 09:00:00 GMT"),
                    ("retry-after", "Wed, 21 Oct 2026 09:00:07 GMT"),
                ],
                Some(7_000),
            ),
            (&[("retry-after", "1e300")], Some(24 * 3600 * 1000)),
            (&[("retry-after", "-1")], None),
            (&[("retry-after", "NaN")], None),
            (&[("retry-after", "")], None),
            (&[], None),
        ];
        for (headers, expected) in cases {
            assert_eq!(parse(headers), expected.map(Duration::from_millis), "{headers:?}");
        }
    }
}
