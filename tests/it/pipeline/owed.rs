//! What a visit owes behind posts that are kept is remembered before them, and an edited teaser is an
//! update in the store.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use overheard::config::Market;
use overheard::crawl::http::Settings;
use overheard::post::Post;
use overheard::source::SourceId;
use overheard::store::Store;

use super::Parts;
use super::watched::{Watched, Write, full};
use crate::crawl::server::{Asked, Reply, Server, answer, ok};

/// More articles than are read in one visit.
pub(super) const ARTICLES: usize = 30;

pub(super) fn blog() -> SourceId {
    "blog".parse().unwrap()
}

/// A market of one source of this kind, and with these lines.
pub(super) fn parts_of(kind: &str, url: &str, more: &str) -> Parts {
    let toml = format!(
        "[[source]]\nid = \"blog\"\nkind = {kind:?}\nvoice = \"blog\"\nurl = {url:?}\n{more}\n"
    );
    let mut parts = Parts::of(&[]);
    parts.market = Market::parse(&[("mine.toml".into(), toml)]).unwrap();
    parts
}

/// Pages of a server on loopback need no gap.
pub(super) fn in_a_hurry(settings: &mut Settings) {
    settings.page_gap_ms = 0;
}

/// A site whose articles stand behind a feed of teasers, and behind a sitemap that an index names.
pub(super) fn site(asked: &Asked) -> Reply {
    let all = |entry: fn(usize) -> String| (0..ARTICLES).map(entry).collect::<String>();
    match asked.path() {
        "/robots.txt" => answer("404 Not Found", &[], b""),
        "/feed" => ok(&["ETag: \"1\""], &feed("Only the beginning…")),
        "/sitemap.xml" => ok(
            &["ETag: \"1\""],
            "<sitemapindex><sitemap><loc>/posts.xml</loc><lastmod>2026-03-01</lastmod></sitemap></sitemapindex>",
        ),
        "/posts.xml" => {
            let entries =
                all(|n| format!("<url><loc>/blog/{n}</loc><lastmod>2026-03-01</lastmod></url>"));
            ok(&[], &format!("<urlset>{entries}</urlset>"))
        }
        path => article(path, "The whole."),
    }
}

fn feed(teaser: &str) -> String {
    let item = |n| {
        format!(
            "<item><guid isPermaLink='false'>id-{n}</guid><link>/blog/{n}</link><title>{n}</title><description>{teaser}</description></item>"
        )
    };
    let items: String = (0..ARTICLES).map(item).collect();
    format!("<rss version='2.0'><channel>{items}</channel></rss>")
}

fn article(title: &str, says: &str) -> Reply {
    let words = "It says so at some length, because an article has to be long enough to be one. ";
    let html = format!(
        "<html><body><article><h1>{title}</h1><p>{says} {}</p></article></body></html>",
        words.repeat(6)
    );
    ok(&["Content-Type: text/html"], &html)
}

/// Runs until nothing is owed any more, and gives the posts whose text is their article.
pub(super) async fn whole_after_two_runs(
    parts: &Parts,
    store: &Arc<dyn Store>,
    digests: &std::path::Path,
) -> usize {
    for _ in 0..2 {
        parts.run(store, digests, in_a_hurry).await.unwrap();
        parts.clock.advance(SignedDuration::from_hours(24));
    }
    let posts = store.newest(&blog(), 100).unwrap();
    posts.iter().filter(|post| is_whole(post)).count()
}

fn is_whole(post: &Post) -> bool {
    post.said.text.contains("The whole.")
}

#[tokio::test(flavor = "multi_thread")]
async fn c6_what_is_owed_behind_posts_is_not_lost_where_the_store_breaks_off_after_them() {
    let server = Server::start(site);
    let parts = parts_of("feed", &server.url("/feed"), "full_text = true");
    // What is owed, one batch of posts, and the memory: it breaks off before each of them.
    for (writes, kept) in [(0, 0), (1, 0), (2, ARTICLES as u64)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let left = AtomicUsize::new(writes);
        let breaking = Watched::open(&path, move |_, _| {
            let goes_on = |left: usize| left.checked_sub(1);
            let order = Ordering::SeqCst;
            left.fetch_update(order, order, goes_on).map(drop).map_err(|_| full())
        });
        let store: Arc<dyn Store> = Arc::new(breaking);
        parts.run(&store, folder.path(), in_a_hurry).await.unwrap_err();
        assert_eq!(store.counts().unwrap().posts, kept);
        drop(store);

        let store: Arc<dyn Store> = Arc::new(Watched::open(&path, |_, _| Ok(())));
        let whole = whole_after_two_runs(&parts, &store, folder.path()).await;
        assert_eq!(whole, ARTICLES, "after {writes} writes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c6_a_gap_is_remembered_before_the_posts_it_lies_behind_and_vouches_for_nothing() {
    let server = Server::start(site);
    let parts = parts_of("sitemap", &server.url("/sitemap.xml"), "");
    let folder = tempfile::tempdir().unwrap();
    let breaking = Watched::open(&folder.path().join("store"), |write, _| match write {
        Write::Keep(_) => Err(full()),
        Write::Remember(_) => Ok(()),
    });
    let store: Arc<dyn Store> = Arc::new(breaking);
    parts.run(&store, folder.path(), in_a_hurry).await.unwrap_err();
    let memory = store.memory(&blog()).unwrap().unwrap();
    assert!(memory.gap && memory.validators.etag.is_none() && memory.next_visit.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn f14_an_edited_teaser_is_one_update_in_the_store_and_is_judged_again() {
    let teaser = Arc::new(Mutex::new("Only the beginning…"));
    let seen = Arc::clone(&teaser);
    let server = Server::start(move |asked| match (asked.path(), *seen.lock().unwrap()) {
        ("/feed", teaser) => ok(&[], &feed(teaser)),
        (path, "Corrected…") if path.starts_with("/blog/") => article(path, "Corrected."),
        _ => site(asked),
    });
    let parts = parts_of("feed", &server.url("/feed"), "full_text = true");
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> =
        Arc::new(Watched::open(&folder.path().join("store"), |_, _| Ok(())));
    let whole = whole_after_two_runs(&parts, &store, folder.path()).await;
    assert_eq!(whole, ARTICLES);
    *teaser.lock().unwrap() = "Corrected…";
    let mut judged = 0;
    for _ in 0..2 {
        let summary = parts.run(&store, folder.path(), in_a_hurry).await.unwrap();
        assert_eq!(summary.kept.new, 0);
        judged += summary.verdicts;
        parts.clock.advance(SignedDuration::from_hours(24));
    }
    let posts = store.newest(&blog(), 100).unwrap();
    assert_eq!(posts.len(), ARTICLES);
    assert!(posts.iter().all(|post| post.said.text.contains("Corrected.")
        && post.said.summary.as_deref() == Some("Corrected…")));
    // 20 articles at the first run; of the 10 others the new summary, and their articles later.
    assert_eq!(judged, ARTICLES + 10);
}
