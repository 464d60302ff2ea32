//! Paragraphs and lists within an article that only lead elsewhere: "Read also: …".

use trafilatura::dom::{Document, NodeId};
use url::Url;

/// What a line that leads elsewhere begins with, in lower case.
const CUES: &[&str] = &[
    // English
    "read also",
    "read more",
    "also read",
    "see also",
    "read next",
    "related:",
    "related article",
    "related stor",
    "more on this",
    "recommended",
    "don't miss",
    "you may also",
    "you might also",
    "sign up for",
    "subscribe to",
    "follow us",
    // German
    "lesen sie auch",
    "lies auch",
    "auch interessant",
    "mehr zum thema",
    "mehr dazu",
    "mehr themen",
    "schon gelesen",
    "das könnte",
    "das thema könnte",
    "weiterlesen",
    "weitere artikel",
    "zum newsletter",
    "externer inhalt",
    // French
    "lire aussi",
    "à lire",
    "lisez aussi",
    "voir aussi",
    "sur le même sujet",
    // Spanish, Portuguese, Italian
    "lea también",
    "lee también",
    "vea también",
    "ver también",
    "ver más",
    "mira:",
    "mira también",
    "te puede interesar",
    "también te",
    "leia também",
    "leia mais",
    "veja também",
    "saiba mais",
    "leggi anche",
    // Dutch and the North
    "lees ook",
    "lees meer",
    "læs også",
    "les også",
    "läs också",
    "läs mer",
    "lue myös",
    // The East
    "czytaj też",
    "czytaj także",
    "zobacz też",
    "zobacz także",
    "dowiedz się więcej",
    "přečtěte si",
    "čtěte také",
    "читайте также",
];

/// A paragraph longer than this (letters) says something of its own.
const LONGEST: usize = 250;

/// A line with a cue that is longer than this (letters) is a sentence that begins like one.
const LONGEST_CUE: usize = 160;

/// A line with a cue that is shorter than this (letters) needs no link to be one.
const BARE_CUE: usize = 40;

/// A line of links shorter than this (letters) may be a word with a link on it.
const SHORTEST_LINK: usize = 20;

/// Fewer items than this are no list of other pages.
const FEWEST_ITEMS: usize = 2;

/// A list of more links than this is what its page is for.
const MOST_LINKS: usize = 300;

/// Takes the paragraphs and lists that only lead elsewhere out of `body`.
pub(super) fn remove(page: &mut Document, body: NodeId, url: &Url) {
    for tag in ["p", "h2", "h3", "h4", "h5", "li", "div", "blockquote"] {
        for node in page.get_elements_by_tag_name(body, tag) {
            if leads_elsewhere(page, node, tag, url) {
                page.remove(node, true);
            }
        }
    }
    for tag in ["ul", "ol"] {
        for list in page.get_elements_by_tag_name(body, tag) {
            if lists_own_pages(page, list, url) {
                page.remove(list, true);
            }
        }
    }
}

/// Whether nearly all words of a list are links to other pages of the site.
fn lists_own_pages(page: &Document, list: NodeId, url: &Url) -> bool {
    let items = page.children(list).into_iter().filter(|item| page.tag_name(*item) == "li");
    if items.count() < FEWEST_ITEMS {
        return false;
    }
    let is_own = |link: &NodeId| {
        let target = page.get_attribute(*link, "href").and_then(|href| url.join(&href).ok());
        target.is_some_and(|to| to.path() != url.path() && to.domain() == url.domain())
    };
    let links = page.get_elements_by_tag_name(list, "a");
    if links.len() > MOST_LINKS {
        return false;
    }
    let linked: usize = links
        .iter()
        .filter(|link| is_own(link))
        .map(|link| letters(&page.text_content(*link)))
        .sum();
    let all = letters(&page.text_content(list));
    all > 0 && linked * 10 >= all * 8
}

fn leads_elsewhere(page: &Document, node: NodeId, tag: &str, url: &Url) -> bool {
    const BLOCKS: &str = "p, div, ul, ol, h1, h2, h3, h4, table, section, article, pre";
    let Some(text) = short_text(page, node) else { return false };
    let text = text.to_lowercase();
    let length = letters(&text);
    if length == 0 {
        return false;
    }
    if tag == "div" && page.query_selector(node, BLOCKS).is_some() {
        return false;
    }
    let links = page.get_elements_by_tag_name(node, "a");
    let linked: usize = links.iter().map(|link| letters(&page.text_content(*link))).sum();
    let to_itself = links.iter().all(|link| {
        page.get_attribute(*link, "href").is_none_or(|href| {
            href.starts_with('#') || url.join(&href).is_ok_and(|to| to.path() == url.path())
        })
    });
    // A list of nothing but links is often the author's own: sources, further reading.
    let only_links =
        tag != "li" && !to_itself && length > SHORTEST_LINK && linked * 10 >= length * 9;
    let begins = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let cue = length < LONGEST_CUE
        && (length < BARE_CUE || linked * 10 >= length * 4)
        && CUES.iter().any(|cue| begins.starts_with(cue));
    only_links || cue
}

/// The text of an element; nothing where it is longer than [`LONGEST`]. Of a whole page no more is
/// looked at than that takes.
fn short_text(page: &Document, node: NodeId) -> Option<String> {
    let mut text = String::new();
    let mut length = 0;
    let mut ahead = vec![node];
    while let Some(node) = ahead.pop() {
        if page.is_text(node) {
            let own = page.text_content(node);
            length += letters(&own);
            if length > LONGEST {
                return None;
            }
            text += &own;
        } else {
            ahead.extend(page.child_nodes(node).into_iter().rev());
        }
    }
    Some(text)
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}
