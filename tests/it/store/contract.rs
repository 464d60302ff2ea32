//! What every [`Store`] promises, whatever it is built on.

use std::sync::Barrier;
use std::thread;

use jiff::{SignedDuration, Timestamp};
use overheard::delivery::Delivery;
use overheard::digest::Window;
use overheard::feedback::{Feedback, PointRef, Tap, Way};
use overheard::host::HostMemory;
use overheard::label::{Answer, Draw, Label};
use overheard::post::{Post, PostId};
use overheard::source::SourceId;
use overheard::store::{Change, Claim, Counts, Kept, SledStore, Store, Told};
use overheard::verdict::{Band, Embedding, ModelId};
use overheard::visit::{Memory, Outcome, Validators, Visit};

use super::months::{of_source, without};
use super::sample::{digest, judged, noise, post, rules, source, time};

/// Runs every clause on a store of its own, and looks it over afterwards.
macro_rules! contract {
    ($($clause:ident)*) => {
        mod sled {
            $(#[test]
            fn $clause() {
                let folder = tempfile::tempdir().unwrap();
                let store = super::SledStore::open(&folder.path().join("store")).unwrap();
                super::$clause(&store);
                assert_eq!(super::Store::verify(&store).unwrap(), Vec::<String>::new());
            })*
        }

        /// The same by the socket of whoever has it open.
        mod remote {
            use std::sync::Arc;

            use overheard::store::Store;
            use overheard::store::remote::{Listening, RemoteStore};

            $(#[test]
            fn $clause() {
                let folder = tempfile::tempdir().unwrap();
                let folder = folder.path().join("store");
                let held: Arc<dyn Store> = Arc::new(super::SledStore::open(&folder).unwrap());
                let listening = Listening::begin(Arc::clone(&held), &folder).unwrap();
                let store = RemoteStore::connect(&folder).unwrap().unwrap();
                super::$clause(&store);
                assert_eq!(store.verify().unwrap(), Vec::<String>::new());
                drop(listening);
            })*
        }
    };
}

contract! {
    a_post_is_kept_as_it_was_said
    a_long_post_is_kept_and_can_shrink
    the_same_post_again_changes_nothing
    changed_words_keep_the_id_and_the_hearing_and_are_judged_again
    a_post_twice_in_a_batch_is_one
    a_large_batch_is_kept_whole
    posts_of_a_window_come_in_the_order_of_saying
    a_post_without_a_date_is_filed_when_heard
    an_empty_or_reversed_window_holds_nothing
    the_newest_of_a_source_are_its_own
    a_walk_meets_every_post_once_in_the_order_kept
    a_verdict_stands_beside_its_post
    a_verdict_of_an_unknown_post_is_dropped
    unjudged_are_those_without_a_verdict_by_these_rules
    new_posts_come_before_those_to_be_judged_again
    an_embedding_keeps_its_meaning
    what_is_remembered_of_a_source_is_the_last
    visits_are_kept_newest_first_and_bounded
    exactly_one_of_many_threads_claims_a_digest
    a_claim_puts_what_it_tells_into_the_ledger
    the_ledger_of_one_reader_is_not_that_of_another
    a_delivery_is_kept_once_and_changed_by_whoever_knows_how_it_stands
    an_empty_store_is_empty
    a_later_label_replaces_an_earlier_one_and_can_be_taken_back
    draws_and_embeddings_of_rules_are_kept
    of_what_a_reader_says_of_a_point_the_newest_stands
    who_wants_no_more_is_known_until_they_do
    a_verdict_by_new_rules_keeps_the_embedding
    a_post_is_found_by_the_beginning_of_its_id
    a_month_is_listed_followed_written_anew_and_given_up
    what_is_remembered_of_hosts_is_the_last
}

fn a_delivery_is_kept_once_and_changed_by_whoever_knows_how_it_stands(store: &dyn Store) {
    let now = time("2026-03-02T06:00:00Z");
    let delivery = |id: &str| Delivery::new(id.parse().unwrap(), now, now);
    let all = [
        "2026-03-01/bob/mail",
        "2026-03-02/ada/mail",
        "2026-03-02/ada/slack",
        "2026-03-02/bob/mail",
    ];
    let all = all.map(delivery);
    store.dispatch(&[all[3].clone(), all[0].clone()]).unwrap();
    store.dispatch(&all).unwrap();
    assert_eq!(store.deliveries(jiff::civil::Date::MIN).unwrap(), all);
    assert_eq!(store.deliveries(jiff::civil::date(2026, 3, 2)).unwrap(), all[1..]);
    let sending = all[1].sending("<a@b>", now);
    // At most one of many gets it.
    let gate = Barrier::new(8);
    let taken = thread::scope(|scope| {
        let take = || {
            gate.wait();
            store.advance(&all[1], &sending).unwrap()
        };
        let takers: Vec<_> = (0..8).map(|_| scope.spawn(take)).collect();
        takers.into_iter().map(|taker| taker.join().unwrap()).filter(|taken| *taken).count()
    });
    assert_eq!(taken, 1);
    // How it stands is not forgotten when it is dispatched again.
    store.dispatch(&all).unwrap();
    assert_eq!(store.deliveries(jiff::civil::date(2026, 3, 2)).unwrap()[0], sending);
    assert!(!store.advance(&all[1], &all[1].dropped(now)).unwrap());
    assert!(!store.advance(&delivery("2026-03-09/ada/mail"), &sending).unwrap());
    // More than a year later they are forgotten.
    let later = delivery("2027-06-01/ada/mail");
    store.dispatch(std::slice::from_ref(&later)).unwrap();
    assert_eq!(store.deliveries(jiff::civil::Date::MIN).unwrap(), [later]);
}

fn a_later_label_replaces_an_earlier_one_and_can_be_taken_back(store: &dyn Store) {
    let (a, b) = (PostId::from_bytes([1; 16]), PostId::from_bytes([2; 16]));
    let label = |topic: &str, post, answer, at| Label {
        topic: topic.to_owned(),
        post,
        answer,
        at: time(at),
    };
    let first = [
        label("fees", b, Answer::Is, "2026-03-01T08:00:00Z"),
        label("fees", a, Answer::Is, "2026-03-01T08:00:00Z"),
        label("a \0 topic", a, Answer::IsNot, "2026-03-01T08:00:00Z"),
    ];
    assert_eq!(store.unteach().unwrap(), None);
    assert_eq!(store.teach(&first, first[0].at).unwrap().changes.len(), 3);
    let standing = [first[2].clone(), first[1].clone(), first[0].clone()];
    assert_eq!(store.labels().unwrap(), standing);
    let second = label("fees", a, Answer::IsNot, "2026-03-02T08:00:00Z");
    let lesson = store.teach(&[second.clone(), first[0].clone()], second.at).unwrap();
    let [change] = lesson.changes.as_slice() else { panic!("{lesson:?}") };
    assert_eq!((change.before.as_ref(), &change.label), (Some(&first[1]), &second));
    assert_eq!(store.labels().unwrap()[1], second);
    // What says nothing new is no lesson: taking back takes back what said something.
    assert!(store.teach(&[second], lesson.at).unwrap().changes.is_empty());
    assert_eq!(store.unteach().unwrap(), Some(lesson));
    assert_eq!(store.labels().unwrap(), standing);
    assert_eq!(store.unteach().unwrap().unwrap().changes.len(), 3);
    assert_eq!(store.labels().unwrap(), []);
    assert_eq!(store.unteach().unwrap(), None);
    // More than one row of a value holds.
    let many: Vec<Label> = (0..3_000_u128)
        .map(|n| {
            label("fees", PostId::from_bytes(n.to_be_bytes()), Answer::Is, "2026-03-01T08:00:00Z")
        })
        .collect();
    store.teach(&many, many[0].at).unwrap();
    assert_eq!(store.labels().unwrap(), many);
    assert_eq!(store.unteach().unwrap().unwrap().changes.len(), 3_000);
    assert_eq!(store.labels().unwrap(), []);
}

fn of_what_a_reader_says_of_a_point_the_newest_stands(store: &dyn Store) {
    let said = |reader: &str, tap, at: &str| Feedback {
        reader: reader.to_owned(),
        date: "2026-03-01".parse().unwrap(),
        point: PointRef { block: None, index: 2, post: PostId::from_bytes([1; 16]) },
        tap,
        at: time(at),
        way: Way::Mail,
        topic: Some("fees".into()),
        account: None,
        sources: vec![source("press")],
        note: None,
    };
    let first = said("ada", Tap::Used, "2026-03-01T08:00:00Z");
    let second = said("ada", Tap::NotUseful, "2026-03-01T09:00:00Z");
    let apart = said("ada", Tap::HeardToo, "2026-03-01T08:00:00Z");
    let other = said("a\0da", Tap::Agreed, "2026-03-01T08:00:00Z");
    for one in [&first, &second, &apart, &other] {
        assert!(store.hear_back(one).unwrap());
    }
    assert!(!store.hear_back(&first).unwrap(), "what was said before does not come back");
    let all = store.feedback("2026-03-01".parse().unwrap()).unwrap();
    assert_eq!(all.len(), 3);
    assert!(all.contains(&second) && all.contains(&apart) && all.contains(&other));
    assert_eq!(store.feedback("2026-03-02".parse().unwrap()).unwrap(), []);
    assert!(!store.take_back(&first).unwrap() && store.take_back(&second).unwrap());
    assert_eq!(store.feedback("2026-03-01".parse().unwrap()).unwrap().len(), 2);
}

fn who_wants_no_more_is_known_until_they_do(store: &dyn Store) {
    let at = time("2026-03-01T08:00:00Z");
    store.unsubscribe("ada", Some(at)).unwrap();
    store.unsubscribe("ben", Some(at)).unwrap();
    store.unsubscribe("ben", None).unwrap();
    assert_eq!(store.unsubscribed().unwrap(), [("ada".to_owned(), at)]);
}

fn draws_and_embeddings_of_rules_are_kept(store: &dyn Store) {
    let draw = |among| Draw {
        topic: "fees".into(),
        post: PostId::from_bytes([1; 16]),
        said: Band::Unsure,
        among,
        at: time("2026-03-01T08:00:00Z"),
    };
    store.draw(&[draw(3)]).unwrap();
    store.draw(&[draw(9)]).unwrap();
    assert_eq!(store.draws().unwrap(), [draw(9)]);

    let model = |name: &str| ModelId(name.to_owned());
    let embedding = Embedding(vec![0.123_456_79, -1e-9, 0.0]);
    store.keep_anchors(&model("a"), &[("Egress fees", &embedding)]).unwrap();
    let kept = store.anchors(&model("a"), &["other", "Egress fees"]).unwrap();
    assert_eq!(kept, [None, Some(embedding)], "to the bit: no half precision here");
    assert_eq!(store.anchors(&model("b"), &["Egress fees"]).unwrap(), [None]);
}

fn a_verdict_by_new_rules_keeps_the_embedding(store: &dyn Store) {
    let posts = ["a", "b"].map(|key| post(key, "2026-03-01T08:00:00Z", "They rise."));
    keep(store, &[&posts[0], &posts[1]]);
    let (old, new) = (rules("model", "old"), rules("model", "new"));
    let before = judged(posts[0].id, &old, "pricing");
    store.judge(std::slice::from_ref(&before)).unwrap();
    let verdicts = posts.clone().map(|post| judged(post.id, &new, "prices").verdict);
    store.judge_again(&verdicts).unwrap();
    let after = store.judged(posts[0].id).unwrap().unwrap();
    assert_eq!((after.verdict, after.embedding), (verdicts[0].clone(), before.embedding));
    assert_eq!(store.judged(posts[1].id).unwrap(), None, "there is no embedding of it");
    assert_eq!(store.unjudged(&new.0, &new.1, 9).unwrap(), [posts[1].clone()]);
    assert_eq!(store.counts().unwrap().verdicts, 1);

    // Changed words are none that were judged, though their verdict still stands.
    assert!(store.still_judged(&[posts[0].id]).unwrap()[0].is_some());
    keep(store, &[&post("a", "2026-03-01T08:00:00Z", "They fell.")]);
    assert!(store.still_judged(&[posts[0].id, posts[1].id]).unwrap().iter().all(Option::is_none));
    assert!(store.judged(posts[0].id).unwrap().is_some());
    assert_eq!(store.first_said().unwrap(), Some(posts[0].when()));
}

fn a_post_is_found_by_the_beginning_of_its_id(store: &dyn Store) {
    let posts: Vec<Post> =
        (0..20).map(|n| post(&n.to_string(), "2026-03-01T08:00:00Z", "Said.")).collect();
    keep(store, &posts.iter().collect::<Vec<_>>());
    let mut ids: Vec<PostId> = posts.iter().map(|post| post.id).collect();
    ids.sort();
    assert_eq!(store.ids_from(PostId::from_bytes([0; 16]), 99).unwrap(), ids);
    assert_eq!(store.ids_from(ids[7], 2).unwrap(), ids[7..9]);
    assert_eq!(store.ids_from(PostId::from_bytes([255; 16]), 9).unwrap(), []);
}

fn a_post_is_kept_as_it_was_said(store: &dyn Store) {
    let post = post("prices", "2026-03-01T08:00:00.123456789Z", "They rise – again.");
    assert!(!store.known(post.id).unwrap());
    assert_eq!(keep(store, &[&post]), Kept { new: 1, ..Kept::default() });
    assert!(store.known(post.id).unwrap());
    assert_eq!(store.post(post.id).unwrap(), Some(post));
}

fn a_long_post_is_kept_and_can_shrink(store: &dyn Store) {
    for length in [900_000, 4_000, 60_000, 3] {
        let long = post("long", "2026-03-01T08:00:00Z", &noise(1, length));
        keep(store, &[&long]);
        assert_eq!(store.post(long.id).unwrap(), Some(long.clone()), "{length}");
        assert_eq!(store.said_in(all_time()).unwrap(), [long], "{length}");
        assert_eq!(store.verify().unwrap(), Vec::<String>::new(), "{length}");
    }
}

fn the_same_post_again_changes_nothing(store: &dyn Store) {
    let first = post("prices", "2026-03-01T08:00:00Z", "They rise.");
    let by = rules("model", "rules");
    keep(store, &[&first]);
    store.judge(&[judged(first.id, &by, "pricing")]).unwrap();
    let again = Post { heard: first.heard + SignedDuration::from_hours(5), ..first.clone() };
    assert_eq!(keep(store, &[&again]), Kept { same: 1, ..Kept::default() });
    assert_eq!(store.post(first.id).unwrap(), Some(first));
    assert_eq!(store.unjudged(&by.0, &by.1, 9).unwrap(), []);
}

fn changed_words_keep_the_id_and_the_hearing_and_are_judged_again(store: &dyn Store) {
    let first = post("prices", "2026-03-01T08:00:00Z", "They rise.");
    let by = rules("model", "rules");
    keep(store, &[&first]);
    store.judge(&[judged(first.id, &by, "pricing")]).unwrap();
    let mut changed = post("prices", "2026-03-05T08:00:00Z", "They fell.");
    assert_eq!(keep(store, &[&changed]), Kept { updated: 1, ..Kept::default() });

    changed.heard = first.heard;
    changed.said.published = first.said.published;
    assert_eq!(store.post(first.id).unwrap(), Some(changed.clone()));
    assert_eq!(store.said_in(all_time()).unwrap(), [changed.clone()]);
    assert_eq!(store.unjudged(&by.0, &by.1, 9).unwrap(), [changed]);
    assert!(store.judged(first.id).unwrap().is_some(), "the old verdict stands until then");
    store.judge(&[judged(first.id, &by, "pricing")]).unwrap();
    assert_eq!(store.unjudged(&by.0, &by.1, 9).unwrap(), []);
}

fn a_post_twice_in_a_batch_is_one(store: &dyn Store) {
    let first = post("prices", "2026-03-01T08:00:00Z", "They rise.");
    let second = post("prices", "2026-03-01T08:00:00Z", "They fell.");
    let kept = keep(store, &[&first, &first, &second]);
    assert_eq!(kept, Kept { new: 1, updated: 1, same: 1, refused: 0 });
    assert_eq!(store.said_in(all_time()).unwrap(), [second]);
}

fn a_large_batch_is_kept_whole(store: &dyn Store) {
    let batch: Vec<Post> = (0..2_000).map(numbered).collect();
    assert_eq!(store.keep(&batch).unwrap(), Kept { new: 2_000, ..Kept::default() });
    assert_eq!(store.said_in(all_time()).unwrap(), batch);
}

fn posts_of_a_window_come_in_the_order_of_saying(store: &dyn Store) {
    let before = post("before", "2026-02-28T23:59:59.999999999Z", "a");
    let first = post("first", "2026-03-01T00:00:00Z", "b");
    let last = post("last", "2026-03-01T23:59:59.999999999Z", "c");
    let after = post("after", "2026-03-02T00:00:00Z", "d");
    keep(store, &[&after, &last, &first, &before]);
    let window = Window { from: time("2026-03-01T00:00:00Z"), until: time("2026-03-02T00:00:00Z") };
    assert_eq!(store.said_in(window).unwrap(), [first, last]);
}

fn a_post_without_a_date_is_filed_when_heard(store: &dyn Store) {
    let mut undated = post("undated", "2026-03-01T08:00:00Z", "a");
    undated.said.published = None;
    let mut future = post("future", "2026-03-01T08:00:00Z", "b");
    future.said.published = Some(time("2031-01-01T00:00:00Z"));
    keep(store, &[&undated, &future]);
    let minute = SignedDuration::from_mins(1);
    let window = Window { from: undated.heard, until: undated.heard + minute };
    assert_eq!(store.said_in(window).unwrap(), [undated, future]);
}

fn an_empty_or_reversed_window_holds_nothing(store: &dyn Store) {
    keep(store, &[&post("prices", "2026-03-01T08:00:00Z", "a")]);
    let (from, until) = (time("2026-03-01T08:00:00Z"), time("2026-03-01T09:00:00Z"));
    assert_eq!(store.said_in(Window { from, until: from }).unwrap(), []);
    assert_eq!(store.said_in(Window { from: until, until: from }).unwrap(), []);
}

fn the_newest_of_a_source_are_its_own(store: &dyn Store) {
    let of = |id: &str, n: u64| {
        let post = numbered(n);
        Post::new(&source(id), post.said, post.heard)
    };
    let posts = [of("press", 1), of("press-2", 2), of("press", 3), of("pres", 4), of("press", 2)];
    store.keep(&posts).unwrap();
    assert_eq!(store.newest(&source("press"), 2).unwrap(), [of("press", 3), of("press", 2)]);
    assert_eq!(store.newest(&source("press-2"), 9).unwrap(), [of("press-2", 2)]);
    assert_eq!(store.newest(&source("nobody"), 9).unwrap(), []);
}

fn a_walk_meets_every_post_once_in_the_order_kept(store: &dyn Store) {
    let mut posts: Vec<Post> = (0..7).rev().map(numbered).collect();
    posts[3].said.text = noise(3, 20_000);
    store.keep(&posts).unwrap();
    let mut walked: Vec<Post> = Vec::new();
    loop {
        let page = store.kept_after(walked.last().map(|post| post.id), 3).unwrap();
        if page.is_empty() {
            break;
        }
        walked.extend(page);
    }
    assert_eq!(walked, posts);
    assert_eq!(store.first_heard().unwrap(), Some(posts[0].heard));
    assert_eq!(store.kept_after(Some(numbered(99).id), 3).unwrap(), []);
}

fn a_verdict_stands_beside_its_post(store: &dyn Store) {
    let (first, second) = (numbered(1), numbered(2));
    keep(store, &[&first, &second]);
    let by = rules("model", "rules");
    store.judge(&[judged(first.id, &by, "pricing")]).unwrap();
    store.judge(&[judged(first.id, &by, "hiring")]).unwrap();
    let latest = Some(judged(first.id, &by, "hiring"));
    assert_eq!(store.judged(first.id).unwrap(), latest);
    assert_eq!(store.judged(second.id).unwrap(), None);
    let many = store.judged_many(&[second.id, first.id, numbered(3).id]).unwrap();
    assert_eq!(many, [None, latest, None]);
    let posts = store.posts(&[second.id, numbered(3).id, first.id, second.id]).unwrap();
    assert_eq!(posts, [Some(second.clone()), None, Some(first), Some(second)]);
    assert_eq!(store.counts().unwrap(), Counts { posts: 2, verdicts: 1, ..Counts::default() });
}

fn a_verdict_of_an_unknown_post_is_dropped(store: &dyn Store) {
    let unknown = numbered(1).id;
    store.judge(&[judged(unknown, &rules("model", "rules"), "pricing")]).unwrap();
    assert_eq!(store.judged(unknown).unwrap(), None);
    assert_eq!(store.counts().unwrap(), Counts::default());
}

fn unjudged_are_those_without_a_verdict_by_these_rules(store: &dyn Store) {
    let posts: Vec<Post> = (0..5).map(numbered).collect();
    store.keep(&posts).unwrap();
    let old = rules("model", "old");
    let new = rules("model", "new");
    let unjudged = |by: &(_, _), limit| store.unjudged(&by.0, &by.1, limit).unwrap();
    assert_eq!(unjudged(&old, 3), posts[..3]);
    store.judge(&[judged(posts[0].id, &old, "a"), judged(posts[2].id, &old, "a")]).unwrap();
    assert_eq!(unjudged(&old, 9), [posts[1].clone(), posts[3].clone(), posts[4].clone()]);
    assert_eq!(unjudged(&new, 9).len(), 5);
    store.judge(&posts.iter().map(|post| judged(post.id, &new, "a")).collect::<Vec<_>>()).unwrap();
    assert_eq!(unjudged(&new, 9), []);
    assert_eq!(unjudged(&old, 9), posts);
    assert_eq!(unjudged(&rules("other model", "new"), 9), posts);
    assert_eq!(unjudged(&new, 0), []);
}

fn new_posts_come_before_those_to_be_judged_again(store: &dyn Store) {
    let posts: Vec<Post> = (0..3).map(numbered).collect();
    let old = rules("model", "old");
    store.keep(&posts[..2]).unwrap();
    store.judge(&[judged(posts[0].id, &old, "a"), judged(posts[1].id, &old, "a")]).unwrap();
    store.keep(&posts[2..]).unwrap();
    let new = rules("model", "new");
    let waiting = store.unjudged(&new.0, &new.1, 9).unwrap();
    assert_eq!(waiting, [posts[2].clone(), posts[0].clone(), posts[1].clone()]);
}

fn an_embedding_keeps_its_meaning(store: &dyn Store) {
    let post = numbered(1);
    keep(store, &[&post]);
    let by = rules("model", "rules");
    let length = (0..384).map(|n| f64::from(n * n)).sum::<f64>().sqrt();
    let exact = Embedding((0..384).map(|n| (f64::from(n) / length) as f32).collect());
    let mut kept = judged(post.id, &by, "a");
    for embedding in [exact.clone(), Embedding::default()] {
        kept.embedding = embedding.clone();
        store.judge(&[kept.clone()]).unwrap();
        let read = store.judged(post.id).unwrap().unwrap().embedding;
        assert_eq!(read.0.len(), embedding.0.len());
        assert!((read.cosine(&exact) - embedding.cosine(&exact)).abs() < 0.001);
    }
}

fn what_is_remembered_of_a_source_is_the_last(store: &dyn Store) {
    let (blog, press) = (source("blog"), source("press"));
    let memory = |etag: &str| Memory {
        validators: Validators { etag: Some(etag.to_owned()), last_modified: None },
        next_visit: Some(time("2026-03-01T08:00:00Z")),
        ..Memory::default()
    };
    store.remember(&[(press.clone(), memory("a")), (blog.clone(), memory("b"))]).unwrap();
    store.remember(&[(press.clone(), memory(&noise(1, 30_000)))]).unwrap();
    store.remember(&[(press.clone(), memory("c"))]).unwrap();
    assert_eq!(store.memory(&press).unwrap(), Some(memory("c")));
    assert_eq!(store.memory(&source("pres")).unwrap(), None);
    assert_eq!(store.memories().unwrap(), [(blog, memory("b")), (press, memory("c"))]);
    assert_eq!(store.counts().unwrap().sources, 2);
}

fn visits_are_kept_newest_first_and_bounded(store: &dyn Store) {
    let press = source("press");
    let visit = |n: i64| Visit {
        source: press.clone(),
        at: time("2026-03-01T08:00:00Z") + SignedDuration::from_hours(n),
        requests: 1,
        bytes: 10,
        outcome: Outcome::Unchanged,
    };
    let remember = |source: &SourceId, n: i64| {
        let memory = Memory { last: Some(visit(n)), ..Memory::default() };
        store.remember(&[(source.clone(), memory)]).unwrap();
    };
    remember(&source("press-2"), 0);
    for n in 0..250 {
        remember(&press, n);
    }
    remember(&press, 249);
    assert_eq!(store.visits(&press, 2).unwrap(), [visit(249), visit(248)]);
    let kept = store.visits(&press, 1_000).unwrap();
    assert_eq!(kept, (50..250).rev().map(visit).collect::<Vec<_>>());
    assert_eq!(store.visits(&source("press-2"), 9).unwrap().len(), 1);
}

fn exactly_one_of_many_threads_claims_a_digest(store: &dyn Store) {
    const THREADS: usize = 8;
    for date in ["2026-03-01", "2026-03-02", "2026-03-03"] {
        let barrier = Barrier::new(THREADS);
        let claims: Vec<(usize, Claim)> = thread::scope(|scope| {
            let claim = |owners| {
                let (barrier, digest) = (&barrier, digest("grace", date, ids(), owners));
                scope.spawn(move || {
                    barrier.wait();
                    (owners, store.claim(&digest).unwrap())
                })
            };
            let threads: Vec<_> = (1..=THREADS).map(claim).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let ours: Vec<_> = claims.iter().filter(|(_, claim)| *claim == Claim::Ours).collect();
        assert_eq!(ours.len(), 1);
        let kept = digest("grace", date, ids(), ours[0].0);
        for (_, claim) in &claims {
            assert!(*claim == Claim::Ours || *claim == Claim::Before(Box::new(kept.clone())));
        }
        assert_eq!(store.digest("grace", date.parse().unwrap()).unwrap(), Some(kept));
    }
    assert_eq!(store.counts().unwrap().digests, 3);
}

fn a_claim_puts_what_it_tells_into_the_ledger(store: &dyn Store) {
    let [claim, retold, quote, news] = ids();
    let date = |date: &str| date.parse::<jiff::civil::Date>().unwrap();
    store.claim(&digest("grace", "2026-03-01", [claim, retold, quote, claim], 3)).unwrap();
    store.claim(&digest("grace", "2026-03-02", ids(), 2)).unwrap();
    let on = |day: &str, told: &[(PostId, u32)]| {
        let told = told.iter().map(|(post, owners)| Told {
            post: *post,
            date: date(day),
            owners: *owners,
        });
        told.collect::<Vec<_>>()
    };
    let mut first = on("2026-03-01", &[(claim, 3), (retold, 3), (quote, 3)]);
    let mut second = on("2026-03-02", &[(claim, 2), (retold, 2), (quote, 2), (news, 1)]);
    let told = |since: &str| {
        let mut told = store.told("grace", date(since)).unwrap();
        told.sort_by_key(|told| (told.date, told.post));
        told
    };
    first.sort_by_key(|told| told.post);
    second.sort_by_key(|told| told.post);
    assert_eq!(told("2026-03-02"), second);
    assert_eq!(told("2026-03-03"), []);
    first.extend(second);
    assert_eq!(told("2026-03-01"), first);
}

fn the_ledger_of_one_reader_is_not_that_of_another(store: &dyn Store) {
    let since = "2020-01-01".parse().unwrap();
    let readers = ["a", "a\0", "ab", "", "ä", "A"];
    for reader in readers {
        assert_eq!(store.claim(&digest(reader, "2026-03-01", ids(), 1)).unwrap(), Claim::Ours);
        assert_eq!(store.told(reader, since).unwrap().len(), 4);
    }
    assert_eq!(store.told("b", since).unwrap(), []);
    assert_eq!(store.digest("b", "2026-03-01".parse().unwrap()).unwrap(), None);
    let claims = store.claims().unwrap();
    let mut sorted = readers.map(|reader| (reader.to_owned(), "2026-03-01".parse().unwrap()));
    sorted.sort();
    assert_eq!(claims, sorted);
}

fn an_empty_store_is_empty(store: &dyn Store) {
    assert_eq!(store.counts().unwrap(), Counts::default());
    assert_eq!(store.first_heard().unwrap(), None);
    assert_eq!(store.said_in(all_time()).unwrap(), []);
    assert_eq!(store.keep(&[]).unwrap(), Kept::default());
    store.judge(&[]).unwrap();
    store.remember(&[]).unwrap();
    assert_eq!(store.counts().unwrap(), Counts::default());
}

fn a_month_is_listed_followed_written_anew_and_given_up(store: &dyn Store) {
    let march = "2026-03".parse().unwrap();
    let leak = of_source("leak", post("leak", "2026-03-04T08:00:00Z", "A secret."));
    let near = post("near", "2026-03-02T08:00:00Z", "They rise.");
    keep(store, &[&near, &leak]);
    store.judge(&[judged(leak.id, &rules("model", "rules"), "fees")]).unwrap();
    assert_eq!(store.months().unwrap()[0].month, march);
    let changes = store.changes(march, None, 9).unwrap();
    let of_leak = Change::Now {
        post: Box::new(leak.clone()),
        judged: Some(Box::new(judged(leak.id, &rules("model", "rules"), "fees"))),
    };
    assert!(changes.changes.contains(&of_leak), "{changes:?}");
    assert!(store.changes(march, Some(changes.mark), 9).unwrap().changes.is_empty());
    assert_eq!(store.kept_in(march, Some(near.id), 9).unwrap(), std::slice::from_ref(&leak));
    assert!(store.kept_in("2020-03".parse().unwrap(), None, 9).unwrap().is_empty());

    let done = store.compact(march, &without(&["leak"]), time("2026-04-01T00:00:00Z")).unwrap();
    assert_eq!((done.month, done.kept, done.dropped), (march, 1, 1));
    assert!(!store.known(leak.id).unwrap());
    assert_eq!(store.months().unwrap()[0].anew.as_ref().unwrap().rule, "mine");
    assert!(store.changes(march, Some(changes.mark), 9).unwrap().from_start);
    assert_eq!(store.give_up(march).unwrap().dropped, 1);
    assert!(store.months().unwrap().is_empty());
}

fn what_is_remembered_of_hosts_is_the_last(store: &dyn Store) {
    let busy =
        HostMemory { quiet_until: Some(time("2026-03-04T08:00:00Z")), ..HostMemory::default() };
    let hosts = [
        ("a.example".to_owned(), Some(busy.clone())),
        ("b.example".to_owned(), Some(busy.clone())),
    ];
    store.remember_hosts(&hosts).unwrap();
    store.remember_hosts(&[("a.example".to_owned(), None)]).unwrap();
    assert_eq!(store.hosts().unwrap(), [("b.example".to_owned(), busy)]);
}

fn keep(store: &dyn Store, posts: &[&Post]) -> Kept {
    store.keep(&posts.iter().map(|post| (*post).clone()).collect::<Vec<_>>()).unwrap()
}

/// Post number `n`, said in hour `n`.
fn numbered(n: u64) -> Post {
    let said = time("2026-01-01T00:00:00Z") + SignedDuration::from_hours(i64::try_from(n).unwrap());
    post(&format!("number {n}"), &said.to_string(), &format!("They said it {n} times."))
}

fn ids() -> [PostId; 4] {
    [1, 2, 3, 4].map(|n| numbered(n).id)
}

fn all_time() -> Window {
    Window { from: Timestamp::MIN, until: Timestamp::MAX }
}
