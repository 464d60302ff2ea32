//! What references stand for, and text that was read as another charset before it came to us.

use html5ever::data::NAMED_ENTITIES;

/// What `&name;` stands for. Entities that a document declares for itself are not expanded.
pub(super) fn resolve(name: &str) -> Option<String> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
            None => number.parse().ok()?,
        };
        // Browsers read 128–159 as windows-1252, and so do the people who write them.
        if let Ok(byte @ 0x80..=0x9f) = u8::try_from(code) {
            return Some(encoding_rs::WINDOWS_1252.decode(&[byte]).0.into_owned());
        }
        let readable = char::from_u32(code)
            .filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{85}'));
        return Some(readable.map(String::from).unwrap_or_default());
    }
    if name.len() > 32 {
        return None;
    }
    // The two that HTML 4, and with it the DTD of RSS 0.91, gave to other characters than HTML 5.
    match name {
        "lang" => return Some("\u{2329}".to_owned()),
        "rang" => return Some("\u{232a}".to_owned()),
        _ => {}
    }
    let (first, second) = NAMED_ENTITIES.get(format!("{name};").as_str())?;
    let text: String =
        [*first, *second].into_iter().filter(|c| *c != 0).filter_map(char::from_u32).collect();
    (!text.is_empty()).then_some(text)
}

/// `value` with what its references stand for.
pub(super) fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let reach = &rest.as_bytes()[1..rest.len().min(40)];
        let reference = reach.iter().position(|b| *b == b';').map(|end| &rest[1..=end]);
        let known = reference.and_then(|name| Some((resolve(name)?, name.len() + 2)));
        let (resolved, length) = known.unwrap_or_else(|| ("&".to_owned(), 1));
        text.push_str(&resolved);
        rest = &rest[length..];
    }
    text.push_str(rest);
    text
}

/// `text` as it was before somebody read its UTF-8 as windows-1252 (`Ã©` for `é`), if that happened.
pub(super) fn unmangled(text: &str) -> Option<String> {
    // Such text has a lead byte's character with another beyond ASCII behind it.
    let mut characters = text.chars().peekable();
    let suspicious = std::iter::from_fn(|| Some((characters.next()?, characters.peek().copied())))
        .any(|(c, next)| ('Â'..='ô').contains(&c) && next.is_some_and(|next| !next.is_ascii()));
    if text.is_ascii() || !suspicious {
        return None;
    }
    let (bytes, _, unmappable) = encoding_rs::WINDOWS_1252.encode(text);
    let mended = if unmappable { None } else { String::from_utf8(bytes.into_owned()).ok() };
    // `é`, a hard space and a dash are valid UTF-8 too, for a Chinese character. Only letters of
    // Europe, punctuation and emoji are mangled more often than they are meant.
    let likely = |c: char| matches!(c, '\0'..='\u{17f}' | '\u{2000}'..='\u{22ff}' | '\u{1f000}'..);
    mended.filter(|mended| mended.chars().all(likely))
}
