//! Stores that earlier versions wrote.

use std::fs;
use std::path::Path;

use overheard::label::Answer;
use overheard::post::Post;
use overheard::store::{Counts, SledStore, Store};

use super::damage::copy_folder;
use super::months::without;
use super::sample::{digest, judged, noise, post, rules, source, time};

/// What the version before months kept: `tests/fixtures/store/format-1`, written by it.
fn kept() -> Vec<Post> {
    let said = [
        "2026-01-30T23:59:30Z",
        "2026-01-31T10:00:00Z",
        "2026-02-14T10:00:00Z",
        "2026-03-01T00:00:00Z",
        "2026-03-02T10:00:00Z",
    ];
    let mut posts: Vec<Post> = said
        .iter()
        .enumerate()
        .map(|(n, said)| post(&format!("key-{n}"), said, &format!("They said number {n}.")))
        .collect();
    posts.push(post("long", "2026-02-20T10:00:00Z", &noise(7, 20_000)));
    posts.push(post("back", "2026-01-15T10:00:00Z", "Said long before the others."));
    posts
}

fn format_1(folder: &Path) {
    copy_folder(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store/format-1"),
        folder,
    );
}

/// The same, as the version before packs had it: filed by month, and every month written anew.
fn format_2(folder: &Path) {
    copy_folder(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store/format-2"),
        folder,
    );
}

fn check(folder: &Path) {
    let store = SledStore::open(folder).unwrap();
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    let counts = Counts { posts: 7, verdicts: 6, sources: 1, digests: 1 };
    assert_eq!(store.counts().unwrap(), counts);
    let posts = kept();
    let (first, second) = (rules("model:1", "rules-1"), rules("model:1", "rules-2"));
    for (n, post) in posts.iter().enumerate() {
        assert_eq!(store.post(post.id).unwrap().as_ref(), Some(post));
        let expected = match n {
            0 => None,
            2 => Some(judged(post.id, &second, "costs")),
            _ => Some(judged(post.id, &first, "fees")),
        };
        assert_eq!(store.judged(post.id).unwrap(), expected);
    }
    let waiting = |by: &(_, _)| -> Vec<_> {
        let waiting = store.unjudged(&by.0, &by.1, 10).unwrap();
        waiting.iter().map(|post| post.said.key.clone()).collect()
    };
    assert_eq!(waiting(&first), ["key-0", "key-2"]);
    assert_eq!(waiting(&second).len(), 6);
    assert_eq!(store.labels().unwrap()[0].answer, Answer::Is);
    assert!(store.memory(&source("press")).unwrap().is_some());
    let told = [posts[0].id, posts[1].id, posts[2].id, posts[3].id];
    let mut claimed = digest("grace", "2026-03-02", told, 5);
    for point in claimed.blocks.iter_mut().flat_map(|block| &mut block.points) {
        // Not written down in those days.
        point.evidence.trend.windows_before = 0.0;
    }
    assert_eq!(store.digest("grace", claimed.date).unwrap(), Some(claimed.clone()));
    assert_eq!(store.told("grace", claimed.date).unwrap().len(), claimed.told().len());
    assert!(store.unteach().unwrap().is_some());
    store.close().unwrap();
}

#[test]
fn a_store_from_before_months_is_filed_by_month_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    format_1(folder.path());
    check(folder.path());
    assert_eq!(fs::read_to_string(folder.path().join("FORMAT")).unwrap(), "overheard store 3\n");
    assert!(!folder.path().join("sled").exists());
    let mut months: Vec<_> = fs::read_dir(folder.path().join("months"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    months.sort();
    assert_eq!(months, ["2026-01", "2026-02", "2026-03"]);
}

#[test]
fn a_move_into_months_that_was_cut_short_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    format_1(folder.path());
    // Killed on its way: some of the new is there, and the folder is of the old format.
    fs::create_dir_all(folder.path().join("months/2026-01/sled")).unwrap();
    fs::write(folder.path().join("months/2026-01/sled/db"), "half of it").unwrap();
    fs::create_dir_all(folder.path().join("desk")).unwrap();
    check(folder.path());

    // Killed while the old was deleted.
    let folder = tempfile::tempdir().unwrap();
    format_1(folder.path());
    SledStore::open(folder.path()).unwrap().close().unwrap();
    fs::create_dir_all(folder.path().join("sled")).unwrap();
    fs::write(folder.path().join("sled/db"), "half of it").unwrap();
    check(folder.path());
    assert!(!folder.path().join("sled").exists());
}

#[test]
fn a_store_from_before_months_that_lost_its_tail_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    format_1(folder.path());
    fs::write(folder.path().join("acknowledged"), "00000000000000000099\n").unwrap();
    let told = SledStore::open(folder.path()).unwrap_err().to_string();
    assert!(told.contains("batches are missing"), "{told}");
    assert_eq!(fs::read_to_string(folder.path().join("FORMAT")).unwrap(), "overheard store 1\n");
    assert!(folder.path().join("sled/db").exists());
}

#[test]
fn a_store_from_before_packs_loses_nothing_and_every_month_of_it_is_due_to_be_packed() {
    let folder = tempfile::tempdir().unwrap();
    format_2(folder.path());
    check(folder.path());
    assert_eq!(fs::read_to_string(folder.path().join("FORMAT")).unwrap(), "overheard store 3\n");

    let folder = tempfile::tempdir().unwrap();
    format_2(folder.path());
    let store = SledStore::open(folder.path()).unwrap();
    let filed = store.months().unwrap();
    assert_eq!(filed.len(), 3);
    for filed in filed {
        assert_eq!(filed.anew, None, "that it was written anew keeps no month from being packed");
        store.compact(filed.month, &without(&[]), time("2026-04-01T00:00:00Z")).unwrap();
    }
    store.close().unwrap();
    for month in ["2026-01", "2026-02", "2026-03"] {
        assert!(folder.path().join("months").join(month).join("packed").exists());
    }
    let store = SledStore::open(folder.path()).unwrap();
    assert!(store.months().unwrap().iter().all(|filed| filed.anew.is_some()), "once is enough");
    store.close().unwrap();
    check(folder.path());
}
