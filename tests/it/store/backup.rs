//! Backups: what is in one comes back, and what is not whole is never taken for it.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use overheard::label::{Answer, Label};
use overheard::post::Post;
use overheard::store::backup::{self, BackupError, Wanted, back_up};
use overheard::store::{Counts, Judged, SledStore, Store};
use overheard::visit::Memory;

use super::sample::{digest, judged, noise, post, rules, source, time};

fn at(n: i32) -> Timestamp {
    time("2026-04-01T04:00:00Z") + SignedDuration::from_hours(24) * n
}

/// A store of three months, with something in every table.
fn filled(folder: &Path) -> (SledStore, Vec<Post>) {
    let store = SledStore::open(folder).unwrap();
    let posts: Vec<Post> = (0..150_u64)
        .map(|n| {
            let said = format!("2026-{:02}-{:02}T08:00:00Z", 1 + n / 50, 1 + n % 28);
            post(&n.to_string(), &said, &noise(n, if n % 40 == 7 { 30_000 } else { 400 }))
        })
        .collect();
    store.keep(&posts).unwrap();
    let by = rules("model", "rules");
    let verdicts: Vec<Judged> =
        posts.iter().step_by(2).map(|post| judged(post.id, &by, "fees")).collect();
    store.judge(&verdicts).unwrap();
    store.remember(&[(source("press"), Memory::default())]).unwrap();
    let label = Label { topic: "fees".into(), post: posts[1].id, answer: Answer::Is, at: at(0) };
    store.teach(&[label], at(0)).unwrap();
    let told = [posts[0].id, posts[1].id, posts[2].id, posts[3].id];
    store.claim(&digest("grace", "2026-03-02", told, 3)).unwrap();
    (store, posts)
}

fn everything(store: &dyn Store) -> impl PartialEq + std::fmt::Debug + use<> {
    let posts = store.kept_after(None, usize::MAX).unwrap();
    let ids: Vec<_> = posts.iter().map(|post| post.id).collect();
    let digests: Vec<_> = store
        .claims()
        .unwrap()
        .into_iter()
        .map(|(reader, date)| store.digest(&reader, date).unwrap())
        .collect();
    let (labels, memories) = (store.labels().unwrap(), store.memories().unwrap());
    (posts, store.judged_many(&ids).unwrap(), digests, labels, memories)
}

fn make(store: &dyn Store, folder: &Path, n: i32) -> backup::Made {
    back_up(store, folder, at(n), &|_| {}).unwrap()
}

#[test]
fn what_is_backed_up_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = filled(&folder.path().join("store"));
    let there = folder.path().join("backup");
    let made = make(&store, &there, 1);
    assert_eq!((made.written, made.manifest.parts.len()), (4, 4));
    let counts = store.counts().unwrap();
    assert_eq!(backup::check(&there, Wanted::default()).unwrap(), counts);

    let restored = SledStore::open(&folder.path().join("restored")).unwrap();
    let taken = backup::restore(&there, &restored, Wanted::default(), &|_| {}).unwrap();
    assert_eq!((taken.posts.new, taken.counts), (150, counts));
    assert_eq!(restored.verify().unwrap(), Vec::<String>::new());
    assert_eq!(everything(&restored), everything(&store));
    // Again: nothing is doubled.
    let taken = backup::restore(&there, &restored, Wanted::default(), &|_| {}).unwrap();
    assert_eq!((taken.posts.new, taken.posts.same, taken.new_digests), (0, 150, 0));
    assert_eq!(restored.counts().unwrap(), counts);
}

#[test]
fn only_months_that_changed_are_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let (store, posts) = filled(&folder.path().join("store"));
    let there = folder.path().join("backup");
    let first = make(&store, &there, 1);
    let again = make(&store, &there, 2);
    assert_eq!(again.written, 1, "what stays is small, and always written");
    assert_eq!(again.manifest.parts[1..], first.manifest.parts[1..]);
    store.judge(&[judged(posts[1].id, &rules("model", "rules"), "fees")]).unwrap();
    store.keep(&[post("new", "2026-04-01T08:00:00Z", "New.")]).unwrap();
    let made = make(&store, &there, 3);
    assert_eq!((made.written, made.manifest.parts.len()), (3, 5));
    // A file that was lost or changed is written again.
    let march = there.join(&made.manifest.parts[3].file);
    fs::write(&march, "gone bad").unwrap();
    assert_eq!(make(&store, &there, 4).written, 2);
    assert_eq!(backup::check(&there, Wanted::default()).unwrap(), store.counts().unwrap());
    // And no file is left that nobody needs.
    let manifest = backup::manifest(&there).unwrap();
    assert_eq!(fs::read_dir(&there).unwrap().count(), manifest.parts.len() + 1);
    assert_eq!(manifest.at, at(4));
}

#[test]
fn one_month_comes_back_alone_and_what_came_later_stays_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let (store, posts) = filled(&path);
    let there = folder.path().join("backup");
    make(&store, &there, 1);
    let before = everything(&store);
    store.close().unwrap();
    // The database of a month is zeroed.
    let data = path.join("months/2026-02/sled/db");
    let length = fs::metadata(&data).unwrap().len();
    fs::write(&data, vec![0; usize::try_from(length).unwrap()]).unwrap();
    let store = SledStore::open(&path).unwrap();
    let told = store.post(posts[60].id).unwrap_err().to_string();
    assert!(told.contains("month 2026-02") && told.contains("overheard restore"), "{told}");
    assert!(store.post(posts[0].id).unwrap().is_some(), "the others can be read");
    drop(store);

    let month = "2026-02".parse().unwrap();
    let aside = SledStore::put_aside(&path, month).unwrap().unwrap();
    assert!(aside.join("sled/db").exists());
    assert_eq!(SledStore::put_aside(&path, month).unwrap(), None);
    let store = SledStore::open(&path).unwrap();
    assert_eq!(store.counts().unwrap().posts, 100);
    let wanted = Wanted { month: Some(month), until: None };
    assert_eq!(backup::restore(&there, &store, wanted, &|_| {}).unwrap().posts.new, 50);
    assert_eq!(everything(&store), before);
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());

    let restored = SledStore::open(&folder.path().join("restored")).unwrap();
    let until = time("2026-02-15T00:00:00Z");
    let wanted = Wanted { month: None, until: Some(until) };
    backup::restore(&there, &restored, wanted, &|_| {}).unwrap();
    let heard = |post: &Post| post.heard < until;
    assert_eq!(restored.counts().unwrap().posts, posts.iter().filter(|p| heard(p)).count() as u64);
    assert_eq!(restored.counts().unwrap().digests, 0);
}

#[test]
fn what_is_not_whole_is_named_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = filled(&folder.path().join("store"));
    let there = folder.path().join("backup");
    let made = make(&store, &there, 1);
    let january = there.join(&made.manifest.parts[1].file);
    let (bytes, manifest) = (fs::read(&january).unwrap(), there.join("manifest.json"));
    let text = fs::read_to_string(&manifest).unwrap();
    let refused = |what: &str| {
        let restored = SledStore::open(&folder.path().join(what)).unwrap();
        let error = backup::restore(&there, &restored, Wanted::default(), &|_| {}).unwrap_err();
        assert_eq!(restored.counts().unwrap(), Counts::default(), "{what}");
        error.to_string()
    };

    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    for (what, wrong) in [("flipped", flipped), ("cut", bytes[..99].to_vec()), ("empty", vec![])] {
        fs::write(&january, wrong).unwrap();
        let told = refused(what);
        assert!(told.contains("2026-01-") && told.contains("not what was written"), "{told}");
    }
    fs::remove_file(&january).unwrap();
    assert!(refused("gone").contains("2026-01-"));
    fs::write(&january, &bytes).unwrap();

    let edited = [
        ("cut short", text[..text.len() / 2].to_owned(), "manifest.json"),
        ("counted wrongly", text.replacen("\"posts\": 50", "\"posts\": 49", 1), "were written"),
        (
            "elsewhere",
            text.replacen("\"file\": \"desk", "\"file\": \"../desk", 1),
            "no part's name",
        ),
        (
            "of later",
            text.replace("\"overheard_backup\": 1", "\"overheard_backup\": 2"),
            "later version",
        ),
    ];
    for (what, wrong, said) in edited {
        assert_ne!(wrong, text);
        fs::write(&manifest, wrong).unwrap();
        let told = refused(what);
        assert!(told.contains(said), "{what}: {told}");
    }
}

#[test]
fn a_backup_that_changed_under_us_is_mended_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = filled(&folder.path().join("store"));
    let there = folder.path().join("backup");
    let made = make(&store, &there, 1);
    assert_eq!((made.mended, made.broken), (vec![], vec![]));
    fs::write(there.join(&made.manifest.parts[2].file), "rot").unwrap();
    let made = make(&store, &there, 2);
    assert_eq!((made.mended, made.written), (vec!["2026-02".to_owned()], 2));
    assert_eq!(make(&store, &there, 3).mended, Vec::<String>::new());

    // Of a month that is damaged here, the backup's part is all there is.
    let made = make(&store, &there, 4);
    fs::write(there.join(&made.manifest.parts[3].file), "rot").unwrap();
    store.close().unwrap();
    fs::remove_dir_all(folder.path().join("store/months/2026-03")).unwrap();
    let store = SledStore::open(&folder.path().join("store")).unwrap();
    assert_eq!(make(&store, &there, 5).broken, ["2026-03"]);
}

#[test]
fn a_backup_whose_manifest_is_broken_or_that_is_not_there_says_what_helps() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = filled(&folder.path().join("store"));
    let there = folder.path().join("backup");
    make(&store, &there, 1);
    fs::write(there.join("manifest.json"), "{").unwrap();
    let told = backup::check(&there, Wanted::default()).unwrap_err().to_string();
    assert!(told.contains("manifest.json is damaged") && told.contains("use another"), "{told}");
    assert!(!told.contains("--month"), "no month can be found without it: {told}");
    fs::write(there.join("manifest.json"), [0xff, 0xfe]).unwrap();
    let told = backup::check(&there, Wanted::default()).unwrap_err().to_string();
    assert!(told.contains("manifest.json is damaged"), "{told}");
    let nowhere = folder.path().join("backupp");
    let told = backup::check(&nowhere, Wanted::default()).unwrap_err().to_string();
    assert!(told.contains("there is no such folder"), "{told}");
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = filled(&folder.path().join("store"));
    let there = folder.path().join("letters");
    fs::create_dir(&there).unwrap();
    fs::write(there.join("letter.txt"), "dear").unwrap();
    let error = back_up(&store, &there, at(1), &|_| {}).unwrap_err();
    assert!(matches!(error, BackupError::NotABackup { .. }), "{error}");
    assert!(error.to_string().contains("letter.txt"), "{error}");
    let error = backup::check(&there.join("nowhere"), Wanted::default()).unwrap_err();
    assert!(error.to_string().contains("there is no such folder"), "{error}");

    // What a first backup left that was cut short is no hindrance.
    let cut = folder.path().join("cut");
    fs::create_dir_all(cut.join("scratch/months")).unwrap();
    fs::write(cut.join("2026-01-fresh.jsonl.zst"), "half").unwrap();
    make(&store, &cut, 1);
    let names: Vec<PathBuf> =
        fs::read_dir(&cut).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(names.len(), 5, "{names:?}");
    #[cfg(unix)]
    for name in names {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&name).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
