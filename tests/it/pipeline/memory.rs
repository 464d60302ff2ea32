//! Invariant 3: a source's memory, validators and all, is stored only after its posts are durable.

use std::sync::Arc;

use jiff::SignedDuration;
use overheard::config::Market;
use overheard::crawl::http::Settings;
use overheard::post::PostId;
use overheard::source::SourceId;
use overheard::store::Store;
use overheard::visit::Outcome;

use super::watched::{Watched, Write, full};
use super::{Parts, conditional, feed_of};
use crate::crawl::server::{Server, answer, ok};

/// Enough for three batches.
const POSTS: usize = 250;

fn blog() -> SourceId {
    "blog".parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn c6_a_memory_is_stored_once_and_only_when_every_post_it_vouches_for_is_in_the_store() {
    let server = Server::start(feed_of(POSTS));
    let parts = Parts::of(&[("blog", server.url("/feed"))]);
    let folder = tempfile::tempdir().unwrap();
    // What the store holds is looked at in the moment in which the memory is handed over.
    let watched = Arc::new(Watched::open(&folder.path().join("store"), |write, store| {
        if let Write::Remember(_) = write {
            assert_eq!(store.counts().unwrap().posts, POSTS as u64);
        }
        Ok(())
    }));
    let store = Arc::clone(&watched) as Arc<dyn Store>;
    let summary = parts.run(&store, folder.path(), |_| {}).await.unwrap();
    assert_eq!(summary.kept.new, POSTS);

    let writes = watched.writes();
    let (last, before) = writes.split_last().unwrap();
    assert_eq!(last, &Write::Remember(blog()));
    let kept: Vec<PostId> = before
        .iter()
        .flat_map(|write| match write {
            Write::Keep(ids) => ids.clone(),
            Write::Remember(source) => panic!("{source} was remembered before its posts were kept"),
        })
        .collect();
    assert_eq!((before.len(), kept.len()), (3, POSTS));
    let memory = store.memory(&blog()).unwrap().unwrap();
    assert_eq!(memory.validators.etag.as_deref(), Some("\"all\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn c6_a_store_that_breaks_off_halfway_costs_a_repeated_visit_and_no_post() {
    let server = Server::start(feed_of(POSTS));
    let parts = Parts::of(&[("blog", server.url("/feed"))]);
    for (batches, kept) in [(0, 0), (1, 100), (2, 200), (3, POSTS as u64)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let left = std::sync::atomic::AtomicUsize::new(batches);
        let breaking = Watched::open(&path, move |_, _| {
            let goes_on = |left: usize| left.checked_sub(1);
            let order = std::sync::atomic::Ordering::SeqCst;
            left.fetch_update(order, order, goes_on).map(drop).map_err(|_| full())
        });
        let store: Arc<dyn Store> = Arc::new(breaking);
        let broke = parts.run(&store, folder.path(), |_| {}).await.unwrap_err();
        assert!(broke.to_string().contains("no space left"), "{broke}");
        assert_eq!(store.counts().unwrap().posts, kept);
        assert_eq!(store.memory(&blog()).unwrap(), None);
        drop(store);

        let whole: Arc<dyn Store> = Arc::new(Watched::open(&path, |_, _| Ok(())));
        let again = parts.run(&whole, folder.path(), |_| {}).await.unwrap();
        let Outcome::Read { posts, .. } = again.visits[0].outcome else { unreachable!() };
        assert_eq!((posts, again.kept.new + again.kept.same), (POSTS, POSTS));
        assert_eq!(whole.counts().unwrap().posts, POSTS as u64);
        let memory = whole.memory(&blog()).unwrap().unwrap();
        assert_eq!(memory.validators.etag.as_deref(), Some("\"all\""));
    }
    // No request vouched for what was not kept.
    assert_eq!(conditional(&server.asked()), [false; 8]);
}

/// More teasers than articles are read in one visit.
const TEASERS: usize = 30;

#[tokio::test(flavor = "multi_thread")]
async fn c6_what_is_owed_behind_posts_is_not_lost_where_the_store_breaks_off_after_them() {
    let words = "It says so at some length, because an article has to be long enough to be one. ";
    let server = Server::start(move |asked| match asked.path() {
        "/robots.txt" => answer("404 Not Found", &[], b""),
        "/feed" => {
            let item = |n| {
                format!(
                    "<item><guid isPermaLink='false'>id-{n}</guid><link>/{n}</link><title>{n}</title><description>Only the beginning…</description></item>"
                )
            };
            let items: String = (0..TEASERS).map(item).collect();
            ok(&["ETag: \"1\""], &format!("<rss version='2.0'><channel>{items}</channel></rss>"))
        }
        path => ok(
            &["Content-Type: text/html"],
            &format!(
                "<html><body><article><h1>{path}</h1><p>The whole. {}</p></article></body></html>",
                words.repeat(6)
            ),
        ),
    });
    let url = server.url("/feed");
    let toml = format!(
        "[[source]]\nid = \"blog\"\nkind = \"feed\"\nvoice = \"blog\"\nurl = {url:?}\nfull_text = true\n"
    );
    let mut parts = Parts::of(&[]);
    parts.market = Market::parse(&[("mine.toml".into(), toml)]).unwrap();
    let in_a_hurry = |settings: &mut Settings| settings.page_gap_ms = 0;
    // What is owed, one batch of posts, and the memory: it breaks off before each of them.
    for (writes, kept) in [(0, 0), (1, 0), (2, TEASERS as u64)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let left = std::sync::atomic::AtomicUsize::new(writes);
        let breaking = Watched::open(&path, move |_, _| {
            let order = std::sync::atomic::Ordering::SeqCst;
            let goes_on = |left: usize| left.checked_sub(1);
            left.fetch_update(order, order, goes_on).map(drop).map_err(|_| full())
        });
        let store: Arc<dyn Store> = Arc::new(breaking);
        parts.run(&store, folder.path(), in_a_hurry).await.unwrap_err();
        assert_eq!(store.counts().unwrap().posts, kept);
        drop(store);

        let whole: Arc<dyn Store> = Arc::new(Watched::open(&path, |_, _| Ok(())));
        for _ in 0..2 {
            parts.run(&whole, folder.path(), in_a_hurry).await.unwrap();
            parts.clock.advance(SignedDuration::from_hours(24));
        }
        let posts = whole.newest(&blog(), 100).unwrap();
        let is_whole = |post: &&overheard::post::Post| post.said.text.contains("The whole.");
        assert_eq!(posts.iter().filter(is_whole).count(), TEASERS, "after {writes} writes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c6_a_gap_is_remembered_before_the_posts_it_lies_behind_and_vouches_for_nothing() {
    let words = "It says so at some length, because an article has to be long enough to be one. ";
    let server = Server::start(move |asked| match asked.path() {
        "/robots.txt" => answer("404 Not Found", &[], b""),
        "/sitemap.xml" => ok(
            &["ETag: \"1\""],
            "<sitemapindex><sitemap><loc>/posts.xml</loc><lastmod>2026-03-01</lastmod></sitemap></sitemapindex>",
        ),
        "/posts.xml" => {
            let entry = |n| format!("<url><loc>/blog/{n}</loc><lastmod>2026-03-01</lastmod></url>");
            let entries: String = (0..TEASERS).map(entry).collect();
            ok(&[], &format!("<urlset>{entries}</urlset>"))
        }
        path => ok(
            &["Content-Type: text/html"],
            &format!(
                "<html><body><article><h1>{path}</h1><p>{}</p></article></body></html>",
                words.repeat(6)
            ),
        ),
    });
    let url = server.url("/sitemap.xml");
    let toml =
        format!("[[source]]\nid = \"blog\"\nkind = \"sitemap\"\nvoice = \"blog\"\nurl = {url:?}\n");
    let mut parts = Parts::of(&[]);
    parts.market = Market::parse(&[("mine.toml".into(), toml)]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let breaking = Watched::open(&folder.path().join("store"), |write, _| match write {
        Write::Keep(_) => Err(full()),
        Write::Remember(_) => Ok(()),
    });
    let store: Arc<dyn Store> = Arc::new(breaking);
    let in_a_hurry = |settings: &mut Settings| settings.page_gap_ms = 0;
    parts.run(&store, folder.path(), in_a_hurry).await.unwrap_err();
    let memory = store.memory(&blog()).unwrap().unwrap();
    assert!(memory.gap && memory.validators.etag.is_none() && memory.next_visit.is_none());
}
