//! What one visit leaves in the memory of its source.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Unit};
use overheard::clock::Clock as _;
use overheard::crawl::http::Manner;
use overheard::crawl::schedule::{as_configured, is_due};
use overheard::visit::{FailureKind, Hints, Memory, Outcome, Validators};

use super::morning;
use super::server::{Reply, Server, answer, ok};
use super::world::{World, conditional, due, failure_kind, keys, read};

#[tokio::test]
async fn c1_only_the_first_fetch_is_unconditional_and_c5_a_304_is_a_success() {
    let server = Server::start(|asked| match asked.header("If-None-Match") {
        Some("\"1\"") => answer("304 Not Modified", &["Last-Modified: then"], b""),
        Some(_) => answer("304 Not Modified", &["ETag: \"1\""], b""),
        None => ok(&["ETag: \"0\"", "Last-Modified: now"], "post a"),
    });
    let (world, url) = (World::new(), server.url("/"));
    let first = world.visit(&url, Memory::default()).await;
    assert_eq!(read(&first), (1, 1, 0));
    let second = world.visit(&url, first.memory).await;
    assert_eq!(second.visit.outcome, Outcome::Unchanged);
    assert_eq!(second.memory.failures, 0);
    assert_eq!(second.memory.last_success, Some(second.visit.at));
    let validators = |etag: &str, modified: &str| Validators {
        etag: Some(etag.into()),
        last_modified: Some(modified.into()),
    };
    assert_eq!(second.memory.validators, validators("\"1\"", "now"));
    let third = world.visit(&url, second.memory).await;
    assert_eq!(third.memory.validators, validators("\"1\"", "then"));
    let were_conditional: Vec<bool> = server.asked().iter().map(conditional).collect();
    assert_eq!(were_conditional, [false, true, true]);
}

#[tokio::test]
async fn c4_a_new_etag_with_the_same_date_replaces_the_old_one() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let n = count.fetch_add(1, Ordering::SeqCst);
        ok(&[&format!("ETag: \"{n}\""), "Last-Modified: same"], &format!("post {n}"))
    });
    let (world, url) = (World::new(), server.url("/"));
    let first = world.visit(&url, Memory::default()).await;
    let second = world.visit(&url, first.memory).await;
    assert_eq!(second.memory.validators.etag.as_deref(), Some("\"1\""));
    assert_eq!(second.memory.validators.last_modified.as_deref(), Some("same"));
}

#[tokio::test]
async fn c6_a_200_without_validators_clears_the_old_ones() {
    let server = Server::start(|asked| match asked.header("If-None-Match") {
        None => ok(&["ETag: \"1\""], "post a"),
        Some(_) => ok(&[], "post b"),
    });
    let (world, url) = (World::new(), server.url("/"));
    let first = world.visit(&url, Memory::default()).await;
    assert_eq!(first.memory.validators.etag.as_deref(), Some("\"1\""));
    let second = world.visit(&url, first.memory).await;
    assert_eq!(second.memory.validators, Validators::default());
}

#[tokio::test]
async fn c8_the_same_bytes_are_not_processed_again() {
    let server = Server::start(|_| ok(&["ETag: W/\"odd\""], "post a\nttl 300"));
    let (world, url) = (World::new(), server.url("/"));
    let first = world.visit(&url, Memory::default()).await;
    let second = world.visit(&url, first.memory).await;
    assert_eq!(second.visit.outcome, Outcome::Unchanged);
    assert_eq!(second.posts, []);
    assert_eq!(second.memory.validators.etag.as_deref(), Some("W/\"odd\""));
    // What the feed said of when to come back still holds.
    let wait = second.memory.next_visit.unwrap().duration_since(second.visit.at);
    assert!(wait >= SignedDuration::from_mins(300), "{wait}");
    assert_eq!(second.memory.hints, Hints { interval: Some(wait_of(300)), ..Hints::default() });
}

fn wait_of(minutes: u64) -> std::time::Duration {
    std::time::Duration::from_mins(minutes)
}

#[tokio::test]
async fn c9_a_server_that_says_304_for_ever_is_found_out() {
    let changed = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&changed);
    let server =
        Server::start(move |asked| match (conditional(asked), seen.load(Ordering::SeqCst)) {
            (true, _) => answer("304 Not Modified", &[], b""),
            (false, false) => ok(&["ETag: \"1\""], "post a"),
            (false, true) => ok(&["ETag: \"1\""], "post b"),
        });
    let (world, url) = (World::new(), server.url("/"));
    let mut visited = world.visit(&url, Memory::default()).await;
    visited = world.visit(&url, visited.memory).await;
    changed.store(true, Ordering::SeqCst);
    visited = world.visit(&url, visited.memory).await;
    assert_eq!(visited.visit.outcome, Outcome::Unchanged);
    assert!(!visited.memory.validators_lie);
    world.clock.advance(SignedDuration::from_hours(7 * 24));
    visited = world.visit(&url, visited.memory).await;
    assert_eq!(keys(&visited), ["b"]);
    assert!(visited.memory.validators_lie);
    world.visit(&url, visited.memory).await;
    let were_conditional: Vec<bool> = server.asked().iter().map(conditional).collect();
    assert_eq!(were_conditional, [false, true, true, false, false]);
}

#[tokio::test]
async fn c9_a_post_newer_than_the_last_304_is_no_lie_and_an_older_one_is() {
    // The last 304 comes on the sixth day, the question for everything on the seventh.
    for (said, lies) in [("2026-03-08T20:00:00Z", false), ("2026-03-05T06:00:00Z", true)] {
        let changed = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&changed);
        let server = Server::start(move |asked| match seen.load(Ordering::SeqCst) {
            _ if conditional(asked) => answer("304 Not Modified", &[], b""),
            false => ok(&["ETag: \"1\""], "post a 2026-03-01T06:00:00Z"),
            true => ok(&["ETag: \"2\""], &format!("post b {said}")),
        });
        let (world, url) = (World::new(), server.url("/"));
        let mut memory = Memory::default();
        for _ in 0..7 {
            memory = world.visit(&url, memory).await.memory;
            world.clock.advance(SignedDuration::from_hours(23));
        }
        changed.store(true, Ordering::SeqCst);
        let visited = world.visit(&url, memory).await;
        assert_eq!(keys(&visited), ["b"]);
        assert_eq!(visited.memory.validators_lie, lies, "{said}");
    }
}

#[tokio::test]
async fn c9_an_honest_304_is_believed_on() {
    let server = Server::start(|asked| {
        if conditional(asked) {
            answer("304 Not Modified", &[], b"")
        } else {
            ok(&["ETag: \"1\""], "post a")
        }
    });
    let (world, url) = (World::new(), server.url("/"));
    let mut visited = world.visit(&url, Memory::default()).await;
    visited = world.visit(&url, visited.memory).await;
    world.clock.advance(SignedDuration::from_hours(7 * 24));
    visited = world.visit(&url, visited.memory).await;
    assert_eq!(visited.visit.outcome, Outcome::Unchanged);
    assert!(!visited.memory.validators_lie);
    visited = world.visit(&url, visited.memory).await;
    let were_conditional: Vec<bool> = server.asked().iter().map(conditional).collect();
    assert_eq!(were_conditional, [false, true, false, true]);
    assert_eq!(visited.memory.failures, 0);
}

#[tokio::test]
async fn s2_a_410_retires_the_source() {
    let server = Server::start(|_| answer("410 Gone", &[], b""));
    let world = World::new();
    let gone = world.visit(&server.url("/"), Memory::default()).await;
    assert_eq!(failure_kind(&gone), Some(FailureKind::Gone));
    assert!(gone.memory.retired);
}

#[tokio::test]
async fn s3_a_web_page_where_a_feed_was_is_a_failure_and_its_validators_are_not_kept() {
    let page = Arc::new(AtomicBool::new(false));
    let now_a_page = Arc::clone(&page);
    let server = Server::start(move |_| {
        if now_a_page.load(Ordering::SeqCst) {
            ok(&["ETag: \"page\""], "<html>Our site is new!")
        } else {
            ok(&["ETag: \"feed\""], "post a")
        }
    });
    let (world, url) = (World::new(), server.url("/"));
    let first = world.visit(&url, Memory::default()).await;
    page.store(true, Ordering::SeqCst);
    let second = world.visit(&url, first.memory).await;
    assert_eq!(failure_kind(&second), Some(FailureKind::NotAFeed));
    assert_eq!(second.memory.failures, 1);
    assert_eq!(second.memory.validators.etag.as_deref(), Some("\"feed\""));
    let Outcome::Failed(failure) = second.visit.outcome else { unreachable!() };
    assert!(failure.sentence.contains("the feed became a web page"), "{}", failure.sentence);
}

#[tokio::test]
async fn a_parser_that_panics_fails_its_own_visit_only() {
    let server = Server::start(|_| ok(&["ETag: \"1\""], "post a\npanic"));
    let world = World::new();
    let visited = world.visit(&server.url("/"), Memory::default()).await;
    assert_eq!(failure_kind(&visited), Some(FailureKind::NotAFeed));
    assert_eq!(visited.memory.validators, Validators::default());
    let next = visited.memory.next_visit.unwrap();
    assert!(next > morning() + SignedDuration::from_hours(1));
}

#[tokio::test]
async fn a_body_that_broke_off_is_read_and_vouched_for_by_nothing() {
    let server = Server::start(|_| {
        Reply::Bytes(
            b"HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 99\r\n\r\npost a\n".to_vec(),
        )
    });
    let visited = World::new().visit(&server.url("/"), Memory::default()).await;
    assert_eq!(keys(&visited), ["a"]);
    assert_eq!(visited.memory.validators, Validators::default());
    assert_eq!(visited.memory.body_hash, None);
}

const RECENTLY: SignedDuration = SignedDuration::from_hours(1);

#[tokio::test]
async fn a_changed_wish_counts_from_the_last_visit_on_and_an_unchanged_one_changes_nothing() {
    let server = Server::start(|asked| match asked.path() {
        "/fails" => answer("500 Oh", &[], b""),
        _ => ok(&["ETag: \"1\""], "post a"),
    });
    let world = World::new();
    let read = world.visit(&server.url("/"), Memory::default()).await;
    let planned = |url: &str, memory: &Memory, every: Option<u64>| {
        let mut due = due("a", &server.url(url), Manner::Feed, memory.clone());
        due.source.every = every.map(Duration::from_mins);
        as_configured(due.memory, &due.source, &*due.adapter).next_visit.unwrap()
    };
    let next = read.memory.next_visit.unwrap();
    assert_eq!(planned("/", &read.memory, None), next);
    assert!(planned("/", &read.memory, Some(600)) > next);
    // Who was read within an hour is asked no sooner than was planned.
    let seldom = Memory { next_visit: Some(next + SignedDuration::from_hours(23)), ..read.memory };
    let after = |memory: &Memory, every: u64| {
        let sooner = planned("/", memory, Some(every)) - memory.last_success.unwrap();
        sooner.total(Unit::Minute).unwrap()
    };
    assert!((60.0..60.1).contains(&after(&seldom, 20)), "{}", after(&seldom, 20));
    assert!((120.0..135.0).contains(&after(&seldom, 120)), "{}", after(&seldom, 120));
    let soon = Memory { next_visit: Some(next), ..seldom };
    assert_eq!(planned("/", &soon, Some(20)), next.min(soon.last_success.unwrap() + RECENTLY));
    // Who fails is not asked sooner by wishing.
    let failed = world.visit(&server.url("/fails"), Memory::default()).await;
    assert_eq!(planned("/fails", &failed.memory, Some(15)), failed.memory.next_visit.unwrap());
}

#[tokio::test]
async fn s2_a_retired_source_is_read_again_at_a_new_address_and_only_there() {
    let server = Server::start(|asked| match asked.path() {
        "/old" => answer("410 Gone", &[], b""),
        _ => ok(&["ETag: \"1\""], "post a"),
    });
    let world = World::new();
    let gone = world.visit(&server.url("/old"), Memory::default()).await;
    let stays = due("a", &server.url("/old"), Manner::Feed, gone.memory.clone());
    let now = world.clock.now() + SignedDuration::from_hours(24 * 400);
    assert!(!is_due(&as_configured(gone.memory.clone(), &stays.source, &*stays.adapter), now));
    let moved = due("a", &server.url("/new"), Manner::Feed, gone.memory);
    let memory = as_configured(moved.memory, &moved.source, &*moved.adapter);
    assert!(is_due(&memory, world.clock.now()));
    let read_again = world.visit(&server.url("/new"), memory).await;
    assert_eq!(keys(&read_again), ["a"]);
    assert_eq!((read_again.memory.retired, read_again.memory.failures), (false, 0));
}
