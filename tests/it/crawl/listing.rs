//! What a visit follows from a listing: further pages, articles, and what stays owed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use overheard::crawl::http::Manner;
use overheard::crawl::visit::{ARTICLES_A_VISIT, PAGES_A_VISIT};
use overheard::visit::{FailureKind, Memory, Outcome, Validators};

use super::server::{Reply, Server, answer, ok};
use super::world::{World, conditional, due, failure_kind, keys, read};

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
    assert_eq!(read(&visited), (2, 1, 0));
    assert_eq!(visited.visit.requests, 2);
}

#[tokio::test]
async fn a_listing_without_end_is_left_after_a_few_pages() {
    let server = Server::start(|asked| {
        let page: usize = asked.path().trim_start_matches('/').parse().unwrap_or(0);
        ok(&["ETag: \"1\""], &format!("post {page}\nnext /{}", page + 1))
    });
    let visited = World::new().visit(&server.url("/0"), Memory::default()).await;
    assert_eq!(read(&visited), (PAGES_A_VISIT, PAGES_A_VISIT, 0));
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
    assert_eq!(read(&visited), (1, 1, 2));
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
    let silent = Server::start(|_| Reply::Silence);
    let lines: Vec<String> = (0..9).map(|n| format!("article {} {n}", silent.url("/x"))).collect();
    let lines: Vec<String> =
        lines.iter().enumerate().map(|(n, line)| line.replace("/x", &format!("/{n}"))).collect();
    let server = Server::start(move |_| ok(&["ETag: \"1\""], &lines.join("\n")));
    let world = World::with(|settings| settings.first_byte_timeout_ms = 100);
    let visited = world.visit(&server.url("/"), Memory::default()).await;
    assert_eq!(read(&visited), (0, 0, 1));
    assert_eq!(silent.paths(), ["/robots.txt"]);
    assert_eq!(visited.memory.validators, Validators::default());
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
    assert_eq!(read(&first), (1, 1, 1));
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
        Reply::Trickle(_) | Reply::Silence => panic!("no whole answer"),
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
