//! What stands within an item of a listing: link, title, date, author, teaser; and what is beside
//! the items: advertisements among them, the way to the next page.

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::selector::{names, names_within, parsed};
use super::{ENOUGH, Item, MODELS, MOST_CANDIDATES, Proposed, cost};
use crate::adapters::page::listing::date_of;
use crate::text::html::fold;
use crate::text::urls::{absolute, canonical};

/// Elements of one item that are looked at.
const MOST_PARTS: usize = 80;

/// A teaser has at least so many characters; less is a label.
const SHORTEST_TEASER: usize = 40;

/// A label (date, author, "Sponsored") has at most so many characters.
const LONGEST_LABEL: usize = 60;

/// What sites write on an item that somebody paid for, in lower case.
const PAID: &[&str] = &[
    "ad",
    "advertisement",
    "advertorial",
    "anzeige",
    "gesponsert",
    "patrocinado",
    "promoted",
    "sponsored",
    "sponsorisé",
    "werbung",
];

/// What sites write on the link to older posts, in lower case, arrows aside.
const OLDER: &[&str] = &[
    "next",
    "next page",
    "older",
    "older posts",
    "older entries",
    "older articles",
    "more posts",
    "previous posts",
    "weiter",
    "nächste seite",
    "ältere beiträge",
    "ältere artikel",
    "suivant",
    "page suivante",
    "articles plus anciens",
    "siguiente",
    "entradas anteriores",
    "successivo",
    "volgende",
];

/// The link in `item` that leads to `to`: in a heading, else the first.
pub(super) fn link<'a>(item: ElementRef<'a>, to: &Url, base: &Url) -> Option<ElementRef<'a>> {
    let leads = |element: &ElementRef<'_>| {
        let href = element.value().attr("href").and_then(|href| absolute(href, Some(base)));
        href.is_some_and(|href| canonical(&href) == canonical(to))
    };
    if item.value().name() == "a" && leads(&item) {
        return Some(item);
    }
    let heading = parsed("h1 a[href], h2 a[href], h3 a[href], h4 a[href], h5 a[href]")?;
    let any = parsed("a[href]")?;
    item.select(&heading).find(|it| leads(it)).or_else(|| item.select(&any).find(|it| leads(it)))
}

/// The selectors of the parts that most of `items` have.
pub(super) fn of_items(items: &[Item<'_>]) -> Proposed {
    let mut proposed = Proposed::new();
    let is_link = |item: &Item<'_>| item.element.id() == item.link.id();
    if !items.iter().all(is_link) {
        let link = within(items, |item| Some(item.link).filter(|_| !is_link(item)));
        proposed.extend(link.map(|css| ("link", css)));
    }
    let title = within(items, title);
    proposed.extend(title.clone().map(|css| ("title", css)));
    proposed.extend(within(items, date).map(|css| ("date", css)));
    proposed.extend(within(items, author).map(|css| ("author", css)));
    proposed.extend(within(items, teaser).map(|css| ("text", css)));
    proposed.extend(skip(items).map(|css| ("skip", css)));
    proposed
}

/// The link to the next page of the listing.
pub(super) fn next(page: &Html, url: &Url, base: &Url) -> Option<String> {
    let leads_on = |element: ElementRef<'_>| {
        let href = element.value().attr("href").and_then(|href| absolute(href, Some(base)));
        href.is_some_and(|to| to != *url && to.domain() == url.domain())
    };
    for css in ["a[rel=next]", "link[rel=next]"] {
        if page.select(&parsed(css)?).next().is_some_and(leads_on) {
            return Some(css.to_owned());
        }
    }
    let says_older = |element: &ElementRef<'_>| {
        let text = fold(&element.text().collect::<String>()).to_lowercase();
        OLDER.contains(&text.trim_matches(|c: char| !c.is_alphanumeric()))
    };
    let link = page.select(&parsed("a[href]")?).find(|it| says_older(it) && leads_on(*it))?;
    let first = |css: &String| {
        let found = parsed(css).and_then(|css| page.select(&css).next());
        found.is_some_and(|found| found.id() == link.id())
    };
    names_within(link, None).into_iter().filter(first).min_by_key(|css| cost(css))
}

/// The selector that finds, in enough of the items, what `part` finds there.
fn within<'a>(
    items: &[Item<'a>],
    part: impl Fn(&Item<'a>) -> Option<ElementRef<'a>>,
) -> Option<String> {
    let parts: Vec<(ElementRef<'_>, Option<ElementRef<'_>>)> =
        items.iter().map(|item| (item.element, part(item))).collect();
    let there = parts.iter().filter(|(_, part)| part.is_some()).count();
    if 100 * there < ENOUGH * items.len() {
        return None;
    }
    let mut candidates: Vec<String> = Vec::new();
    for (item, part) in parts.iter().filter_map(|(item, part)| Some((*item, (*part)?))).take(MODELS)
    {
        for css in names_within(part, Some(item)).into_iter().take(MOST_CANDIDATES / MODELS) {
            if !candidates.contains(&css) {
                candidates.push(css);
            }
        }
    }
    let fit = |css: &str| {
        let selector = parsed(css)?;
        let found = parts.iter().filter(|(item, part)| {
            part.is_some()
                && item.select(&selector).next().map(|it| it.id()) == part.map(|it| it.id())
        });
        let share = 100 * found.count() / there.max(1);
        // In twentieths: a few items that are built otherwise are no reason for a longer name.
        (share >= ENOUGH).then_some(share / 5)
    };
    candidates
        .into_iter()
        .filter_map(|css| Some((fit(&css)?, css)))
        .max_by_key(|(fit, css)| (*fit, usize::MAX - cost(css)))
        .map(|(_, css)| css)
}

fn title<'a>(item: &Item<'a>) -> Option<ElementRef<'a>> {
    let has_words =
        |element: &ElementRef<'_>| !fold(&element.text().collect::<String>()).is_empty();
    let find = |css: &str| item.element.select(&parsed(css)?).find(has_words);
    find("h1, h2, h3, h4, h5, h6")
        .or_else(|| find("[class*=title], [class*=Title], [class*=headline], [class*=Headline]"))
        .or_else(|| {
            Some(item.link).filter(|link| link.id() != item.element.id() && has_words(link))
        })
}

fn date<'a>(item: &Item<'a>) -> Option<ElementRef<'a>> {
    let named = parsed(
        "time, [datetime], [class*=date], [class*=Date], [class*=time], [class*=published]",
    )?;
    let is_date =
        |element: &ElementRef<'_>| label(*element).is_some() && date_of(*element, None).is_some();
    item.element.select(&named).find(is_date).or_else(|| {
        let parts =
            item.element.descendants().skip(1).filter_map(ElementRef::wrap).take(MOST_PARTS);
        // The innermost element around a date is the date.
        parts.filter(|part| part.children().find_map(ElementRef::wrap).is_none()).find(is_date)
    })
}

fn author<'a>(item: &Item<'a>) -> Option<ElementRef<'a>> {
    let named = parsed(
        "[rel~=author], [itemprop=author], [class*=author], [class*=Author], [class*=byline]",
    )?;
    item.element.select(&named).find(|it| label(*it).is_some())
}

fn teaser<'a>(item: &Item<'a>) -> Option<ElementRef<'a>> {
    let is_long = |element: &ElementRef<'_>| {
        fold(&element.text().collect::<String>()).chars().count() >= SHORTEST_TEASER
    };
    let within_link = |element: &ElementRef<'_>| {
        item.link.id() != item.element.id()
            && element.ancestors().any(|outer| outer.id() == item.link.id())
    };
    let find =
        |css: &str| item.element.select(&parsed(css)?).find(|it| is_long(it) && !within_link(it));
    find(
        "[class*=excerpt], [class*=summary], [class*=teaser], [class*=description], [class*=intro]",
    )
    .or_else(|| find("p"))
}

/// The selector of what marks the items somebody paid for, where some are marked and not all.
fn skip(items: &[Item<'_>]) -> Option<String> {
    let marks = |css: &Selector, item: &Item<'_>| {
        css.matches(&item.element) || item.element.select(css).next().is_some()
    };
    let marked: Vec<bool> = items.iter().map(|item| paid(item).is_some()).collect();
    let first = items.iter().find_map(paid)?;
    let fits = |css: &String| {
        let Some(css) = parsed(css) else { return false };
        items.iter().zip(&marked).all(|(item, marked)| marks(&css, item) == *marked)
    };
    if marked.iter().all(|marked| *marked) { None } else { names(first).into_iter().find(fits) }
}

/// What marks an item as one that somebody paid for.
fn paid<'a>(item: &Item<'a>) -> Option<ElementRef<'a>> {
    let parts = item.element.descendants().filter_map(ElementRef::wrap).take(MOST_PARTS);
    parts.filter(|part| names(*part).len() > 1).find(|part| {
        let class = part.value().attr("class").unwrap_or_default().to_lowercase();
        let says = |text: String| PAID.contains(&text.to_lowercase().as_str());
        class.contains("sponsor") || class.contains("advert") || label(*part).is_some_and(says)
    })
}

/// The words of an element that is a label.
fn label(element: ElementRef<'_>) -> Option<String> {
    let text = fold(&element.text().collect::<String>());
    (!text.is_empty() && text.chars().count() <= LONGEST_LABEL).then_some(text)
}
