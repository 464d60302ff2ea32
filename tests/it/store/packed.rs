//! A store of which some is packed answers as one of which nothing ever was.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use overheard::digest::Window;
use overheard::post::{Post, PostId};
use overheard::store::{Counts, Judged, SledStore, Store};

use super::months::without;
use super::sample::{Chance, judged, noise, post, rules, time};

/// What is done to both stores.
const STEPS: u64 = 70;

/// Posts there may be.
const POSTS: u64 = 60;

/// A post of one of two months, in one of several wordings.
fn some_post(chance: &mut Chance) -> Post {
    let n = chance.below(POSTS);
    let said = format!("2026-{:02}-{:02}T08:00:00Z", 1 + n % 2, 1 + n % 27);
    let length = if n.is_multiple_of(10) { 12_000 } else { 300 };
    post(&n.to_string(), &said, &noise(n + POSTS * chance.below(3), length))
}

fn all_ids() -> Vec<PostId> {
    (0..POSTS).map(|n| post(&n.to_string(), "2026-01-01T08:00:00Z", "").id).collect()
}

type Everything = (
    Counts,
    Vec<Option<Post>>,
    Vec<Option<Judged>>,
    Vec<Post>,
    Vec<Post>,
    Vec<Post>,
    [Vec<Post>; 2],
);

fn everything(store: &SledStore) -> Everything {
    let ids = all_ids();
    let source = post("0", "2026-01-01T08:00:00Z", "").source;
    let walked = |page: usize| {
        let (mut walked, mut last) = (Vec::new(), None);
        loop {
            let posts = store.kept_after(last, page).unwrap();
            let Some(end) = posts.last() else { return walked };
            last = Some(end.id);
            walked.extend(posts);
        }
    };
    let (first, second) = (rules("model", "first"), rules("model", "second"));
    let waiting = |(model, rules): &(_, _)| store.unjudged(model, rules, 100).unwrap();
    (
        store.counts().unwrap(),
        store.posts(&ids).unwrap(),
        store.judged_many(&ids).unwrap(),
        store.said_in(Window { from: Timestamp::MIN, until: Timestamp::MAX }).unwrap(),
        store.newest(&source, 25).unwrap(),
        walked(7),
        [waiting(&first), waiting(&second)],
    )
}

fn step(store: &SledStore, turn: u64, what: u64, posts: &[Post]) {
    let by = rules("model", if turn.is_multiple_of(3) { "second" } else { "first" });
    match what {
        0..4 => {
            let kept = store.keep(posts).unwrap();
            assert_eq!(kept.new + kept.updated + kept.same, posts.len());
        }
        4..7 => {
            let verdicts: Vec<_> =
                posts.iter().map(|post| judged(post.id, &by, &format!("of {turn}"))).collect();
            store.judge(&verdicts).unwrap();
        }
        _ => {
            let verdicts: Vec<_> =
                posts.iter().map(|post| judged(post.id, &by, "again").verdict).collect();
            store.judge_again(&verdicts).unwrap();
        }
    }
}

fn opened(folder: &Path) -> SledStore {
    SledStore::open(folder).unwrap()
}

#[test]
fn a_store_that_is_packed_now_and_then_answers_as_one_that_never_was() {
    let mut chance = Chance::new("packed now and then");
    let folder = tempfile::tempdir().unwrap();
    let (plain, packed) = (folder.path().join("plain"), folder.path().join("packed"));
    let (plain, mut of_packs) = (opened(&plain), opened(&packed));
    let mut now = time("2026-06-01T00:00:00Z");
    let (mut followed, mut mark) = (0, None);
    for turn in 0..STEPS {
        let posts: Vec<Post> = (0..=chance.below(8)).map(|_| some_post(&mut chance)).collect();
        let what = chance.below(9);
        step(&plain, turn, what, &posts);
        step(&of_packs, turn, what, &posts);
        if chance.below(6) == 0 {
            for filed in of_packs.months().unwrap() {
                now += SignedDuration::from_hours(24);
                of_packs.compact(filed.month, &without(&[]), now).unwrap();
            }
        }
        if chance.below(8) == 0 {
            of_packs.close().unwrap();
            of_packs = opened(&packed);
        }
        if turn % 10 == 9 {
            assert!(everything(&plain) == everything(&of_packs), "turn {turn}");
            assert_eq!(of_packs.verify().unwrap(), Vec::<String>::new(), "turn {turn}");
        }
        // Who follows one month goes on where they were, packed or not.
        let january = "2026-01".parse().unwrap();
        if of_packs.months().unwrap().iter().any(|filed| filed.month == january) {
            let changes = of_packs.changes(january, mark, 1_000).unwrap();
            assert!(!changes.from_start, "turn {turn}");
            followed += changes.changes.len();
            mark = Some(changes.mark);
        }
    }
    assert!(followed > 0 && packed.join("months/2026-01/packed").exists());
}
