//! A month that is damaged, or gone, is named with what brings it back, and stops nothing else.

use std::fs;
use std::path::Path;

use jiff::SignedDuration;
use overheard::digest::Window;
use overheard::post::Post;
use overheard::store::backup::{self, Wanted, back_up};
use overheard::store::{SledStore, Store, StoreError};

use super::damage::copy_folder;
use super::months::without;
use super::sample::{Chance, digest, judged, noise, post, rules, time};

const OLD: &str = "2026-01";
const RESTORE: &str = "overheard restore BACKUP --month 2026-01";

/// Places a file is damaged at: every table lies somewhere between.
const PLACES: u64 = 24;

fn posts_of(month: u64) -> Vec<Post> {
    (0..60)
        .map(|n| {
            let length = if n % 20 == 3 { 20_000 } else { 500 };
            let said = format!("2026-{month:02}-{:02}T08:00:00Z", 1 + n % 27);
            post(&format!("{month}-{n}"), &said, &noise(100 * month + n, length))
        })
        .collect()
}

/// Three months, judged, and a digest of the last.
fn fill(folder: &Path) -> Vec<Post> {
    let store = SledStore::open(folder).unwrap();
    let posts: Vec<Post> = (1..=3).flat_map(posts_of).collect();
    for batch in posts.chunks(30) {
        store.keep(batch).unwrap();
        let by = rules("model", "rules");
        let verdicts: Vec<_> = batch.iter().map(|post| judged(post.id, &by, "a")).collect();
        store.judge(&verdicts).unwrap();
    }
    let told = [posts[120].id, posts[121].id, posts[122].id, posts[123].id];
    store.claim(&digest("grace", "2026-03-29", told, 3)).unwrap();
    store.close().unwrap();
    posts
}

/// Everything that has nothing to do with the old month works.
fn the_rest_works(store: &SledStore, posts: &[Post], what: &str) {
    let new = &posts[60..];
    let window = Window { from: time("2026-02-01T00:00:00Z"), until: time("2026-04-01T00:00:00Z") };
    assert_eq!(store.said_in(window).unwrap().len(), new.len(), "{what}");
    let ids: Vec<_> = new.iter().map(|post| post.id).collect();
    assert!(store.judged_many(&ids).unwrap().iter().all(Option::is_some), "{what}");
    assert!(store.counts().unwrap().posts >= new.len() as u64, "{what}");
    assert!(store.months().unwrap().len() >= 2, "{what}");
    let (model, rules) = rules("model", "rules");
    assert!(store.count_unjudged(&model, &rules).unwrap() <= posts.len(), "{what}");
    assert!(store.newest(&new[0].source, 5).unwrap().len() == 5, "{what}");
    assert!(store.kept_after(None, 1_000).unwrap().len() >= new.len(), "{what}");
    // What the old month holds is heard again, and is not taken for new.
    let heard = posts[119].heard + SignedDuration::from_hours(24);
    let again: Vec<Post> = posts[..60].iter().map(|post| Post { heard, ..post.clone() }).collect();
    let kept = store.keep(&again).unwrap();
    assert_eq!((kept.new, kept.same + kept.updated), (0, 60), "{what}");
    let fresh = post(&format!("fresh {what}"), "2026-03-30T08:00:00Z", "Fresh.");
    assert_eq!(store.keep(std::slice::from_ref(&fresh)).unwrap().new, 1, "{what}");
    store.judge(&[judged(fresh.id, &(model, rules), "a")]).unwrap();
}

#[test]
fn damage_anywhere_in_an_old_month_is_named_and_stops_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let posts = fill(&whole);
    let (named, harmless) = damaged_everywhere(folder.path(), &posts, "sled/db");
    assert!(named > PLACES / 3, "{named} named, {harmless} harmless");
}

#[test]
fn damage_anywhere_in_what_is_packed_of_a_month_is_named_and_stops_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let posts = fill(&whole);
    let store = SledStore::open(&whole).unwrap();
    let done = store.compact(OLD.parse().unwrap(), &without(&[]), time("2026-04-01T00:00:00Z"));
    assert_eq!(done.unwrap().kept, 60);
    store.close().unwrap();
    assert_eq!(damaged_everywhere(folder.path(), &posts, "packed"), (PLACES, 0));

    fs::remove_file(whole.join("months/2026-01/packed")).unwrap();
    let store = SledStore::open(&whole).unwrap();
    the_rest_works(&store, &posts, "gone");
    let told = store.verify().unwrap().join("\n");
    assert!(told.contains("the file `packed` is missing") && told.contains(RESTORE), "{told}");
}

/// Damages a file of the old month of `folder/whole` at many places, in a copy each; how often that was
/// named, and how often it did no harm.
fn damaged_everywhere(folder: &Path, posts: &[Post], file: &str) -> (u64, u64) {
    let mut chance = Chance::new(file);
    let whole = folder.join("whole");
    let file = Path::new("months").join(OLD).join(file);
    let length = fs::metadata(whole.join(&file)).unwrap().len();
    let (mut named, mut harmless) = (0, 0);
    for round in 0..PLACES {
        let copy = folder.join(round.to_string());
        copy_folder(&whole, &copy);
        let data = copy.join(&file);
        let mut bytes = fs::read(&data).unwrap();
        let place = round * length / PLACES + chance.below(length / PLACES);
        let place = usize::try_from(place).unwrap();
        let what = match round % 3 {
            0 => {
                bytes.iter_mut().skip(place).take(8).for_each(|byte| *byte ^= 0x10);
                format!("flipped at {place}")
            }
            1 => {
                bytes.iter_mut().skip(place).take(8_192).for_each(|byte| *byte = 0);
                format!("zeroed from {place}")
            }
            _ => {
                bytes.truncate(place);
                format!("cut at {place}")
            }
        };
        fs::write(&data, bytes).unwrap();
        let store = SledStore::open(&copy).unwrap();
        the_rest_works(&store, posts, &what);
        let problems = store.verify().unwrap();
        if problems.is_empty() {
            harmless += 1;
            for post in &posts[..60] {
                assert_eq!(store.post(post.id).unwrap().as_ref(), Some(post), "{what}");
            }
        } else {
            named += 1;
            assert!(
                problems.iter().any(|problem| problem.contains(RESTORE)),
                "{what}: {problems:?}"
            );
            let of_old = |problem: &String| problem.starts_with("month 2026-01: ");
            assert!(
                problems.iter().all(|problem| of_old(problem) || problem.starts_with("and ")),
                "{what}: {problems:?}"
            );
        }
        drop(store);
        fs::remove_dir_all(&copy).unwrap();
    }
    println!("{named} named, {harmless} harmless");
    (named, harmless)
}

#[test]
fn a_month_that_is_gone_is_named_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let posts = fill(&path);
    let there = folder.path().join("backup");
    let store = SledStore::open(&path).unwrap();
    back_up(&store, &there, time("2026-04-01T00:00:00Z"), &|_| {}).unwrap();
    let before = store.counts().unwrap();
    store.close().unwrap();
    fs::remove_dir_all(path.join("months").join(OLD)).unwrap();

    let store = SledStore::open(&path).unwrap();
    let damaged = store.damaged().unwrap();
    assert_eq!(damaged.len(), 1);
    let told = damaged[0].to_string();
    assert!(told.contains("its folder is gone") && told.contains(RESTORE), "{told}");
    assert_eq!(store.known_damage().unwrap(), damaged);
    assert_eq!(store.counts().unwrap().posts, 120);
    // A digest of that time would be wrong without it: whoever asks for it is told.
    let window = Window { from: time("2026-01-01T00:00:00Z"), until: time("2026-02-01T00:00:00Z") };
    let error = store.said_in(window).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { month: Some(_), .. }), "{error}");
    // Nothing is made where it was, and a backup keeps what it had of it.
    let error = store.keep(&posts[..1]).unwrap_err().to_string();
    assert!(error.contains(RESTORE), "{error}");
    let fresh = post("fresh", "2026-03-30T08:00:00Z", "Fresh.");
    assert_eq!(store.keep(&[fresh]).unwrap().new, 1, "an error of one month is none of another");
    assert!(!path.join("months").join(OLD).exists());
    back_up(&store, &there, time("2026-04-02T00:00:00Z"), &|_| {}).unwrap();
    assert_eq!(backup::check(&there, Wanted::default()).unwrap().posts, before.posts + 1);
    store.close().unwrap();

    let month = OLD.parse().unwrap();
    assert_eq!(SledStore::put_aside(&path, month).unwrap(), None);
    let store = SledStore::open(&path).unwrap();
    let wanted = Wanted { month: Some(month), until: None };
    assert_eq!(backup::restore(&there, &store, wanted, &|_| {}).unwrap().posts.new, 60);
    assert_eq!((store.damaged().unwrap(), store.verify().unwrap()), (vec![], vec![]));
    assert!(posts.iter().all(|post| store.post(post.id).unwrap().as_ref() == Some(post)));
}
