//! A visitor with a clock, a memory of posts, and sources in a language of their own.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use overheard::adapters::{Adapter, Follow, Page, Request, Response, Skipped, Step, Unreadable};
use overheard::clock::{Clock, FixedClock};
use overheard::crawl::http::{Manner, Settings};
use overheard::crawl::visit::{Due, Visited, Visitor};
use overheard::post::Said;
use overheard::source::{Owner, Source, Speaker, Voice};
use overheard::visit::{FailureKind, Memory, Outcome};

use super::server::Asked;
use super::{clock, http, request};

/// Reads a little language of its own, a line a thing: `post KEY` or `post KEY TIME`, `next PATH`, `next-unless PATH KEY`
/// (where that post is not known), `article PATH KEY`, `bad`, `ttl MINUTES`, `panic`; a body that begins with `<html` is a web page.
pub(super) struct Lines(pub(super) Request);

impl Adapter for Lines {
    fn start(&self) -> Request {
        self.0.clone()
    }

    fn read(&self, response: &Response<'_>) -> Result<Page, Unreadable> {
        let text = String::from_utf8_lossy(response.body);
        if text.starts_with("<html") {
            return Err(Unreadable::WebPage { feeds: vec![] });
        }
        let mut page = Page::default();
        let follow = |path: &str, step, unless_known| Follow {
            request: Request { url: response.url.join(path).unwrap(), step, accept: "text/html" },
            unless_known,
            listed: None,
        };
        for line in text.lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["post", key] => page.posts.push(Said { key: key.into(), ..Said::default() }),
                ["post", key, at] => page.posts.push(Said {
                    key: key.into(),
                    published: Some(at.parse().unwrap()),
                    ..Said::default()
                }),
                ["next-unless", path, key] => {
                    page.follow.push(follow(path, Step::Listing, Some(key.into())));
                }
                ["next", path] => page.follow.push(follow(path, Step::Listing, None)),
                ["article", path, key] => {
                    page.follow.push(follow(path, Step::Article, Some(key.into())));
                }
                ["bad"] => {
                    page.skipped.push(Skipped { place: "here".into(), why: "bad".into() });
                }
                ["ttl", minutes] => {
                    let minutes = minutes.parse().unwrap();
                    page.hints.interval = Some(std::time::Duration::from_mins(minutes));
                }
                ["panic"] => panic!("a parser met its match"),
                _ => {}
            }
        }
        Ok(page)
    }
}

/// A world with one visitor, who remembers the posts of every visit.
pub(super) struct World {
    pub(super) visitor: Visitor,
    pub(super) clock: Arc<FixedClock>,
    pub(super) kept: Arc<Mutex<BTreeSet<String>>>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let (clock, kept) = (Arc::new(clock()), Arc::new(Mutex::new(BTreeSet::new())));
        let seen = Arc::clone(&kept);
        let known = Arc::new(move |_: &_, key: &str| seen.lock().unwrap().contains(key));
        let (http, recall) = (http(change), Arc::new(|_: &_, _: &str| None));
        let visitor = Visitor { http, clock: Arc::clone(&clock) as Arc<dyn Clock>, known, recall };
        Self { visitor, clock, kept }
    }

    /// Visits, keeps the posts, and moves the clock on by an hour.
    pub(super) async fn visit(&self, url: &str, memory: Memory) -> Visited {
        self.visit_as(Manner::Feed, url, memory).await
    }

    pub(super) async fn visit_as(&self, listing: Manner, url: &str, memory: Memory) -> Visited {
        let visited = self.visitor.visit(due("a", url, listing, memory)).await;
        self.kept.lock().unwrap().extend(visited.posts.iter().map(|said| said.key.clone()));
        self.clock.advance(SignedDuration::from_hours(1));
        visited
    }
}

pub(super) fn due(id: &str, url: &str, listing: Manner, memory: Memory) -> Due {
    let source = Source {
        id: id.parse().unwrap(),
        kind: "lines",
        owner: Owner::named("test"),
        voice: Voice::Blog,
        speaker: Speaker::Owner,
        tags: vec![],
        language: None,
        every: None,
        paused: false,
    };
    Due { source, adapter: Arc::new(Lines(request(url))), listing, memory }
}

pub(super) fn keys(visited: &Visited) -> Vec<&str> {
    visited.posts.iter().map(|said| said.key.as_str()).collect()
}

pub(super) fn failure_kind(visited: &Visited) -> Option<FailureKind> {
    match &visited.visit.outcome {
        Outcome::Failed(failure) => Some(failure.kind),
        _ => None,
    }
}

/// The posts of a visit that read something, those of them that were new, and what was skipped.
pub(super) fn read(visited: &Visited) -> (usize, usize, usize) {
    match visited.visit.outcome {
        Outcome::Read { posts, new, skipped, .. } => (posts, new, skipped),
        ref other => panic!("it was not read: {other:?}"),
    }
}

pub(super) fn conditional(asked: &Asked) -> bool {
    asked.header("If-None-Match").is_some() || asked.header("If-Modified-Since").is_some()
}
