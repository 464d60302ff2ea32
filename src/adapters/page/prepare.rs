//! A page made ready for the extractor: its paragraphs as such, and without what is no text.
//!
//! The extractor knows paragraphs by `<p>`, and loses words that stand bare beside a block or behind
//! something it throws away. So the page is written anew: bare words between blocks, and lines set
//! apart by two `<br>`, become paragraphs.

use std::collections::HashSet;
use std::fmt::Write as _;

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use scraper::{ElementRef, Html, Node};

use crate::text::html::escape;

/// What holds no text of an article. The head is read elsewhere (`metadata`).
const NO_TEXT: &[&str] = &[
    "audio", "button", "canvas", "embed", "head", "iframe", "img", "input", "link", "map", "meta",
    "noscript", "object", "picture", "script", "select", "source", "style", "svg", "template",
    "textarea", "track", "video", "wbr",
];

/// Elements that end a paragraph.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "center",
    "dd",
    "details",
    "dialog",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "html",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
];

/// Blocks in which bare words between other blocks become paragraphs.
const HOLDERS: &[&str] = &[
    "article",
    "aside",
    "blockquote",
    "body",
    "center",
    "dd",
    "details",
    "div",
    "footer",
    "form",
    "header",
    "li",
    "main",
    "p",
    "section",
    "td",
];

/// Elements within a line that sites put around whole blocks.
const INLINE: &[&str] = &["a", "b", "big", "em", "font", "i", "small", "span", "strong"];

/// An attribute longer than this (bytes) is data of a script.
const LONGEST_ATTRIBUTE: usize = 500;

/// `page` as HTML for the extractor. Its depth is the page's, its length in proportion to it.
pub(super) fn prepared(page: &Html) -> String {
    let mut writer = Writer { blocks: blocks(page), written: String::new() };
    writer.element(page.root_element());
    writer.written
}

/// The elements that end a paragraph: blocks, and inline elements around some.
fn blocks(page: &Html) -> HashSet<NodeId> {
    let mut blocks = HashSet::new();
    for edge in page.root_element().traverse() {
        let Edge::Close(node) = edge else { continue };
        let Some(element) = node.value().as_element() else { continue };
        let name = element.name();
        let is_block = BLOCKS.contains(&name)
            || INLINE.contains(&name)
                && (node.children().any(|child| blocks.contains(&child.id()))
                    || has_double_break(node));
        if is_block {
            blocks.insert(node.id());
        }
    }
    blocks
}

fn has_double_break(node: NodeRef<'_, Node>) -> bool {
    let mut breaks = 0;
    node.children().filter(|child| !is_blank(*child)).any(|child| {
        breaks = if is_break(child) { breaks + 1 } else { 0 };
        breaks > 1
    })
}

struct Writer {
    blocks: HashSet<NodeId>,
    written: String,
}

impl Writer {
    fn element(&mut self, element: ElementRef<'_>) {
        let name = element.value().name();
        if matches!(name, "br" | "hr") {
            self.open(name);
            return;
        }
        let splits = (HOLDERS.contains(&name) || INLINE.contains(&name)) && self.mixes(*element);
        // A paragraph cannot hold one, and what holds paragraphs is a block. A link stays one.
        let is_inline = name == "p" || INLINE.contains(&name) && name != "a";
        let name = if splits && is_inline { "div" } else { name };
        let _ = write!(self.written, "<{name}");
        for (key, value) in element.value().attrs() {
            if value.len() <= LONGEST_ATTRIBUTE {
                let _ = write!(self.written, " {key}=\"{}\"", escape(value));
            }
        }
        self.written.push('>');
        if splits {
            self.paragraphs(*element);
        } else {
            element.children().for_each(|child| self.node(child));
        }
        let _ = write!(self.written, "</{name}>");
    }

    fn node(&mut self, node: NodeRef<'_, Node>) {
        if let Some(text) = node.value().as_text() {
            self.written.push_str(&escape(text));
        } else if let Some(element) = ElementRef::wrap(node).filter(|_| !is_no_text(node)) {
            self.element(element);
        }
    }

    /// Whether `node` holds bare words beside blocks, or lines set apart.
    fn mixes(&self, node: NodeRef<'_, Node>) -> bool {
        let words = |child: NodeRef<'_, Node>| {
            !is_no_text(child)
                && !is_blank(child)
                && !is_break(child)
                && !self.blocks.contains(&child.id())
        };
        node.children().any(words)
            && (has_double_break(node)
                || node.children().any(|child| self.blocks.contains(&child.id())))
    }

    /// Writes what `node` holds, each stretch of words between two blocks as a paragraph.
    fn paragraphs(&mut self, node: NodeRef<'_, Node>) {
        let mut is_open = false;
        let mut breaks = 0;
        for child in node.children().filter(|child| !is_no_text(*child)) {
            if is_break(child) {
                breaks += 1;
                continue;
            }
            let is_block = self.blocks.contains(&child.id());
            if is_open && (is_block || breaks > 1) {
                self.written.push_str("</p>");
                is_open = false;
            }
            if !is_block && !is_blank(child) {
                if !is_open {
                    self.open("p");
                    is_open = true;
                } else if breaks == 1 {
                    self.open("br");
                }
                breaks = 0;
            } else if is_block {
                breaks = 0;
            }
            self.node(child);
        }
        if is_open {
            self.written.push_str("</p>");
        }
    }

    fn open(&mut self, name: &str) {
        // Writing to a String cannot fail, here as elsewhere in this file.
        let _ = write!(self.written, "<{name}>");
    }
}

fn is_break(node: NodeRef<'_, Node>) -> bool {
    node.value().as_element().is_some_and(|element| element.name() == "br")
}

fn is_blank(node: NodeRef<'_, Node>) -> bool {
    node.value().as_text().is_some_and(|text| text.trim().is_empty())
}

pub(super) fn is_no_text(node: NodeRef<'_, Node>) -> bool {
    match node.value() {
        Node::Element(element) => NO_TEXT.contains(&element.name()),
        Node::Text(_) => false,
        _ => true,
    }
}
