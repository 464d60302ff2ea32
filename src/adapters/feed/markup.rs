//! Text constructs: what an element says, whatever way it says it.

use url::Url;

use super::names::Space;
use super::tree::{Id, Tree};
use crate::text::html::{cut, escape, fold, paragraphs, plain, sanitise, to_text};
use crate::text::urls::absolute;

/// What a text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Characters that mean themselves.
    Text,
    /// Markup.
    Html,
    /// Either: RSS never says. Read as markup where it looks like it.
    Guess,
}

/// A text with what is needed to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Markup {
    pub(super) kind: Kind,
    pub(super) value: String,
    /// What relative links in it are relative to.
    pub(super) base: Option<Url>,
    /// The language it is said to be in; empty where it is said to be unknown.
    pub(super) language: Option<String>,
    /// Whether there is more of it than is read.
    pub(super) cut: bool,
}

impl Markup {
    /// `value`, as far as it is read.
    pub(super) fn of(kind: Kind, value: &str, base: Option<Url>) -> Self {
        let read = cut(value);
        let (whole, value) = (read.whole, read.html.into_owned());
        Self { kind, value, base, language: None, cut: !whole }
    }

    /// On one line, without markup.
    pub(super) fn line(&self) -> Option<String> {
        let line = match self.kind {
            Kind::Text => fold(&self.value),
            Kind::Html => fold(&to_text(&self.value)),
            Kind::Guess => plain(&self.value),
        };
        (!line.is_empty()).then_some(line)
    }

    /// As clean text in paragraphs.
    pub(super) fn text(&self) -> String {
        if self.is_html() { to_text(&self.value) } else { paragraphs(&self.value) }
    }

    /// As safe HTML; none where there is no markup in it.
    pub(super) fn html(&self) -> Option<String> {
        if !self.is_html() {
            return None;
        }
        let html = sanitise(&self.value, self.base.as_ref());
        let html = html.trim();
        (!html.is_empty()).then(|| html.to_owned())
    }

    fn is_html(&self) -> bool {
        match self.kind {
            Kind::Text => false,
            Kind::Html => true,
            Kind::Guess => self.value.contains(['<', '&']),
        }
    }
}

/// The markup of element `id`; `unstated` is what it is in where no attribute says.
pub(super) fn read(tree: &Tree, id: Id, unstated: Kind, document: &Url) -> Markup {
    let stated = tree.attribute(id, "type").map(|value| value.trim().to_ascii_lowercase());
    let mode = tree.attribute(id, "mode").map(|value| value.trim().to_ascii_lowercase());
    let kind = match stated.as_deref() {
        Some("text" | "text/plain" | "plain") => Kind::Text,
        Some("html" | "text/html" | "xhtml" | "application/xhtml+xml" | "xml" | "text/xml") => {
            Kind::Html
        }
        Some(_) | None => unstated,
    };
    let base = Some(base(tree, id, document));
    let language = language(tree, id);
    let (kind, value) = if tree.has_children(id) {
        (Kind::Html, inner(tree, id, stated.as_deref()))
    } else {
        let text = tree.text(id);
        match (kind, mode.as_deref()) {
            (kind, Some("base64")) => (kind, base64(&text).unwrap_or(text)),
            // A media type that is no text: Atom says it is base64.
            (_, _) if stated.as_deref().is_some_and(binary) => match base64(&text) {
                Some(decoded) => (Kind::Guess, decoded),
                None => (Kind::Guess, text),
            },
            // Inline XML without an element in it is text: `&lt;` there is a character.
            (Kind::Html, None | Some("xml")) if stated.as_deref().is_some_and(inline_xml) => {
                (Kind::Html, escape(&text))
            }
            (Kind::Html, Some("xml")) => (Kind::Html, escape(&text)),
            (kind, _) => (kind, text),
        }
    };
    Markup { language, ..Markup::of(kind, &value, base) }
}

/// The inner HTML. The `div` around Atom's XHTML is no part of it (RFC 4287, 3.1.1.3).
fn inner(tree: &Tree, id: Id, stated: Option<&str>) -> String {
    let mut children = tree.children(id);
    if stated == Some("xhtml")
        && let (Some(only), None) = (children.next(), children.next())
        && tree.element(only).name == "div"
        && tree.text(id).is_empty()
    {
        return tree.inner_html(only).trim().to_owned();
    }
    tree.inner_html(id).trim().to_owned()
}

fn binary(media_type: &str) -> bool {
    media_type.contains('/') && !media_type.starts_with("text/") && !media_type.contains("xml")
}

fn inline_xml(media_type: &str) -> bool {
    matches!(media_type, "xhtml" | "application/xhtml+xml" | "xml")
}

/// What URLs in `id` are relative to: the `xml:base`s around it, outermost first, on `document`.
pub(super) fn base(tree: &Tree, id: Id, document: &Url) -> Url {
    let stated: Vec<&str> =
        tree.upwards(id).filter_map(|id| tree.attribute_of(id, Space::Xml, "base")).collect();
    let mut base = document.clone();
    for part in stated.iter().rev() {
        if let Some(next) = absolute(part, Some(&base)) {
            base = next;
        }
    }
    base
}

/// The nearest `xml:lang` around `id`; an empty one says that the language is not known, whatever
/// stands around it.
pub(super) fn language(tree: &Tree, id: Id) -> Option<String> {
    let nearest = tree.upwards(id).find_map(|id| {
        tree.attribute_of(id, Space::Xml, "lang").or_else(|| tree.attribute(id, "lang"))
    });
    nearest
        .and_then(|tag| if tag.trim().is_empty() { Some(String::new()) } else { language_tag(tag) })
}

/// A language tag as it is given, or nothing if it is no tag.
pub(super) fn language_tag(tag: &str) -> Option<String> {
    let tag = tag.trim().replace('_', "-");
    let fits = (2..=35).contains(&tag.len())
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && tag.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    fits.then_some(tag)
}

/// Base64 that holds UTF-8 text; white space in it is no matter.
fn base64(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let mut bits = 0_u32;
    let mut count = 0_u32;
    for b in text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=') {
        let value = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_text_or_nothing() {
        assert_eq!(base64("RXhhbXBsZSA8Yj5BdG9tPC9iPg==").as_deref(), Some("Example <b>Atom</b>"));
        assert_eq!(base64("not base64!"), None);
        assert_eq!(base64("//79"), None);
    }

    #[test]
    fn language_tags_are_tags() {
        assert_eq!(language_tag(" en_US ").as_deref(), Some("en-US"));
        assert_eq!(language_tag("English (United States)"), None);
        assert_eq!(language_tag(""), None);
    }
}
