//! What makes a tokenizer work harder than in proportion to its input is taken out before it.

use std::borrow::Cow;

/// html5ever compares each attribute of a tag with all before it. The richest tag we know, an SVG
/// of a design tool, has under a hundred.
const ATTRIBUTE_LIMIT: u16 = 256;

/// A `data:` URL longer than this (bytes) is a file written into the page. We keep none, and one
/// picture would use up what is read of a post.
const INLINED_FILE: usize = 1_024;

/// `html` without tags of too many attributes: their `<` is written as the character it then is.
pub(super) fn tame(html: &str) -> Cow<'_, str> {
    let crowded = crowded_tags(html.as_bytes());
    if crowded.is_empty() {
        return Cow::Borrowed(html);
    }
    let mut tamed = String::with_capacity(html.len() + 3 * crowded.len());
    let mut copied = 0;
    for at in crowded.into_iter().rev() {
        tamed.push_str(&html[copied..at]);
        tamed.push_str("&lt;");
        copied = at + 1;
    }
    tamed.push_str(&html[copied..]);
    Cow::Owned(tamed)
}

/// `html` without the files written into its `data:` URLs.
pub(super) fn without_files(html: &str) -> Cow<'_, str> {
    let bytes = html.as_bytes();
    let mut kept = String::new();
    let mut copied = 0;
    for (at, scheme) in html.match_indices("data:") {
        let begin = at + scheme.len();
        let in_value = at > 0 && matches!(bytes[at - 1], b'"' | b'\'' | b'=' | b'(');
        if begin < copied || !in_value {
            continue;
        }
        let ends =
            |b: &u8| !b.is_ascii_graphic() || matches!(b, b'"' | b'\'' | b'<' | b'>' | b'(' | b')');
        let length = bytes[begin..].iter().position(ends).unwrap_or(bytes.len() - begin);
        if length > INLINED_FILE {
            kept.push_str(&html[copied..begin]);
            copied = begin + length;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(html);
    }
    kept.push_str(&html[copied..]);
    Cow::Owned(kept)
}

/// Where tags with more than [`ATTRIBUTE_LIMIT`] attributes would begin, the last first.
///
/// Which `<` begins a tag depends on scripts, comments and foreign elements before it, of which a
/// tree builder decides. Here every `<` before a letter counts, and the attributes behind it are
/// counted from the end of the text backwards, for each state a tokenizer could be in: so it holds
/// whatever the context, in one pass. `&lt;` for `<` takes no tokenizer into another state inside a
/// tag, so that taming one tag never makes another.
fn crowded_tags(bytes: &[u8]) -> Vec<usize> {
    let mut crowded = Vec::new();
    let mut ahead = Ahead::default();
    for (at, byte) in bytes.iter().enumerate().rev() {
        let ends = usize::from(bytes.get(at + 1) == Some(&b'/'));
        let begins = *byte == b'<' && bytes.get(at + 1 + ends).is_some_and(u8::is_ascii_alphabetic);
        if begins && ahead.name > ATTRIBUTE_LIMIT {
            crowded.push(at);
        }
        ahead = ahead.behind(*byte);
    }
    crowded
}

/// How many attributes follow before the tag ends, by the tokenizer's state.
#[derive(Clone, Copy, Default)]
struct Ahead {
    /// In the tag's name.
    name: u16,
    /// Where an attribute may begin.
    between: u16,
    attribute: u16,
    /// Behind an attribute's name and white space.
    after: u16,
    /// Behind `=`.
    value: u16,
    double_quoted: u16,
    single_quoted: u16,
    unquoted: u16,
}

impl Ahead {
    /// The counts one byte earlier, where `byte` comes first.
    fn behind(self, byte: u8) -> Self {
        let begun = self.attribute.saturating_add(1);
        match byte {
            b'\t' | b'\n' | b'\x0c' | b'\r' | b' ' => {
                Self { name: self.between, attribute: self.after, unquoted: self.between, ..self }
            }
            b'/' => Self {
                // An end tag has one before its name, where it separates nothing.
                name: self.name.max(self.between),
                attribute: self.between,
                after: self.between,
                value: self.unquoted,
                ..self
            },
            b'>' => Self {
                double_quoted: self.double_quoted,
                single_quoted: self.single_quoted,
                ..Self::default()
            },
            // Where no name stands before it, it begins one.
            b'=' => Self {
                between: begun,
                attribute: self.value,
                after: self.value,
                value: self.unquoted,
                ..self
            },
            b'"' => Self {
                between: begun,
                after: begun,
                value: self.double_quoted,
                double_quoted: self.between,
                ..self
            },
            b'\'' => Self {
                between: begun,
                after: begun,
                value: self.single_quoted,
                single_quoted: self.between,
                ..self
            },
            _ => Self { between: begun, after: begun, value: self.unquoted, ..self },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(count: usize) -> String {
        (0..count).map(|n| format!(" a{n}=\"<>\"")).collect::<Vec<_>>().concat()
    }

    #[test]
    fn a_tag_of_too_many_attributes_is_text() {
        let fits = format!("<p{}>x", attributes(200));
        assert_eq!(tame(&fits), fits);
        let crowded = format!("<b>y</b><p{}>x", attributes(300));
        assert_eq!(tame(&crowded), crowded.replace("<p", "&lt;p"));
        let end = format!("</p{}>x", attributes(300));
        assert_eq!(tame(&end), end.replace("</p", "&lt;/p"));
    }

    #[test]
    fn no_context_hides_a_crowded_tag() {
        let crowd = attributes(300);
        for before in ["<!-- ", "<script>", "<svg><style>", "<p title='", "<a b=\"", "<x/", "<b "] {
            let html = format!("{before}<i{crowd}>");
            assert!(!tame(&html).contains("<i"), "{before}");
        }
    }

    #[test]
    fn files_in_the_page_go_and_links_stay() {
        let file = "A+/=".repeat(1_000);
        let html = format!("<img src=\"data:image/png;base64,{file}\" alt=x><p>data: y");
        assert_eq!(without_files(&html), "<img src=\"data:\" alt=x><p>data: y");
        let small = "<img src='data:image/gif;base64,R0lG'>";
        assert_eq!(without_files(small), small);
    }
}
