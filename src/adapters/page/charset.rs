//! The bytes of a page → text: byte order mark, then header, then `<meta>`, then a look at the bytes.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// A page says its charset within its first bytes; browsers look at 1,024, sloppy sites need more.
const HEAD_BYTES: usize = 4_096;

/// The text of `body`, as the page or the Content-Type header says it is written.
///
/// What is no character of the charset becomes U+FFFD. A page that is valid UTF-8 is read as UTF-8
/// whatever its `<meta>` says, because many say `iso-8859-1` from an old template.
#[must_use]
pub fn decode<'a>(body: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(body) {
        return encoding.decode_without_bom_handling(&body[mark..]).0;
    }
    if let Some(encoding) = content_type.and_then(|value| charset_in(value.as_bytes())) {
        return encoding.decode_without_bom_handling(body).0;
    }
    if let Ok(text) = std::str::from_utf8(body) {
        return Cow::Borrowed(text);
    }
    let head = &body[..body.len().min(HEAD_BYTES)];
    let encoding = charset_in(head).filter(|encoding| encoding.is_ascii_compatible());
    let cut_short = std::str::from_utf8(body).is_err_and(|error| error.error_len().is_none());
    let fallback = if cut_short { UTF_8 } else { WINDOWS_1252 };
    encoding.unwrap_or(fallback).decode_without_bom_handling(body).0
}

/// The encoding named after the first `charset=` or `encoding=`.
fn charset_in(bytes: &[u8]) -> Option<&'static Encoding> {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    ["charset", "encoding"].iter().find_map(|key| {
        text.match_indices(key).find_map(|(at, _)| {
            let value = text[at + key.len()..].trim_start().strip_prefix('=')?;
            let value =
                value.trim_start_matches(|c: char| c == '"' || c == '\'' || c.is_whitespace());
            let end = value.find(|c: char| !c.is_ascii_alphanumeric() && !"-_:.".contains(c));
            Encoding::for_label(&value.as_bytes()[..end.unwrap_or(value.len())])
        })
    })
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn the_header_wins_over_the_meta_tag() {
        let body = b"<meta charset=utf-8>caf\xe9";
        assert!(decode(body, Some("text/html; charset=ISO-8859-1")).ends_with("café"));
    }

    #[test]
    fn the_meta_tag_is_read_where_the_header_is_silent() {
        let body =
            b"<META http-equiv=content-type content='text/html; CHARSET = windows-1251'>\xcf\xf0";
        assert!(decode(body, Some("text/html")).ends_with("Пр"));
    }

    #[test]
    fn an_old_template_does_not_spoil_valid_utf8() {
        assert!(decode("<meta charset=iso-8859-1>ü".as_bytes(), None).ends_with('ü'));
    }

    #[test]
    fn a_byte_order_mark_wins_over_everything_and_is_not_text() {
        assert_eq!(decode(b"\xff\xfeh\0i\0", Some("text/html; charset=utf-8")), "hi");
        assert_eq!(decode(b"\xef\xbb\xbfhi", None), "hi");
    }

    #[test]
    fn utf8_cut_within_a_character_stays_utf8() {
        assert_eq!(decode(b"caf\xc3\xa9 \xc3", None), "café \u{fffd}");
    }

    #[test]
    fn without_any_word_bytes_that_are_not_utf8_are_windows_1252() {
        assert_eq!(decode(b"na\xefve \x93so\x94", None), "naïve “so”");
    }
}
