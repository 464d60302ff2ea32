//! Articles that a sitemap or a feed of teasers leads to, through the whole visit.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::SignedDuration;
use overheard::adapters::kind;
use overheard::clock::{Clock, FixedClock};
use overheard::crawl::http::Manner;
use overheard::crawl::visit::{ARTICLES_A_VISIT, Due, TRIES_AN_ARTICLE, Visited, Visitor};
use overheard::post::Said;
use overheard::source::{Owner, Source, Speaker, Voice};
use overheard::visit::{Memory, Outcome, Unread, mark};

use super::server::{Reply, Server, answer, ok};
use super::{clock, http};

/// A visitor who keeps what it hears, as the store would.
pub(super) struct World {
    visitor: Visitor,
    clock: Arc<FixedClock>,
    pub(super) kept: Arc<Mutex<BTreeMap<String, Said>>>,
}

impl World {
    pub(super) fn new() -> Self {
        let (clock, kept) = (Arc::new(clock()), Arc::new(Mutex::new(BTreeMap::new())));
        let seen: Arc<Mutex<BTreeMap<String, Said>>> = Arc::clone(&kept);
        let known = Arc::new(move |_: &_, key: &str| seen.lock().unwrap().contains_key(key));
        let held = Arc::clone(&kept);
        let recall = Arc::new(move |_: &_, key: &str| held.lock().unwrap().get(key).cloned());
        let (http, time) = (http(|_| {}), Arc::clone(&clock) as Arc<dyn Clock>);
        let visitor = Visitor { http, clock: time, known, recall };
        Self { visitor, clock, kept }
    }

    pub(super) async fn visit(&self, name: &str, settings: &str, memory: Memory) -> Visited {
        let kind = kind(name).unwrap();
        let source = Source {
            id: "a".parse().unwrap(),
            kind: kind.name,
            owner: Owner::named("test"),
            voice: Voice::Blog,
            speaker: Speaker::Owner,
            tags: vec![],
            language: None,
            every: None,
            paused: false,
        };
        let adapter = (kind.open)(settings.parse().unwrap()).unwrap().into();
        let listing = Manner::for_listings_of(kind);
        let visited = self.visitor.visit(Due { source, adapter, listing, memory }).await;
        let posts = visited.posts.iter().map(|said| (said.key.clone(), said.clone()));
        self.kept.lock().unwrap().extend(posts);
        self.clock.advance(SignedDuration::from_hours(24));
        visited
    }

    pub(super) fn text(&self, key: &str) -> String {
        self.kept.lock().unwrap()[key].text.clone()
    }
}

/// An article with words of its own.
pub(super) fn page(title: &str) -> Reply {
    let words = "It says so at some length, because an article has to be long enough to be one. ";
    let html = format!(
        "<html><head><title>{title}</title></head><body><article><h1>{title}</h1><p>The whole of {title}.</p><p>{}</p></article></body></html>",
        words.repeat(6)
    );
    ok(&["Content-Type: text/html"], &html)
}

pub(super) fn sitemap(entries: &[(&str, &str)]) -> String {
    let entry = |(url, lastmod): &(&str, &str)| {
        format!("<url><loc>{url}</loc><lastmod>{lastmod}</lastmod></url>")
    };
    let entries: String = entries.iter().map(entry).collect();
    format!("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{entries}</urlset>")
}

pub(super) fn articles(server: &Server) -> Vec<String> {
    let paths = server.paths().into_iter();
    paths.filter(|path| path.starts_with("/blog/") || path.starts_with("/20")).collect()
}

#[tokio::test]
async fn a_sitemap_leads_to_what_is_new_by_its_lastmod_newest_first_and_each_once() {
    let later = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&later);
    let server = Server::start(move |asked| match asked.path() {
        "/robots.txt" => ok(&[], "User-agent: *\nDisallow: /blog/secret"),
        "/sitemap.xml" => {
            let mut entries = vec![
                ("/blog/old", "2024-01-01"),
                ("/blog/second", "2026-02-20"),
                ("/blog/first", "2026-02-27T10:00:00+01:00"),
                ("/blog/secret", "2026-02-26"),
                ("/tag/all-of-them", "2026-02-28"),
                ("/blog/picture.jpg", "2026-02-28"),
                ("https://elsewhere.example/blog/x", "2026-02-28"),
            ];
            if seen.load(Ordering::SeqCst) > 0 {
                entries.push(("/blog/third", "2026-03-02"));
            }
            ok(&[], &sitemap(&entries))
        }
        path => page(path),
    });
    let world = World::new();
    let settings = format!("url = {:?}", server.url("/sitemap.xml"));
    let first = world.visit("sitemap", &settings, Memory::default()).await;

    assert_eq!(articles(&server), ["/blog/first", "/blog/second"]);
    assert_eq!(first.posts.len(), 2);
    let kept = world.kept.lock().unwrap()[&server.url("/blog/first")].clone();
    assert!(kept.text.contains("The whole of /blog/first."), "{}", kept.text);
    assert_eq!(kept.updated.unwrap().to_string(), "2026-02-27T09:00:00Z");
    let why: Vec<_> = first.skipped.iter().map(|skipped| skipped.why.as_str()).collect();
    assert!(
        why.iter().any(|why| why.contains("robots.txt asks not to read /blog/secret")),
        "{why:?}"
    );
    assert!(why.contains(&"on another site"), "{why:?}");

    later.store(1, Ordering::SeqCst);
    world.visit("sitemap", &settings, first.memory).await;
    assert_eq!(articles(&server), ["/blog/first", "/blog/second", "/blog/third"]);
}

#[tokio::test]
async fn a_sitemap_index_leads_to_the_sitemaps_of_posts_packed_or_not() {
    let server = Server::start(|asked| match asked.path() {
        "/robots.txt" => answer("404 Not Found", &[], b""),
        "/sitemap.xml" => ok(
            &["ETag: \"1\""],
            "<?xml version='1.0'?><sitemapindex><sitemap><loc>/page-sitemap.xml</loc></sitemap>\
             <sitemap><loc>/image-sitemap.xml</loc></sitemap><sitemap><loc>/category-sitemap.xml</loc></sitemap>\
             <sitemap><loc>/author-sitemap.xml</loc></sitemap><sitemap><loc>/post-sitemap1.xml.gz</loc></sitemap>\
             <sitemap><loc>/sitemap.xml</loc></sitemap></sitemapindex>",
        ),
        "/post-sitemap1.xml.gz" => {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(sitemap(&[("/blog/packed", "2026-03-01")]).as_bytes()).unwrap();
            answer("200 OK", &["Content-Type: application/gzip"], &packed.finish().unwrap())
        }
        path if path.contains("-sitemap") => ok(&[], &sitemap(&[])),
        path => page(path),
    });
    let world = World::new();
    let settings = format!("url = {:?}", server.url("/sitemap.xml"));
    let visited = world.visit("sitemap", &settings, Memory::default()).await;

    assert_eq!(articles(&server), ["/blog/packed"]);
    let lists: Vec<_> =
        server.paths().into_iter().filter(|path| path.contains("sitemap")).collect();
    assert_eq!(lists[1], "/post-sitemap1.xml.gz");
    assert!(lists.len() <= 5, "{lists:?}");
    // The index names no dates: that it stays the same says nothing of the lists.
    assert_eq!(visited.memory.validators.etag, None);
}

#[tokio::test]
async fn a_news_sitemap_gives_title_and_date_and_patterns_choose() {
    let server = Server::start(|asked| match asked.path() {
        "/robots.txt" => answer("404 Not Found", &[], b""),
        "/news.xml" => ok(
            &[],
            "<urlset xmlns:n='http://www.google.com/schemas/sitemap-news/0.9' xmlns:image='i'>\
             <url><loc>/2026/a</loc><n:news><n:publication><n:name>The Rack</n:name><n:language>en</n:language></n:publication>\
             <n:publication_date>2026-03-01T08:00:00Z</n:publication_date><n:title>Rates &amp; racks</n:title></n:news>\
             <image:image><image:loc>/x.jpg</image:loc><image:title>A picture</image:title></image:image></url>\
             <url><loc>/2026/sport/b</loc><n:news><n:publication_date>2026-03-01</n:publication_date></n:news></url>\
             <url><loc>/about</loc><lastmod>2026-03-01</lastmod></url><url><loc>/2026/undated</loc></url></urlset>",
        ),
        // An article that says nothing of itself but its words.
        _ => ok(
            &["Content-Type: text/html"],
            &format!("<p>{}</p>", "Racks got dearer again. ".repeat(30)),
        ),
    });
    let world = World::new();
    let settings =
        format!("url = {:?}\ninclude = ['/20*/']\nexclude = '/*/sport/'", server.url("/news.xml"));
    let visited = world.visit("sitemap", &settings, Memory::default()).await;

    assert_eq!(articles(&server), ["/2026/a"]);
    let said = &visited.posts[0];
    assert_eq!(said.title.as_deref(), Some("Rates & racks"));
    assert_eq!(said.published.unwrap().to_string(), "2026-03-01T08:00:00Z");
    assert_eq!(said.language.as_deref(), Some("en"));
    let undated = "no lastmod: nothing says whether they are new";
    assert!(
        visited
            .skipped
            .iter()
            .any(|skipped| skipped.why == undated && skipped.place == "1 addresses")
    );
}

#[tokio::test]
async fn a_sitemap_without_dates_and_what_is_none_are_failures_with_a_sentence() {
    let server = Server::start(|asked| match asked.path() {
        "/robots.txt" => answer("404 Not Found", &[], b""),
        "/undated.xml" => ok(&[], "<urlset><url><loc>/a</loc></url></urlset>"),
        _ => ok(&[], "<html><body>Not here"),
    });
    let world = World::new();
    for (path, words) in
        [("/undated.xml", "none of its addresses has a lastmod"), ("/x", "neither a urlset")]
    {
        let settings = format!("url = {:?}", server.url(path));
        let visited = world.visit("sitemap", &settings, Memory::default()).await;
        let Outcome::Failed(failure) = visited.visit.outcome else { panic!("{path} was read") };
        assert!(failure.sentence.contains(words), "{}", failure.sentence);
    }
}

fn teasers(count: usize) -> String {
    let item = |n| {
        format!(
            "<item><guid isPermaLink='false'>id-{n}</guid><link>/blog/{n}</link><title>Post {n}</title><category>racks</category><description>Only the beginning of {n}…</description></item>"
        )
    };
    let items: String = (0..count).map(item).collect();
    format!("<rss version='2.0'><channel><title>T</title>{items}</channel></rss>")
}

#[tokio::test]
async fn a_feed_of_teasers_gives_whole_articles_under_its_own_ids() {
    let server = Server::start(|asked| match asked.path() {
        "/robots.txt" => ok(&[], "User-agent: *\nDisallow: /blog/2"),
        "/feed" => ok(&["ETag: \"1\""], &teasers(3)),
        path => page(path),
    });
    let world = World::new();
    let plain = format!("url = {:?}", server.url("/feed"));
    let first = world.visit("feed", &plain, Memory::default()).await;
    assert_eq!(articles(&server), [""; 0], "articles of a plain feed are not fetched");
    let keys: Vec<_> = first.posts.iter().map(|said| said.key.clone()).collect();

    let world = World::new();
    let settings = format!("{plain}\nfull_text = true");
    let visited = world.visit("feed", &settings, Memory::default()).await;
    let mut whole: Vec<_> = visited.posts.iter().map(|said| said.key.clone()).collect();
    whole.sort();
    assert_eq!(whole, {
        let mut keys = keys.clone();
        keys.sort();
        keys
    });
    let said = world.kept.lock().unwrap()["id-0"].clone();
    assert!(said.text.contains("The whole of /blog/0."), "{}", said.text);
    assert_eq!(said.title.as_deref(), Some("Post 0"));
    assert_eq!(said.summary.as_deref(), Some("Only the beginning of 0…"));
    assert_eq!((said.tags, said.native_id.as_deref()), (vec!["racks".to_owned()], Some("id-0")));
    // robots.txt says no: the teaser is what there is, and no visit is made for another answer.
    assert_eq!(world.text("id-2"), "Only the beginning of 2…");
    assert_eq!(visited.memory.validators.etag.as_deref(), Some("\"1\""));
}

#[tokio::test]
async fn an_article_that_fails_leaves_the_teaser_and_is_tried_again_within_reason() {
    let up = Arc::new(AtomicUsize::new(0));
    let is_up = Arc::clone(&up);
    let server = Server::start(move |asked| match asked.path() {
        "/robots.txt" => answer("404 Not Found", &[], b""),
        "/feed" => ok(&["ETag: \"1\""], &teasers(2)),
        "/blog/0" if is_up.load(Ordering::SeqCst) == 0 => answer("500 Oops", &[], b""),
        "/blog/1" => answer("500 Oops", &[], b""),
        path => page(path),
    });
    let world = World::new();
    let settings = format!("url = {:?}\nfull_text = true", server.url("/feed"));
    let first = world.visit("feed", &settings, Memory::default()).await;
    let Outcome::Read { posts: 2, new: 2, skipped: 2, why_skipped, .. } = first.visit.outcome
    else {
        panic!("{:?}", first.visit)
    };
    assert!(why_skipped.unwrap().contains("/blog/0"), "the first of those that failed alike");
    assert_eq!(world.text("id-0"), "Only the beginning of 0…");
    assert_eq!(first.memory.validators.etag, None, "what is owed is not vouched for");

    up.store(1, Ordering::SeqCst);
    let mut memory = first.memory;
    for _ in 0..5 {
        memory = world.visit("feed", &settings, memory).await.memory;
    }
    assert!(world.text("id-0").contains("The whole of /blog/0."));
    assert_eq!(world.text("id-1"), "Only the beginning of 1…");
    let tries = |path: &str| server.paths().iter().filter(|asked| *asked == path).count();
    assert_eq!(tries("/blog/0"), 2);
    assert_eq!(tries("/blog/1"), TRIES_AN_ARTICLE as usize);
    assert!(memory.unread.is_empty());
    assert_eq!(memory.validators.etag.as_deref(), Some("\"1\""));
}

#[tokio::test]
async fn teasers_beyond_the_limit_are_kept_at_once_and_completed_at_the_next_visits() {
    let server = Server::start(|asked| match asked.path() {
        "/robots.txt" => answer("404 Not Found", &[], b""),
        "/feed" => ok(&[], &teasers(30)),
        path => page(path),
    });
    let world = World::new();
    let settings = format!("url = {:?}\nfull_text = true", server.url("/feed"));
    let first = world.visit("feed", &settings, Memory::default()).await;
    assert_eq!(first.posts.len(), 30);
    assert_eq!(articles(&server).len(), ARTICLES_A_VISIT);
    assert_eq!(first.memory.unread.len(), 30 - ARTICLES_A_VISIT);

    let second = world.visit("feed", &settings, first.memory).await;
    assert_eq!(articles(&server).len(), 30);
    assert!(matches!(second.visit.outcome, Outcome::Read { new: 0, .. }), "{:?}", second.visit);
    assert!(world.text("id-29").contains("The whole of /blog/29."));
    assert!(second.memory.unread.is_empty());
}

/// A sitemap of so many articles, the first the newest; those before the 20th are answered by `early`.
fn sitemap_server(
    count: usize,
    robots: &'static str,
    early: impl Fn() -> Reply + Send + Sync + 'static,
) -> Server {
    Server::start(move |asked| match asked.path() {
        "/robots.txt" => ok(&[], robots),
        "/sitemap.xml" if asked.header("If-None-Match").is_some() => {
            answer("304 Not Modified", &[], b"")
        }
        "/sitemap.xml" => {
            let all: Vec<_> = (0..count)
                .map(|n| (format!("/blog/{n:02}"), format!("2026-02-27T10:{:02}:00Z", 59 - n)))
                .collect();
            let all: Vec<_> = all.iter().map(|(url, at)| (url.as_str(), at.as_str())).collect();
            ok(&["ETag: \"1\""], &sitemap(&all))
        }
        path if path < "/blog/20" => early(),
        path => page(path),
    })
}

#[tokio::test]
async fn announced_articles_that_give_nothing_do_not_stand_in_the_way_of_the_others() {
    type Early = fn() -> Reply;
    let missing: Early = || answer("404 Not Found", &[], b"");
    let empty: Early = || ok(&["Content-Type: text/html"], "<html><body></body></html>");
    for early in [missing, empty] {
        let server = sitemap_server(25, "", early);
        let (world, settings) = (World::new(), format!("url = {:?}", server.url("/sitemap.xml")));
        let first = world.visit("sitemap", &settings, Memory::default()).await;
        assert_eq!((first.posts.len(), articles(&server).len()), (0, ARTICLES_A_VISIT));
        let second = world.visit("sitemap", &settings, first.memory).await;
        assert_eq!((second.posts.len(), articles(&server).len()), (5, 25));
        assert!(second.memory.validators.etag.is_some(), "nothing is owed any more");
        // What is not to be had is remembered beyond a visit that did not ask for it.
        let unconditional = Memory { validators_lie: true, body_hash: None, ..second.memory };
        let third = world.visit("sitemap", &settings, unconditional).await;
        assert_eq!((third.memory.given_up.len(), articles(&server).len()), (20, 25));
    }
}

#[tokio::test]
async fn announced_articles_that_fail_for_now_come_last_and_are_given_up_in_the_end() {
    let server = sitemap_server(25, "", || answer("500 Oops", &[], b""));
    let (world, settings) = (World::new(), format!("url = {:?}", server.url("/sitemap.xml")));
    let first = world.visit("sitemap", &settings, Memory::default()).await;
    let second = world.visit("sitemap", &settings, first.memory).await;
    assert_eq!((first.posts.len(), second.posts.len()), (0, 5));
    let mut memory = second.memory;
    for _ in 0..6 {
        memory = world.visit("sitemap", &settings, memory).await.memory;
    }
    let tries = |path: &str| articles(&server).iter().filter(|asked| *asked == path).count();
    assert_eq!([tries("/blog/00"), tries("/blog/19")], [TRIES_AN_ARTICLE as usize; 2]);
    assert!(memory.validators.etag.is_some(), "nothing is owed any more");
}

#[tokio::test]
async fn announced_articles_that_robots_txt_forbids_take_no_place_of_others() {
    let server = sitemap_server(25, "User-agent: *\nDisallow: /blog/0\nDisallow: /blog/1", || {
        answer("500 Oops", &[], b"")
    });
    let (world, settings) = (World::new(), format!("url = {:?}", server.url("/sitemap.xml")));
    let visited = world.visit("sitemap", &settings, Memory::default()).await;
    assert_eq!((visited.posts.len(), articles(&server).len()), (5, 5));
    assert!(visited.memory.validators.etag.is_some());
}

#[tokio::test]
async fn articles_that_are_not_to_be_had_are_asked_for_once_however_many_they_are() {
    const DEAD: usize = 560;
    let server = Server::start(move |asked| match asked.path() {
        "/sitemap.xml" => {
            let dead = (0..DEAD).map(|n| (format!("/blog/{n:03}"), "2026-02-27"));
            let dead: Vec<_> = dead.collect();
            let dead: Vec<_> = dead.iter().map(|(url, at)| (url.as_str(), *at)).collect();
            ok(&[], &sitemap(&dead))
        }
        _ => answer("404 Not Found", &[], b""),
    });
    let world = World::new();
    let settings = format!("url = {:?}\nnewest = {DEAD}", server.url("/sitemap.xml"));
    let mut memory = Memory::default();
    for _ in 0..DEAD / ARTICLES_A_VISIT + 3 {
        // As if the listing had changed: it is read anew.
        memory.body_hash = None;
        memory = world.visit("sitemap", &settings, memory).await.memory;
    }
    let mut asked = articles(&server);
    assert_eq!(asked.len(), DEAD);
    asked.sort_unstable();
    asked.dedup();
    assert_eq!((asked.len(), memory.given_up.len()), (DEAD, DEAD));
}

#[tokio::test]
async fn an_article_that_a_store_calls_unread_for_good_is_not_asked_for() {
    let server = sitemap_server(2, "", || answer("404 Not Found", &[], b""));
    let (world, settings) = (World::new(), format!("url = {:?}", server.url("/sitemap.xml")));
    let unread = Unread { mark: mark(&server.url("/blog/00")), tries: 0, for_good: true };
    let memory = Memory { unread: vec![unread], ..Memory::default() };
    let visited = world.visit("sitemap", &settings, memory).await;
    assert_eq!(articles(&server), ["/blog/01"]);
    assert_eq!((visited.memory.unread.len(), visited.memory.given_up.len()), (0, 2));
}
