//! Bytes → text: which charset a body is really in.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::repairs;

/// How far into a body the prolog's `encoding="…"` is looked for: junk may stand before it.
const PROLOG_REACH: usize = 2_048;

/// A body as text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The text, without a byte order mark.
    pub(super) text: String,
    /// What was not as stated, in words.
    pub(super) repairs: Vec<String>,
}

/// Decodes `body`. The order of trust: a byte order mark, the look of UTF-16 and UTF-32, being valid
/// UTF-8 beyond ASCII, the header's charset, the prolog's, UTF-8, and windows-1252 for what is left.
///
/// UTF-8 goes before what is stated because text in another charset is hardly ever valid UTF-8, while
/// a wrong statement is the most common fault of all.
pub(super) fn decode(body: &[u8], content_type: Option<&str>) -> Decoded {
    if let Some(text) = utf32(body) {
        return Decoded { text, repairs: Vec::new() };
    }
    if let Some((encoding, mark)) = Encoding::for_bom(body) {
        return with(encoding, &body[mark..], Vec::new());
    }
    if let Some(encoding) = utf16_without_mark(body) {
        return with(encoding, body, vec![repairs::UTF16_WITHOUT_MARK.note()]);
    }
    let header = content_type.and_then(charset_parameter);
    let prolog = prolog_encoding(body);
    let stated = [header.as_deref(), prolog.as_deref()];
    let known: Vec<&'static Encoding> =
        stated.iter().flatten().filter_map(|label| Encoding::for_label(label.as_bytes())).collect();

    if let Ok(text) = std::str::from_utf8(body) {
        // ASCII with escapes (ISO-2022-JP) is valid UTF-8 as well; there the statement counts.
        let escapes = known.iter().find(|encoding| !encoding.is_ascii_compatible());
        if let (Some(encoding), true) = (escapes, body.is_ascii() && body.contains(&0x1b)) {
            return with(encoding, body, Vec::new());
        }
        let honest = body.is_ascii() || known.first().is_none_or(|first| *first == UTF_8);
        let repairs = if honest {
            Vec::new()
        } else {
            let label = header.as_deref().or(prolog.as_deref()).unwrap_or_default();
            vec![repairs::WRONG_CHARSET.note_with(&format!("{label}, but it is UTF-8"))]
        };
        return Decoded { text: text.to_owned(), repairs };
    }
    for encoding in &known {
        // UTF-16 was looked for above: a statement of it here is wrong.
        if *encoding == UTF_8 || *encoding == UTF_16LE || *encoding == UTF_16BE {
            continue;
        }
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(body) {
            let repairs = match (header.as_deref(), prolog.as_deref()) {
                (Some(header), Some(prolog)) if differ(header, prolog) => {
                    vec![repairs::TWO_CHARSETS.note_with(&format!("{header} and {prolog}"))]
                }
                _ => Vec::new(),
            };
            return Decoded { text: text.into_owned(), repairs };
        }
    }
    if let Some(encoding) = known.iter().find(|encoding| **encoding != UTF_8) {
        let repairs = vec![repairs::BAD_BYTES.note_with(encoding.name())];
        return with(encoding, body, repairs);
    }
    if mostly_utf8(body) {
        return with(UTF_8, body, vec![repairs::BAD_BYTES.note_with(UTF_8.name())]);
    }
    with(WINDOWS_1252, body, vec![repairs::NO_CHARSET.note_with("read as windows-1252")])
}

fn with(encoding: &'static Encoding, bytes: &[u8], repairs: Vec<String>) -> Decoded {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    Decoded { text: text.into_owned(), repairs }
}

fn differ(one: &str, other: &str) -> bool {
    Encoding::for_label(one.as_bytes()) != Encoding::for_label(other.as_bytes())
}

/// The charset parameter of a Content-Type.
fn charset_parameter(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']).trim();
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then(|| value.to_owned())
    })
}

/// What the XML declaration says, read as ASCII.
fn prolog_encoding(body: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&body[..body.len().min(PROLOG_REACH)]);
    let begin = head.find("<?xml")?;
    let declaration = &head[begin..];
    let declaration = &declaration[..declaration.find("?>")?];
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let label = value[1..].split(quote).next()?.trim();
    (!label.is_empty()).then(|| label.to_owned())
}

/// `<` or white space with zeros beside it, in pairs.
fn utf16_without_mark(body: &[u8]) -> Option<&'static Encoding> {
    match body {
        [0, b'<', 0, _, ..] => Some(UTF_16BE),
        [b'<', 0, _, 0, ..] => Some(UTF_16LE),
        _ => None,
    }
}

/// UTF-32, which encoding_rs leaves out: by its mark, or by `<` among zeros.
fn utf32(body: &[u8]) -> Option<String> {
    let (big, skip) = match body {
        [0, 0, 0xfe, 0xff, ..] => (true, 4),
        [0xff, 0xfe, 0, 0, ..] => (false, 4),
        [0, 0, 0, b'<', ..] => (true, 0),
        [b'<', 0, 0, 0, ..] => (false, 0),
        _ => return None,
    };
    let characters = body[skip..].chunks_exact(4).map(|chunk| {
        let bytes = [chunk[0], chunk[1], chunk[2], chunk[3]];
        let code = if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
    });
    Some(characters.collect())
}

/// Whether bad bytes are rare: a cut character, one pasted quotation mark.
fn mostly_utf8(body: &[u8]) -> bool {
    let mut bad = 0_usize;
    let mut good = 0_usize;
    for chunk in body.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &[u8], content_type: Option<&str>, text: &str, repairs: usize) {
        let decoded = decode(body, content_type);
        assert_eq!(decoded.text, text);
        assert_eq!(decoded.repairs.len(), repairs, "{:?}", decoded.repairs);
    }

    #[test]
    fn the_charset_is_found_where_it_is_stated() {
        check(b"<a>\xe9</a>", Some("text/xml; charset=ISO-8859-1"), "<a>é</a>", 0);
        check(b"<a>\xcf\xf0</a>", Some("text/xml; charset=\"windows-1251\""), "<a>Пр</a>", 0);
        let prolog = b"<?xml version='1.0' encoding='koi8-r'?><a>\xf0\xd2</a>";
        check(prolog, None, "<?xml version='1.0' encoding='koi8-r'?><a>Пр</a>", 0);
    }

    #[test]
    fn utf8_is_recognised_whatever_is_stated() {
        let body = "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>é</a>";
        check(body.as_bytes(), None, body, 1);
        check("<a>é</a>".as_bytes(), Some("text/xml; charset=us-ascii"), "<a>é</a>", 1);
        check(b"\xef\xbb\xbf<a/>", Some("text/xml; charset=iso-8859-1"), "<a/>", 0);
    }

    #[test]
    fn utf16_and_utf32_are_recognised_with_and_without_a_mark() {
        check(b"\xff\xfe<\0a\0/\0>\0", None, "<a/>", 0);
        check(b"<\0a\0/\0>\0", None, "<a/>", 1);
        check(b"\0<\0a\0/\0>", None, "<a/>", 1);
        check(b"\0\0\0<\0\0\0a\0\0\0/\0\0\0>", None, "<a/>", 0);
    }

    #[test]
    fn a_few_bad_bytes_do_not_change_the_charset() {
        check(b"<a>\xc3\xa9\xc3\xa9\x92</a>", None, "<a>éé\u{fffd}</a>", 1);
        check(b"<a>\x93q\x94</a>", None, "<a>“q”</a>", 1);
        check(b"", None, "", 0);
    }
}
