//! Whose folder it is, and who has it open.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use overheard::store::{SledStore, Store as _, StoreError};

use super::kill::ROLE;
use super::sample::post;

#[test]
fn what_was_kept_is_there_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/store");
    let post = post("prices", "2026-03-01T08:00:00Z", "They rise.");
    for _ in 0..3 {
        let store = SledStore::open(&path).unwrap();
        store.keep(std::slice::from_ref(&post)).unwrap();
        assert_eq!(store.counts().unwrap().posts, 1);
        store.close().unwrap();
    }
    assert_eq!(SledStore::open(&path).unwrap().post(post.id).unwrap(), Some(post));
}

#[test]
fn a_folder_of_something_else_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("letters.txt"), "dear").unwrap();
    let told = refusal(folder.path());
    assert!(told.contains("it holds letters.txt but no FORMAT"), "{told}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_is_not_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "dear").unwrap();
    assert!(refusal(&path).contains("it is a file, not a folder"));
}

#[test]
fn a_store_from_the_future_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(SledStore::open(folder.path()).unwrap());
    let format = folder.path().join("FORMAT");
    assert_eq!(fs::read_to_string(&format).unwrap(), "overheard store 3\n");
    for future in ["4", "0", "4000000000"] {
        fs::write(&format, format!("overheard store {future}\n")).unwrap();
        let told = refusal(folder.path());
        assert!(
            told.contains(&format!("its format is {future} and this version knows 3")),
            "{told}"
        );
    }
    for words in ["", "something else", "overheard store -1", "overheard store 1 2"] {
        fs::write(&format, words).unwrap();
        assert!(refusal(folder.path()).contains("does not name a format"), "{words:?}");
    }
    fs::write(&format, [0xff; 9]).unwrap();
    assert!(refusal(folder.path()).contains("does not name a format"));
}

#[test]
fn a_store_whose_database_is_gone_does_not_start_anew() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    store.keep(&[post("prices", "2026-03-01T08:00:00Z", "They rise.")]).unwrap();
    store.close().unwrap();
    fs::remove_dir_all(folder.path().join("months/2026-03/sled")).unwrap();
    let counted = || SledStore::open(folder.path()).and_then(|store| store.counts());
    let store = SledStore::open(folder.path()).unwrap();
    let told = store.damaged().unwrap()[0].to_string();
    assert!(told.contains("month 2026-03: the last 1 batches are missing"), "{told}");
    let more = post("more", "2026-03-02T08:00:00Z", "They fall.");
    let told = store.keep(&[more]).unwrap_err().to_string();
    assert!(told.contains("is damaged: month 2026-03: the last 1 batches are missing"), "{told}");
    drop(store);

    fs::remove_file(folder.path().join("months/2026-03/acknowledged")).unwrap();
    assert_eq!(counted().unwrap().posts, 0);
    fs::remove_dir_all(folder.path().join("desk/sled")).unwrap();
    let told = counted().unwrap_err().to_string();
    assert!(told.contains("is damaged: the last 1 batches are missing"), "{told}");
}

#[test]
fn nobody_else_can_open_a_store_that_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", super::kill::TEST, "--nocapture"])
        .env(ROLE, "hold")
        .env(super::kill::FOLDER, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("holding")));
    let refused = SledStore::open(folder.path()).unwrap_err();
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    assert!(
        matches!(&refused, StoreError::Locked { holder: Some(by), .. } if by.pid == holder.id()),
        "{refused}"
    );

    let store = SledStore::open(folder.path()).unwrap();
    let pid = std::process::id();
    let refused = SledStore::open(folder.path()).unwrap_err().to_string();
    // What it was called with, and since when.
    assert!(refused.contains(&format!("(pid {pid}, since 2")), "{refused}");
    assert!(refused.contains("in use by `it"), "{refused}");
    std::fs::write(folder.path().join("lock"), "7\n").unwrap();
    let refused = SledStore::open(folder.path()).unwrap_err().to_string();
    assert!(refused.contains("in use by another process (pid 7"), "{refused}");
    drop(store);
    SledStore::open(folder.path()).unwrap();
}

fn refusal(path: &Path) -> String {
    let refused = SledStore::open(path).unwrap_err();
    assert!(matches!(refused, StoreError::NotAStore { .. }), "{refused}");
    refused.to_string()
}
