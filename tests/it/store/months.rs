//! The months of a store: what arrives in each lies in a database of its own.

use std::fs;
use std::path::Path;

use overheard::digest::Window;
use overheard::post::Post;
use overheard::store::{Counts, Kept, SledStore, Store};

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
    assert_eq!(store.keep(&mixed).unwrap(), Kept { new: 50, updated: 0, same: 0 });
    assert_eq!(store.keep(&posts).unwrap(), Kept { new: 0, updated: 0, same: 50 });
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
    let first: Vec<bool> = waiting
        .iter()
        .map(|post| store.judged(post.id).unwrap().is_some())
        .collect();
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
    assert_eq!(kept, Kept { new: 0, updated: 1, same: 1 });
    assert_eq!(months(folder.path()), ["2026-01"]);
    let kept = store.post(old.id).unwrap().unwrap();
    assert_eq!((kept.heard, kept.said.text), (old.heard, again.said.text));
    let new = post("new", "2026-02-28T23:58:59Z", "New.");
    let mut twice = [new.clone(), new];
    twice[1].heard = time("2026-03-01T00:00:00Z");
    assert_eq!(store.keep(&twice).unwrap(), Kept { new: 1, updated: 0, same: 1 });
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

#[test]
fn a_month_that_is_gone_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    store.keep(&two_years()).unwrap();
    store.close().unwrap();
    fs::remove_dir_all(folder.path().join("months/2024-11")).unwrap();
    let told = SledStore::open(folder.path()).unwrap_err().to_string();
    assert!(told.contains("holds no posts of 2024-11 any more"), "{told}");
}
