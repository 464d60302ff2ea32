//! A web page that stands where a feed was expected: which feeds it links to.

use scraper::{Html, Selector};
use url::Url;

use crate::text::urls::absolute;

/// Links to feeds stand in the head; the rest of a page is not looked at.
const HEAD_REACH: usize = 256 * 1024;

/// Feeds named to the reader: sites list one per tag.
const FEED_LIMIT: usize = 20;

const FEED_TYPES: &[&str] = &[
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/json",
    "application/xml",
    "text/xml",
    "text/rss+xml",
    "text/atom+xml",
];

/// Whether `text` is a web page.
pub(super) fn is_web_page(text: &str) -> bool {
    let mut rest = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    // Comments and declarations may stand before the first tag.
    while rest.starts_with("<!--") || rest.starts_with("<?") {
        let end = if rest.starts_with("<!--") { "-->" } else { ">" };
        match rest.split_once(end) {
            Some((_, after)) => rest = after.trim_start(),
            None => return false,
        }
    }
    let head: String = rest.chars().take(64).collect::<String>().to_ascii_lowercase();
    [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<title",
        "<meta",
        "<script",
        "<div",
        "<p>",
        "<p ",
    ]
    .iter()
    .any(|beginning| head.starts_with(beginning))
}

/// The feeds that the page links to, the first named first.
pub(super) fn feeds(page: &str, url: &Url) -> Vec<Url> {
    let lower = page.to_ascii_lowercase();
    let mut reach = lower.find("</head").unwrap_or(page.len()).min(HEAD_REACH);
    while !page.is_char_boundary(reach) {
        reach -= 1;
    }
    let html = Html::parse_document(&page[..reach]);
    let (Ok(links), Ok(bases)) =
        (Selector::parse("link[href][type]"), Selector::parse("base[href]"))
    else {
        return Vec::new();
    };
    let base = html.select(&bases).next().and_then(|base| absolute(base.attr("href")?, Some(url)));
    let base = base.as_ref().unwrap_or(url);
    let mut feeds: Vec<Url> = Vec::new();
    for link in html.select(&links) {
        let relation = link.attr("rel").unwrap_or_default().to_ascii_lowercase();
        let kind = link.attr("type").unwrap_or_default().to_ascii_lowercase();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let is_feed = relation.split_whitespace().any(|word| matches!(word, "alternate" | "feed"))
            && FEED_TYPES.contains(&kind);
        let found = link.attr("href").and_then(|href| absolute(href, Some(base)));
        if let (true, Some(feed)) = (is_feed && feeds.len() < FEED_LIMIT, found)
            && !feeds.contains(&feed)
        {
            feeds.push(feed);
        }
    }
    feeds
}
