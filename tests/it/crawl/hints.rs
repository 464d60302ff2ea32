//! What servers and feeds ask of us, read by the real adapter, moves the next visit.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use overheard::adapters;
use overheard::crawl::http::Manner;
use overheard::crawl::visit::Due;
use overheard::visit::Memory;

use super::morning;
use super::server::{Reply, Server, answer, ok};
use super::world::{World, conditional, due};

/// A source at `url` that is read by the adapter for feeds.
fn feed(url: &str, memory: Memory) -> Due {
    let settings = toml::Table::from_iter([("url".to_owned(), url.into())]);
    let adapter = (adapters::kind("feed").unwrap().open)(settings).unwrap();
    Due { adapter: Arc::from(adapter), ..due("a", url, Manner::Feed, memory) }
}

fn rss(about: &str) -> String {
    format!(
        "<rss version=\"2.0\" xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\"><channel>\
        <title>A</title>{about}<item><guid>1</guid><title>One</title></item></channel></rss>"
    )
}

/// The memory after a first visit to a feed with this header that says this of itself.
async fn after_one_visit(header: &'static str, about: &'static str) -> Memory {
    let server = Server::start(move |_| ok(&[header, "ETag: \"1\""], &rss(about)));
    let world = World::new();
    let visited = world.visitor.visit(feed(&server.url("/"), Memory::default())).await;
    assert_eq!(visited.visit.outcome.failure(), None, "{header} {about}");
    visited.memory
}

#[tokio::test]
async fn t1_max_age_expires_ttl_and_update_period_each_put_off_the_next_visit() {
    for (header, about, minutes) in [
        ("X: y", "", 60),
        ("Cache-Control: public, max-age=10800", "", 180),
        ("Expires: Mon, 02 Mar 2026 10:00:00 GMT", "", 240),
        ("X: y", "<ttl>300</ttl>", 300),
        (
            "X: y",
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            360,
        ),
        ("Cache-Control: max-age=7200", "<ttl>90</ttl>", 120),
        (
            "Cache-Control: max-age=60",
            "<ttl>180</ttl><sy:updatePeriod>hourly</sy:updatePeriod>",
            180,
        ),
        ("X: y", "<ttl>30</ttl><sy:updatePeriod>daily</sy:updatePeriod>", 24 * 60),
        // Never outside the clamps, whatever is asked.
        ("Cache-Control: max-age=1", "<ttl>1</ttl>", 60),
        ("Cache-Control: max-age=99999999999", "", 24 * 60),
        ("X: y", "<sy:updatePeriod>yearly</sy:updatePeriod>", 24 * 60),
    ] {
        let memory = after_one_visit(header, about).await;
        let wait = memory.next_visit.unwrap().duration_since(morning());
        let (wait, least) = (Duration::try_from(wait).unwrap(), Duration::from_mins(minutes));
        assert!(wait >= least && wait <= least + least / 10, "{header} {about}: {wait:?}");
    }
}

#[tokio::test]
async fn t1_a_304_that_says_nothing_of_it_leaves_what_the_body_asked() {
    let server = Server::start(|asked| {
        if conditional(asked) {
            answer("304 Not Modified", &[], b"")
        } else {
            ok(&["ETag: \"1\"", "Cache-Control: max-age=36000"], &rss("<ttl>120</ttl>"))
        }
    });
    let (world, url) = (World::new(), server.url("/"));
    let first = world.visitor.visit(feed(&url, Memory::default())).await;
    let second = world.visitor.visit(feed(&url, first.memory)).await;
    let wait = second.memory.next_visit.unwrap().duration_since(morning());
    assert!(wait >= jiff::SignedDuration::from_hours(10), "{wait}");
}

#[tokio::test]
async fn t2_skip_hours_and_skip_days_of_a_feed_are_kept() {
    // The morning is a Monday, 6 o'clock GMT: an hour later is 7 o'clock.
    let hours = "<skipHours><hour>7</hour><hour>8</hour></skipHours>";
    let days = "<skipDays><day>Monday</day></skipDays>";
    for (about, day, hour) in [(hours, 2, 9), (days, 3, 0)] {
        let memory = after_one_visit("X: y", about).await;
        let next = memory.next_visit.unwrap().to_zoned(TimeZone::UTC);
        assert_eq!((next.day(), next.hour()), (day, hour), "{about}: {next}");
    }
}

#[tokio::test]
async fn r2_accept_names_the_types_of_feeds() {
    let server = Server::start(|_| ok(&[], &rss("")));
    World::new().visitor.visit(feed(&server.url("/"), Memory::default())).await;
    let accept = server.asked()[0].header("Accept").unwrap().to_owned();
    for kind in ["application/rss+xml", "application/atom+xml", "application/feed+json"] {
        assert!(accept.contains(kind), "{accept}");
    }
}

#[tokio::test]
async fn t5_nothing_is_asked_twice_after_an_error() {
    let failures: [fn() -> Reply; 4] = [
        || answer("500 Oops", &[], b""),
        || answer("429 Slow Down", &[], b""),
        || Reply::Bytes(vec![]),
        || Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".to_vec()),
    ];
    for failure in failures {
        let server = Server::start(move |_| failure());
        let visited = World::new().visit(&server.url("/"), Memory::default()).await;
        assert!(visited.visit.outcome.failure().is_some());
        assert_eq!((server.paths().len(), visited.visit.requests), (1, 1));
        let wait = visited.memory.next_visit.unwrap().duration_since(morning());
        assert!(wait >= jiff::SignedDuration::from_hours(1), "{wait}");
    }
}
