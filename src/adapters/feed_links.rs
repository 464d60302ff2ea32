//! The feeds a page links to.

use serde::Serialize;
use url::Url;

use crate::text::html::{StartTag, plain, start_tags};
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

/// Words that are the whole text of a link to a feed, in lower case.
const WORDS: &[&str] =
    &["rss", "atom", "feed", "rss feed", "atom feed", "xml", "rss 2.0", "subscribe via rss"];

/// Parts of an address whose feed is of a part of the site only.
const PARTS: &[&str] =
    &["tag", "tags", "category", "categories", "author", "search", "topic", "kategorie"];

/// Where the common blog engines keep their feed.
const WELL_KNOWN: &[&str] = &["feed/", "rss.xml", "atom.xml", "feed.xml", "index.xml", "rss/"];

/// A feed that a page links to, as far as the page tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedLink {
    /// Where it is.
    pub url: Url,
    /// What the page calls it.
    pub title: Option<String>,
    /// How it was found.
    pub found: Found,
    /// What it holds.
    pub holds: Holds,
}

/// How a feed was found. The surer comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// The page declares it (`<link rel="alternate">`).
    Declared,
    /// A link in the page looks like one.
    Linked,
}

/// What a feed holds, by its name and address. What is wanted more comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// The site's posts.
    Posts,
    /// Those of one tag, category or author.
    Part,
    /// What readers say below them.
    Comments,
}

/// The feeds that the page at `url` links to, each once, the most likely first: those of posts before
/// those of a part of the site and of comments, those it declares before links that look like one.
#[must_use]
pub fn candidates(page: &str, url: &Url) -> Vec<FeedLink> {
    let page = &page[..page.floor_char_boundary(REACH)];
    let tags = start_tags(page, &["base", "link", "a"], MOST_LINKS);
    let called = |name: &'static str| tags.iter().filter(move |tag| tag.name == name);
    let stated = called("base").find_map(|base| base.attribute("href"));
    let base = &stated.and_then(|href| absolute(href, Some(url))).unwrap_or_else(|| url.clone());
    let declared = called("link").filter_map(|link| declared(link, base));
    let linked = called("a").filter_map(|link| linked(link, base));
    let mut feeds: Vec<FeedLink> = Vec::new();
    for feed in declared.chain(linked) {
        if feeds.len() < MOST && feeds.iter().all(|known| known.url != feed.url) {
            feeds.push(feed);
        }
    }
    feeds.sort_by_key(|feed| (feed.holds, feed.found));
    feeds
}

/// The addresses of [`candidates`].
#[must_use]
pub fn feeds(page: &str, url: &Url) -> Vec<Url> {
    candidates(page, url).into_iter().map(|feed| feed.url).collect()
}

/// Where a blog at `url` may have a feed that it does not link to, to be tried by a person: we ask for
/// nothing that nobody named.
#[must_use]
pub fn well_known(url: &Url) -> Vec<Url> {
    let mut folder = url.clone();
    folder.set_query(None);
    folder.set_fragment(None);
    if !folder.path().ends_with('/') {
        let parent = folder.path().rsplit_once('/').map_or("", |(parent, _)| parent);
        let parent = format!("{parent}/");
        folder.set_path(&parent);
    }
    WELL_KNOWN.iter().filter_map(|path| folder.join(path).ok()).collect()
}

fn declared(link: &StartTag, base: &Url) -> Option<FeedLink> {
    let rel = link.attribute("rel")?.to_ascii_lowercase();
    let words = || rel.split_ascii_whitespace();
    let alternate = words().any(|word| word == "alternate") && is_feed_type(link);
    if !alternate && !words().any(|word| word == "feed") {
        return None;
    }
    let url = absolute(link.attribute("href")?, Some(base))?;
    Some(feed(url, link, Found::Declared))
}

fn linked(link: &StartTag, base: &Url) -> Option<FeedLink> {
    let url = absolute(link.attribute("href")?, Some(base))?;
    let path = url.path().trim_end_matches('/').to_ascii_lowercase();
    let last = path.rsplit('/').next().unwrap_or_default();
    let named = PATHS.contains(&last)
        || [".rss", ".atom", ".rdf"].iter().any(|end| last.ends_with(end))
        || path.ends_with("/feeds/posts/default");
    let asked = url.query_pairs().any(|(key, value)| {
        key == "feed" && ["rss", "rss2", "atom", "rdf"].contains(&&*value)
            || ["format", "type", "output"].contains(&&*key)
                && ["rss", "atom", "feed"].contains(&&*value)
    });
    let says = link
        .attribute("title")
        .is_some_and(|title| WORDS.contains(&title.trim().to_lowercase().as_str()));
    let own = url.domain() == base.domain() || url.host_str()?.starts_with("feeds.");
    (own && (named || asked || says) || is_feed_type(link)).then(|| feed(url, link, Found::Linked))
}

fn is_feed_type(link: &StartTag) -> bool {
    let kind = link.attribute("type").unwrap_or_default().trim().to_ascii_lowercase();
    TYPES.contains(&kind.split(';').next().unwrap_or_default().trim())
}

fn feed(url: Url, link: &StartTag, found: Found) -> FeedLink {
    let title = link.attribute("title").map(plain).filter(|title| !title.is_empty());
    let says = title.as_deref().unwrap_or_default().to_lowercase();
    let path = url.path().to_ascii_lowercase();
    let comments = ["comment", "kommentar", "commentaire", "comentario"];
    let holds = if path.contains("comment") || comments.iter().any(|word| says.contains(word)) {
        Holds::Comments
    } else if path.split('/').any(|part| PARTS.contains(&part)) {
        Holds::Part
    } else {
        Holds::Posts
    };
    FeedLink { url, title, found, holds }
}
