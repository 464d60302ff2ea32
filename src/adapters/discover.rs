//! The feeds a page links to.

use url::Url;

use crate::text::html::{StartTag, start_tags};
use crate::text::urls::absolute;

/// Media types of feeds, as `<link type>` names them. `application/json` is not among them: blog
/// engines declare their programming interface with it.
const TYPES: &[&str] = &[
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/x.atom+xml",
    "application/x-rss+xml",
    "application/xml",
    "text/xml",
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

/// Links of a page that are looked at.
const MOST_LINKS: usize = 3_000;

/// A page is looked at up to this many bytes.
const REACH: usize = 4 << 20;

/// The feeds that the page at `url` links to, the most likely first, each once: first those it
/// declares (`<link rel="alternate">`, feeds of comments last), then links that look like one.
#[must_use]
pub fn feeds(page: &str, url: &Url) -> Vec<Url> {
    let page = &page[..page.floor_char_boundary(REACH)];
    let tags = start_tags(page, &["base", "link", "a"], MOST_LINKS);
    let called = |name: &'static str| tags.iter().filter(move |tag| tag.name == name);
    let stated = called("base").find_map(|base| base.attribute("href"));
    let base = &stated.and_then(|href| absolute(href, Some(url))).unwrap_or_else(|| url.clone());
    let mut declared: Vec<(bool, Url)> =
        called("link").filter_map(|link| declared(link, base)).collect();
    declared.sort_by_key(|(comments, _)| *comments);
    let linked = called("a").filter_map(|link| linked(link, base));
    let mut feeds: Vec<Url> = Vec::new();
    for feed in declared.into_iter().map(|(_, feed)| feed).chain(linked) {
        if feeds.len() >= MOST {
            break;
        }
        if !feeds.contains(&feed) {
            feeds.push(feed);
        }
    }
    feeds
}

/// A declared feed, and whether it is one of comments.
fn declared(link: &StartTag, base: &Url) -> Option<(bool, Url)> {
    let rel = link.attribute("rel")?.to_ascii_lowercase();
    let kind = link.attribute("type").unwrap_or_default().trim().to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let words = || rel.split_ascii_whitespace();
    let alternate = words().any(|word| word == "alternate") && TYPES.contains(&kind);
    if !alternate && !words().any(|word| word == "feed") {
        return None;
    }
    let feed = absolute(link.attribute("href")?, Some(base))?;
    let title = link.attribute("title").unwrap_or_default().to_lowercase();
    Some((title.contains("comment") || feed.path().contains("/comments"), feed))
}

fn linked(link: &StartTag, base: &Url) -> Option<Url> {
    let feed = absolute(link.attribute("href")?, Some(base))?;
    let last = feed.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let known = PATHS.contains(&last.to_ascii_lowercase().as_str());
    let own = feed.domain() == base.domain() || feed.host_str()?.starts_with("feeds.");
    (known && own).then_some(feed)
}
