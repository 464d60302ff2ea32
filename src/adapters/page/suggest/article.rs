//! The element that holds an article's text, and what in it is none of it.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use scraper::{ElementRef, Html};
use url::Url;

use super::selector::{names, names_within, parsed};
use super::{MOST_FOUND, Proposed, fitting};
use crate::adapters::page::article::{LONGEST_PAGE, article as read};
use crate::adapters::page::lead::letters;
use crate::adapters::page::weight::is_too_heavy;
use crate::text::html::{cut, for_a_tree, to_text};

/// Elements that are tried.
const MOST_TRIED: usize = 150;

/// Paragraphs that are looked for in each: the longest real articles have a few hundred.
const MOST_PARAGRAPHS: usize = 500;

/// Elements of those that fit for which a selector is made up, the best first.
const MOST_NAMED: usize = 10;

/// The element has to hold at least this share of the words we found, and they to be at least this
/// share of it (F1).
const FITS: f64 = 0.7;

/// Boxes proposed to be dropped.
const MOST_DROPPED: usize = 6;

/// A box with a larger share of the element than this is no box.
const LARGEST_BOX: f64 = 0.3;

/// Letters and digits by which a paragraph is told from others.
const BEGINNING: usize = 60;

/// `article_text`, where one element holds what we find to be the article at `url`, and
/// `article_drop` for the boxes in it that hold none of it. Empty where we find no article, or no
/// element for it.
#[must_use]
pub fn article(html: &str, url: &Url) -> Proposed {
    let html = &html[..html.floor_char_boundary(LONGEST_PAGE)];
    let (Some(found), Some(html)) = (read(html, url), for_a_tree(html)) else { return Vec::new() };
    let page = Html::parse_document(&html);
    if is_too_heavy(&page) {
        return Vec::new();
    }
    let paragraphs: Vec<String> = found
        .text
        .split('\n')
        .map(|line| letters(line).collect())
        .filter(|line: &String| !line.is_empty())
        .collect();
    if paragraphs.len() > MOST_PARAGRAPHS {
        return Vec::new();
    }
    let Some((element, css)) = holder(&page, &paragraphs) else { return Vec::new() };
    let mut proposed = vec![("article_text", css)];
    let drop = boxes(&page, element, &paragraphs);
    if !drop.is_empty() {
        proposed.push(("article_drop", drop.join(", ")));
    }
    proposed
}

/// The element that holds most of the paragraphs and little else, with a selector that finds it.
fn holder<'a>(page: &'a Html, paragraphs: &[String]) -> Option<(ElementRef<'a>, String)> {
    let wanted: usize = paragraphs.iter().map(String::len).sum();
    let may_hold = parsed("article, main, section, div, td")?;
    let long = |it: &ElementRef<'_>| it.text().map(str::len).sum::<usize>() >= wanted / 2;
    let tried = page.select(&may_hold).filter(long);
    let mut good: Vec<(f64, ElementRef<'a>)> = Vec::new();
    for element in tried.take(MOST_TRIED) {
        let own: String = letters(&to_text(&cut(&element.html()).html)).collect();
        let held: usize =
            paragraphs.iter().filter(|it| own.contains(it.as_str())).map(String::len).sum();
        let f1 = 2.0 * held as f64 / (wanted + own.len()).max(1) as f64;
        if f1 >= FITS {
            good.push((f1, element));
        }
    }
    // Of two that hold the same, the inner one, which comes later.
    good.reverse();
    good.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let mut named = good.into_iter().take(MOST_NAMED);
    named.find_map(|(_, element)| Some((element, only(page, element)?)))
}

/// The easiest selector that finds this element and no other.
fn only(page: &Html, element: ElementRef<'_>) -> Option<String> {
    let finds_it_alone = |css: &String| {
        let Some(selector) = parsed(css) else { return false };
        let mut found = fitting(page, &selector);
        found.next().is_some_and(|first| first.id() == element.id()) && found.next().is_none()
    };
    names_within(element, None)
        .into_iter()
        .filter(|css| !matches!(css.as_str(), "div" | "section" | "td"))
        .filter(finds_it_alone)
        .min_by_key(|css| super::cost(css))
}

/// The selectors of boxes in `element` of which no paragraph is one of the article's.
fn boxes(page: &Html, element: ElementRef<'_>, paragraphs: &[String]) -> Vec<String> {
    let beginnings: HashSet<String> =
        paragraphs.iter().map(|it| it.chars().take(BEGINNING).collect()).collect();
    // An element may be met by many selectors.
    let known = RefCell::new(HashMap::new());
    let is_foreign = |inner: &ElementRef<'_>| {
        if let Some(known) = known.borrow().get(&inner.id()) {
            return *known;
        }
        let text = to_text(&cut(&inner.html()).html);
        let mut lines =
            text.split('\n').map(|line| letters(line).take(BEGINNING).collect::<String>());
        let is_foreign = !text.is_empty() && lines.all(|line| !beginnings.contains(&line));
        known.borrow_mut().insert(inner.id(), is_foreign);
        is_foreign
    };
    let all: usize = element.text().map(str::len).sum();
    let mut drop: Vec<String> = Vec::new();
    let Some(any) = parsed("div, aside, section, ul, nav, form, footer, figure, p") else {
        return drop;
    };
    for inner in element.select(&any).take(MOST_TRIED).filter(is_foreign) {
        let length: usize = inner.text().map(str::len).sum();
        let small = (length as f64) < LARGEST_BOX * all as f64;
        let only_foreign = |css: &String| {
            css.contains(['.', '['])
                && parsed(css).is_some_and(|css| {
                    let mut met = fitting(page, &css).take(MOST_FOUND + 1);
                    met.by_ref().take(MOST_FOUND).all(|it| is_foreign(&it)) && met.next().is_none()
                })
        };
        let dropped = |css: &String| {
            parsed(css).is_some_and(|css| {
                css.matches(&inner)
                    || inner
                        .ancestors()
                        .filter_map(ElementRef::wrap)
                        .any(|outer| css.matches(&outer))
            })
        };
        if !small || drop.iter().any(dropped) || drop.len() >= MOST_DROPPED {
            continue;
        }
        drop.extend(names(inner).into_iter().find(only_foreign));
    }
    drop
}
