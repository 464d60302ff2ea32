//! HTML → clean text, safe HTML, plain titles.
//!
//! Text is read off the tokens, not off a tree: a tokenizer's work is linear in its input, while a
//! tree builder's is not on hostile nesting.

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

/// Elements nested deeper than this are not given to the sanitiser's tree builder, whose work grows
/// with the square of the depth. Real pages stay below 60; the deepest in our fixtures has 200.
const DEPTH_LIMIT: usize = 400;

/// Whether `html` nests so deeply that it is not to be given to a tree builder.
#[must_use]
pub fn too_deep(html: &str) -> bool {
    tokenise(html).deepest > DEPTH_LIMIT
}

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
/// resolved against `base` (dropped without one).
#[must_use]
pub fn sanitise(html: &str, base: Option<&Url>) -> String {
    if !html.contains(['<', '&']) {
        return escape(html);
    }
    let read = tokenise(html);
    if read.deepest > DEPTH_LIMIT {
        let paragraphs = read.text.finish();
        let paragraphs: Vec<String> = paragraphs.split("\n\n").map(escape).collect();
        return format!("<p>{}</p>", paragraphs.join("</p><p>"));
    }
    let relative = match base {
        Some(base) => UrlRelative::RewriteWithBase(base.clone()),
        None => UrlRelative::Deny,
    };
    Builder::default()
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(relative)
        .clean(html)
        .to_string()
}

/// A title that may or may not carry markup and entities, as plain text on one line.
///
/// `<` that begins no HTML element is a character: `Vec<u8> & friends` stays as it is.
#[must_use]
pub fn plain(title: &str) -> String {
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
    deepest: usize,
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
        match name {
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => {
                TokenSinkResult::RawData(RawKind::Rawtext)
            }
            "textarea" | "title" => TokenSinkResult::RawData(RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        }
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
            self.deepest = self.deepest.max(self.open.len());
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
        "script" | "style" | "template" | "head" | "title" | "noscript" | "iframe" | "noembed"
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

fn escape_unknown_tags(title: &str) -> Cow<'_, str> {
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
        let hostile = "<div><b a=1>".repeat(100_000) + "x";
        assert_eq!(to_text(&hostile), "x");
        assert_eq!(sanitise(&hostile, None), "<p>x</p>");
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
