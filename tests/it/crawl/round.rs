//! A round: many sources side by side, and what one host does to the others.

use std::sync::Arc;

use jiff::SignedDuration;
use overheard::clock::Clock as _;
use overheard::crawl::http::Manner;
use overheard::crawl::round::ROUND_LIMIT;
use overheard::crawl::visit::{Due, Visited};
use overheard::visit::{FailureKind, Memory, Outcome};
use tokio::sync::mpsc;

use super::server::{Reply, Server, answer, ok};
use super::world::{Lines, World, due, failure_kind};
use super::{morning, request};

#[tokio::test]
async fn a_hanging_host_delays_no_other() {
    let hanging = Server::start(|_| Reply::Silence);
    let servers: Vec<Server> =
        (0..6).map(|n| Server::start(move |_| ok(&[], &format!("post {n}")))).collect();
    let world = World::with(|settings| settings.first_byte_timeout_ms = 400);
    // Three sources of the hanging host come first: they take up one place, not three.
    let mut all: Vec<Due> = (0..3)
        .map(|n| due(&format!("h{n}"), &hanging.url("/"), Manner::Feed, Memory::default()))
        .collect();
    all.extend(servers.iter().enumerate().map(|(n, server)| {
        due(&format!("s{n}"), &server.url("/"), Manner::Feed, Memory::default())
    }));
    let (sender, mut receiver) = mpsc::channel(1);
    let round = tokio::spawn(async move { world.visitor.visit_all(all, 2, sender).await });
    let mut order = Vec::new();
    while let Some(visited) = receiver.recv().await {
        order.push(visited.visit.source.to_string());
    }
    round.await.unwrap();
    assert_eq!(order.len(), 9);
    assert!(order[..6].iter().all(|id| id.starts_with('s')), "{order:?}");
    // It is waited for once.
    assert_eq!(hanging.paths().len(), 1);
}

#[tokio::test]
async fn a_round_ends_when_nobody_listens_any_more() {
    let server = Server::start(|_| ok(&[], "post a"));
    let all: Vec<Due> = (0..50)
        .map(|n| due(&format!("s{n}"), &server.url("/"), Manner::Feed, Memory::default()))
        .collect();
    let world = World::new();
    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    world.visitor.visit_all(all, 4, sender).await;
    assert_eq!(server.paths().len(), 1);
}

#[tokio::test]
async fn t4_what_a_host_said_before_a_restart_holds_for_its_other_sources() {
    let server = Server::start(|_| answer("429 Slow Down", &["Retry-After: 7200"], b""));
    let world = World::new();
    let busy = world.visit(&server.url("/a"), Memory::default()).await;
    let restarted = World::new();
    restarted.visitor.keep_quiet(&Lines(request(&server.url("/a"))), &busy.memory).await;
    let left_alone = restarted.visit(&server.url("/b"), Memory::default()).await;
    assert_eq!(failure_kind(&left_alone), Some(FailureKind::Busy));
    assert_eq!(left_alone.visit.requests, 0);
    assert_eq!(server.paths(), ["/a"]);
}

#[tokio::test]
async fn t4_a_new_address_at_a_host_that_asked_for_quiet_waits_and_one_elsewhere_does_not() {
    let busy = Server::start(|_| answer("429 Slow Down", &["Retry-After: 7200"], b""));
    let calm = Server::start(|_| ok(&[], "post a"));
    let refused = World::new().visit(&busy.url("/a"), Memory::default()).await;
    for (url, asked) in [(busy.url("/b"), 0), (calm.url("/"), 1)] {
        let world = World::new();
        world.visitor.keep_quiet(&Lines(request(&url)), &refused.memory).await;
        let visited = world.visit(&url, refused.memory.clone()).await;
        assert_eq!(visited.visit.requests, asked, "{url}");
    }
}

/// Visits all of these in one round.
pub(super) async fn round(world: &World, all: Vec<Due>) -> Vec<Visited> {
    let (sender, mut receiver) = mpsc::channel(100);
    world.visitor.visit_all(all, 1, sender).await;
    let mut visited = Vec::new();
    while let Ok(one) = receiver.try_recv() {
        visited.push(one);
    }
    visited
}

#[tokio::test]
async fn a_silent_host_is_waited_for_once_a_round_and_its_other_sources_fail_as_the_first_did() {
    let silent = Server::start(|_| Reply::Silence);
    let world = World::with(|settings| settings.first_byte_timeout_ms = 100);
    let all: Vec<Due> = (0..20)
        .map(|n| due(&format!("s{n}"), &silent.url("/"), Manner::Feed, Memory::default()))
        .collect();
    let visited = round(&world, all).await;
    assert_eq!(visited.len(), 20);
    assert_eq!(silent.paths().len(), 1);
    for (n, one) in visited.iter().enumerate() {
        assert_eq!(failure_kind(one), Some(FailureKind::Timeout));
        assert_eq!((one.visit.requests, one.memory.failures), (u32::from(n == 0), 1));
        assert!(one.memory.next_visit > Some(world.clock.now()));
        let Outcome::Failed(failure) = &one.visit.outcome else { unreachable!() };
        assert_eq!(failure.sentence.starts_with("not asked"), n > 0, "{}", failure.sentence);
    }
    // The next round asks again.
    let again = due("s0", &silent.url("/"), Manner::Feed, Memory::default());
    round(&world, vec![again]).await;
    assert_eq!(silent.paths().len(), 2);
}

#[tokio::test]
async fn a_host_that_answers_but_fails_or_leads_to_a_silent_one_is_asked_for_every_source() {
    let silent = Server::start(|_| Reply::Silence);
    let elsewhere = format!("Location: {}", silent.url("/"));
    let server = Server::start(move |asked| match asked.path() {
        "/moved" => answer("302 Found", &[&elsewhere], b""),
        "/broken" => answer("500 Oops", &[], b""),
        _ => ok(&[], "post a"),
    });
    let world = World::with(|settings| settings.first_byte_timeout_ms = 100);
    let all = ["/moved", "/broken", "/fine"]
        .map(|path| due(&path[1..], &server.url(path), Manner::Feed, Memory::default()));
    let visited = round(&world, all.into()).await;
    let kinds: Vec<_> = visited.iter().map(failure_kind).collect();
    assert_eq!(kinds, [Some(FailureKind::Timeout), Some(FailureKind::Status), None]);
}

#[tokio::test]
async fn what_a_round_has_no_time_for_stays_due_and_comes_first_the_next_time() {
    let world = World::new();
    let clock = Arc::clone(&world.clock);
    let slow = Server::start(move |_| {
        clock.advance(ROUND_LIMIT);
        ok(&[], "post a")
    });
    let other = Server::start(|_| ok(&[], "post b"));
    let waited = |minutes| Memory {
        next_visit: Some(morning() - SignedDuration::from_mins(minutes)),
        ..Memory::default()
    };
    let all = vec![
        due("third", &other.url("/"), Manner::Feed, waited(1)),
        due("second", &slow.url("/2"), Manner::Feed, waited(2)),
        due("first", &slow.url("/1"), Manner::Feed, waited(3)),
    ];
    let visited = round(&world, all).await;
    let order: Vec<_> = visited.iter().map(|one| one.visit.source.to_string()).collect();
    assert_eq!(order, ["first"]);
    assert_eq!(slow.paths(), ["/1"]);
    assert!(other.paths().is_empty());
}

#[tokio::test]
async fn hosts_that_hang_give_their_place_to_others_however_many_they_are() {
    let hanging: Vec<Server> = (0..6).map(|_| Server::start(|_| Reply::Silence)).collect();
    let fine: Vec<Server> = (0..6).map(|_| Server::start(|_| ok(&[], "post a"))).collect();
    let world = World::with(|settings| {
        // Silence is a twelfth of the whole: 50 ms.
        settings.whole_timeout_ms = 600;
    });
    // One place, and those that hang are first in the queue: they waited longest.
    let waited = |minutes| Memory {
        next_visit: Some(morning() - SignedDuration::from_mins(minutes)),
        ..Memory::default()
    };
    let hanging = hanging.iter().enumerate().map(|(n, server)| (format!("h{n}"), server, 9));
    let fine = fine.iter().enumerate().map(|(n, server)| (format!("s{n}"), server, 1));
    let all = hanging
        .chain(fine)
        .map(|(id, server, minutes)| due(&id, &server.url("/"), Manner::Feed, waited(minutes)))
        .collect();
    let order: Vec<String> =
        round(&world, all).await.iter().map(|one| one.visit.source.to_string()).collect();
    assert_eq!(order.len(), 12);
    assert!(order[..6].iter().all(|id| id.starts_with('s')), "{order:?}");
}
