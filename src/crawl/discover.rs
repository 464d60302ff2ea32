//! Discovery: what there is to listen to at an address a person has seen in a browser.

use toml::{Table, Value};
use url::Url;

use super::http::{Ask, Cost, Fetched, Manner};
use super::visit::Visitor;
use crate::adapters::{self, Adapter, Page, Request, Response, Step, Unreadable};
use crate::visit::{Failure, FailureKind};

/// Feeds of one page that are tried: the first is nearly always the right one.
const FEEDS_TRIED: usize = 3;

/// Something to listen to.
pub struct Discovered {
    /// Its kind.
    pub kind: &'static str,
    /// The settings of its kind.
    pub options: Vec<(String, Value)>,
    /// What was read there.
    pub page: Page,
    /// How it was found, where that was not by its own address.
    pub how: Option<String>,
    /// Other feeds there, which may be the ones that were meant.
    pub others: Vec<Url>,
}

/// Nothing to listen to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDiscovered {
    /// It could not be fetched.
    #[error("{0}")]
    Failed(String),
    /// It was fetched, and is nothing we read.
    #[error("{url} is nothing to listen to: {why}")]
    Nothing {
        /// Where.
        url: Url,
        /// Why.
        why: String,
    },
}

impl From<Failure> for NotDiscovered {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure.sentence)
    }
}

/// Looks what there is to listen to at `url`: a Mastodon tag or account, something on Hacker News, a
/// feed, a page with a link to its feed, or else a page that lists articles.
///
/// Whoever names an address is its reader, and so of the feed it points to; a page we would go on
/// from by ourselves is asked for once more, under robots.txt.
///
/// # Errors
/// [`NotDiscovered`].
pub async fn discover(visitor: &Visitor, url: &Url) -> Result<Discovered, NotDiscovered> {
    for (kind, options) in guesses(url) {
        // A guess from the look of an address: where it is wrong, nothing was lost but a request.
        if let Ok(found) = try_as(visitor, kind, options, Manner::Feed).await {
            return Ok(found);
        }
    }
    match try_as(visitor, "feed", address(url), Manner::Feed).await {
        Ok(found) => Ok(found),
        Err(Tried::WebPage(feeds)) => of_page(visitor, url, feeds).await,
        Err(Tried::Failed(failure)) => Err(failure.into()),
        Err(Tried::NotThis(why)) => Err(NotDiscovered::Nothing { url: url.clone(), why }),
    }
}

async fn of_page(
    visitor: &Visitor,
    url: &Url,
    feeds: Vec<Url>,
) -> Result<Discovered, NotDiscovered> {
    for feed in feeds.iter().take(FEEDS_TRIED) {
        if let Ok(mut found) = try_as(visitor, "feed", address(feed), Manner::Feed).await {
            found.how = Some(format!("{url} is a page that links to this feed"));
            found.others = feeds.into_iter().filter(|other| !is_at(&found, other)).collect();
            return Ok(found);
        }
    }
    match try_as(visitor, "page", address(url), Manner::Page).await {
        Ok(mut found) => {
            found.how = Some("a page without a feed: its articles are read one by one".to_owned());
            Ok(found)
        }
        Err(Tried::Failed(failure)) => Err(failure.into()),
        Err(Tried::NotThis(why)) => Err(NotDiscovered::Nothing {
            url: url.clone(),
            why: format!(
                "no feed, and {why}; name a page that lists the posts, or write selectors (README)"
            ),
        }),
        Err(Tried::WebPage(_)) => {
            let why = "a web page without a feed".to_owned();
            Err(NotDiscovered::Nothing { url: url.clone(), why })
        }
    }
}

/// Why an attempt came to nothing.
enum Tried {
    Failed(Failure),
    WebPage(Vec<Url>),
    NotThis(String),
}

async fn try_as(
    visitor: &Visitor,
    kind: &'static str,
    options: Vec<(String, Value)>,
    manner: Manner,
) -> Result<Discovered, Tried> {
    let kind = adapters::kind(kind).ok_or_else(|| Tried::NotThis(format!("no kind {kind}")))?;
    let settings: Table = options.iter().cloned().collect();
    let adapter = (kind.open)(settings).map_err(|bad| Tried::NotThis(bad.to_string()))?;
    let mut page = fetch(visitor, &*adapter, &adapter.start(), manner).await?;
    // An account by its name: the first answer only says where its posts are.
    let onward = page.follow.iter().find(|follow| follow.request.step == Step::Listing);
    if let (true, Some(onward)) = (page.posts.is_empty(), onward.cloned()) {
        page = fetch(visitor, &*adapter, &onward.request, manner).await?;
    }
    Ok(Discovered { kind: kind.name, options, page, how: None, others: Vec::new() })
}

async fn fetch(
    visitor: &Visitor,
    adapter: &dyn Adapter,
    request: &Request,
    manner: Manner,
) -> Result<Page, Tried> {
    let ask = Ask { request, vouched: None, manner };
    let fetched = visitor.http.fetch(&ask, &*visitor.clock, &mut Cost::default()).await;
    let body = match fetched.map_err(Tried::Failed)? {
        Fetched::Body(body) => body,
        Fetched::NotModified(_) => {
            let sentence = format!("{} answers 304 to a plain request", request.url);
            let kind = FailureKind::Protocol;
            return Err(Tried::Failed(Failure { kind, sentence, retry_after: None }));
        }
    };
    let response = Response {
        step: request.step,
        url: &body.url,
        content_type: body.headers.content_type.as_deref(),
        link: body.headers.link.as_deref(),
        content_language: body.headers.content_language.as_deref(),
        body: &body.bytes,
    };
    adapter.read(&response).map_err(|unreadable| match unreadable {
        Unreadable::WebPage { feeds } => Tried::WebPage(feeds),
        other @ Unreadable::NotThis { .. } => Tried::NotThis(other.to_string()),
    })
}

/// What an address looks like, where it may be more than a feed or a page.
fn guesses(url: &Url) -> Vec<(&'static str, Vec<(String, Value)>)> {
    let text = |key: &str, value: &str| (key.to_owned(), Value::String(value.to_owned()));
    let queried = |name: &str| {
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let parts: Vec<&str> = url.path_segments().map(Iterator::collect).unwrap_or_default();
    match (url.host_str().unwrap_or_default(), parts.as_slice()) {
        ("news.ycombinator.com", ["item"]) => {
            let story = queried("id").and_then(|id| id.parse().ok());
            let story = story.map(|id| vec![("story".to_owned(), Value::Integer(id))]);
            story.map(|options| ("hacker_news", options)).into_iter().collect()
        }
        ("hn.algolia.com", _) => {
            let words = queried("query").or_else(|| queried("q"));
            let words = words.filter(|words| !words.trim().is_empty());
            words.map(|words| ("hacker_news", vec![text("query", &words)])).into_iter().collect()
        }
        (_, ["tags", tag] | ["tags", tag, ""]) => {
            vec![("mastodon", vec![server(url), text("tag", tag)])]
        }
        (_, [name] | [name, ""]) if name.len() > 1 && name.starts_with('@') => {
            vec![("mastodon", vec![server(url), text("account", name)])]
        }
        _ => Vec::new(),
    }
}

fn server(url: &Url) -> (String, Value) {
    ("server".to_owned(), Value::String(url.origin().ascii_serialization()))
}

fn address(url: &Url) -> Vec<(String, Value)> {
    vec![("url".to_owned(), Value::String(url.to_string()))]
}

fn is_at(found: &Discovered, url: &Url) -> bool {
    found.options.iter().any(|(_, value)| value.as_str() == Some(url.as_str()))
}
