//! Discovery: what there is to listen to at an address a person has seen in a browser.

use std::sync::Arc;

use tokio::time::{Instant, timeout_at};
use toml::{Table, Value};
use url::Url;

use super::http::{Ask, Cost, Fetched, Manner};
use super::parsers::{Unanswered, out_of_time, stumbled};
use super::visit::{VISIT_LIMIT, Visitor};
use crate::adapters::{self, Adapter, Page, Request, Step, Unreadable};
use crate::visit::{Failure, FailureKind};

/// Feeds of one page that are tried: the first is nearly always the right one.
const FEEDS_TRIED: usize = 3;

/// Sitemaps of one site that are tried.
const SITEMAPS_TRIED: usize = 4;

/// Something to listen to.
pub struct Discovered {
    /// Its kind.
    pub kind: &'static str,
    /// The settings of its kind.
    pub options: Vec<(String, Value)>,
    /// Where that leads, redirects followed.
    pub url: Url,
    /// What was read there.
    pub page: Page,
    /// How it was found, where that was not by its own address.
    pub how: Option<String>,
    /// Other feeds and sitemaps there, which may be the ones that were meant.
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
/// feed, a page with a link to its feed, a page that lists articles, or else a sitemap that the site's
/// robots.txt names.
///
/// Whoever names an address is its reader, and so of the feed it points to; a page we would go on
/// from by ourselves is asked for once more, under robots.txt. All in all it takes no longer than a
/// visit may.
///
/// # Errors
/// [`NotDiscovered`].
pub async fn discover(visitor: &Visitor, url: &Url) -> Result<Discovered, NotDiscovered> {
    let deadline = Instant::now() + VISIT_LIMIT;
    Search { visitor, url, deadline }.go().await
}

/// A search under way.
struct Search<'a> {
    visitor: &'a Visitor,
    url: &'a Url,
    deadline: Instant,
}

impl Search<'_> {
    async fn go(&self) -> Result<Discovered, NotDiscovered> {
        for (kind, options) in guesses(self.url) {
            // A guess from the look of an address: where it is wrong, nothing was lost but a request.
            let manner = adapters::kind(kind).map_or(Manner::Feed, Manner::for_listings_of);
            if let Ok(found) = self.try_as(kind, options, manner).await {
                return Ok(found);
            }
        }
        match self.try_as("feed", address(self.url), Manner::Feed).await {
            Ok(found) => Ok(found),
            Err(Tried::WebPage(feeds)) => self.of_page(feeds).await,
            Err(Tried::Failed(failure)) => Err(failure.into()),
            Err(Tried::NotThis(why)) => Err(self.nothing(why)),
        }
    }

    async fn of_page(&self, feeds: Vec<Url>) -> Result<Discovered, NotDiscovered> {
        let url = self.url;
        for feed in feeds.iter().take(FEEDS_TRIED) {
            if let Ok(mut found) = self.try_as("feed", address(feed), Manner::Feed).await {
                found.how = Some(format!("{url} is a page that links to this feed"));
                found.others = feeds.into_iter().filter(|other| !is_at(&found, other)).collect();
                return Ok(found);
            }
        }
        let why = match self.try_as("page", address(url), Manner::Page).await {
            Ok(mut found) => {
                found.how =
                    Some("a page without a feed: its articles are read one by one".to_owned());
                found.others = self.sitemaps().await;
                return Ok(found);
            }
            Err(Tried::Failed(failure)) => return Err(failure.into()),
            Err(Tried::NotThis(why)) => format!(
                "no feed, and {why}; name a page that lists the posts, or write selectors (README)"
            ),
            Err(Tried::WebPage(_)) => "a web page without a feed".to_owned(),
        };
        let sitemaps = self.sitemaps().await;
        for sitemap in sitemaps.iter().take(SITEMAPS_TRIED) {
            let tried = self.try_as("sitemap", address(sitemap), Manner::Page).await;
            if let Some(mut found) = tried.ok().filter(|found| !found.page.follow.is_empty()) {
                found.how = Some(format!(
                    "{url} has no feed and lists no posts, but its robots.txt names this sitemap"
                ));
                found.others = sitemaps.into_iter().filter(|other| !is_at(&found, other)).collect();
                return Ok(found);
            }
        }
        let named: Vec<&str> = sitemaps.iter().map(Url::as_str).take(SITEMAPS_TRIED).collect();
        let why = if named.is_empty() {
            why
        } else {
            format!("{why}; its sitemaps list no pages to read ({})", named.join(", "))
        };
        Err(self.nothing(why))
    }

    /// The sitemaps that the site's robots.txt names, which is known once a page was asked for.
    async fn sitemaps(&self) -> Vec<Url> {
        let Visitor { http, clock, .. } = self.visitor;
        let mut cost = Cost::default();
        let sitemaps = http.sitemaps(self.url, &**clock, &mut cost);
        timeout_at(self.deadline, sitemaps).await.unwrap_or_default()
    }

    fn nothing(&self, why: String) -> NotDiscovered {
        NotDiscovered::Nothing { url: self.url.clone(), why }
    }

    async fn try_as(
        &self,
        kind: &'static str,
        options: Vec<(String, Value)>,
        manner: Manner,
    ) -> Result<Discovered, Tried> {
        let kind = adapters::kind(kind).ok_or_else(|| Tried::NotThis(format!("no kind {kind}")))?;
        let settings: Table = options.iter().cloned().collect();
        let adapter = (kind.open)(settings).map_err(|bad| Tried::NotThis(bad.to_string()))?;
        let adapter: Arc<dyn Adapter> = adapter.into();
        let (mut page, mut url) = self.fetch(kind.name, &adapter, &adapter.start(), manner).await?;
        // An account by its name: the first answer only says where its posts are.
        let onward = page.follow.iter().find(|follow| follow.request.step == Step::Listing);
        if let (true, Some(onward)) = (page.posts.is_empty(), onward.cloned()) {
            (page, url) = self.fetch(kind.name, &adapter, &onward.request, manner).await?;
        }
        Ok(Discovered { kind: kind.name, options, url, page, how: None, others: Vec::new() })
    }

    /// Fetches and reads as a visit does, with the same guard around both.
    async fn fetch(
        &self,
        kind: &str,
        adapter: &Arc<dyn Adapter>,
        request: &Request,
        manner: Manner,
    ) -> Result<(Page, Url), Tried> {
        let ask = Ask { request, vouched: None, manner };
        let (http, mut cost) = (&self.visitor.http, Cost::default());
        let fetching = http.fetch(&ask, &*self.visitor.clock, &mut cost);
        let time_is_up = || Tried::Failed(out_of_time(self.url));
        let fetched = timeout_at(self.deadline, fetching).await.map_err(|_| time_is_up())?;
        let body = match fetched.map_err(Tried::Failed)? {
            Fetched::Body(body) => body,
            Fetched::NotModified(_) => {
                let sentence = format!("{} answers 304 to a plain request", request.url);
                let kind = FailureKind::Protocol;
                return Err(Tried::Failed(Failure { kind, sentence, retry_after: None }));
            }
        };
        let (place, step, reader) = (body.url.clone(), request.step, Arc::clone(adapter));
        let read = http.parsers.run(self.deadline, move || reader.read(&body.response(step)));
        match read.await {
            Ok(Ok(page)) => Ok((page, place)),
            Ok(Err(Unreadable::WebPage { feeds })) => Err(Tried::WebPage(feeds)),
            Ok(Err(other @ Unreadable::NotThis { .. })) => Err(Tried::NotThis(other.to_string())),
            Err(Unanswered::Panicked) => Err(Tried::Failed(stumbled(&place, kind))),
            Err(Unanswered::TimeUp) => Err(time_is_up()),
        }
    }
}

/// Why an attempt came to nothing.
#[derive(Debug)]
enum Tried {
    Failed(Failure),
    WebPage(Vec<Url>),
    NotThis(String),
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
        (_, [.., name]) if name.contains("sitemap") && name.contains(".xml") => {
            vec![("sitemap", address(url))]
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

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::adapters::Response;
    use crate::clock::FixedClock;
    use crate::crawl::http::{Http, Settings};

    fn visitor() -> Visitor {
        let allowed_hosts = vec!["127.0.0.1".to_owned()];
        let settings = Settings { allowed_hosts, feed_gap_ms: 0, ..Settings::default() };
        let clock = Arc::new(FixedClock::at("2026-03-02T06:00:00Z".parse().unwrap()));
        Visitor {
            http: Http::new(settings).unwrap(),
            clock,
            known: Arc::new(|_, _| false),
            recall: Arc::new(|_, _| None),
        }
    }

    fn url_of(listener: &TcpListener) -> Url {
        format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap()
    }

    fn sentence<T>(tried: Result<T, Tried>) -> String {
        match tried {
            Err(Tried::Failed(failure)) => failure.sentence,
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("something was found"),
        }
    }

    #[tokio::test]
    async fn a_search_ends_when_its_time_is_up_though_its_host_says_nothing() {
        // Takes connections, and never a word.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let (visitor, url) = (visitor(), url_of(&silent));
        let deadline = Instant::now() + Duration::from_millis(50);
        let found = Search { visitor: &visitor, url: &url, deadline }.go().await;
        let words = found.err().unwrap().to_string();
        assert!(words.contains("took more than 5 minutes in all"), "{words}");
    }

    /// Meets its match in everything.
    struct Panics(Url);

    impl Adapter for Panics {
        fn start(&self) -> Request {
            Request { url: self.0.clone(), step: Step::Listing, accept: "*/*" }
        }

        fn read(&self, _: &Response<'_>) -> Result<Page, Unreadable> {
            panic!("a parser met its match")
        }
    }

    #[tokio::test]
    async fn a_parser_that_panics_in_a_search_is_a_sentence() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (visitor, url) = (visitor(), url_of(&listener));
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx").unwrap();
        });
        let deadline = Instant::now() + VISIT_LIMIT;
        let adapter: Arc<dyn Adapter> = Arc::new(Panics(url.clone()));
        let search = Search { visitor: &visitor, url: &url, deadline };
        let words = sentence(search.fetch("feed", &adapter, &adapter.start(), Manner::Feed).await);
        assert!(words.contains("stumbles over: please report it"), "{words}");
        server.join().unwrap();
    }
}
