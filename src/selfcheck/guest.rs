//! A guest and a host: one source on a server of ours, and the client that visits it.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::SelfcheckError;
use crate::adapters::{Request, Step};
use crate::clock::{Clock as _, FixedClock};
use crate::config::Market;
use crate::crawl::addresses::Places;
use crate::crawl::http::{Ask, Cost, Fetched, Http, Manner, Settings};
use crate::crawl::visit::{Due, Visited, Visitor};
use crate::visit::{Failure, Memory};
use crate::web::mirror::{Asked, Mirror, Reply};

/// The name of the site every check plays.
pub(super) const HOST: &str = "site.selfcheck.example";
/// Another name of the same site, for what may not be carried from one to the other.
pub(super) const OTHER_HOST: &str = "other.selfcheck.example";
/// The moment every check begins at: a Monday, six o'clock GMT.
pub(super) const BEGIN: i64 = 1_772_431_200;

/// A client at a site of ours.
pub(super) struct Guest {
    pub(super) site: Mirror,
    pub(super) visitor: Visitor,
    pub(super) clock: Arc<FixedClock>,
    pub(super) memory: Memory,
}

/// Settings with which nothing waits that need not.
pub(super) fn hurried(settings: &Settings) -> Settings {
    Settings {
        feed_gap_ms: 0,
        page_gap_ms: 0,
        first_byte_timeout_ms: settings.first_byte_timeout_ms.min(300),
        body_limit_bytes: settings.body_limit_bytes.min(64 * 1024),
        ..settings.clone()
    }
}

/// A feed of one post of this name, which says this of itself.
pub(super) fn feed(post: &str, about: &str) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>Site</title>{about}<item><guid>{post}</guid><title>{post}</title></item></channel></rss>"
    )
}

/// A 200 with this feed.
pub(super) fn ok(headers: &[&str], post: &str) -> Reply {
    Reply::of("200 OK", headers, feed(post, "").as_bytes())
}

/// A 304 with these headers.
pub(super) fn unchanged(headers: &[&str]) -> Reply {
    Reply::of("304 Not Modified", headers, b"")
}

/// An answer of this status and header, and nothing else.
pub(super) fn only(status: &str, header: &str) -> Reply {
    Reply::of(status, &[header], b"")
}

impl Guest {
    /// A client that behaves as `settings` say, at a site that answers so.
    pub(super) fn at(
        settings: &Settings,
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Result<Self, SelfcheckError> {
        let site = Mirror::open(answer)?;
        let begin = Timestamp::from_second(BEGIN).unwrap_or_default();
        let clock = Arc::new(FixedClock::at(begin));
        let visitor = visitor(settings, &site, &clock)?;
        Ok(Self { site, visitor, clock, memory: Memory::default() })
    }

    /// The same guest after its process ended and another began: what is stored is all it knows.
    pub(super) fn restart(&mut self, settings: &Settings) -> Result<(), SelfcheckError> {
        let hosts = self.visitor.http.changed_hosts();
        self.visitor = visitor(settings, &self.site, &self.clock)?;
        let hosts = hosts.into_iter().filter_map(|(host, memory)| Some((host, memory?)));
        self.visitor.http.recall(hosts.collect(), self.clock.now());
        Ok(())
    }

    /// Visits the feed at this path and remembers it as a run would.
    pub(super) async fn visit(&mut self, path: &str) -> Result<Visited, SelfcheckError> {
        let mut due = sources(&[("site", path)])?;
        let Some(mut due) = due.pop() else { unreachable!("one source was asked for") };
        due.memory = std::mem::take(&mut self.memory);
        let visited = self.visitor.visit(due).await;
        self.memory = visited.memory.clone();
        Ok(visited)
    }

    /// Visits so many times, with so much time between.
    pub(super) async fn visits(
        &mut self,
        times: usize,
        between: SignedDuration,
    ) -> Result<Vec<Visited>, SelfcheckError> {
        let mut all = Vec::new();
        for _ in 0..times {
            all.push(self.visit("/feed").await?);
            self.clock.advance(between);
        }
        Ok(all)
    }

    /// Fetches one URL of the site, or anywhere.
    pub(super) async fn fetch(&self, url: &str, manner: Manner) -> Result<Fetched, Failure> {
        let url = url::Url::parse(url).unwrap_or_else(|_| unreachable!("{url} is our own"));
        let request = Request { url, step: Step::Listing, accept: "*/*" };
        let ask = Ask { request: &request, vouched: None, manner };
        self.visitor.http.fetch(&ask, &*self.clock, &mut Cost::default()).await
    }

    /// How long after now the next visit may be, in minutes.
    pub(super) fn wait_minutes(&self) -> i64 {
        let next = self.memory.next_visit.unwrap_or(Timestamp::MIN);
        next.duration_since(self.clock.now()).as_mins()
    }
}

/// A URL of the site.
pub(super) fn url(path: &str) -> String {
    format!("http://{HOST}{path}")
}

/// Feeds at these paths, each with the id before it, never visited before.
pub(super) fn sources(feeds: &[(&str, &str)]) -> Result<Vec<Due>, SelfcheckError> {
    let toml = feeds.iter().fold(String::new(), |toml, (id, path)| {
        let url = url(path);
        toml + &format!(
            "[[source]]\nid = {id:?}\nkind = \"feed\"\nvoice = \"blog\"\nurl = {url:?}\n"
        )
    });
    let market = Market::parse(&[(PathBuf::from("selfcheck.toml"), toml)])?;
    let due = market.sources.into_iter().map(|listened| Due {
        source: listened.source,
        adapter: listened.adapter,
        listing: listened.listing,
        memory: Memory::default(),
    });
    Ok(due.collect())
}

/// A client that behaves as `settings` say, in a town of this site, that has kept nothing.
pub(super) fn visitor(
    settings: &Settings,
    site: &Mirror,
    clock: &Arc<FixedClock>,
) -> Result<Visitor, SelfcheckError> {
    let places = Places::all_at([HOST, OTHER_HOST], site.address());
    let http = Http::in_town(settings.clone(), &places)?;
    let (known, recall) = (Arc::new(|_: &_, _: &str| false), Arc::new(|_: &_, _: &str| None));
    Ok(Visitor { http, clock: Arc::clone(clock) as _, known, recall })
}
