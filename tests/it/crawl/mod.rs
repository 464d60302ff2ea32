//! The polite client and the visit, against real servers on loopback.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what fails here fails its test")]

mod articles;
mod edited;
mod health;
mod hints;
mod hostile;
mod hosts;
mod http;
mod listing;
mod moves;
mod refused;
mod robots;
mod round;
mod schedule;
pub(crate) mod server;
mod tls;
mod visit;
mod world;

use jiff::Timestamp;
use overheard::adapters::{Request, Step};
use overheard::clock::FixedClock;
use overheard::crawl::http::{Ask, Body, Cost, Fetched, Http, Manner, Settings};
use overheard::visit::{Failure, FailureKind};

/// The moment at which every test begins.
fn morning() -> Timestamp {
    "2026-03-02T06:00:00Z".parse().unwrap()
}

/// A clock that stands at [`morning`].
fn clock() -> FixedClock {
    FixedClock::at(morning())
}

/// Settings for a server on loopback, in a hurry.
fn settings() -> Settings {
    Settings {
        allowed_hosts: vec!["127.0.0.1".into()],
        feed_gap_ms: 0,
        page_gap_ms: 0,
        ..Settings::default()
    }
}

/// A client that behaves as `change` says.
fn http(change: impl FnOnce(&mut Settings)) -> Http {
    let mut settings = settings();
    change(&mut settings);
    Http::new(settings).unwrap()
}

fn request(url: &str) -> Request {
    Request { url: url.parse().unwrap(), step: Step::Listing, accept: "application/rss+xml" }
}

/// Fetches a feed without validators.
async fn fetch(http: &Http, url: &str) -> Result<Fetched, Failure> {
    let request = request(url);
    let ask = Ask { request: &request, vouched: None, manner: Manner::Feed };
    http.fetch(&ask, &clock(), &mut Cost::default()).await
}

/// The body there is to be.
async fn body(http: &Http, url: &str) -> Body {
    match fetch(http, url).await {
        Ok(Fetched::Body(body)) => body,
        other => panic!("no body: {other:?}"),
    }
}

/// The failure there is to be.
async fn failure(http: &Http, url: &str) -> Failure {
    fetch(http, url).await.expect_err("it should fail")
}

/// The kind of failure there is to be.
async fn kind(http: &Http, url: &str) -> FailureKind {
    failure(http, url).await.kind
}
