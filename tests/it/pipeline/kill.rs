//! A process that runs the job is killed between one write and the next: between what a source owes,
//! its posts, and the memory that vouches for them.
//!
//! The process is this test binary itself, given a role by its environment.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;
use overheard::store::{SledStore, Store};

use super::owed::{ARTICLES, blog, in_a_hurry, parts_of, site, whole_after_two_runs};
use super::watched::Watched;
use super::{Parts, conditional, feed_of};
use crate::crawl::server::Server;
use crate::store::kill::{FOLDER, ROLE, variable};

const VOUCHED: &str =
    "pipeline::kill::a_process_killed_before_it_remembered_a_source_asks_for_everything";
const OWED: &str = "pipeline::kill::a_process_killed_at_any_write_forgets_no_article_that_it_owes";

/// Which write the child is killed before, counted from 1.
const WRITE: &str = "OVERHEARD_TEST_WRITE";
const URL: &str = "OVERHEARD_TEST_URL";
const KIND: &str = "OVERHEARD_TEST_KIND";
/// Hours after the first morning at which the child runs.
const HOURS: &str = "OVERHEARD_TEST_HOURS";

/// Three batches of posts, and the fourth write is the memory.
const POSTS: usize = 250;

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_before_it_remembered_a_source_asks_for_everything() {
    if variable(ROLE).is_some() {
        return run_until_killed().await;
    }
    let server = Server::start(feed_of(POSTS));
    for (write, kept) in [(1, 0), (3, 200), (4, POSTS)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let url = server.url("/feed");
        Life { test: VOUCHED, kind: "plain", url: &url, hours: 0, write }.end(&path);
        let store = SledStore::open(&path).unwrap();
        assert_eq!(store.verify().unwrap(), Vec::<String>::new());
        assert_eq!(store.counts().unwrap().posts, kept as u64);
        assert_eq!(store.memories().unwrap(), []);
        let store: Arc<dyn Store> = Arc::new(store);
        let parts = Parts::of(&[("blog", url)]);
        let again = parts.run(&store, folder.path(), |_| {}).await.unwrap();
        assert_eq!((again.kept.same, again.kept.new), (kept, POSTS - kept));
        assert_eq!(store.memories().unwrap().len(), 1);
    }
    assert_eq!(conditional(&server.asked()), [false; 6]);
}

/// Articles read in the first visit; the others are owed.
const FIRST: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_at_any_write_forgets_no_article_that_it_owes() {
    if variable(ROLE).is_some() {
        return run_until_killed().await;
    }
    let server = Server::start(site);
    // The first visit writes what is owed, the posts, and the memory; the second has no more to owe.
    for (hours, write) in [(0, 1), (0, 2), (0, 3), (24, 1), (24, 2)] {
        // Teasers are posts at once; what a sitemap announces is none before its article.
        for (kind, path, at_once) in
            [("feed", "/feed", ARTICLES), ("sitemap", "/sitemap.xml", FIRST)]
        {
            let folder = tempfile::tempdir().unwrap();
            let kept_in = folder.path().join("store");
            let url = server.url(path);
            let parts = parts_of_kind(kind, &url);
            if hours > 0 {
                let store: Arc<dyn Store> = Arc::new(SledStore::open(&kept_in).unwrap());
                parts.run(&store, folder.path(), in_a_hurry).await.unwrap();
            }
            Life { test: OWED, kind, url: &url, hours, write }.end(&kept_in);

            let case = format!("{kind}, after {hours} h, before write {write}");
            let store = SledStore::open(&kept_in).unwrap();
            assert_eq!(store.verify().unwrap(), Vec::<String>::new(), "{case}");
            let memory = store.memory(&blog()).unwrap().unwrap_or_default();
            let kept = usize::try_from(store.counts().unwrap().posts).unwrap();
            match (hours, write) {
                (0, 1) => assert!(kept == 0 && memory.last.is_none(), "{case}"),
                // What is owed comes before the posts that would hide it, and vouches for nothing.
                (0, _) => {
                    assert_eq!(kept, if write == 2 { 0 } else { at_once }, "{case}");
                    assert!(memory.gap || memory.unread.len() == ARTICLES - FIRST, "{case}");
                    assert_eq!(memory.validators.etag, None, "{case}");
                }
                // What the second visit has paid is owed until the memory says otherwise.
                _ => {
                    assert!(kept >= at_once, "{case}: {kept}");
                    assert!(memory.gap || memory.unread.len() == ARTICLES - FIRST, "{case}");
                }
            }
            parts.clock.advance(SignedDuration::from_hours(hours));
            let store: Arc<dyn Store> = Arc::new(store);
            let whole = whole_after_two_runs(&parts, &store, folder.path()).await;
            assert_eq!(whole, ARTICLES, "{case}");
            let memory = store.memory(&blog()).unwrap().unwrap();
            assert!(memory.unread.is_empty() && !memory.gap, "{case}");
        }
    }
}

fn parts_of_kind(kind: &str, url: &str) -> Parts {
    match kind {
        "feed" => parts_of("feed", url, "full_text = true"),
        "sitemap" => parts_of("sitemap", url, ""),
        _ => Parts::of(&[("blog", url.to_owned())]),
    }
}

/// The life of a child that runs the job.
struct Life<'a> {
    test: &'a str,
    kind: &'a str,
    url: &'a str,
    hours: i64,
    write: usize,
}

impl Life<'_> {
    /// Lets it run on this store, and kills it (SIGKILL) before its last write.
    fn end(&self, folder: &Path) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", self.test, "--nocapture"])
            .env(ROLE, "run")
            .env(FOLDER, folder)
            .env(URL, self.url)
            .env(KIND, self.kind)
            .env(HOURS, self.hours.to_string())
            .env(WRITE, self.write.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let reached = said.lines().map_while(Result::ok).any(|line| line == "reached");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(reached, "the child ended before its write {}", self.write);
    }
}

async fn run_until_killed() {
    let folder = variable(FOLDER).unwrap();
    let write: usize = variable(WRITE).unwrap().parse().unwrap();
    let done = AtomicUsize::new(0);
    let store: Arc<dyn Store> = Arc::new(Watched::open(Path::new(&folder), move |_, _| {
        if done.fetch_add(1, Ordering::SeqCst) + 1 == write {
            println!("\nreached");
            // Held here until the signal comes, or until whoever should send it is gone.
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
        }
        Ok(())
    }));
    let digests = tempfile::tempdir().unwrap();
    let parts = parts_of_kind(&variable(KIND).unwrap(), &variable(URL).unwrap());
    let hours = variable(HOURS).unwrap().parse().unwrap();
    parts.clock.advance(SignedDuration::from_hours(hours));
    let _ = parts.run(&store, digests.path(), in_a_hurry).await;
}
