//! HTML → clean text, off its tokens.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::tame;
use super::writing::{Gap, Text};

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
pub(super) fn raw<H>(name: &str) -> TokenSinkResult<H> {
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
}
