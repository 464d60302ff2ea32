//! Invariant 7: a host that hangs delays nobody else's posts, verdicts or digests.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use overheard::config::Market;
use overheard::crawl::http::Settings;
use overheard::store::{SledStore, Store};

use super::{Parts, feed_of, rss};
use crate::crawl::server::{Asked, Reply, Server, answer, ok};

/// Answers as `late` once the digest is there: a run that waited for it would have none to show.
fn once_told(
    digest: PathBuf,
    late: impl Fn() -> Reply + Send + Sync + 'static,
) -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    move |_| {
        for _ in 0..2_000 {
            if digest.exists() {
                return late();
            }
            thread::sleep(Duration::from_millis(2));
        }
        ok(&[], "the digest did not come")
    }
}

/// A twelfth of the whole is what counts as silence.
fn patient(settings: &mut Settings) {
    settings.whole_timeout_ms = 6_000;
}

/// A market of these feeds, with one reader.
fn market(feeds: &[(&str, String)]) -> Parts {
    let reader = "[[reader]]\nid = \"ada\"\nname = \"Ada\"\nat = \"05:00\"\n".to_owned();
    let sources = feeds.iter().map(|(id, url)| {
        format!("[[source]]\nid = {id:?}\nkind = \"feed\"\nvoice = \"blog\"\nurl = {url:?}\n")
    });
    let toml = sources.fold(reader, |toml, source| toml + &source);
    let mut parts = Parts::of(&[]);
    parts.market = Market::parse(&[("mine.toml".into(), toml)]).unwrap();
    parts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_is_written_while_a_host_still_says_nothing_and_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let digests = folder.path().join("digests");
    let slow = Server::start(once_told(digests.join("2026-03-02/ada.txt"), || ok(&[], &rss(5))));
    let fine = Server::start(feed_of(3));
    let parts = market(&[("fine", fine.url("/")), ("slow", slow.url("/"))]);
    let store: Arc<dyn Store> = Arc::new(SledStore::open(&folder.path().join("store")).unwrap());
    let summary = parts.run(&store, &digests, patient).await.unwrap();

    // What came late is kept and judged; the digest was written once, and says what it lacks.
    assert_eq!((summary.kept.new, summary.verdicts), (8, 8));
    assert_eq!(summary.digests.len(), 1);
    let digest = store.digest("ada", "2026-03-02".parse().unwrap()).unwrap().unwrap();
    assert_eq!((digest.listening.sources, digest.listening.heard), (2, 1));
    assert_eq!(digest.listening.failing[0].0, "slow");
    assert!(digest.listening.failing[0].1.contains("not answered yet"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_host_to_which_two_others_lead_holds_no_digest_up() {
    let folder = tempfile::tempdir().unwrap();
    let digests = folder.path().join("digests");
    let silent = Server::start(once_told(digests.join("2026-03-02/ada.txt"), || ok(&[], &rss(5))));
    let there = format!("Location: {}", silent.url("/"));
    let leads: Vec<Server> = (0..2)
        .map(|_| {
            let there = there.clone();
            Server::start(move |_| answer("302 Found", &[&there], b""))
        })
        .collect();
    let fine = Server::start(feed_of(3));
    let parts =
        market(&[("fine", fine.url("/")), ("one", leads[0].url("/")), ("two", leads[1].url("/"))]);
    let store: Arc<dyn Store> = Arc::new(SledStore::open(&folder.path().join("store")).unwrap());
    let summary = parts.run(&store, &digests, patient).await.unwrap();

    // The second waited for the first to be done with the third.
    assert_eq!((summary.kept.new, silent.most_open()), (13, 1));
    let digest = store.digest("ada", "2026-03-02".parse().unwrap()).unwrap().unwrap();
    assert_eq!((digest.listening.sources, digest.listening.heard), (3, 1));
}
