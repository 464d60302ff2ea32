//! How a whole run treats a site: once for all readers, not again too early, counted for ever.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use jiff::SignedDuration;
use overheard::clock::Clock as _;
use overheard::config::Market;
use overheard::host::Tally;
use overheard::store::export::{export, import};
use overheard::store::{SledStore, Store};
use overheard::visit::Outcome;

use super::watched::{Watched, Write, full};
use super::{Parts, conditional, feed_of};
use crate::crawl::server::{Server, answer, ok};

fn open(folder: &Path) -> Arc<dyn Store> {
    Arc::new(SledStore::open(folder).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn r4_the_quiet_an_articles_host_asked_for_outlives_a_run_that_is_cut_off() {
    let first = Server::start(|asked| match asked.path() {
        "/robots.txt" => answer("404 Not Found", &[], b""),
        "/feed" => ok(
            &[],
            "<rss version='2.0'><channel><item><guid>a</guid><link>/blog/a</link><title>A</title><description>One.</description></item></channel></rss>",
        ),
        _ => answer("429 Slow Down", &["Retry-After: 86400"], b""),
    });
    // The second source answers when the first is kept, and its own posts cannot be.
    let (kept, is_kept) = mpsc::channel::<()>();
    let is_kept = Mutex::new(is_kept);
    let second = Server::start(move |asked| {
        let _ = is_kept.lock().unwrap().recv_timeout(Duration::from_mins(1));
        feed_of(1)(asked)
    });
    let toml = format!(
        "[[source]]\nid = \"a\"\nkind = \"feed\"\nvoice = \"blog\"\nurl = {:?}\nfull_text = true\n\
         [[source]]\nid = \"b\"\nkind = \"feed\"\nvoice = \"blog\"\nurl = {:?}\n",
        first.url("/feed"),
        second.url("/feed")
    );
    let mut parts = Parts::of(&[]);
    parts.market = Market::parse(&[("mine.toml".into(), toml)]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let keeps = AtomicUsize::new(0);
    let breaking = Watched::open(&folder.path().join("store"), move |write, _| match write {
        Write::Keep(_) if keeps.fetch_add(1, Ordering::SeqCst) > 0 => Err(full()),
        Write::Keep(_) => {
            let _ = kept.send(());
            Ok(())
        }
        Write::Remember(_) => Ok(()),
    });
    let store: Arc<dyn Store> = Arc::new(breaking);
    parts.run(&store, folder.path(), |settings| settings.page_gap_ms = 0).await.unwrap_err();
    let hosts = store.hosts().unwrap();
    let day = parts.clock.now() + SignedDuration::from_hours(24);
    assert_eq!(hosts.iter().filter(|(_, host)| host.quiet_until == Some(day)).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn t7_a_source_is_fetched_once_however_many_readers_there_are() {
    let server = Server::start(feed_of(3));
    let mut toml = format!(
        "[[source]]\nid = \"a\"\nkind = \"feed\"\nvoice = \"blog\"\nurl = {:?}\n\
         [[topic]]\nname = \"Cost\"\ndescription = \"What things cost.\"\n",
        server.url("/feed")
    );
    for reader in 0..5 {
        write!(toml, "[[reader]]\nid = \"r{reader}\"\nname = \"R\"\ntopics = [\"Cost\"]\n")
            .unwrap();
    }
    let mut parts = Parts::of(&[]);
    parts.market = Market::parse(&[("mine.toml".into(), toml)]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store"));
    let summary = parts.run(&store, folder.path(), |_| {}).await.unwrap();
    assert_eq!((summary.digests.len(), server.paths().len()), (5, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn t3_a_restart_a_wish_and_an_import_poll_nothing_that_was_read_recently() {
    let server = Server::start(feed_of(3));
    let url = server.url("/feed");
    let parts = Parts::of(&[("a", url.clone())]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let first = open(&path);
    parts.run(&first, folder.path(), |_| {}).await.unwrap();
    drop(first);

    let again = open(&path);
    let summary = parts.run(&again, folder.path(), |_| {}).await.unwrap();
    assert_eq!((summary.visits.len(), summary.not_due), (0, 1));
    let mut hurried = Parts::of(&[("a", url)]);
    hurried.clock = Arc::clone(&parts.clock);
    for listened in &mut hurried.market.sources {
        listened.source.every = Some(std::time::Duration::from_mins(15));
    }
    assert_eq!(hurried.run(&again, folder.path(), |_| {}).await.unwrap().not_due, 1);

    // An export of now is taken in by a new machine, and an older one by this one, an hour later.
    let mut exported = Vec::new();
    export(&*again, &mut exported).unwrap();
    let elsewhere = open(&folder.path().join("elsewhere"));
    import(&*elsewhere, &mut &exported[..]).unwrap();
    assert_eq!(parts.run(&elsewhere, folder.path(), |_| {}).await.unwrap().not_due, 1);
    assert_eq!(server.paths().len(), 1);
    parts.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(parts.run(&again, folder.path(), |_| {}).await.unwrap().not_due, 0);
    import(&*again, &mut &exported[..]).unwrap();
    assert_eq!(parts.run(&again, folder.path(), |_| {}).await.unwrap().not_due, 1);
    assert_eq!(server.paths().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn t3_a_source_under_a_new_name_waits_until_its_address_is_due() {
    let server = Server::start(feed_of(3));
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store"));
    let before = Parts::of(&[("old-name", server.url("/feed"))]);
    before.run(&store, folder.path(), |_| {}).await.unwrap();
    let mut renamed = Parts::of(&[("new-name", server.url("/feed")), ("other", server.url("/b"))]);
    renamed.clock = Arc::clone(&before.clock);
    let summary = renamed.run(&store, folder.path(), |_| {}).await.unwrap();
    assert_eq!((summary.not_due, server.paths()), (1, vec!["/feed".to_owned(), "/b".to_owned()]));
    before.clock.advance(SignedDuration::from_hours(2));
    let summary = renamed.run(&store, folder.path(), |_| {}).await.unwrap();
    assert_eq!((summary.not_due, summary.kept.new), (0, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn t3_a_new_name_does_not_inherit_our_patience_with_failures_but_a_servers_wish() {
    for (status, header, due_after_minutes) in
        [("404 Not Found", "X-A: b", 15), ("429 Slow Down", "Retry-After: 21600", 360)]
    {
        let server = Server::start(move |_| answer(status, &[header], b""));
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder.path().join("store"));
        let before = Parts::of(&[("old-name", server.url("/feed"))]);
        before.run(&store, folder.path(), |_| {}).await.unwrap();
        let mut renamed = Parts::of(&[("new-name", server.url("/feed"))]);
        renamed.clock = Arc::clone(&before.clock);
        before.clock.advance(SignedDuration::from_mins(due_after_minutes - 1));
        let early = renamed.run(&store, folder.path(), |_| {}).await.unwrap();
        assert_eq!((early.not_due, server.paths().len()), (1, 1), "{status}");
        // What the server asked for is spread out by chance over a quarter more.
        let spread = due_after_minutes / 4 + 1;
        before.clock.advance(SignedDuration::from_mins(spread));
        let due = renamed.run(&store, folder.path(), |_| {}).await.unwrap();
        assert_eq!((due.not_due, server.paths().len()), (0, 2), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c1_and_c6_validators_outlive_a_restart() {
    let server = Server::start(feed_of(3));
    let parts = Parts::of(&[("a", server.url("/feed"))]);
    let folder = tempfile::tempdir().unwrap();
    for run in 0..3 {
        let store = open(&folder.path().join("store"));
        let summary = parts.run(&store, folder.path(), |_| {}).await.unwrap();
        let unchanged = summary.visits[0].outcome == Outcome::Unchanged;
        assert_eq!(unchanged, run > 0);
        parts.clock.advance(SignedDuration::from_hours(24));
    }
    assert_eq!(conditional(&server.asked()), [false, true, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn p3_what_was_asked_of_a_host_is_counted_across_runs_and_taken_along_in_an_export() {
    let server = Server::start(|asked| match asked.path() {
        "/busy" => answer("429 Slow Down", &["Retry-After: 60"], b""),
        _ => feed_of(3)(asked),
    });
    let parts = Parts::of(&[("a", server.url("/feed")), ("b", server.url("/busy"))]);
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let store = open(&folder.path().join("store"));
        parts.run(&store, folder.path(), |_| {}).await.unwrap();
        parts.clock.advance(SignedDuration::from_hours(24));
    }
    let store = open(&folder.path().join("store"));
    let hosts = store.hosts().unwrap();
    assert_eq!(hosts.len(), 1);
    let tally = hosts[0].1.tally;
    let counted = Tally {
        requests: 6,
        conditional: 2,
        not_modified: 2,
        refused: 3,
        retry_after: 3,
        most_in_an_hour: 2,
        ..tally
    };
    assert_eq!(tally, counted);
    assert_eq!((tally.too_early, tally.bytes_saved), (0, 2 * tally.bytes));
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());

    let mut exported = Vec::new();
    export(&*store, &mut exported).unwrap();
    let other = open(&folder.path().join("other"));
    import(&*other, &mut &exported[..]).unwrap();
    assert_eq!(other.hosts().unwrap(), hosts);
    assert!(parts.clock.now() > tally.since.unwrap());
}
