use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use overheard::adapters::{Adapter, Follow, Page, Request, Response, Skipped, Step, Unreadable};
use overheard::clock::{Clock, FixedClock};
use overheard::crawl::http::{Manner, Settings};
use overheard::crawl::round::ROUND_LIMIT;
use overheard::crawl::schedule::{as_configured, is_due};
use overheard::crawl::visit::{ARTICLES_A_VISIT, Due, PAGES_A_VISIT, Visited, Visitor};
use overheard::post::Said;
use overheard::source::{Owner, Source, Speaker, Voice};
use overheard::visit::{FailureKind, Hints, Memory, Outcome, Validators};
use tokio::sync::mpsc;

use super::server::{Asked, Reply, Server, answer, ok};
use super::{clock, http, morning, request};

/// Reads a little language of its own, a line a thing: `post KEY`, `next PATH`, `next-unless PATH KEY`
/// (where that post is not known), `article PATH KEY`, `bad`, `ttl MINUTES`, `panic`; a body that begins with `<html` is a web page.
struct Lines(Request);

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
struct World {
    visitor: Visitor,
    clock: Arc<FixedClock>,
    kept: Arc<Mutex<BTreeSet<String>>>,
}

impl World {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let (clock, kept) = (Arc::new(clock()), Arc::new(Mutex::new(BTreeSet::new())));
        let seen = Arc::clone(&kept);
        let known = Arc::new(move |_: &_, key: &str| seen.lock().unwrap().contains(key));
        let visitor =
            Visitor { http: http(change), clock: Arc::clone(&clock) as Arc<dyn Clock>, known };
        Self { visitor, clock, kept }
    }

    /// Visits, keeps the posts, and moves the clock on by an hour.
    async fn visit(&self, url: &str, memory: Memory) -> Visited {
        self.visit_as(Manner::Feed, url, memory).await
    }

    async fn visit_as(&self, listing: Manner, url: &str, memory: Memory) -> Visited {
        let visited = self.visitor.visit(due("a", url, listing, memory)).await;
        self.kept.lock().unwrap().extend(visited.posts.iter().map(|said| said.key.clone()));
        self.clock.advance(SignedDuration::from_hours(1));
        visited
    }
}

fn due(id: &str, url: &str, listing: Manner, memory: Memory) -> Due {
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

fn keys(visited: &Visited) -> Vec<&str> {
    visited.posts.iter().map(|said| said.key.as_str()).collect()
}

fn failure_kind(visited: &Visited) -> Option<FailureKind> {
    match &visited.visit.outcome {
        Outcome::Failed(failure) => Some(failure.kind),
        _ => None,
    }
}

fn read(posts: usize, new: usize, skipped: usize) -> Outcome {
    Outcome::Read { posts, new, skipped, repairs: vec![] }
}

fn conditional(asked: &Asked) -> bool {
    asked.header("If-None-Match").is_some() || asked.header("If-Modified-Since").is_some()
}

#[tokio::test]
async fn c1_only_the_first_fetch_is_unconditional_and_c5_a_304_is_a_success() {
    let server = Server::start(|asked| match asked.header("If-None-Match") {
        Some("\"1\"") => answer("304 Not Modified", &["Last-Modified: then"], b""),
        Some(_) => answer("304 Not Modified", &["ETag: \"1\""], b""),
        None => ok(&["ETag: \"0\"", "Last-Modified: now"], "post a"),
    });
    let (world, url) = (World::new(), server.url("/"));
    let first = world.visit(&url, Memory::default()).await;
    assert_eq!(first.visit.outcome, read(1, 1, 0));
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
async fn a_listing_is_followed_only_while_it_holds_something_new() {
    let server = Server::start(|asked| match asked.path() {
        "/" => ok(&[], "post a\nnext /2"),
        "/2" => ok(&[], "post b\nnext /3"),
        "/3" => ok(&[], "post c\nnext /4"),
        _ => ok(&[], "post d"),
    });
    let world = World::new();
    world.kept.lock().unwrap().extend(["b".to_owned(), "c".to_owned()]);
    let visited = world.visit(&server.url("/"), Memory::default()).await;
    assert_eq!(server.paths(), ["/", "/2"]);
    assert_eq!(visited.visit.outcome, read(2, 1, 0));
    assert_eq!(visited.visit.requests, 2);
}

#[tokio::test]
async fn a_listing_without_end_is_left_after_a_few_pages() {
    let server = Server::start(|asked| {
        let page: usize = asked.path().trim_start_matches('/').parse().unwrap_or(0);
        ok(&["ETag: \"1\""], &format!("post {page}\nnext /{}", page + 1))
    });
    let visited = World::new().visit(&server.url("/0"), Memory::default()).await;
    assert_eq!(visited.visit.outcome, read(PAGES_A_VISIT, PAGES_A_VISIT, 0));
    assert_eq!(visited.memory.validators.etag.as_deref(), Some("\"1\""));
}

#[tokio::test]
async fn p1_articles_obey_robots_and_a_known_one_is_not_fetched() {
    let server = Server::start(|asked| match asked.path() {
        "/" => ok(&[], "article /old old\narticle /new new\narticle /private/x x\narticle /gone g"),
        "/robots.txt" => ok(&[], "User-agent: overheard\nDisallow: /private"),
        "/new" => ok(&[], "post new"),
        _ => answer("404 Not Found", &[], b""),
    });
    let world = World::new();
    world.kept.lock().unwrap().insert("old".into());
    let visited = world.visit(&server.url("/"), Memory::default()).await;
    assert_eq!(server.paths(), ["/", "/robots.txt", "/new", "/gone"]);
    assert_eq!(keys(&visited), ["new"]);
    // Two articles could not be read: items skipped, not a visit failed.
    assert_eq!(visited.visit.outcome, read(1, 1, 2));
    assert!(visited.skipped[0].why.contains("robots.txt"), "{:?}", visited.skipped);
    assert!(visited.skipped[1].why.contains("404"), "{:?}", visited.skipped);
    assert!(visited.memory.body_hash.is_some());
}

#[tokio::test]
async fn p1_a_listing_that_comes_under_robots_is_not_read_where_they_say_no() {
    let server = Server::start(|asked| match asked.path() {
        "/robots.txt" => ok(&[], "User-agent: *\nDisallow: /"),
        _ => ok(&[], "post a"),
    });
    let (world, url) = (World::new(), server.url("/blog"));
    let refused = world.visit_as(Manner::Page, &url, Memory::default()).await;
    assert_eq!(failure_kind(&refused), Some(FailureKind::Robots));
    assert_eq!(server.paths(), ["/robots.txt"]);
    // For a feed somebody subscribed to they are not asked.
    let read = world.visit(&url, Memory::default()).await;
    assert_eq!(keys(&read), ["a"]);
}

#[tokio::test]
async fn articles_beyond_the_limit_are_fetched_next_time() {
    let server = Server::start(|asked| match asked.path() {
        "/" if conditional(asked) => answer("304 Not Modified", &[], b""),
        "/" => {
            let lines: Vec<String> = (0..30).map(|n| format!("article /{n} {n}")).collect();
            ok(&["ETag: \"1\""], &lines.join("\n"))
        }
        "/robots.txt" => answer("404 Not Found", &[], b""),
        path => ok(&[], &format!("post {}", &path[1..])),
    });
    let (world, url) = (World::new(), server.url("/"));
    let first = world.visit(&url, Memory::default()).await;
    assert_eq!(first.posts.len(), ARTICLES_A_VISIT);
    assert_eq!(first.memory.validators, Validators::default());
    let second = world.visit(&url, first.memory).await;
    assert_eq!(second.posts.len(), 30 - ARTICLES_A_VISIT);
    let third = world.visit(&url, second.memory).await;
    assert_eq!(third.visit.outcome, Outcome::Unchanged);
}

#[tokio::test]
async fn an_article_host_that_is_silent_is_waited_for_once() {
    let silent = Server::start(|_| Reply::Hang);
    let lines: Vec<String> = (0..9).map(|n| format!("article {} {n}", silent.url("/x"))).collect();
    let lines: Vec<String> =
        lines.iter().enumerate().map(|(n, line)| line.replace("/x", &format!("/{n}"))).collect();
    let server = Server::start(move |_| ok(&["ETag: \"1\""], &lines.join("\n")));
    let world = World::with(|settings| settings.first_byte_timeout_ms = 100);
    let visited = world.visit(&server.url("/"), Memory::default()).await;
    assert_eq!(visited.visit.outcome, read(0, 0, 1));
    assert_eq!(silent.paths(), ["/robots.txt"]);
    assert_eq!(visited.memory.validators, Validators::default());
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

#[tokio::test]
async fn a_hanging_host_delays_no_other() {
    let hanging = Server::start(|_| Reply::Hang);
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

/// The paths asked since the last look.
fn since(server: &Server, looked: &mut usize) -> Vec<String> {
    let paths = server.paths().split_off(*looked);
    *looked += paths.len();
    paths
}

#[tokio::test]
async fn a_later_page_that_fails_is_owed_and_the_next_visit_goes_past_what_it_knows() {
    let broken = Arc::new(AtomicBool::new(true));
    let breaks = Arc::clone(&broken);
    let server = Server::start(move |asked| match asked.path() {
        "/" if conditional(asked) => answer("304 Not Modified", &[], b""),
        "/" => ok(&["ETag: \"1\""], "post a\nnext-unless /2 a"),
        "/2" if breaks.load(Ordering::SeqCst) => answer("500 Oops", &[], b""),
        "/2" => ok(&[], "post b\nnext-unless /3 b"),
        _ => ok(&[], "post c"),
    });
    let (world, url, mut looked) = (World::new(), server.url("/"), 0);
    let first = world.visit(&url, Memory::default()).await;
    assert_eq!(first.visit.outcome, read(1, 1, 1));
    assert_eq!(first.memory.validators, Validators::default());
    assert!(first.memory.gap);
    assert_eq!(since(&server, &mut looked), ["/", "/2"]);
    // It stays owed for as long as it fails.
    let second = world.visit(&url, first.memory).await;
    assert!(second.memory.gap);
    assert_eq!(since(&server, &mut looked), ["/", "/2"]);
    broken.store(false, Ordering::SeqCst);
    let third = world.visit(&url, second.memory).await;
    assert_eq!(keys(&third), ["c", "b", "a"]);
    assert!(!third.memory.gap);
    assert_eq!(third.memory.validators.etag.as_deref(), Some("\"1\""));
    assert_eq!(since(&server, &mut looked), ["/", "/2", "/3"]);
    let fourth = world.visit(&url, third.memory).await;
    assert_eq!(fourth.visit.outcome, Outcome::Unchanged);
}

#[tokio::test]
async fn a_later_page_that_broke_off_or_is_missing_is_owed_or_not() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\npost b\n".to_vec();
    let broken_html = ok(&[], "<html>Back soon!");
    for (second_page, gap) in [
        (cut, true),
        (bytes(broken_html), true),
        (bytes(answer("502 Oops", &[], b"")), true),
        (bytes(answer("404 Not Found", &[], b"")), false),
        (bytes(answer("410 Gone", &[], b"")), false),
        (bytes(answer("403 Forbidden", &[], b"")), false),
    ] {
        let shown = String::from_utf8_lossy(&second_page).into_owned();
        let server = Server::start(move |asked| match asked.path() {
            "/" => ok(&["ETag: \"1\""], "post a\nnext /2"),
            _ => Reply::Bytes(second_page.clone()),
        });
        let visited = World::new().visit(&server.url("/"), Memory::default()).await;
        assert_eq!(visited.memory.gap, gap, "{shown}");
        assert_eq!(visited.memory.validators == Validators::default(), gap, "{shown}");
    }
}

fn bytes(reply: Reply) -> Vec<u8> {
    match reply {
        Reply::Bytes(bytes) => bytes,
        Reply::Drip(_) | Reply::Hang => panic!("no whole answer"),
    }
}

#[tokio::test]
async fn an_article_that_fails_for_now_is_owed_and_needs_no_walk_past_known_posts() {
    let broken = Arc::new(AtomicBool::new(true));
    let breaks = Arc::clone(&broken);
    let server = Server::start(move |asked| match asked.path() {
        "/" if conditional(asked) => answer("304 Not Modified", &[], b""),
        "/" => ok(&["ETag: \"1\""], "article /a a\narticle /b b\narticle /c c"),
        "/a" if breaks.load(Ordering::SeqCst) => answer("500 Oops", &[], b""),
        "/c" => ok(&[], "<html>A film"),
        "/robots.txt" => answer("404 Not Found", &[], b""),
        path => ok(&[], &format!("post {}", &path[1..])),
    });
    let (world, url) = (World::new(), server.url("/"));
    let first = world.visit(&url, Memory::default()).await;
    assert_eq!(keys(&first), ["b"]);
    assert_eq!(first.memory.validators, Validators::default());
    assert!(!first.memory.gap);
    broken.store(false, Ordering::SeqCst);
    let second = world.visit(&url, first.memory).await;
    assert_eq!(keys(&second), ["a"]);
    // What is no web page will not become one: it is not owed for ever.
    assert_eq!(second.memory.validators.etag.as_deref(), Some("\"1\""));
}

#[tokio::test]
async fn articles_owed_from_a_later_page_are_fetched_though_the_first_page_is_known() {
    let server = Server::start(|asked| match asked.path() {
        "/" => {
            let lines: Vec<String> = (0..20).map(|n| format!("article /{n} {n}")).collect();
            ok(&["ETag: \"1\""], &format!("next /p2\n{}", lines.join("\n")))
        }
        "/p2" => ok(&[], "article /20 20\narticle /21 21"),
        "/robots.txt" => answer("404 Not Found", &[], b""),
        path => ok(&[], &format!("post {}", &path[1..])),
    });
    let (world, url) = (World::new(), server.url("/"));
    let first = world.visit(&url, Memory::default()).await;
    assert_eq!(first.posts.len(), ARTICLES_A_VISIT);
    assert!(first.memory.gap);
    let second = world.visit(&url, first.memory).await;
    assert_eq!(keys(&second), ["21", "20"]);
    assert!(!second.memory.gap);
}

#[tokio::test]
async fn what_a_crash_between_two_batches_left_out_is_found_again() {
    let server = Server::start(|asked| match asked.path() {
        "/" => ok(&["ETag: \"1\""], "post f\npost e\nnext-unless /2 e"),
        "/2" => ok(&[], "post d\npost c\nnext-unless /3 c"),
        _ => ok(&[], "post b\npost a"),
    });
    let url = server.url("/");
    for kept in 0..6 {
        let world = World::new();
        let visited = world.visitor.visit(due("a", &url, Manner::Feed, Memory::default())).await;
        // The writer broke off after so many posts: the memory was not stored.
        let written = visited.posts.iter().take(kept).map(|said| said.key.clone());
        world.kept.lock().unwrap().extend(written);
        world.visit(&url, Memory::default()).await;
        let all: Vec<String> = world.kept.lock().unwrap().iter().cloned().collect();
        assert_eq!(all, ["a", "b", "c", "d", "e", "f"], "{kept} were kept");
    }
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
async fn round(world: &World, all: Vec<Due>) -> Vec<Visited> {
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
    let silent = Server::start(|_| Reply::Hang);
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
    let silent = Server::start(|_| Reply::Hang);
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
