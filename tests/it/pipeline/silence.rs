//! Invariant 7: a host that hangs delays nobody else's posts, verdicts or digests.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use overheard::config::Market;
use overheard::store::{SledStore, Store};

use super::{Parts, feed_of, rss};
use crate::crawl::server::{Server, ok};

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_is_written_while_a_host_still_says_nothing_and_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let digests = folder.path().join("digests");
    // It answers once the digest is there: a run that waited for it would have none to show.
    let waits_for = digests.join("2026-03-02/ada.txt");
    let slow = Server::start(move |_| {
        for _ in 0..2_000 {
            if waits_for.exists() {
                return ok(&[], &rss(5));
            }
            thread::sleep(Duration::from_millis(2));
        }
        ok(&[], "the digest did not come")
    });
    let fine = Server::start(feed_of(3));
    let toml = format!(
        "[[source]]\nid = \"fine\"\nkind = \"feed\"\nvoice = \"blog\"\nurl = {:?}\n\
         [[source]]\nid = \"slow\"\nkind = \"feed\"\nvoice = \"blog\"\nurl = {:?}\n\
         [[reader]]\nid = \"ada\"\nname = \"Ada\"\nat = \"05:00\"\n",
        fine.url("/"),
        slow.url("/")
    );
    let mut parts = Parts::of(&[]);
    parts.market = Market::parse(&[("mine.toml".into(), toml)]).unwrap();
    let store: Arc<dyn Store> = Arc::new(SledStore::open(&folder.path().join("store")).unwrap());
    let patient = |settings: &mut overheard::crawl::http::Settings| {
        // A twelfth of it is what counts as silence.
        settings.whole_timeout_ms = 6_000;
    };
    let summary = parts.run(&store, &digests, patient).await.unwrap();

    // What came late is kept and judged; the digest was written once, and says what it lacks.
    assert_eq!((summary.kept.new, summary.verdicts), (8, 8));
    assert_eq!(summary.digests.len(), 1);
    let digest = store.digest("ada", "2026-03-02".parse().unwrap()).unwrap().unwrap();
    assert_eq!((digest.listening.sources, digest.listening.heard), (2, 1));
    assert_eq!(digest.listening.failing[0].0, "slow");
    assert!(digest.listening.failing[0].1.contains("not answered yet"));
}
