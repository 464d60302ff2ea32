//! Selectors for a blog without a feed, proposed from what its pages repeat.
//!
//! `guess` finds which links lead to posts. Here the elements around them are named, in selectors
//! that a marketer can read and that find the same elements again; each is tried on the page before
//! it is proposed, and what no selector finds well is left to be found by itself.

mod article;
mod parts;
mod selector;

use std::collections::HashSet;

use scraper::{ElementRef, Html, Selector};
use url::Url;

pub use self::article::article;
use self::selector::{names_within, parsed};
use super::weight::is_too_heavy;
use super::{LONGEST_LISTING, guess, listing};
use crate::text::html::for_a_tree;

/// A proposal: keys of a `[[source]]` of kind `page`, in the order they are written down.
pub type Proposed = Vec<(&'static str, String)>;

/// A selector finds an item's parts in at least this share of the items, in hundredths.
const ENOUGH: usize = 80;

/// A selector of items that finds them worse than this (F1, in hundredths) is none.
const FITS: usize = 70;

/// Items from which selectors are made up; all of them are used to try them.
const MODELS: usize = 4;

/// Elements looked at that a selector finds.
const MOST_FOUND: usize = 400;

/// Selectors tried for one thing; a page may give its elements any number of names.
const MOST_CANDIDATES: usize = 300;

/// Elements of a page that each of them is tried on.
const MOST_LOOKED_AT: usize = 20_000;

/// How many elements around an item with nothing else in them are tried in its place.
const CORES: usize = 4;

/// One item of the listing, and the post it is of.
#[derive(Clone, Copy)]
struct Item<'a> {
    element: ElementRef<'a>,
    link: ElementRef<'a>,
}

/// The selectors for the posts that the page at `url` lists; nothing where nothing on it repeats.
///
/// `link` to `skip` are looked for within an `item`; where the page's own structure says it as well
/// (the item is the link), a key is left out.
#[must_use]
pub fn listing(html: &str, url: &Url) -> Option<Proposed> {
    let html = &html[..html.floor_char_boundary(LONGEST_LISTING)];
    let html = for_a_tree(html)?;
    let page = Html::parse_document(&html);
    if is_too_heavy(&page) {
        return None;
    }
    let base = listing::base_of(&page, url);
    let items: Vec<Item<'_>> = guess::items(&page, url, &base)
        .into_iter()
        .filter_map(|(element, to)| Some(Item { element, link: parts::link(element, &to, &base)? }))
        .collect();
    let (item, items) = items_selector(&page, &items)?;
    let mut proposed = vec![("item", item)];
    proposed.extend(parts::of_items(&items));
    proposed.extend(parts::next(&page, url, &base).map(|next| ("next", next)));
    Some(proposed)
}

/// The selector that finds the items best, and the items as it finds them.
fn items_selector<'a>(page: &'a Html, items: &[Item<'a>]) -> Option<(String, Vec<Item<'a>>)> {
    let mut best: Option<(usize, usize, String, Vec<Item<'a>>)> = None;
    for height in 0..CORES {
        let cores: Vec<Item<'a>> = items
            .iter()
            .map(|item| Item { element: core(item.element, item.link, height), link: item.link })
            .collect();
        let wanted: HashSet<_> = cores.iter().map(|item| item.element.id()).collect();
        for css in candidates(cores.iter().map(|item| item.element)) {
            let Some(selector) = parsed(&css) else { continue };
            let found: Vec<_> =
                fitting(page, &selector).take(MOST_FOUND).map(|it| it.id()).collect();
            let hits = found.iter().filter(|id| wanted.contains(id)).count();
            // F1 in hundredths, so that a name that reads well wins over one that is hardly better.
            let (fit, cost) = (200 * hits / (found.len() + wanted.len()), cost(&css));
            if fit < FITS {
                continue;
            }
            if best.as_ref().is_none_or(|(known, price, ..)| (fit, *price) > (*known, cost)) {
                let found: HashSet<_> = found.into_iter().collect();
                let kept = cores.iter().filter(|item| found.contains(&item.element.id()));
                best = Some((fit, cost, css, kept.copied().collect()));
            }
        }
    }
    best.map(|(_, _, css, items)| (css, items))
}

/// The elements of `page` that fit a selector, of the first that are looked at.
fn fitting<'a>(page: &'a Html, selector: &'a Selector) -> impl Iterator<Item = ElementRef<'a>> {
    let elements = page.root_element().descendants().filter_map(ElementRef::wrap);
    elements.take(MOST_LOOKED_AT).filter(|element| selector.matches(element))
}

/// The element `height` steps within one that holds nothing but it, as long as the link is in it.
fn core<'a>(element: ElementRef<'a>, link: ElementRef<'a>, height: usize) -> ElementRef<'a> {
    let mut core = element;
    for _ in 0..height {
        let mut inner = core.children().filter_map(ElementRef::wrap);
        match (inner.next(), inner.next()) {
            (Some(only), None) if core.id() != link.id() => core = only,
            _ => break,
        }
    }
    core
}

/// The selectors made up from the first, the last and some items between.
fn candidates<'a>(elements: impl ExactSizeIterator<Item = ElementRef<'a>>) -> Vec<String> {
    let step = (elements.len() / MODELS).max(1);
    let mut candidates = Vec::new();
    for element in elements.step_by(step).take(MODELS + 1) {
        // The best names of each, so that all of them are heard.
        for css in names_within(element, None).into_iter().take(MOST_CANDIDATES / (MODELS + 1)) {
            if !candidates.contains(&css) {
                candidates.push(css);
            }
        }
    }
    candidates
}

/// How hard a selector is to read, and how easily it breaks: names cost nothing, steps and bare
/// elements do.
fn cost(css: &str) -> usize {
    let steps: Vec<&str> = css.split([' ', '>']).filter(|step| !step.is_empty()).collect();
    let bare = |step: &&&str| {
        !step.contains(['.', '#', '[']) && !matches!(**step, "article" | "time" | "main")
    };
    let bare = steps.iter().filter(bare).count();
    let counted = css.matches(":nth").count();
    // One bare element finds whatever else the site puts there tomorrow.
    let alone = if bare == steps.len() { 30 } else { 0 };
    10 * steps.len() + 15 * bare + 20 * counted + alone + css.len() / 8
}
