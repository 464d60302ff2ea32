//! The months of a store: what arrives in each lies in a database of its own.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use overheard::digest::Window;
use overheard::month::Month;
use overheard::post::{Post, PostId};
use overheard::store::{Anew, Counts, Filed, Keeps, Kept, SledStore, Store};

use super::damage::copy_folder as copy;
use super::sample::{judged, noise, post, rules, time};

fn months(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder.join("months"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A post for each of the first twenty months of a market, and those of the first day of the last.
fn two_years() -> Vec<Post> {
    (0..20)
        .map(|n| {
            let said = format!("{}-{:02}-15T08:00:00Z", 2024 + n / 12, n % 12 + 1);
            post(&format!("month-{n}"), &said, &format!("It is the month number {n}."))
        })
        .chain((0..30).map(|n| post(&format!("day-{n}"), "2025-08-01T08:00:00Z", &noise(n, 300))))
        .collect()
}

#[test]
fn a_post_is_filed_by_the_month_it_arrived_in_and_found_by_all_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    let posts = two_years();
    // One batch over them all, out of order.
    let mut mixed = posts.clone();
    mixed.reverse();
    assert_eq!(store.keep(&mixed).unwrap(), Kept { new: 50, updated: 0, same: 0, refused: 0 });
    assert_eq!(store.keep(&posts).unwrap(), Kept { new: 0, updated: 0, same: 50, refused: 0 });
    let by = rules("model", "rules");
    let some: Vec<_> = posts.iter().step_by(3).map(|post| judged(post.id, &by, "fees")).collect();
    store.judge(&some).unwrap();
    store.close().unwrap();
    assert_eq!(months(folder.path()).len(), 20);

    let store = SledStore::open(folder.path()).unwrap();
    assert_eq!(store.counts().unwrap(), Counts { posts: 50, verdicts: 17, ..Counts::default() });
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    for (n, post) in posts.iter().enumerate() {
        assert_eq!(store.post(post.id).unwrap().as_ref(), Some(post));
        assert_eq!(store.judged(post.id).unwrap().is_some(), n % 3 == 0);
    }
    let said = |from, until| -> Vec<Post> {
        store.said_in(Window { from: time(from), until: time(until) }).unwrap()
    };
    assert_eq!(said("2024-03-01T00:00:00Z", "2024-06-01T00:00:00Z"), posts[2..5]);
    assert_eq!(said("2000-01-01T00:00:00Z", "2030-01-01T00:00:00Z").len(), 50);
    let newest = store.newest(&posts[0].source, 40).unwrap();
    assert_eq!(newest.first(), posts.get(19));
    assert!(newest.is_sorted_by_key(|post| std::cmp::Reverse(post.when())));
    assert_eq!((newest.len(), &newest[39]), (40, &posts[10]));
    assert_eq!(store.first_said().unwrap(), Some(posts[0].when()));
    assert_eq!(store.first_heard().unwrap(), Some(posts[0].heard));

    let (mut walked, mut last) = (Vec::new(), None);
    loop {
        let page = store.kept_after(last, 7).unwrap();
        let Some(end) = page.last() else { break };
        last = Some(end.id);
        walked.extend(page);
    }
    assert_eq!(walked.len(), 50);
    assert!(walked.is_sorted_by_key(|post| post.heard), "month by month");
    let waiting = store.unjudged(&by.0, &by.1, 100).unwrap();
    assert_eq!((waiting.len(), store.count_unjudged(&by.0, &by.1).unwrap()), (33, 33));
    let other = rules("model", "other rules");
    let waiting = store.unjudged(&other.0, &other.1, 100).unwrap();
    assert_eq!(waiting.len(), 50);
    let first: Vec<bool> =
        waiting.iter().map(|post| store.judged(post.id).unwrap().is_some()).collect();
    assert!(first.is_sorted(), "those never judged come first, whatever their month");
}

#[test]
fn a_post_heard_again_stays_in_its_month() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    let old = post("prices", "2026-01-31T23:58:59Z", "They rise.");
    assert_eq!(old.heard, time("2026-01-31T23:59:59Z"));
    store.keep(std::slice::from_ref(&old)).unwrap();
    let mut again = old.clone();
    again.heard = time("2026-02-01T00:00:00Z");
    again.said.text = "They rise a lot.".to_owned();
    // Twice in one batch, the second time as if it were new.
    let kept = store.keep(&[again.clone(), again.clone()]).unwrap();
    assert_eq!(kept, Kept { new: 0, updated: 1, same: 1, refused: 0 });
    assert_eq!(months(folder.path()), ["2026-01"]);
    let kept = store.post(old.id).unwrap().unwrap();
    assert_eq!((kept.heard, kept.said.text), (old.heard, again.said.text));
    let new = post("new", "2026-02-28T23:58:59Z", "New.");
    let mut twice = [new.clone(), new];
    twice[1].heard = time("2026-03-01T00:00:00Z");
    assert_eq!(store.keep(&twice).unwrap(), Kept { new: 1, updated: 0, same: 1, refused: 0 });
    assert_eq!(store.counts().unwrap().posts, 2);
}

#[test]
fn ids_that_were_lost_or_damaged_are_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let posts = two_years();
    let filled = SledStore::open(folder.path()).unwrap();
    filled.keep(&posts).unwrap();
    filled.close().unwrap();
    let ids = |month: &str| folder.path().join("months").join(month).join("ids");
    fs::remove_file(ids("2024-01")).unwrap();
    fs::write(ids("2024-02"), "something else").unwrap();
    let stale = fs::read(ids("2025-08")).unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    for post in &posts {
        assert!(store.known(post.id).unwrap());
    }
    // While posts are added there is no file: a killed process leaves none that lies.
    let more = post("more", "2025-08-02T08:00:00Z", "More.");
    store.keep(std::slice::from_ref(&more)).unwrap();
    assert!(!ids("2025-08").exists());
    store.close().unwrap();
    assert_ne!(fs::read(ids("2025-08")).unwrap(), stale);
    assert!(SledStore::open(folder.path()).unwrap().known(more.id).unwrap());
}

/// A store whose one month was written over and over, so that most of its files is waste.
fn wasteful(folder: &Path) -> Vec<Post> {
    let store = SledStore::open(folder).unwrap();
    let by = rules("model", "rules");
    let mut posts = Vec::new();
    for round in 0..6 {
        posts = (0..200)
            .map(|n| {
                let text = noise(round * 1_000 + n, 2_000);
                let said = post(&n.to_string(), "2026-03-01T08:00:00Z", &text);
                if n == 0 { of_source("forum", said) } else { said }
            })
            .collect();
        store.keep(&posts).unwrap();
        let verdicts: Vec<_> = posts.iter().map(|post| judged(post.id, &by, "fees")).collect();
        store.judge(&verdicts).unwrap();
    }
    // Changed after it was judged: it waits, and its verdict stands until then.
    "Other words.".clone_into(&mut posts[7].said.text);
    store.keep(&posts[7..8]).unwrap();
    store.close().unwrap();
    posts
}

fn now() -> Timestamp {
    time("2026-04-01T04:00:00Z")
}

/// Keeps all but the posts of these sources.
pub(crate) fn without(sources: &[&str]) -> Keeps {
    let without = sources.iter().map(|id| id.parse().unwrap()).collect();
    Keeps { rule: "mine".into(), without }
}

pub(crate) fn of_source(id: &str, mut post: Post) -> Post {
    post.source = id.parse().unwrap();
    post.id = PostId::of(&post.source, &post.said.key);
    post
}

fn march() -> Month {
    "2026-03".parse().unwrap()
}

#[test]
fn a_month_written_anew_is_the_same_and_smaller() {
    let folder = tempfile::tempdir().unwrap();
    let posts = wasteful(folder.path());
    let by = rules("model", "rules");
    let look = |store: &SledStore| -> Vec<_> {
        let of = |post: &Post| (store.post(post.id).unwrap(), store.judged(post.id).unwrap());
        posts.iter().map(of).collect()
    };
    let store = SledStore::open(folder.path()).unwrap();
    let before = (look(&store), store.unjudged(&by.0, &by.1, 9).unwrap());
    assert_eq!(before.1.len(), 1);
    let batches = store.months().unwrap()[0].batches;
    let done = store.compact(march(), &without(&[]), now()).unwrap();
    assert_eq!((done.kept, done.dropped), (200, 0));
    assert!(done.after_bytes * 2 < done.before_bytes, "{done:?}");
    let anew = Some(Anew { at: now(), rule: "mine".into(), bytes: done.after_bytes });
    let filed = Filed { month: march(), bytes: done.after_bytes, batches, anew };
    assert_eq!(store.months().unwrap(), [filed]);
    for _ in 0..2 {
        assert_eq!((look(&store), store.unjudged(&by.0, &by.1, 9).unwrap()), before);
        assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    }
    // It goes on as before: what is new is numbered after what is there.
    let more = post("more", "2026-03-02T08:00:00Z", "More.");
    store.keep(&[more.clone(), posts[0].clone()]).unwrap();
    assert_eq!(store.kept_after(Some(posts[199].id), 9).unwrap(), [more]);
    store.close().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    assert_eq!(look(&store), before.0);
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn what_is_not_to_be_kept_is_not_found_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let posts = wasteful(folder.path());
    let secret = post("secret", "2026-03-05T08:00:00Z", "Zanzibar-4711 is what nobody may read.");
    let secret = of_source("leak", secret);
    let store = SledStore::open(folder.path()).unwrap();
    store.keep(std::slice::from_ref(&secret)).unwrap();
    store.judge(&[judged(secret.id, &rules("model", "rules"), "zanzibar-4711")]).unwrap();
    let done = store.compact(march(), &without(&["leak"]), now()).unwrap();
    assert_eq!((done.kept, done.dropped), (200, 1));
    assert_eq!((store.post(secret.id).unwrap(), store.judged(secret.id).unwrap()), (None, None));
    assert!(store.known(posts[3].id).unwrap());
    // A month without posts goes whole.
    let done = store.compact(march(), &without(&["press", "forum"]), now()).unwrap();
    assert_eq!((done.kept, done.dropped, done.after_bytes), (0, 200, 0));
    assert_eq!(store.counts().unwrap(), Counts::default());
    assert_eq!(months(folder.path()), Vec::<String>::new());
    assert_eq!(store.keep(&posts).unwrap().new, 200, "it may come back");
    store.give_up(march()).unwrap();
    store.close().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    assert_eq!((store.counts().unwrap(), store.verify().unwrap()), (Counts::default(), vec![]));
}

#[test]
fn writing_a_month_anew_can_be_cut_short_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, compacted) = (folder.path().join("whole"), folder.path().join("compacted"));
    let posts = wasteful(&whole);
    copy(&whole, &compacted);
    let store = SledStore::open(&compacted).unwrap();
    store.compact(march(), &without(&["forum"]), now()).unwrap();
    store.close().unwrap();

    let check = |name: &str, posts_left: u64, place: &dyn Fn(&Path)| {
        let at = folder.path().join(name);
        copy(&whole, &at);
        place(&at.join("months"));
        let store = SledStore::open(&at).unwrap();
        assert_eq!(store.counts().unwrap().posts, posts_left, "{name}");
        assert_eq!(store.verify().unwrap(), Vec::<String>::new(), "{name}");
        assert!(store.known(posts[1].id).unwrap());
        assert_eq!(store.known(posts[0].id).unwrap(), posts_left == 200);
        store.close().unwrap();
        assert_eq!(months(&at), ["2026-03"], "{name}");
    };
    let new = compacted.join("months/2026-03");
    check("before it is whole", 200, &|months| {
        fs::create_dir_all(months.join("anew-2026-03/sled")).unwrap();
        fs::write(months.join("anew-2026-03/sled/db"), "half").unwrap();
    });
    check("before it is swapped in", 200, &|months| copy(&new, &months.join("anew-2026-03")));
    check("in the middle of the swap", 199, &|months| {
        copy(&new, &months.join("anew-2026-03"));
        fs::rename(months.join("2026-03"), months.join("dropped-2026-03")).unwrap();
    });
    check("before the old is deleted", 199, &|months| {
        fs::rename(months.join("2026-03"), months.join("dropped-2026-03")).unwrap();
        copy(&new, &months.join("2026-03"));
    });

    // And a month that was being given up.
    let at = folder.path().join("given up");
    copy(&whole, &at);
    fs::rename(at.join("months/2026-03"), at.join("months/dropped-2026-03")).unwrap();
    let store = SledStore::open(&at).unwrap();
    assert_eq!((store.counts().unwrap().posts, store.verify().unwrap()), (0, vec![]));
    assert_eq!(months(&at), Vec::<String>::new());
}
