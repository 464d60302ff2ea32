//! A process that runs the job is killed between keeping a source's posts and remembering it.
//!
//! The process is this test binary itself, given a role by its environment.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use overheard::store::{SledStore, Store};

use super::watched::Watched;
use super::{Parts, conditional, feed_of};
use crate::crawl::server::Server;
use crate::store::kill::{FOLDER, ROLE, variable};

const TEST: &str =
    "pipeline::kill::a_process_killed_before_it_remembered_a_source_asks_for_everything";

/// Which write the child is killed before, counted from 1.
const WRITE: &str = "OVERHEARD_TEST_WRITE";
const URL: &str = "OVERHEARD_TEST_URL";

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
        kill_before(write, &path, &server.url("/feed"));
        let store = SledStore::open(&path).unwrap();
        assert_eq!(store.verify().unwrap(), Vec::<String>::new());
        assert_eq!(store.counts().unwrap().posts, kept as u64);
        assert_eq!(store.memories().unwrap(), []);
        let store: Arc<dyn Store> = Arc::new(store);
        let parts = Parts::of(&[("blog", server.url("/feed"))]);
        let again = parts.run(&store, folder.path(), |_| {}).await.unwrap();
        assert_eq!((again.kept.same, again.kept.new), (kept, POSTS - kept));
        assert_eq!(store.memories().unwrap().len(), 1);
    }
    assert_eq!(conditional(&server.asked()), [false; 6]);
}

/// Lets a child run the job and kills it (SIGKILL) before its write of this number.
fn kill_before(write: usize, folder: &Path, url: &str) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(ROLE, "run")
        .env(FOLDER, folder)
        .env(URL, url)
        .env(WRITE, write.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap());
    let reached = said.lines().map_while(Result::ok).any(|line| line == "reached");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(reached, "the child ended before its write {write}");
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
    let parts = Parts::of(&[("blog", variable(URL).unwrap())]);
    let _ = parts.run(&store, digests.path(), |_| {}).await;
}
