//! What the headers of an answer say: validators, freshness, and how long to stay away. Pure.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

use crate::visit::Validators;

/// A validator longer than this is not kept: we would have to send it with every request.
pub const LONGEST_VALIDATOR: usize = 1024;

/// The headers of an answer that we act on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    /// Content-Type.
    pub content_type: Option<String>,
    /// Every Link header, joined by commas.
    pub link: Option<String>,
    /// Content-Language.
    pub content_language: Option<String>,
    /// ETag and Last-Modified, byte for byte (a byte is a char: see [`text_of`]).
    pub validators: Validators,
    /// For how long the answer is fresh: the longer of `max-age` and `Expires`.
    pub fresh_for: Option<Duration>,
    /// Whether redirects led to it, and every one of them for good (301, 308).
    pub moved_for_good: bool,
}

/// A header's bytes as text, one char a byte, so that [`bytes_of`] gives the same bytes back.
#[must_use]
pub fn text_of(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The bytes [`text_of`] was given; nothing for a text it cannot have made.
#[must_use]
pub fn bytes_of(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(c).ok()).collect()
}

/// How long Retry-After asks us to stay away: seconds, or a date in any of HTTP's three forms.
///
/// A date in the past is no wait at all; anything else that is not understood is as if nothing
/// had been said.
#[must_use]
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than a u64 has is still a number: a very long wait.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = http_date(value)?;
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

/// For how long an answer is fresh: the longer of Cache-Control's `max-age` and Expires.
///
/// Expires is measured against the server's own Date where it gave one: its clock may be wrong.
#[must_use]
pub fn fresh_for(
    cache_control: Option<&str>,
    expires: Option<&str>,
    date: Option<&str>,
    now: Timestamp,
) -> Option<Duration> {
    let max_age = cache_control.and_then(max_age);
    let expires = expires.and_then(http_date).and_then(|until| {
        let since = date.and_then(http_date).unwrap_or(now);
        Duration::try_from(until.duration_since(since)).ok()
    });
    max_age.max(expires)
}

/// A date as HTTP writes it (RFC 9110 §5.6.7): IMF-fixdate, RFC 850, or asctime.
#[must_use]
pub fn http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(moment) = rfc2822::DateTimeParser::new().parse_timestamp(text) {
        return Some(moment);
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .into_iter()
        .find_map(|form| DateTime::strptime(form, text).ok())
        .and_then(|moment| moment.to_zoned(TimeZone::UTC).ok())
        .map(|moment| moment.timestamp())
}

fn max_age(cache_control: &str) -> Option<Duration> {
    cache_control.split(',').find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        let digits = value.trim().trim_matches('"');
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        (name.trim().eq_ignore_ascii_case("max-age") && is_number)
            .then(|| Duration::from_secs(digits.parse().unwrap_or(u64::MAX)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_three_forms_of_a_date_are_one_moment() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(http_date(text), Some(at("1994-11-06T08:49:37Z")), "{text}");
        }
        for text in ["", "0", "-1", "tomorrow", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_never_negative() {
        let now = at("2026-03-02T06:00:00Z");
        let check = |text, seconds: Option<u64>| {
            assert_eq!(retry_after(text, now), seconds.map(Duration::from_secs), "{text}");
        };
        check("120", Some(120));
        check(" 0 ", Some(0));
        check("99999999999999999999999", Some(u64::MAX));
        check("Mon, 02 Mar 2026 07:00:00 GMT", Some(3600));
        check("Mon, 02 Mar 2026 05:00:00 GMT", Some(0));
        check("soon", None);
        check("-5", None);
        check("", None);
    }

    #[test]
    fn freshness_is_the_longer_of_the_two_and_expires_is_measured_on_the_servers_clock() {
        let now = at("2026-03-02T06:00:00Z");
        let seconds = |cache, expires, date| {
            fresh_for(cache, expires, date, now).map(|duration| duration.as_secs())
        };
        assert_eq!(seconds(Some("public, Max-Age=\"600\", s-maxage=5"), None, None), Some(600));
        assert_eq!(seconds(Some("no-cache"), None, None), None);
        assert_eq!(seconds(Some("max-age=abc"), Some("0"), None), None);
        let (hour_later, in_2001) =
            ("Mon, 02 Mar 2026 07:00:00 GMT", "Thu, 01 Mar 2001 06:00:00 GMT");
        assert_eq!(seconds(Some("max-age=60"), Some(hour_later), None), Some(3600));
        let (ahead, date) = ("Thu, 01 Mar 2001 06:10:00 GMT", in_2001);
        assert_eq!(seconds(None, Some(ahead), Some(date)), Some(600));
        assert_eq!(seconds(None, Some(date), Some(ahead)), None);
    }

    #[test]
    fn any_bytes_of_a_header_come_back_the_same() {
        let bytes: Vec<u8> = (0x20..=0xff).collect();
        assert_eq!(bytes_of(&text_of(&bytes)), Some(bytes));
        assert_eq!(bytes_of("ā"), None);
    }
}
