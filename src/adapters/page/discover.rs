//! The feeds a page links to.

use scraper::{ElementRef, Html, Selector};
use url::Url;

use crate::text::html::too_deep;
use crate::text::urls::absolute;

/// Media types of feeds, as `<link type>` names them.
const TYPES: &[&str] = &[
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/x.atom+xml",
    "application/x-rss+xml",
    "text/rss",
    "text/rss+xml",
    "text/atom+xml",
];

/// Last parts of a path that are a feed's on the common blog engines.
const PATHS: &[&str] = &[
    "feed",
    "rss",
    "atom",
    "feeds",
    "feed.xml",
    "rss.xml",
    "atom.xml",
    "index.xml",
    "index.rdf",
    "rss2.xml",
    "feed.json",
    "index.rss",
    "blog.rss",
    "feed.rss",
    "feed.atom",
    "all.atom",
];

/// More feeds than this a page does not have; what follows is a directory of other people's.
const MOST: usize = 20;

/// The feeds that the page at `base` links to, the most likely first, each once: first those it
/// declares (`<link rel="alternate">`, feeds of comments last), then links that look like one.
#[must_use]
pub fn discover(html: &str, base: &Url) -> Vec<Url> {
    if too_deep(html) {
        return Vec::new();
    }
    let page = Html::parse_document(html);
    let base = &base_of(&page, base);
    let mut declared: Vec<(bool, Url)> =
        select(&page, "link[href]").filter_map(|link| declared(link, base)).collect();
    declared.sort_by_key(|(comments, _)| *comments);
    let linked = select(&page, "a[href]").filter_map(|link| linked(link, base));
    let mut feeds: Vec<Url> = Vec::new();
    for feed in declared.into_iter().map(|(_, feed)| feed).chain(linked) {
        if !feeds.contains(&feed) && feeds.len() < MOST {
            feeds.push(feed);
        }
    }
    feeds
}

/// What relative links of `page`, found at `url`, are relative to: `<base href>` decides.
pub(super) fn base_of(page: &Html, url: &Url) -> Url {
    let base = select(page, "base[href]").next();
    base.and_then(|base| absolute(base.value().attr("href")?, Some(url)))
        .unwrap_or_else(|| url.clone())
}

/// A declared feed, and whether it is one of comments.
fn declared(link: ElementRef<'_>, base: &Url) -> Option<(bool, Url)> {
    let element = link.value();
    let rel = element.attr("rel")?.to_ascii_lowercase();
    let kind = element.attr("type").unwrap_or_default().trim().to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let words = || rel.split_ascii_whitespace();
    let alternate = words().any(|word| word == "alternate") && TYPES.contains(&kind);
    if !alternate && !words().any(|word| word == "feed") {
        return None;
    }
    let feed = absolute(element.attr("href")?, Some(base))?;
    let title = element.attr("title").unwrap_or_default().to_lowercase();
    Some((title.contains("comment") || feed.path().contains("/comments"), feed))
}

fn linked(link: ElementRef<'_>, base: &Url) -> Option<Url> {
    let feed = absolute(link.value().attr("href")?, Some(base))?;
    let last = feed.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let known = PATHS.contains(&last.to_ascii_lowercase().as_str());
    let own = feed.domain() == base.domain() || feed.host_str()?.starts_with("feeds.");
    (known && own).then_some(feed)
}

fn select<'a>(page: &'a Html, css: &str) -> impl Iterator<Item = ElementRef<'a>> {
    let found: Vec<_> =
        Selector::parse(css).map(|selector| page.select(&selector).collect()).unwrap_or_default();
    found.into_iter()
}
