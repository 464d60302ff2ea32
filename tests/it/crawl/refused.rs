//! Articles that somebody did not let us read: they are asked for again, seldom, and till then the
//! source is not passed by as if nothing were the matter.

use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use overheard::clock::Clock as _;
use overheard::crawl::owed::asking_again;
use overheard::crawl::visit::TRIES_AN_ARTICLE;
use overheard::visit::{FailureKind, Memory, Outcome, Validators};

use super::articles::{World, articles, page, sitemap};
use super::server::{Reply, Server, answer, ok};
use super::{clock, morning};

const ARTICLES: usize = 3;

type Answers = fn(&str) -> Reply;

/// A site whose sitemap has an ETag, with a robots.txt and articles that a test changes.
struct Site {
    server: Server,
    state: Arc<Mutex<(&'static str, Answers)>>,
}

impl Site {
    fn of(robots: &'static str, article: Answers) -> Self {
        let state: Arc<Mutex<(&'static str, Answers)>> = Arc::new(Mutex::new((robots, article)));
        let seen = Arc::clone(&state);
        let server = Server::start(move |asked| {
            let (robots, article) = *seen.lock().unwrap();
            match asked.path() {
                "/robots.txt" => ok(&[], robots),
                "/sitemap.xml" if asked.header("If-None-Match").is_some() => {
                    answer("304 Not Modified", &[], b"")
                }
                "/sitemap.xml" => {
                    let urls: Vec<String> = (0..ARTICLES).map(|n| format!("/blog/{n}")).collect();
                    let entries: Vec<_> = urls.iter().map(|url| (&**url, "2026-02-27")).collect();
                    ok(&["ETag: \"1\""], &sitemap(&entries))
                }
                path => article(path),
            }
        });
        Self { server, state }
    }

    fn change(&self, robots: &'static str, article: Answers) {
        *self.state.lock().unwrap() = (robots, article);
    }

    async fn visit(&self, world: &World, memory: Memory) -> Memory {
        let settings = format!("url = {:?}", self.server.url("/sitemap.xml"));
        world.visit("sitemap", &settings, memory).await.memory
    }

    fn asked(&self) -> usize {
        articles(&self.server).len()
    }
}

fn refused(_: &str) -> Reply {
    answer("403 Forbidden", &[], b"")
}

#[tokio::test]
async fn articles_that_were_refused_are_asked_for_again_after_days_and_in_the_end_no_more() {
    let site = Site::of("", refused);
    let world = World::new();
    // A visit a day: the second week's and the third week's ask again.
    let (mut memory, mut asked) = (Memory::default(), Vec::new());
    for day in 0..30 {
        memory = site.visit(&world, memory).await;
        asked.push(site.asked() / ARTICLES);
        // Nothing is there to be vouched for, until nothing is waited for.
        assert_eq!(memory.validators == Validators::default(), day < 14);
    }
    assert_eq!((asked[0], asked[6], asked[7], asked[13], asked[14]), (1, 1, 2, 2, 3));
    assert_eq!(asked[29], TRIES_AN_ARTICLE as usize);
    assert_eq!((memory.given_up.len(), memory.last_heard), (ARTICLES, None));
    assert!(memory.given_up.iter().all(|one| one.why == Some(FailureKind::Refused)));
}

#[tokio::test]
async fn articles_that_were_refused_are_read_once_the_site_lets_us() {
    let site = Site::of("", refused);
    let world = World::new();
    let mut memory = site.visit(&world, Memory::default()).await;
    site.change("", page);
    for _ in 0..7 {
        memory = site.visit(&world, memory).await;
    }
    assert_eq!(world.kept.lock().unwrap().len(), ARTICLES);
    assert!(memory.given_up.is_empty() && memory.last_heard.is_some());
    assert!(memory.validators.etag.is_some(), "all of it was read");
}

#[tokio::test]
async fn a_person_who_insists_has_refused_articles_asked_for_again_but_not_twice_a_day() {
    let site = Site::of("", refused);
    let world = World::new();
    let first = site.visit(&world, Memory::default()).await;
    // What an older version kept: a mark each, and validators that vouch for nothing.
    let mut old = first.clone();
    for given_up in &mut old.given_up {
        (given_up.why, given_up.at) = (None, None);
    }
    old.validators.etag = Some("\"1\"".to_owned());
    let now = morning() + SignedDuration::from_hours(1);
    assert_eq!(asking_again(first, now).given_up.len(), ARTICLES, "an hour ago they were asked");
    site.change("", page);
    let after = site.visit(&world, old.clone()).await;
    assert!(matches!(after.last.unwrap().outcome, Outcome::Unchanged));
    site.visit(&world, asking_again(old, clock().now())).await;
    assert_eq!(world.kept.lock().unwrap().len(), ARTICLES);
}

#[tokio::test]
async fn what_robots_txt_forbade_is_read_when_a_fresh_one_permits_it() {
    let site = Site::of("User-agent: *\nDisallow: /blog/", page);
    let world = World::new();
    let first = site.visit(&world, Memory::default()).await;
    assert_eq!((site.asked(), first.validators.etag.as_deref()), (0, None));
    let second = site.visit(&world, first).await;
    assert_eq!(site.asked(), 0);
    site.change("", page);
    let third = site.visit(&world, second).await;
    assert_eq!((site.asked(), world.kept.lock().unwrap().len()), (ARTICLES, ARTICLES));
    assert!(third.validators.etag.is_some());
}

#[tokio::test]
async fn a_source_whose_articles_are_all_gone_is_asked_only_whether_it_has_changed() {
    let site = Site::of("", |_| answer("404 Not Found", &[], b""));
    let world = World::new();
    let first = site.visit(&world, Memory::default()).await;
    assert!(first.validators.etag.is_some());
    let second = site.visit(&world, asking_again(first, clock().now())).await;
    assert_eq!((site.asked(), second.given_up.len()), (ARTICLES, ARTICLES));
}

#[tokio::test]
async fn a_source_whose_posts_are_kept_is_one_that_was_heard_though_its_memory_does_not_say_so() {
    let site = Site::of("", page);
    let world = World::new();
    let first = site.visit(&world, Memory::default()).await;
    let old = Memory {
        last_heard: None,
        recent_posts: vec![],
        validators: Validators::default(),
        body_hash: None,
        ..first
    };
    let second = site.visit(&world, old).await;
    assert!(second.last_heard.is_some() && second.validators.etag.is_some());
}
