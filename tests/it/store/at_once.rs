//! Readers and the one writer in one process: months are written anew and go while they are read.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use overheard::digest::Window;
use overheard::post::{Post, PostId};
use overheard::store::{SledStore, Store, backup, export};

use super::months::without;
use super::sample::{judged, noise, post, rules, source, time};

const MONTHS: [&str; 3] = ["2026-01", "2026-02", "2026-03"];
const POSTS: u64 = 60;

/// Posts of three months; of each the first is of `leak`, and goes when the month is written anew.
fn posts(month: &str) -> Vec<Post> {
    let said =
        |n: u64| post(&format!("{month}-{n}"), &format!("{month}-10T08:00:00Z"), &noise(n, 1_500));
    let mut posts: Vec<Post> = (0..POSTS).map(said).collect();
    posts[0].source = source("leak");
    posts[0].id = PostId::of(&posts[0].source, &posts[0].said.key);
    posts
}

fn fill(store: &SledStore, month: &str) -> Vec<Post> {
    let posts = posts(month);
    store.keep(&posts).unwrap();
    let by = rules("model", "rules");
    let verdicts: Vec<_> = posts.iter().map(|post| judged(post.id, &by, "fees")).collect();
    store.judge(&verdicts).unwrap();
    posts
}

#[test]
fn months_are_written_anew_and_go_while_others_read_and_nobody_sees_half_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    let kept: Vec<Post> =
        MONTHS.iter().flat_map(|month| fill(&store, month).split_off(1)).collect();
    let (is_over, reads) = (AtomicBool::new(false), AtomicUsize::new(0));
    let all = Window { from: time("2025-01-01T00:00:00Z"), until: time("2027-01-01T00:00:00Z") };
    let read = |first: usize| {
        while !is_over.load(Ordering::SeqCst) {
            for post in kept.iter().skip(first).step_by(7) {
                assert_eq!(store.post(post.id).unwrap().as_ref(), Some(post));
                assert!(store.judged(post.id).unwrap().is_some());
            }
            let said = store.said_in(all).unwrap();
            assert!(said.len() >= kept.len(), "{}", said.len());
            assert!(store.newest(&source("press"), 500).unwrap().len() >= kept.len());
            assert!(store.months().unwrap().len() >= MONTHS.len());
            assert!(store.counts().unwrap().posts >= kept.len() as u64);
            reads.fetch_add(1, Ordering::SeqCst);
        }
    };
    thread::scope(|scope| {
        let readers = [0, 1, 2].map(|first| scope.spawn(move || read(first)));
        for round in 0.. {
            // A month of posts that come and go, too.
            let passing = fill(&store, "2026-05");
            for month in MONTHS {
                let month = month.parse().unwrap();
                store.compact(month, &without(&["leak"]), time("2026-06-01T00:00:00Z")).unwrap();
            }
            store.give_up("2026-05".parse().unwrap()).unwrap();
            assert_eq!(store.post(passing[3].id).unwrap(), None);
            // However slow the machine: all three have read, and more than once.
            let have_read = round >= 3 && reads.load(Ordering::SeqCst) > 9;
            if have_read || readers.iter().any(thread::ScopedJoinHandle::is_finished) {
                break;
            }
        }
        is_over.store(true, Ordering::SeqCst);
    });
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    store.close().unwrap();
}

/// Writes a month anew, or gives it up, when a file of the backup is begun.
struct Meanwhile<'s> {
    store: &'s SledStore,
    folder: &'s Path,
}

#[test]
fn a_backup_holds_each_month_as_it_was_after_it_was_written_anew_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let (at, copy) = (folder.path().join("store"), folder.path().join("backup"));
    let store = SledStore::open(&at).unwrap();
    for month in MONTHS {
        fill(&store, month);
    }
    let meanwhile = Meanwhile { store: &store, folder: &copy };
    let made = backup::back_up(&store, &copy, time("2026-06-01T00:00:00Z"), &|left| {
        // Before the first month is written: all three change under it.
        if left == MONTHS.len() {
            meanwhile.change();
        }
    })
    .unwrap();
    let parts: Vec<&str> = made.manifest.parts.iter().map(|kept| kept.part.as_str()).collect();
    assert_eq!(parts, ["desk", "2026-02", "2026-03"], "what is gone is left out");
    let posts: u64 = made.manifest.parts.iter().map(|kept| kept.counts.posts).sum();
    assert_eq!(posts, 2 * (POSTS - 1));
    // Nothing has changed since: no part is written again but the one of what stays.
    let again = backup::back_up(&store, &copy, time("2026-06-02T00:00:00Z"), &|_| {}).unwrap();
    assert_eq!(again.written, 1);
    let restored = SledStore::open(&folder.path().join("restored")).unwrap();
    backup::restore(&copy, &restored, backup::Wanted::default(), &|_| {}).unwrap();
    assert_eq!(restored.counts().unwrap(), store.counts().unwrap());
    let mut out = Vec::new();
    assert_eq!(export::export(&store, &mut out).unwrap().posts, posts);
}

impl Meanwhile<'_> {
    fn change(&self) {
        assert!(fs::read_dir(self.folder).unwrap().count() > 0, "it has begun");
        self.store.give_up("2026-01".parse().unwrap()).unwrap();
        for month in &MONTHS[1..] {
            let (month, at) = (month.parse().unwrap(), time("2026-06-01T00:00:00Z"));
            self.store.compact(month, &without(&["leak"]), at).unwrap();
        }
    }
}
