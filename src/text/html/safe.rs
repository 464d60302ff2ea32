//! HTML → safe HTML, and how much of it is read.

use std::borrow::Cow;
use std::collections::HashSet;

use ammonia::{Builder, UrlRelative};
use url::Url;

use super::lines::escape;
use super::reading::to_text;
use super::tame;
use super::tree::{Parse, fits_a_tree};

/// Bytes read of one post's HTML: the longest essays of our sources stay below it.
pub const LONGEST_READ: usize = 256 * 1024;

/// Bytes of safe HTML: four times what is read, since `>` becomes four bytes.
pub const LONGEST_SAFE: usize = 4 * LONGEST_READ;

/// A longer address (bytes) is nothing for links to be relative to: each would repeat it.
pub const LONGEST_BASE: usize = 1_000;

/// Bytes that one character takes at most in HTML that shows it: `&quot;`.
const ESCAPED: usize = 6;

/// `html` made safe to show: no scripts, no styles, only http, https and mailto links, relative URLs
/// resolved against `base` (dropped without one). At most [`LONGEST_SAFE`] bytes.
///
/// What is too long is [`cut`]; of what no tree builder can be given, the text is shown.
#[must_use]
pub fn sanitise(html: &str, base: Option<&Url>) -> String {
    let html = cut(html).html;
    if !html.contains(['<', '&']) {
        return shown(&html);
    }
    let html = tame::tame(&html);
    if !fits_a_tree(&html, Parse::Fragment) {
        return shown_in_paragraphs(&to_text(&html));
    }
    let relative = match base.filter(|base| base.as_str().len() <= LONGEST_BASE) {
        Some(base) => UrlRelative::RewriteWithBase(base.clone()),
        None => UrlRelative::Deny,
    };
    let safe = Builder::default()
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(relative)
        .clean(&html)
        .to_string();
    if safe.len() <= LONGEST_SAFE { safe } else { shown_in_paragraphs(&to_text(&html)) }
}

/// A piece of HTML as far as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut<'a> {
    /// What is read of it.
    pub html: Cow<'a, str>,
    /// Whether that is all of it, files written into it aside.
    pub whole: bool,
}

/// At most the first [`LONGEST_READ`] bytes of a piece of HTML, without half a tag at the end, and
/// without the files that are written into its `data:` URLs, of which we keep none.
#[must_use]
pub fn cut(html: &str) -> Cut<'_> {
    let mut html = tame::without_files(html);
    let whole = html.len() <= LONGEST_READ;
    if !whole {
        let mut end = html.floor_char_boundary(LONGEST_READ);
        let tag = html[..end].rfind('<');
        if let Some(tag) = tag.filter(|tag| !html[*tag..end].contains('>')) {
            end = tag;
        }
        html = match html {
            Cow::Borrowed(html) => Cow::Borrowed(&html[..end]),
            Cow::Owned(mut html) => {
                html.truncate(end);
                Cow::Owned(html)
            }
        };
    }
    Cut { html, whole }
}

/// `page` as it may be parsed into a tree as a document; nothing where its tree would be out of all
/// proportion to it: nested or repeated without end.
#[must_use]
pub fn for_a_tree(page: &str) -> Option<Cow<'_, str>> {
    let tamed = tame::tame(page);
    fits_a_tree(&tamed, Parse::Document).then_some(tamed)
}

/// `text` as HTML that shows it, as far as there is room.
fn shown(text: &str) -> String {
    let escaped = escape(text);
    if escaped.len() <= LONGEST_SAFE {
        return escaped;
    }
    escape(&text[..text.floor_char_boundary(LONGEST_SAFE / ESCAPED)])
}

fn shown_in_paragraphs(text: &str) -> String {
    const AROUND: &str = "<p></p>";
    // Two line breaks become two tags, of as many bytes each.
    let text = &text[..text.floor_char_boundary((LONGEST_SAFE - AROUND.len()) / ESCAPED)];
    let paragraphs: Vec<String> = text.split("\n\n").map(escape).collect();
    format!("<p>{}</p>", paragraphs.join("</p><p>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_nesting_and_megabytes_are_bounded() {
        let deep = format!("{}x{}", "<div>".repeat(300), "</div>".repeat(300));
        assert_eq!(to_text(&deep), "x");
        assert!(sanitise(&deep, None).contains('x'));
        let hostile = "<div><b a=1>".repeat(20_000) + "x";
        assert_eq!(to_text(&hostile), "x");
        assert_eq!(sanitise(&hostile, None), "<p>x</p>");
    }

    /// What a tree builder would make much of, and the sanitiser shows as text.
    #[track_caller]
    fn is_shown_as_text(hostile: &str) {
        assert!(hostile.len() <= LONGEST_READ, "it would be cut");
        let safe = sanitise(hostile, None);
        assert!(safe.len() <= 2 * hostile.len(), "{} of {}", safe.len(), hostile.len());
        assert_eq!(safe.matches('<').count(), 2 * safe.matches("<p>").count(), "only paragraphs");
        assert!(safe.contains("word"));
        assert_eq!(for_a_tree(hostile), None);
    }

    #[test]
    fn formatting_left_open_in_every_paragraph_is_not_opened_anew_in_all_that_follow() {
        is_shown_as_text(
            &(0..4_600).map(|n| format!("<p>word<b a={n}></p>")).collect::<Vec<_>>().concat(),
        );
        is_shown_as_text(
            &(0..4_600)
                .map(|n| format!("<p>word<a href={n}><i c={n}>"))
                .collect::<Vec<_>>()
                .concat(),
        );
    }

    #[test]
    fn end_tags_that_close_nothing_do_not_hide_how_deep_it_is() {
        is_shown_as_text(&"<div>word<svg><desc></div></desc></svg>".repeat(5_000));
        is_shown_as_text(&"<div>word<table></div></table>".repeat(5_000));
        is_shown_as_text(&"<b>word<object></b></object>".repeat(5_000));
    }

    #[test]
    fn a_long_attribute_is_not_repeated_in_every_paragraph() {
        let title = "t".repeat(20_000);
        is_shown_as_text(&format!("<p><b title={title}>{}", "<p>word".repeat(20_000)));
    }

    #[test]
    fn attributes_by_the_thousand_are_text() {
        let attributes = (0..20_000).map(|n| format!(" a{n}")).collect::<Vec<_>>().concat();
        let html = format!("<p>word<b{attributes}>bold</b>");
        assert!(to_text(&html).starts_with("word<b a0 a1"));
        assert!(sanitise(&html, None).starts_with("<p>word&lt;b a0 a1"));
    }

    #[test]
    fn what_goes_in_and_what_comes_out_is_bounded() {
        assert!(sanitise(&">".repeat(16 << 20), None).len() <= LONGEST_SAFE);
        assert!(sanitise(&"\"".repeat(16 << 20), None).len() <= LONGEST_SAFE);
        assert!(sanitise(&format!("<p>{}", ">".repeat(16 << 20)), None).len() <= LONGEST_SAFE);
        let links = "<a href=x>y</a>".repeat(100_000);
        let base = Url::parse(&format!("https://a.example/{}/", "d".repeat(900))).unwrap();
        assert!(sanitise(&links, Some(&base)).len() <= LONGEST_SAFE);
        let longer = base.join(&format!("{}/", "d".repeat(900))).unwrap();
        assert!(!sanitise("<a href=x>y</a>", Some(&longer)).contains("href"));
    }

    #[test]
    fn a_long_text_is_cut_between_tags_and_a_picture_in_it_does_not_count() {
        let picture = format!("<img src=\"data:image/png;base64,{}\">", "A".repeat(LONGEST_READ));
        let kept = cut(&picture);
        assert!(kept.whole && kept.html.len() < 50);
        let long = format!("{picture}{}", "<p class=x>word ü</p>".repeat(20_000));
        let kept = cut(&long);
        assert!(!kept.whole && kept.html.len() > LONGEST_READ - 30);
        assert!(kept.html.ends_with('>') || kept.html.ends_with("word ü"));
    }

    #[test]
    fn careless_pages_stay_pages() {
        let font = "<p><font size=2>text<p><font color=red>more";
        assert!(for_a_tree(&font.repeat(1_000)).is_some());
        let cells = "<tr><td><b>x<td><a href=y><i>z".repeat(2_000);
        assert!(for_a_tree(&format!("<table>{cells}</table>")).is_some());
        assert!(sanitise(&"<p><b>text<br>".repeat(100), None).contains("<b>"));
    }

    #[test]
    fn sanitised_html_links_to_the_web_only() {
        let base = Url::parse("https://a.example/dir/").unwrap();
        let html =
            "<p onclick=x>a<script>b</script> <a href='c'>c</a> <a href='javascript:d'>d</a>";
        assert_eq!(
            sanitise(html, Some(&base)),
            "<p>a <a href=\"https://a.example/dir/c\" rel=\"noopener noreferrer\">c</a> \
             <a rel=\"noopener noreferrer\">d</a></p>"
        );
        assert_eq!(sanitise("a > b", None), "a &gt; b");
    }
}
