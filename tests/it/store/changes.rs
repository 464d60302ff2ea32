//! The change log: whoever follows it knows what the store knows, and reads nothing twice.

use std::collections::BTreeMap;

use overheard::month::Month;
use overheard::post::{Post, PostId};
use overheard::store::{Change, Judged, Keeps, Mark, SledStore, Store};

use super::sample::{Chance, judged, post, rules, time};

/// What follows a store: an index that keeps everything.
#[derive(Default)]
struct Follower {
    marks: BTreeMap<Month, Mark>,
    holds: BTreeMap<PostId, (Month, Post, Option<Judged>)>,
    read: usize,
}

impl Follower {
    /// Reads what is new, so many changes at a time; how many there were.
    fn catch_up(&mut self, store: &SledStore, limit: usize) -> usize {
        self.read = 0;
        let months: Vec<Month> = store.months().unwrap().iter().map(|filed| filed.month).collect();
        self.marks.retain(|month, _| months.contains(month));
        self.holds.retain(|_, (month, ..)| months.contains(month));
        for month in months {
            while self.page(store, month, limit) {}
        }
        self.read
    }

    fn page(&mut self, store: &SledStore, month: Month, limit: usize) -> bool {
        let changes = store.changes(month, self.marks.get(&month).copied(), limit).unwrap();
        assert!(changes.changes.len() <= limit);
        if changes.from_start {
            self.holds.retain(|_, (of, ..)| *of != month);
        }
        self.marks.insert(month, changes.mark);
        self.read += changes.changes.len();
        let more = !changes.changes.is_empty();
        for change in changes.changes {
            match change {
                Change::Now { post, judged } => {
                    let judged = judged.map(|judged| *judged);
                    self.holds.insert(post.id, (month, *post, judged));
                }
                Change::Gone(id) => {
                    self.holds.remove(&id);
                }
            }
        }
        more
    }

    fn agrees_with(&self, store: &SledStore) {
        let posts = store.kept_after(None, 10_000).unwrap();
        assert_eq!(posts.len(), self.holds.len());
        for post in posts {
            let (_, held, judged) = &self.holds[&post.id];
            assert_eq!(held, &post);
            assert_eq!(judged, &store.still_judged(&[post.id]).unwrap()[0]);
        }
    }
}

const KEEP_ALL: Keeps<'static> = Keeps { rule: "all", post: &|_| true };

#[test]
fn whoever_follows_the_changes_knows_what_the_store_knows() {
    let mut chance = Chance::new("changes");
    let folder = tempfile::tempdir().unwrap();
    let mut store = SledStore::open(folder.path()).unwrap();
    let mut follower = Follower::default();
    for turn in 0..120 {
        let number = chance.below(40);
        let said = format!("2026-{:02}-11T08:00:00Z", number % 3 + 1);
        let words = format!("The words of {number}, {}.", chance.below(3));
        let one = post(&number.to_string(), &said, &words);
        match chance.below(8) {
            0..4 => {
                store.keep(&[one]).unwrap();
            }
            4 => {
                let mut one = one;
                one.said.title = Some(format!("Title {}", chance.below(3)));
                store.keep(&[one]).unwrap();
            }
            5 => store.judge(&[judged(one.id, &rules("m", "one"), "fees")]).unwrap(),
            6 => {
                let verdict = judged(one.id, &rules("m", "two"), "cost").verdict;
                store.judge_again(&[verdict]).unwrap();
            }
            _ => {
                let months = store.months().unwrap();
                if months.is_empty() {
                    continue;
                }
                let month = months[chance.below(months.len() as u64) as usize].month;
                let drops = chance.below(2) == 0;
                let last = one.id;
                let keeps = Keeps { rule: "some", post: &|post: &Post| !drops || post.id != last };
                store.compact(month, &keeps, time("2026-06-01T00:00:00Z")).unwrap();
            }
        }
        if chance.below(6) == 0 {
            store.close().unwrap();
            store = SledStore::open(folder.path()).unwrap();
        }
        if chance.below(3) == 0 || turn == 119 {
            follower.catch_up(&store, 1 + chance.below(9) as usize);
            follower.agrees_with(&store);
            assert_eq!(follower.catch_up(&store, 9), 0, "nothing is read twice");
        }
    }
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn a_month_written_anew_with_all_its_posts_is_not_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    let posts: Vec<Post> =
        (0..20).map(|n| post(&n.to_string(), "2026-02-01T08:00:00Z", "As it was.")).collect();
    store.keep(&posts).unwrap();
    let mut follower = Follower::default();
    assert_eq!(follower.catch_up(&store, 6), 20);
    let month = store.months().unwrap()[0].month;
    store.compact(month, &KEEP_ALL, time("2026-06-01T00:00:00Z")).unwrap();
    assert_eq!(follower.catch_up(&store, 6), 0);
    store.judge(&[judged(posts[3].id, &rules("m", "one"), "fees")]).unwrap();
    assert_eq!(follower.catch_up(&store, 6), 1);

    // Where a post is gone without a trace, everything that is left is read again.
    let keeps = Keeps { rule: "some", post: &|post: &Post| post.id != posts[0].id };
    store.compact(month, &keeps, time("2026-06-01T00:00:00Z")).unwrap();
    assert_eq!(follower.catch_up(&store, 6), 19);
    follower.agrees_with(&store);
}

#[test]
fn a_post_that_changes_often_has_one_row_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    for turn in 0..30 {
        let said = "2026-02-01T08:00:00Z";
        store.keep(&[post("one", said, &format!("Said for the {turn}th time."))]).unwrap();
        let id = post("one", said, "").id;
        store.judge(&[judged(id, &rules("m", "one"), "fees")]).unwrap();
    }
    assert_eq!(Follower::default().catch_up(&store, 100), 1);
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}
