use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;
use overheard::visit::{FailureKind, Memory, Moved, Outcome};

use super::server::{Reply, Server, answer, ok};
use super::world::{World, conditional, failure_kind};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A site whose `/feed` answers what `way` says, and whose other paths are feeds.
fn site(way: impl Fn() -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |asked| match asked.path() {
        "/feed" => way(),
        _ if conditional(asked) => answer("304 Not Modified", &[], b""),
        _ => ok(&["ETag: \"1\""], "post a"),
    })
}

fn leads(status: &'static str, to: &'static str) -> Reply {
    answer(status, &[&format!("Location: {to}")], b"")
}

/// Visits once a day for so many days, and gives the memory after each visit.
async fn daily(world: &World, url: &str, days: usize, mut memory: Memory) -> Vec<Memory> {
    let mut memories = Vec::new();
    for _ in 0..days {
        memory = world.visit(url, memory).await.memory;
        // The visit has moved the clock on by an hour.
        world.clock.advance(DAY - SignedDuration::from_hours(1));
        memories.push(memory.clone());
    }
    memories
}

fn adopted(memories: &[Memory]) -> Vec<bool> {
    let is_adopted = |moved: &Moved| moved.adopted.is_some();
    memories.iter().map(|memory| memory.moved.as_ref().is_some_and(is_adopted)).collect()
}

#[tokio::test]
async fn s1_a_move_for_good_is_followed_each_time_and_adopted_after_3_over_3_days() {
    for status in ["301 Moved", "308 Moved"] {
        let server = site(move || leads(status, "/new"));
        let world = World::new();
        let memories = daily(&world, &server.url("/feed"), 5, Memory::default()).await;
        assert_eq!(adopted(&memories), [false, false, false, true, true], "{status}");
        let paths = server.paths();
        assert_eq!(
            paths,
            ["/feed", "/new", "/feed", "/new", "/feed", "/new", "/feed", "/new", "/new"]
        );
        // It was asked "has it changed?" all the while.
        let were_conditional = server.asked().iter().filter(|asked| conditional(asked)).count();
        assert_eq!(were_conditional, 4);
        assert_eq!(memories[4].last.as_ref().unwrap().outcome, Outcome::Unchanged);
    }
}

#[tokio::test]
async fn s1_three_within_an_afternoon_are_not_enough() {
    let server = site(|| leads("301 Moved", "/new"));
    let world = World::new();
    let mut memory = Memory::default();
    for _ in 0..9 {
        memory = world.visit(&server.url("/feed"), memory).await.memory;
    }
    assert_eq!(memory.moved.as_ref().map(|moved| moved.times), Some(9));
    assert_eq!(adopted(&[memory]), [false]);
}

#[tokio::test]
async fn s1_302_303_and_307_are_never_adopted_nor_a_way_that_holds_one() {
    for status in ["302 Found", "303 See Other", "307 Temporary Redirect"] {
        let server = site(move || leads(status, "/new"));
        let memories = daily(&World::new(), &server.url("/feed"), 6, Memory::default()).await;
        assert!(memories.iter().all(|memory| memory.moved.is_none()), "{status}");
    }
    let mixed = Server::start(|asked| match asked.path() {
        "/feed" => leads("301 Moved", "/then"),
        "/then" => leads("302 Found", "/new"),
        _ => ok(&[], "post a"),
    });
    let memories = daily(&World::new(), &mixed.url("/feed"), 6, Memory::default()).await;
    assert!(memories.iter().all(|memory| memory.moved.is_none()));
}

#[tokio::test]
async fn s1_moves_to_different_places_or_to_nothing_readable_are_not_adopted() {
    let count = AtomicUsize::new(0);
    let wanders = site(move || {
        let to = ["/a", "/b"][count.fetch_add(1, Ordering::SeqCst) % 2];
        leads("301 Moved", to)
    });
    let memories = daily(&World::new(), &wanders.url("/feed"), 8, Memory::default()).await;
    assert_eq!(adopted(&memories), [false; 8]);

    let page = Server::start(|asked| match asked.path() {
        "/feed" => leads("301 Moved", "/home"),
        _ => ok(&[], "<html>Welcome"),
    });
    let memories = daily(&World::new(), &page.url("/feed"), 8, Memory::default()).await;
    assert!(memories.iter().all(|memory| memory.moved.is_none()));
}

#[tokio::test]
async fn s1_an_adoption_is_undone_when_the_new_place_fails_or_the_old_one_is_back() {
    // After so many days `/feed` is itself again.
    let day = Arc::new(AtomicUsize::new(0));
    let today = Arc::clone(&day);
    let server = Server::start(move |asked| match (asked.path(), today.load(Ordering::SeqCst)) {
        ("/feed", 0) => leads("301 Moved", "/new"),
        ("/new", 2) => answer("410 Gone", &[], b""),
        _ => ok(&[], "post a"),
    });
    let (world, url) = (World::new(), server.url("/feed"));
    let settled = daily(&world, &url, 5, Memory::default()).await.pop().unwrap();

    day.store(1, Ordering::SeqCst);
    let asked_so_far = server.paths().len();
    let memories = daily(&world, &url, 8, settled.clone()).await;
    // A week after it was adopted (two days ago) the configured address is asked, and stands.
    assert_eq!(adopted(&memories), [true, true, true, true, true, false, false, false]);
    assert_eq!(
        server.paths()[asked_so_far..],
        ["/new", "/new", "/new", "/new", "/new", "/feed", "/feed", "/feed"]
    );

    day.store(2, Ordering::SeqCst);
    let world = World::new();
    world.clock.advance(DAY * 5);
    let asked_so_far = server.paths().len();
    let gone = world.visit(&url, settled).await;
    assert_eq!(failure_kind(&gone), Some(FailureKind::Missing));
    assert!(!gone.memory.retired, "what is gone is not the source");
    let back = world.visit(&url, gone.memory).await;
    assert_eq!((failure_kind(&back), back.memory.moved), (None, None));
    assert_eq!(server.paths()[asked_so_far..], ["/new", "/feed"]);
}

/// A site that moved, whose old place answers `status` from the day on that is told.
fn lapsing(status: &'static str, day: &Arc<AtomicUsize>) -> Server {
    let today = Arc::clone(day);
    Server::start(move |asked| match (asked.path(), today.load(Ordering::SeqCst)) {
        ("/feed", 0) => leads("301 Moved", "/new"),
        ("/feed", _) | ("/new", 2) => answer(status, &[], b""),
        _ => ok(&[], "post a"),
    })
}

#[tokio::test]
async fn s1_a_move_outlives_the_old_address_and_is_asked_about_there_in_between() {
    for status in ["404 Not Found", "410 Gone", "500 Oops"] {
        let day = Arc::new(AtomicUsize::new(0));
        let server = lapsing(status, &day);
        let (world, url) = (World::new(), server.url("/feed"));
        let settled = daily(&world, &url, 4, Memory::default()).await.pop().unwrap();
        day.store(1, Ordering::SeqCst);
        let asked_so_far = server.paths().len();
        let memories = daily(&world, &url, 9, settled).await;
        let paths = &server.paths()[asked_so_far..];
        assert_eq!(paths[..6], ["/new"; 6], "{status}");
        // A week after it was adopted the old address is asked once; then the new one again.
        assert_eq!(paths[6..], ["/feed", "/new", "/new"], "{status}");
        assert!(memories.iter().all(|memory| !memory.retired), "{status}");
        assert_eq!(memories[8].failures, 0, "{status}");
    }
}

#[tokio::test]
async fn s1_where_the_new_place_fails_once_and_the_old_one_is_dead_both_are_asked_in_turn() {
    let day = Arc::new(AtomicUsize::new(0));
    let server = lapsing("500 Oops", &day);
    let (world, url) = (World::new(), server.url("/feed"));
    let settled = daily(&world, &url, 4, Memory::default()).await.pop().unwrap();
    let asked_so_far = server.paths().len();
    day.store(2, Ordering::SeqCst);
    let failing = daily(&world, &url, 3, settled).await.pop().unwrap();
    day.store(1, Ordering::SeqCst);
    let memories = daily(&world, &url, 2, failing).await;
    assert_eq!(server.paths()[asked_so_far..], ["/new", "/feed", "/new", "/feed", "/new"]);
    assert_eq!((memories[0].failures, memories[1].failures), (4, 0));
}

#[tokio::test]
async fn s1_a_source_is_retired_when_both_its_places_are_gone() {
    let day = Arc::new(AtomicUsize::new(0));
    let server = lapsing("410 Gone", &day);
    let (world, url) = (World::new(), server.url("/feed"));
    let settled = daily(&world, &url, 4, Memory::default()).await.pop().unwrap();
    day.store(2, Ordering::SeqCst);
    let memories = daily(&world, &url, 2, settled).await;
    assert_eq!([memories[0].retired, memories[1].retired], [false, true]);
}
