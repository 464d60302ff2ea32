//! Which `<` in a title begins markup, and which is a character.

use std::borrow::Cow;

/// Elements that occur in titles. Others are more likely a type parameter or an e-mail address.
const TITLE_ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "b",
    "bdi",
    "bdo",
    "big",
    "blink",
    "blockquote",
    "br",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figure",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "iframe",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "nobr",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "script",
    "small",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// `title` with every `<` escaped that begins no element titles have.
pub(super) fn escape_unknown_tags(title: &str) -> Cow<'_, str> {
    let is_markup = |rest: &str| {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        rest.starts_with("!--")
            || TITLE_ELEMENTS.contains(&name.as_str())
                && rest[end..].starts_with(|c: char| c == '>' || c == '/' || c.is_whitespace())
    };
    if !title.match_indices('<').any(|(place, _)| !is_markup(&title[place + 1..])) {
        return Cow::Borrowed(title);
    }
    let mut escaped = String::with_capacity(title.len() + 16);
    for (index, part) in title.split('<').enumerate() {
        if index > 0 {
            escaped.push_str(if is_markup(part) { "<" } else { "&lt;" });
        }
        escaped.push_str(part);
    }
    Cow::Owned(escaped)
}
