//! How long a reply asks to be left alone, in all the spellings providers have for it. Pure: the present time is given.
use std::time::{Duration, SystemTime};

use serde_json::Value;

/// Longer than this nobody waits; it also keeps absurd numbers out of the arithmetic.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// A reset says when all of a limit is free again, not when the next request may go: no longer than limits a minute take.
const LONGEST_RESET: Duration = Duration::from_secs(60);
/// Units of a span like `6m0s`, the longer names first, in seconds.
const UNITS: [(&str, f64); 6] =
    [("ms", 1e-3), ("us", 1e-6), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0)];
/// From here on a number of seconds is a moment (1973 and later), and from here on one of milliseconds.
const EPOCH: f64 = 1e8;
const EPOCH_MS: f64 = 1e11;

/// What a reply is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// Its status; none came where nothing did.
    pub(super) status: Option<u16>,
    /// Names in lower case.
    pub(super) headers: &'a [(String, String)],
    /// As far as it came.
    pub(super) body: &'a [u8],
    /// When it came.
    pub(super) now: SystemTime,
}

/// The first that is there of `retry-after-ms` (milliseconds, OpenAI and Azure), `retry-after` (seconds, fractions
/// allowed, or an HTTP date: RFC 9110 §10.2.3), for a refusal the `RetryInfo` of its body (Google), and for a 429 the
/// resets of limits of which nothing is left. Moments are read against the reply's own `date`, where it has one, so that
/// a clock that is off does not matter.
pub(super) fn retry_after(asked: Asked<'_>) -> Option<Duration> {
    let failed = asked.status.is_some_and(|status| status >= 400);
    let wait = (asked.header("retry-after-ms").and_then(|text| scaled(text, 1e-3)))
        .or_else(|| {
            asked.header("retry-after").and_then(|text| scaled(text, 1.0).or_else(|| asked.until_date(text)))
        })
        .or_else(|| if failed { retry_info(asked.body) } else { None })
        .or_else(|| if asked.status == Some(429) { asked.reset() } else { None });
    wait.map(|wait| wait.min(LONGEST))
}

impl Asked<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.trim())
    }

    /// The longest of the resets whose limit has nothing left (`x-ratelimit-reset-tokens` beside
    /// `x-ratelimit-remaining-tokens`, `anthropic-ratelimit-tokens-reset`, `x-ratelimit-reset`, …).
    fn reset(&self) -> Option<Duration> {
        let resets =
            self.headers.iter().filter(|(name, _)| name.contains("ratelimit") && name.contains("reset"));
        let is_used_up = |name: &str| {
            let left =
                self.header(&name.replace("reset", "remaining")).and_then(|left| left.parse::<f64>().ok());
            left.is_some_and(|left| left <= 0.0)
        };
        let waits =
            resets.filter(|(name, _)| is_used_up(name)).filter_map(|(_, value)| self.wait(value.trim()));
        waits.max().map(|wait| wait.min(LONGEST_RESET))
    }

    /// Seconds, a span (`6m0s`, `20ms`) or a moment (seconds or milliseconds since 1970, RFC 3339, an HTTP date).
    fn wait(&self, text: &str) -> Option<Duration> {
        match text.parse::<f64>() {
            Ok(number) if number >= EPOCH_MS => {
                self.until(SystemTime::UNIX_EPOCH.checked_add(seconds(number * 1e-3)?)?)
            }
            Ok(number) if number >= EPOCH => {
                self.until(SystemTime::UNIX_EPOCH.checked_add(seconds(number)?)?)
            }
            Ok(number) => seconds(number),
            Err(_) => span(text).or_else(|| self.until_date(text)),
        }
    }

    fn until_date(&self, text: &str) -> Option<Duration> {
        let moment = text.parse::<jiff::Timestamp>().map(SystemTime::from).ok();
        self.until(moment.or_else(|| httpdate::parse_http_date(text).ok())?)
    }

    fn until(&self, moment: SystemTime) -> Option<Duration> {
        let from =
            self.header("date").and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or(self.now);
        Some(moment.duration_since(from).unwrap_or_default())
    }
}

/// The delay of Google's `RetryInfo` among the details of an error, which a stream puts into a list.
fn retry_info(body: &[u8]) -> Option<Duration> {
    if !body.windows(9).any(|bytes| bytes == b"RetryInfo") {
        return None;
    }
    let value: Value = serde_json::from_slice(body).ok()?;
    let error = value.get(0).unwrap_or(&value);
    let details = error.pointer("/error/details")?.as_array()?;
    details.iter().find_map(|detail| span(detail.get("retryDelay")?.as_str()?))
}

/// A number in that unit, in seconds.
fn scaled(text: &str, unit: f64) -> Option<Duration> {
    seconds(text.parse::<f64>().ok()? * unit)
}

/// Numbers with units, one after the other.
fn span(text: &str) -> Option<Duration> {
    let (mut rest, mut total) = (text, 0.0);
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, after) = rest.split_at(end);
        let (name, unit) = UNITS.into_iter().find(|(name, _)| after.starts_with(name))?;
        total += number.parse::<f64>().ok()? * unit;
        rest = &after[name.len()..];
    }
    seconds(total).filter(|_| !text.is_empty())
}

/// So many seconds; as many as anybody waits where it is more than can be said.
fn seconds(number: f64) -> Option<Duration> {
    let number = Some(number).filter(|number| number.is_finite() && *number >= 0.0)?;
    Some(Duration::try_from_secs_f64(number).unwrap_or(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(status: u16, headers: &[(&str, &str)], body: &str) -> Option<Duration> {
        let headers: Vec<_> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let now = httpdate::parse_http_date("Wed, 21 Oct 2026 07:28:00 GMT").unwrap();
        retry_after(Asked { status: Some(status), headers: &headers, body: body.as_bytes(), now })
    }

    /// Headers, and the milliseconds they mean.
    type Case<'a> = (&'a [(&'a str, &'a str)], Option<u64>);

    fn check(cases: &[Case<'_>]) {
        for (headers, expected) in cases {
            assert_eq!(parse(429, headers, ""), expected.map(Duration::from_millis), "{headers:?}");
        }
    }

    #[test]
    fn every_form_of_retry_after() {
        check(&[
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
        ]);
    }

    #[test]
    fn resets_of_limits_that_are_used_up_in_every_spelling() {
        let reset = |value: &'static str, expected| {
            check(&[(
                &[("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", value)],
                expected,
            )]);
        };
        reset("20ms", Some(20));
        reset("1.5s", Some(1_500));
        reset("0m7.66s", Some(7_660));
        reset("6m0s", Some(60_000));
        reset("4", Some(4_000));
        reset("1792567690", Some(10_000));
        reset("1792567690500", Some(10_500));
        reset("2026-10-21T07:28:30Z", Some(30_000));
        reset("soon", None);
        check(&[
            (&[("x-ratelimit-remaining-tokens", "7"), ("x-ratelimit-reset-tokens", "9s")], None),
            (&[("x-ratelimit-reset-tokens", "9s")], None),
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "9")], Some(9_000)),
            (
                &[
                    ("anthropic-ratelimit-requests-remaining", "0"),
                    ("anthropic-ratelimit-requests-reset", "2026-10-21T07:28:02Z"),
                ],
                Some(2_000),
            ),
            (
                &[
                    ("x-ratelimit-remaining-requests", "0"),
                    ("x-ratelimit-reset-requests", "8.64s"),
                    ("x-ratelimit-remaining-tokens", "0"),
                    ("x-ratelimit-reset-tokens", "1s"),
                ],
                Some(8_640),
            ),
            (
                &[
                    ("x-ratelimit-remaining-tokens", "0"),
                    ("x-ratelimit-reset-tokens", "9s"),
                    ("retry-after", "1"),
                ],
                Some(1_000),
            ),
        ]);
        let used_up = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "9")];
        assert_eq!(parse(200, &used_up, ""), None, "the last request that was let in");
    }

    #[test]
    fn what_google_writes_into_the_body_of_a_refusal() {
        let error = r#"{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": []},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}]}}"#;
        assert_eq!(parse(429, &[], error), Some(Duration::from_millis(34_500)));
        assert_eq!(parse(503, &[], &format!("[{error}]")), Some(Duration::from_millis(34_500)));
        assert_eq!(parse(429, &[("retry-after", "2")], error), Some(Duration::from_secs(2)));
        assert_eq!(parse(200, &[], error), None, "an answer that only talks of it");
    }
}
