//! No space left, in the middle of the work.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use overheard::store::{SledStore, Store as _, StoreError};

use super::kill::{FOLDER, ROLE, TEST};
use super::sample::{noise, post};

/// The size at which a file cannot grow: the system refuses as it does on a full disk.
const LIMIT_KIB: u32 = 3_000;

#[test]
fn a_full_disk_is_said_and_nothing_acknowledged_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("trap '' XFSZ; ulimit -f {LIMIT_KIB}; exec \"$0\" \"$@\"");
    let output = Command::new("bash")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(ROLE, "fill")
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let refusals: Vec<&str> = said.lines().filter(|line| line.starts_with("refused")).collect();
    assert_eq!(refusals.len(), 2, "{said}");
    for refusal in refusals {
        assert!(refusal.contains("no space left for the store"), "{refusal}");
    }

    let kept = said.lines().filter(|line| line.starts_with("kept")).count();
    assert!(kept > 3, "{said}");
    let store = SledStore::open(folder.path()).unwrap();
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    for n in 0..kept {
        let post = numbered(n);
        assert_eq!(store.post(post.id).unwrap(), Some(post), "post {n}");
    }
    store.keep(&[numbered(kept), numbered(kept + 1)]).unwrap();
}

#[test]
fn what_a_full_disk_stopped_goes_on_by_itself_when_there_is_room_again() {
    let folder = tempfile::tempdir().unwrap();
    // Only the soft limit: it can be raised from outside, as somebody makes room.
    let script = format!("trap '' XFSZ; ulimit -S -f {LIMIT_KIB}; exec \"$0\" \"$@\"");
    let mut child = Command::new("bash")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(ROLE, "outlast")
        .env(FOLDER, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut kept: usize = 0;
    let mut rounds = 0;
    for line in said.by_ref() {
        match line.split_once(' ') {
            Some(("kept", n)) => kept = n.parse::<usize>().unwrap() + 1,
            Some(("full", _)) => {
                rounds += 1;
                let raised = Command::new("prlimit")
                    .args(["--pid", &child.id().to_string(), "--fsize=unlimited:unlimited"])
                    .status()
                    .unwrap();
                assert!(raised.success());
                child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
            }
            Some(("ended", _)) => break,
            _ => {}
        }
    }
    let rest: Vec<String> = said.collect();
    assert!(child.wait().unwrap().success(), "{rest:?}");
    assert_eq!(rounds, 1, "it was full once");
    let store = SledStore::open(folder.path()).unwrap();
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    for n in 0..kept {
        assert!(store.known(numbered(n).id).unwrap(), "post {n} of {kept} was acknowledged");
    }
}

/// Keeps posts in one process through a full disk, and reads meanwhile.
pub(crate) fn outlast(folder: &Path) {
    println!();
    let store = SledStore::open(folder).unwrap();
    let (mut full, mut after) = (0, 0);
    let mut n = 0;
    while after < 40 {
        match store.keep(&[numbered(n)]) {
            Ok(_) => {
                println!("kept {n}");
                n += 1;
                after += usize::from(full == 1);
            }
            Err(error) => {
                assert!(matches!(error, StoreError::Full { .. }), "{error}");
                // What was acknowledged is read meanwhile; and nothing is mended while there is no room.
                for known in 0..n {
                    let post = store.post(numbered(known).id).unwrap();
                    assert_eq!(post, Some(numbered(known)));
                }
                let refused = store.mend().unwrap_err();
                assert!(matches!(refused, StoreError::Full { .. }), "{refused}");
                full += 1;
                println!("full {n}");
                std::io::stdin().read_line(&mut String::new()).unwrap();
                assert!(store.mend().unwrap(), "it says that there was something to mend");
                assert!(!store.mend().unwrap());
            }
        }
    }
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    store.close().unwrap();
    println!("ended {n}");
}

/// Keeps posts until there is no space left, and says what it has done.
pub(crate) fn fill(folder: &Path) {
    println!();
    let store = SledStore::open(folder).unwrap();
    let refusal = (0..)
        .find_map(|n| {
            let done = store.keep(&[numbered(n)]);
            if done.is_ok() {
                println!("kept {n}");
            }
            done.err()
        })
        .unwrap();
    println!("refused {refusal}");
    assert_eq!(store.post(numbered(0).id).unwrap(), Some(numbered(0)), "it can still be read");
    assert!(store.keep(&[numbered(0)]).is_ok(), "of what is there nothing has to be written");
    let again = store.keep(&[numbered(9_999)]).unwrap_err();
    assert!(matches!(again, StoreError::Full { .. }), "{again}");
    println!("refused {again}");
}

fn numbered(n: usize) -> overheard::post::Post {
    let seed = u64::try_from(n).unwrap();
    post(&n.to_string(), "2026-03-01T08:00:00Z", &noise(seed, 100_000))
}

/// A file system of its own, of so many megabytes, until this is dropped.
struct Small {
    folder: tempfile::TempDir,
}

impl Small {
    fn mount(megabytes: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={megabytes}m");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path());
        let mounted = mount.stderr(Stdio::null()).status().unwrap();
        assert!(mounted.success(), "a tmpfs is mounted by root alone: run the tests as root");
        Self { folder }
    }

    /// Takes the last byte there is.
    fn fill(&self) {
        for (name, bytes) in [("blocks", 4096), ("bytes", 1)] {
            let mut file = File::create(self.folder.path().join(name)).unwrap();
            while file.write_all(&vec![0; bytes]).is_ok() {}
        }
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}

#[test]
fn on_a_disk_without_a_free_byte_nothing_is_damaged_by_whoever_tries_to_read() {
    const POSTS: usize = 60;
    let small = Small::mount(32);
    let path = small.folder.path().join("store");
    let store = SledStore::open(&path).unwrap();
    for n in 0..POSTS {
        store.keep(&[numbered(n)]).unwrap();
    }
    store.close().unwrap();
    small.fill();
    // What there is no room to open is said to be that, each time; what can be opened can be read.
    for turn in 0..4 {
        let read = SledStore::open(&path).and_then(|store| {
            for n in 0..POSTS {
                let post = numbered(n);
                assert_eq!(store.post(post.id)?, Some(post), "turn {turn}, post {n}");
            }
            Ok(())
        });
        assert!(matches!(read, Ok(()) | Err(StoreError::Full { .. })), "turn {turn}: {read:?}");
    }
    for filler in ["blocks", "bytes"] {
        fs::remove_file(small.folder.path().join(filler)).unwrap();
    }
    let store = SledStore::open(&path).unwrap();
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    assert_eq!(store.counts().unwrap().posts, POSTS as u64);
}
