//! Invariant 3: a source's memory, validators and all, is stored only after its posts are durable.

use std::sync::Arc;

use overheard::post::PostId;
use overheard::source::SourceId;
use overheard::store::Store;
use overheard::visit::Outcome;

use super::watched::{Watched, Write, full};
use super::{Parts, conditional, feed_of};
use crate::crawl::server::Server;

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
