//! No space left, in the middle of the work.

use std::path::Path;
use std::process::Command;

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
    let again = store.keep(&[numbered(0)]).unwrap_err();
    assert!(matches!(again, StoreError::Full { .. }), "{again}");
    println!("refused {again}");
}

fn numbered(n: usize) -> overheard::post::Post {
    let seed = u64::try_from(n).unwrap();
    post(&n.to_string(), "2026-03-01T08:00:00Z", &noise(seed, 100_000))
}
