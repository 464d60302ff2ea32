//! HTML → clean text, safe HTML, plain titles.
//!
//! Text is read off the tokens, not off a tree: a tokenizer's work is linear in its input once no tag
//! has too many attributes (`tame`), while a tree builder's is not on hostile nesting. What a tree is
//! needed for, to sanitise and to find an article, is shown to a tree builder that keeps nothing
//! first (`tree`).

mod tags;
mod tame;
mod titles;
mod tree;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;

use ammonia::{Builder, UrlRelative};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use url::Url;

pub use self::tags::{StartTag, start_tags};
use self::titles::escape_unknown_tags;
use self::tree::{Parse, fits_a_tree};

/// Bytes read of one post's HTML: the longest essays of our sources stay below it.
pub const LONGEST_READ: usize = 256 * 1024;

/// Bytes of safe HTML: four times what is read, since `>` becomes four bytes.
pub const LONGEST_SAFE: usize = 4 * LONGEST_READ;

/// A longer address (bytes) is nothing for links to be relative to: each would repeat it.
pub const LONGEST_BASE: usize = 1_000;

/// Bytes read of a title, markup included.
const LONGEST_TITLE: usize = 16 * 1024;

/// Bytes that one character takes at most in HTML that shows it: `&quot;`.
const ESCAPED: usize = 6;

/// Open elements remembered while reading text; those in still deeper ones count as theirs.
const DEPTH_LIMIT: usize = 400;

/// The clean text of a piece of HTML.
///
/// Entities are decoded and white space folded. Block elements give paragraphs separated by a blank
/// line; list items, table rows and `<br>` give lines. Scripts, styles, templates, hidden elements
/// and comments are dropped. Fragments and broken markup are fine.
#[must_use]
pub fn to_text(html: &str) -> String {
    tokenise(html).text.finish()
}

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

/// A title that may or may not carry markup and entities, as plain text on one line.
///
/// `<` that begins no HTML element is a character: `Vec<u8> & friends` stays as it is.
#[must_use]
pub fn plain(title: &str) -> String {
    let title = &title[..title.floor_char_boundary(LONGEST_TITLE)];
    if !title.contains(['<', '&']) {
        return fold(title);
    }
    fold(&to_text(&escape_unknown_tags(title)))
}

/// `text` on one line: white space folded, invisible characters dropped.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split(char::is_whitespace) {
        let begin = folded.len();
        folded.extend(word.chars().filter(|&c| !invisible(c)));
        if folded.len() > begin && begin > 0 {
            folded.insert(begin, ' ');
        }
    }
    folded
}

/// Plain text as clean text: lines run on, a blank line ends a paragraph.
#[must_use]
pub fn paragraphs(text: &str) -> String {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let line = fold(line);
        if line.is_empty() {
            open = false;
        } else if let (true, Some(last)) = (open, paragraphs.last_mut()) {
            last.push(' ');
            last.push_str(&line);
        } else {
            paragraphs.push(line);
            open = true;
        }
    }
    paragraphs.join("\n\n")
}

/// `text` as HTML that shows it.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn tokenise(html: &str) -> Read {
    let html = &*tame::tame(html);
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    // A sink that never asks for a script to be run is never left with input.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

#[derive(Default)]
struct Sink(RefCell<Read>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut read = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => read.characters(&text),
            Token::TagToken(tag) => return read.tag(&tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// What the tokens so far amount to.
#[derive(Default)]
struct Read {
    text: Text,
    /// Names of the open elements, no more than one above [`DEPTH_LIMIT`].
    open: Vec<Open>,
}

struct Open {
    name: String,
    role: Role,
    hidden: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Inline,
    Paragraph,
    Line,
    Cell,
    Item,
    Preformatted,
    Dropped,
}

impl Read {
    fn characters(&mut self, text: &str) {
        if self.open.iter().any(|open| open.hidden || open.role == Role::Dropped) {
            return;
        }
        if self.open.iter().any(|open| open.role == Role::Preformatted) {
            self.text.preformatted(text);
        } else {
            self.text.flowing(text);
        }
    }

    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        let role = role(name);
        match tag.kind {
            TagKind::StartTag => self.start(tag, role),
            TagKind::EndTag => self.end(name, role),
        }
        if tag.kind == TagKind::EndTag || tag.self_closing && void(name) {
            return TokenSinkResult::Continue;
        }
        raw(name)
    }

    fn start(&mut self, tag: &Tag, role: Role) {
        let name: &str = &tag.name;
        if name == "br" {
            self.line_break();
            return;
        }
        self.make_room(role);
        if void(name) {
            return;
        }
        // An item or a paragraph that was not closed ends where its successor begins.
        if closes_itself(name) && self.open.last().is_some_and(|open| open.name == name) {
            self.open.pop();
        }
        if self.open.len() <= DEPTH_LIMIT {
            self.open.push(Open { name: name.to_owned(), role, hidden: hidden(tag) });
        }
    }

    fn end(&mut self, name: &str, role: Role) {
        if name == "br" || name == "p" && !self.open.iter().any(|open| open.name == "p") {
            self.line_break();
            return;
        }
        if let Some(place) = self.open.iter().rposition(|open| open.name == name) {
            self.open.truncate(place);
            self.make_room(role);
        }
    }

    fn line_break(&mut self) {
        self.text.at_least(Gap::Line);
    }

    fn make_room(&mut self, role: Role) {
        let in_list = self.open.iter().any(|open| matches!(open.role, Role::Item | Role::Cell));
        self.text.at_least(match role {
            Role::Inline | Role::Dropped => Gap::None,
            Role::Cell => Gap::Space,
            Role::Line | Role::Item => Gap::Line,
            Role::Paragraph | Role::Preformatted if in_list => Gap::Line,
            Role::Paragraph | Role::Preformatted => Gap::Paragraph,
        });
    }
}

/// How what follows a start tag is to be read.
fn raw<H>(name: &str) -> TokenSinkResult<H> {
    match name {
        "script" => TokenSinkResult::RawData(RawKind::ScriptData),
        "style" | "xmp" | "noembed" | "noframes" => TokenSinkResult::RawData(RawKind::Rawtext),
        "textarea" | "title" => TokenSinkResult::RawData(RawKind::Rcdata),
        _ => TokenSinkResult::Continue,
    }
}

fn role(name: &str) -> Role {
    match name {
        "address" | "article" | "aside" | "blockquote" | "body" | "center" | "details" | "dir"
        | "div" | "dl" | "fieldset" | "figcaption" | "figure" | "footer" | "form" | "h1" | "h2"
        | "h3" | "h4" | "h5" | "h6" | "header" | "hgroup" | "hr" | "html" | "main" | "menu"
        | "nav" | "ol" | "p" | "search" | "section" | "summary" | "table" | "ul" => Role::Paragraph,
        "caption" | "dd" | "dt" | "legend" | "option" | "tr" => Role::Line,
        "li" => Role::Item,
        "td" | "th" => Role::Cell,
        "pre" | "listing" | "xmp" => Role::Preformatted,
        "script" | "style" | "template" | "head" | "title" | "noscript" | "noembed"
        | "noframes" | "svg" | "annotation" | "annotation-xml" | "audio" | "video" | "canvas"
        | "select" | "textarea" | "button" | "datalist" => Role::Dropped,
        _ => Role::Inline,
    }
}

fn void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "basefont"
            | "bgsound"
            | "br"
            | "col"
            | "embed"
            | "frame"
            | "hr"
            | "img"
            | "input"
            | "keygen"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

fn closes_itself(name: &str) -> bool {
    matches!(name, "p" | "li" | "dd" | "dt" | "tr" | "td" | "th" | "option")
}

fn hidden(tag: &Tag) -> bool {
    tag.attrs.iter().any(|attribute| match &*attribute.name.local {
        "hidden" => true,
        "aria-hidden" => &*attribute.value == "true",
        "style" => {
            let style = attribute.value.to_ascii_lowercase().replace(' ', "");
            style.contains("display:none") || style.contains("visibility:hidden")
        }
        _ => false,
    })
}

/// How far what comes next stands from what is written.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

#[derive(Default)]
struct Text {
    written: String,
    gap: Gap,
}

impl Text {
    fn at_least(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn flowing(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_whitespace() {
                self.at_least(Gap::Space);
            } else if !invisible(c) {
                self.write(c);
            }
        }
    }

    fn preformatted(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' if self.gap == Gap::None => self.gap = Gap::Line,
                '\n' => {}
                // Leading space is the layout of code; a tab is worth as much.
                c if c.is_whitespace() && self.gap != Gap::Paragraph => {
                    if self.gap == Gap::Line && !self.written.is_empty() {
                        self.written.push('\n');
                    }
                    self.gap = Gap::None;
                    self.written.push(' ');
                }
                c if c.is_whitespace() || invisible(c) => {}
                c => self.write(c),
            }
        }
    }

    fn write(&mut self, c: char) {
        if !self.written.is_empty() {
            self.written.push_str(match self.gap {
                Gap::None => "",
                Gap::Space => " ",
                Gap::Line => "\n",
                Gap::Paragraph => "\n\n",
            });
        }
        self.gap = Gap::None;
        self.written.push(c);
    }

    fn finish(mut self) -> String {
        self.written.truncate(self.written.trim_end().len());
        self.written
    }
}

/// Characters that show nothing and break comparisons. The joiners stay: scripts and emoji need them.
fn invisible(c: char) -> bool {
    // The last two are bidirectional overrides: text could show as other words than it holds.
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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
    fn blocks_are_paragraphs_and_items_are_lines() {
        let html = "<h1>Head</h1><p>One &amp; two<br>three</p><ul><li><p>a</p></li><li>b</ul>tail";
        assert_eq!(to_text(html), "Head\n\nOne & two\nthree\n\na\nb\n\ntail");
        assert_eq!(to_text("<table><tr><td>a<td>b<tr><td>c</table>"), "a b\nc");
        assert_eq!(to_text("<p>a<p>b"), "a\n\nb");
    }

    #[test]
    fn plain_text_keeps_its_paragraphs() {
        assert_eq!(paragraphs(" a\n b \n\n\n c"), "a b\n\nc");
        assert_eq!(paragraphs(""), "");
    }

    #[test]
    fn white_space_is_folded_but_not_in_code() {
        assert_eq!(to_text(" a \n\t b&nbsp;c <b> d</b>e"), "a b c de");
        assert_eq!(to_text("<pre>if x:\n    y\n</pre>"), "if x:\n    y");
    }

    #[test]
    fn what_is_not_shown_is_not_text() {
        let html = "a<script>if (1<2) x</script><style>b{}</style><!-- c --><p hidden>d</p>\
                    <div style='display: none'><p>e</p></div><template>f</template>g";
        assert_eq!(to_text(html), "a\n\ng");
    }

    #[test]
    fn broken_and_bare_text_is_read() {
        assert_eq!(to_text("1 < 2 && 3 > 2"), "1 < 2 && 3 > 2");
        assert_eq!(to_text("cut <a href='x"), "cut");
        assert_eq!(to_text("</p></div>x"), "x");
        assert_eq!(to_text(""), "");
    }

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

    #[test]
    fn a_title_keeps_what_is_no_markup() {
        assert_eq!(plain("Vec<u8> & friends"), "Vec<u8> & friends");
        assert_eq!(plain("AT&amp;T <em>buys</em>\n B &#8211; C"), "AT&T buys B – C");
        assert_eq!(plain("1 < 2"), "1 < 2");
        assert_eq!(plain("a\u{200b}b  c"), "ab c");
    }
}
