//! The two ends of an article: its headline, which a post holds apart, and what a site says of itself
//! below the last paragraph.

use ego_tree::NodeId;
use scraper::{ElementRef, Html, Node};

use super::lead::letters;
use crate::text::html::for_a_tree;

/// What a site says of itself or asks for, in the languages of our sources, in lower case.
const OF_THE_SITE: &[&str] = &[
    "copyright",
    "©",
    "all rights reserved",
    "alle rechte vorbehalten",
    "tous droits réservés",
    "todos los derechos",
    "todos os direitos",
    "tutti i diritti",
    "subscribe",
    "newsletter",
    "abonnieren",
    "abonnez",
    "suscríb",
    "sign up",
    "follow us",
    "support us",
    "donate",
];

/// A longer last paragraph (characters) says something of its own besides.
const LONGEST: usize = 400;

/// A longer text (letters and digits) before the headline means that it is no headline.
const BEFORE_HEADLINE: usize = 80;

/// `found` without a headline that repeats `title`, without what the site says of itself at the end,
/// and without headings that then stand over nothing.
pub(super) fn trimmed(found: &str, title: Option<&str>) -> String {
    // It may be what a page repeats of itself for machines, which nobody has looked at.
    let Some(tame) = for_a_tree(found) else { return found.to_owned() };
    let mut page = Html::parse_fragment(&tame);
    let headline = title.and_then(|title| headline(&page, title));
    let mut is_whole = headline.is_none();
    if let Some(mut headline) = headline.and_then(|id| page.tree.get_mut(id)) {
        headline.detach();
    }
    while let Some(last) = last_block(&page).filter(|last| is_no_end(*last)).map(|last| last.id()) {
        let Some(mut last) = page.tree.get_mut(last) else { break };
        last.detach();
        is_whole = false;
    }
    if is_whole { found.to_owned() } else { page.root_element().inner_html() }
}

fn headline(page: &Html, title: &str) -> Option<NodeId> {
    let title: String = letters(title).collect();
    let mut before = 0;
    for element in page.root_element().descendants().filter_map(ElementRef::wrap) {
        let name = element.value().name();
        let is_heading = matches!(name, "h1" | "h2" | "h3" | "h4");
        if is_heading && !title.is_empty() && element.text().flat_map(letters).eq(title.chars()) {
            return Some(element.id());
        }
        if matches!(name, "p" | "li" | "tr") {
            before = element.text().flat_map(letters).count();
        }
        if before >= BEFORE_HEADLINE {
            break;
        }
    }
    None
}

/// Whether an article does not end with this.
fn is_no_end(block: ElementRef<'_>) -> bool {
    let text = block.text().collect::<String>();
    let text = text.trim();
    let is_heading = matches!(block.value().name(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6");
    let lower = text.to_lowercase();
    text.is_empty()
        || is_heading
        || lower.chars().count() < LONGEST && OF_THE_SITE.iter().any(|said| lower.contains(said))
}

/// The last paragraph, heading or item.
fn last_block(page: &Html) -> Option<ElementRef<'_>> {
    const HOLDERS: &[&str] =
        &["article", "blockquote", "body", "div", "html", "main", "ol", "section", "ul"];
    let mut at = page.root_element();
    loop {
        let last = at.children().rfind(|child| match child.value() {
            Node::Text(text) => !text.trim().is_empty(),
            Node::Element(_) => true,
            _ => false,
        })?;
        let last = ElementRef::wrap(last)?;
        if !HOLDERS.contains(&last.value().name()) || !last.has_children() {
            return Some(last);
        }
        at = last;
    }
}
