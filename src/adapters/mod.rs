//! Adapters: the bytes of a response → posts. Pure: no network, no clock, no store.
//!
//! A new kind of source is one new file here and one line in [`KINDS`].

use serde::Serialize;
use url::Url;

use crate::post::Said;
use crate::source::Speaker;
pub use crate::visit::Hints;

pub mod feed;
pub mod feed_links;
mod hacker_news;
mod json;
mod mastodon;
mod options;
pub mod page;
pub mod report;
pub mod sitemap;

/// What an adapter wants fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Where.
    pub url: Url,
    /// Which step of its work this is; handed back with the response.
    pub step: Step,
    /// The media types it reads, for the Accept header.
    pub accept: &'static str,
}

/// The steps of an adapter's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// The feed, the list, the first page or a later one.
    Listing,
    /// One article that a listing linked to.
    Article,
}

/// What came back, as an adapter needs it.
#[derive(Debug, Clone, Copy)]
pub struct Response<'a> {
    /// The step that asked for it.
    pub step: Step,
    /// Where it came from in the end, after redirects.
    pub url: &'a Url,
    /// The Content-Type header.
    pub content_type: Option<&'a str>,
    /// The Link header, for paging.
    pub link: Option<&'a str>,
    /// The Content-Language header.
    pub content_language: Option<&'a str>,
    /// The body, content-coding undone.
    pub body: &'a [u8],
}

/// What an adapter read in one response.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// What the response says of itself.
    pub about: About,
    /// The posts, in the order of the response. One that the response holds twice stands here twice,
    /// with one key.
    pub posts: Vec<Said>,
    /// What could not be read, and why: data, not an error.
    pub skipped: Vec<Skipped>,
    /// What had to be repaired to read it, in words ("bare &").
    pub repairs: Vec<String>,
    /// What to fetch next.
    pub follow: Vec<Follow>,
    /// What the response says of when to come back.
    pub hints: Hints,
    /// Whether what it leads to may change while it stays the same: then its validators vouch for
    /// nothing, and it is read anew at every visit.
    pub moving: bool,
}

/// What a feed or page says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct About {
    /// Its title, as plain text.
    pub title: Option<String>,
    /// The page it belongs to.
    pub link: Option<String>,
    /// What it is about, as plain text.
    pub description: Option<String>,
    /// Its language, as it claims.
    pub language: Option<String>,
    /// Whose it is, as it claims.
    pub author: Option<String>,
    /// Its id, as it claims.
    pub id: Option<String>,
    /// When it last changed, as it claims.
    pub updated: Option<jiff::Timestamp>,
}

/// An item that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Which: its place or name in the response.
    pub place: String,
    /// Why, in words.
    pub why: String,
}

/// A further request.
#[derive(Debug, Clone, PartialEq)]
pub struct Follow {
    /// What to fetch.
    pub request: Request,
    /// The key of the post it would give: not fetched when that post is already kept.
    pub unless_known: Option<String>,
    /// What the listing says of the post; its key is the post's, wherever a redirect leads.
    pub listed: Option<Listed>,
}

/// What a listing says of a post whose article is fetched.
#[derive(Debug, Clone, PartialEq)]
pub enum Listed {
    /// That there is one: it stands where the article says nothing. Without the article there is no
    /// post.
    Announced(Said),
    /// A post as it is, but for its text, of which it gives the beginning only: the article's text
    /// takes its place. Without the article it is kept as it is, and the article is tried again.
    Teaser(Said),
}

impl Listed {
    /// The post, as the listing has it.
    #[must_use]
    pub const fn said(&self) -> &Said {
        match self {
            Self::Announced(said) | Self::Teaser(said) => said,
        }
    }
}

/// A response an adapter can make nothing of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A web page stands where a feed was expected. `feeds` are the feeds it links to.
    #[error("the feed became a web page{}", feeds.first().map(|url| format!("; it links to the feed {url}")).unwrap_or_default())]
    WebPage {
        /// The feeds the page links to.
        feeds: Vec<Url>,
    },
    /// It is none of the formats this kind reads.
    #[error("not {expected}: {why}")]
    NotThis {
        /// What was expected ("a feed").
        expected: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// Reads one kind of source. Made from a source's settings, once.
pub trait Adapter: Send + Sync {
    /// The request a visit begins with.
    fn start(&self) -> Request;

    /// Reads a response.
    ///
    /// # Errors
    /// Only where the response as a whole is unreadable; a bad item is [`Page::skipped`].
    fn read(&self, response: &Response<'_>) -> Result<Page, Unreadable>;
}

/// A setting of a source that its kind cannot use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {why}")]
pub struct BadSetting {
    /// The key at fault.
    pub key: String,
    /// What is wrong, and what is allowed.
    pub why: String,
}

/// One kind of source.
#[derive(Debug)]
pub struct Kind {
    /// Its name in `sources/*.toml`.
    pub name: &'static str,
    /// Who speaks there.
    pub speaker: Speaker,
    /// Whether robots.txt rules its listing (it always rules articles).
    pub robots: bool,
    /// The keys of its own, for who mistypes one.
    pub keys: &'static [&'static str],
    /// Makes the adapter from the settings that are the kind's own (`url`, selectors, a tag…).
    pub open: fn(toml::Table) -> Result<Box<dyn Adapter>, BadSetting>,
}

/// The kinds there are.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "feed",
        speaker: Speaker::Owner,
        robots: false,
        keys: &[
            "url",
            "full_text",
            "article_text",
            "article_drop",
            "article_title",
            "article_date",
            "article_author",
        ],
        open: feed::open,
    },
    page::KIND,
    Kind {
        name: "mastodon",
        speaker: Speaker::Author,
        robots: false,
        keys: &["server", "tag", "account"],
        open: mastodon::open,
    },
    Kind {
        name: "hacker_news",
        speaker: Speaker::Author,
        robots: false,
        keys: &["query", "posts", "min_points", "story", "server", "site"],
        open: hacker_news::open,
    },
    sitemap::KIND,
];

/// The kind called `name`.
#[must_use]
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The adapter that reads what is at `url` as `kind`, for a look before it is a source. Kinds that
/// are not found by a URL alone (a tag, a search) read their server's answers.
///
/// # Errors
/// In words, where there is no such kind or it cannot read there.
pub fn reading(name: &str, url: &Url) -> Result<Box<dyn Adapter>, String> {
    let server = url.origin().ascii_serialization();
    let (name, settings) = match name {
        "listing" => ("page", vec![("url", url.as_str())]),
        "mastodon" => (name, vec![("server", server.as_str()), ("tag", "any")]),
        "hacker_news" => (name, vec![("server", server.as_str()), ("query", "any")]),
        _ => (name, vec![("url", url.as_str())]),
    };
    let Some(kind) = kind(name) else {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        return Err(format!("no kind {name:?}; there are {}, and listing", known.join(", ")));
    };
    let settings = settings.into_iter().map(|(key, value)| (key.to_owned(), value.into()));
    (kind.open)(settings.collect()).map_err(|bad| bad.to_string())
}
