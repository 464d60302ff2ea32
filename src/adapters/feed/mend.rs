//! Repairs to the text of a document, before it is read as XML.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

/// How much may stand before the document: warnings of a script, blanks, comments.
const JUNK_REACH: usize = 64 * 1024;

/// How a feed's document begins, in lower case.
const BEGINNINGS: &[&str] =
    &["<?xml", "<rss", "<feed", "<rdf:rdf", "<rdf", "<channel", "<atom:feed"];

/// A feed that somebody wrapped in a web page, up to the end of the text.
pub(super) fn feed_inside(page: &str) -> Option<&str> {
    let reach = page.char_indices().nth(JUNK_REACH).map_or(page.len(), |(at, _)| at);
    let mut tags = page[..reach].match_indices('<').map(|(place, _)| &page[place..]);
    // A declaration opens the page as well, and a channel is nothing without its envelope.
    tags.find(|rest| begins_here(rest) && !rest.starts_with("<?") && !rest.starts_with("<c"))
}

/// The beginning of `text` up to the first feed-like tag is dropped; white space alone is no fault.
pub(super) fn without_junk(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if trimmed.starts_with("<!") || begins_here(trimmed) {
        return Cow::Borrowed(if trimmed.len() + 4 >= text.len() { text } else { trimmed });
    }
    let mut reach = trimmed.len().min(JUNK_REACH);
    while !trimmed.is_char_boundary(reach) {
        reach -= 1;
    }
    let found = trimmed[..reach]
        .match_indices('<')
        .map(|(place, _)| place)
        .find(|&place| begins_here(&trimmed[place..]));
    Cow::Borrowed(found.map_or(text, |place| &trimmed[place..]))
}

fn begins_here(text: &str) -> bool {
    BEGINNINGS.iter().any(|beginning| {
        let after = text.as_bytes().get(beginning.len());
        text.get(..beginning.len()).is_some_and(|head| head.eq_ignore_ascii_case(beginning))
            && after.is_some_and(|&b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'))
    })
}

/// Characters that XML forbids go; those of windows-1252 that were taken for Latin-1 are what was meant.
pub(super) fn without_controls(text: &str) -> Cow<'_, str> {
    let forbidden = |c: char| {
        matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}')
            || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    let mistaken = |c: char| matches!(c, '\u{80}'..='\u{9f}');
    if !text.contains(|c| forbidden(c) || mistaken(c)) {
        return Cow::Borrowed(text);
    }
    let mut mended = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !forbidden(*c)) {
        match u8::try_from(u32::from(c)) {
            // Quotation marks and dashes of windows-1252 that somebody read as Latin-1.
            Ok(byte) if mistaken(c) => mended.push_str(&WINDOWS_1252.decode(&[byte]).0),
            _ => mended.push(c),
        }
    }
    Cow::Owned(mended)
}

/// `<` that begins no tag becomes `&lt;`, but not inside CDATA and comments.
pub(super) fn without_bare_brackets(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut mended = String::new();
    let mut copied = 0;
    let mut place = 0;
    while let Some(found) = text[place..].find('<') {
        let at = place + found;
        let rest = &text[at..];
        place = if rest.starts_with("<![CDATA[") {
            rest.find("]]>").map_or(text.len(), |end| at + end + 3)
        } else if rest.starts_with("<!--") {
            rest.find("-->").map_or(text.len(), |end| at + end + 3)
        } else {
            at + 1
        };
        let begins_tag = bytes.get(at + 1).is_some_and(|&next| {
            next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?' | b'_') || next > 0x7f
        });
        if !begins_tag {
            mended.push_str(&text[copied..at]);
            mended.push_str("&lt;");
            copied = at + 1;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    mended.push_str(&text[copied..]);
    Cow::Owned(mended)
}
