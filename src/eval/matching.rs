//! When what was read counts as what was expected.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use crate::text::html::{fold, plain, sanitise, to_text};

/// Whether a plain line is what was expected, perhaps as markup: the words have to be the same.
pub(super) fn line(found: Option<&str>, expected: &str) -> bool {
    let found = fold(found.unwrap_or_default());
    found == fold(expected) || found == plain(expected) || found == fold(&to_text(expected))
}

/// Whether a text and the HTML beside it say what was expected.
///
/// Sanitisers keep different elements. The expected HTML therefore goes through ours first; then
/// both have to be equal but for white space. Without markup on either side the words decide.
pub(super) fn words(text: Option<&str>, html: Option<&str>, expected: &str, base: &Url) -> bool {
    let markup = expected.contains('<');
    match html {
        Some(html) => {
            let expected_html = fold(&sanitise(expected, Some(base)));
            // Safe HTML is the same HTML when it is made safe again.
            let same = fold(&sanitise(html, Some(base))) == expected_html;
            same || !markup && line(text, expected)
        }
        None => line(text, expected),
    }
}

/// Whether two addresses are one: in their own spelling or as URLs are normalised.
pub(super) fn address(found: Option<&str>, expected: &str) -> bool {
    let Some(found) = found else {
        return expected.is_empty();
    };
    found == expected || Url::parse(expected).is_ok_and(|expected| expected.as_str() == found)
}

/// Whether `found` is the moment that the first six numbers of a Python time tuple name, in UTC.
pub(super) fn moment(found: Option<Timestamp>, expected: &[i64]) -> bool {
    let Some(found) = found else {
        return false;
    };
    let civil = found.to_zoned(TimeZone::UTC).datetime();
    let parts = [
        i64::from(civil.year()),
        i64::from(civil.month()),
        i64::from(civil.day()),
        i64::from(civil.hour()),
        i64::from(civil.minute()),
        i64::from(civil.second()),
    ];
    expected.len() >= 6 && parts[..] == expected[..6]
}
