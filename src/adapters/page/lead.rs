//! The lead: what stands between an article's headline and its first paragraph, which many sites put
//! outside the article's own element.

use std::sync::LazyLock;

use scraper::{ElementRef, Html, Selector};

use super::body::BOXES;
use crate::text::html::{fold, to_text};

/// A shorter text (letters and digits) between headline and article is a date, a byline, a button.
const SHORTEST: usize = 100;

/// A lead is a paragraph or two, not the whole article again (letters and digits).
const LONGEST: usize = 1_500;

/// A paragraph of more bytes than this is none.
const LONGEST_PARAGRAPH: usize = 8_000;

/// Elements behind the headline that are looked at: on real pages the article begins far sooner.
const REACH: usize = 1_000;

/// Paragraphs of a lead; more are a list of other articles.
const MOST: usize = 4;

/// Letters and digits of a description that must agree with a paragraph for it to be the lead.
const AGREES: usize = 40;

/// What holds no lead, besides [`BOXES`].
const NO_LEAD: &str = "button, select, script, style, noscript, template, svg, li, table, \
    [style*='display:none'], [style*='display: none'], [style*='visibility'], \
    [class*=byline], [class*=author], [class*=meta], [class*=credit]";

/// Elements in which a lead may stand, where they hold none of the others.
const MAY_BE_LEAD: &[&str] =
    &["blockquote", "div", "h2", "h3", "h4", "p", "section", "span", "strong"];

/// Elements that make what holds them no single paragraph.
const BLOCKS: &[&str] = &[
    "article", "div", "figure", "form", "h2", "h3", "h4", "header", "ol", "p", "section", "table",
    "ul",
];

/// The paragraphs of `page` that lead to the article `found`, and stand outside of it: those behind
/// the only headline, and the one that the page's own description begins with.
pub(super) fn leads(page: &Html, description: Option<&str>, found: &str) -> Vec<String> {
    let text: String = letters(&to_text(found)).collect();
    let mut leads = behind_headline(page, &text);
    let known = |lead: &str| leads.iter().any(|known| known.contains(lead));
    if let Some(lead) = description.and_then(|said| described(page, said, &text))
        && !known(&lead)
    {
        leads.insert(0, lead);
    }
    leads
}

fn behind_headline(page: &Html, text: &str) -> Vec<String> {
    static HEADLINE: LazyLock<Option<Selector>> = LazyLock::new(|| Selector::parse("body h1").ok());
    static FRAME: LazyLock<Option<Selector>> =
        LazyLock::new(|| Selector::parse(&format!("{BOXES}, {NO_LEAD}")).ok());
    let (Some(headline), Some(frame)) = (HEADLINE.as_ref(), FRAME.as_ref()) else {
        return Vec::new();
    };
    let mut headlines = page.select(headline);
    let (Some(headline), None) = (headlines.next(), headlines.next()) else { return Vec::new() };
    let mut leads: Vec<String> = Vec::new();
    let mut length = 0;
    let nodes = page.root_element().descendants();
    let behind = nodes.skip_while(|node| node.id() != headline.id()).skip(1);
    let may_be = behind.filter_map(ElementRef::wrap).filter(|it| is_single_paragraph(*it));
    for element in may_be.take(REACH).filter(|it| is_short(*it)) {
        let words = fold(&to_text(&element.inner_html()));
        let own: String = letters(&words).collect();
        let count = own.chars().count();
        if count < SHORTEST {
            continue;
        }
        if text.contains(&own) {
            break;
        }
        let around = || element.ancestors().filter_map(ElementRef::wrap);
        let framed = frame.matches(&element)
            || around().any(|outer| outer.id() == headline.id() || frame.matches(&outer));
        if framed || is_led_elsewhere(element, count) || leads.contains(&words) {
            continue;
        }
        length += count;
        leads.push(words);
        if length > LONGEST || leads.len() > MOST {
            return Vec::new();
        }
    }
    leads
}

fn is_single_paragraph(element: ElementRef<'_>) -> bool {
    let holds = |name: &str| {
        element.children().filter_map(ElementRef::wrap).any(|inner| inner.value().name() == name)
    };
    MAY_BE_LEAD.contains(&element.value().name()) && !BLOCKS.iter().any(|name| holds(name))
}

fn is_short(element: ElementRef<'_>) -> bool {
    let mut room = LONGEST_PARAGRAPH;
    element.text().all(|text| {
        room = room.saturating_sub(text.len());
        room > 0
    })
}

/// Whether a third of the words are links.
fn is_led_elsewhere(element: ElementRef<'_>, count: usize) -> bool {
    let links = element.descendants().filter_map(ElementRef::wrap);
    let linked: usize = links
        .filter(|inner| inner.value().name() == "a")
        .map(|link| letters(&link.text().collect::<String>()).count())
        .sum();
    linked * 3 > count
}

/// The paragraph that the page's own description begins with, where the article lacks it.
fn described(page: &Html, description: &str, text: &str) -> Option<String> {
    static PARAGRAPHS: LazyLock<Option<Selector>> =
        LazyLock::new(|| Selector::parse("body p, body h2, body h3, body h4, body div").ok());
    let beginning: String = letters(description).take(AGREES).collect();
    if beginning.chars().count() < AGREES || text.contains(&beginning) {
        return None;
    }
    let outer = page.select(PARAGRAPHS.as_ref()?).find(|it| begins_with(*it, &beginning))?;
    // Of nested elements that all begin so, the innermost is the paragraph itself.
    let inner = outer.select(PARAGRAPHS.as_ref()?).filter(|it| begins_with(*it, &beginning)).last();
    let paragraph = inner.unwrap_or(outer);
    let lead = fold(&paragraph.text().collect::<String>());
    (lead.chars().count() <= LONGEST).then_some(lead)
}

/// The letters and digits of a text, in lower case: what stays the same however it is set.
pub(super) fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

fn begins_with(element: ElementRef<'_>, beginning: &str) -> bool {
    let mut own = element.text().flat_map(letters);
    beginning.chars().all(|wanted| own.next() == Some(wanted))
}
