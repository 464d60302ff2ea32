//! What a process asked of the kernel before it said "kept".

use std::collections::HashMap;
use std::fs;
use std::process::Command;

use super::kill::{FOLDER, ROLE, TEST};

#[test]
fn nothing_is_acknowledged_before_it_is_synced() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let output = Command::new("strace")
        .args(["-f", "-y", "-s", "40", "-e", "trace=write,pwrite64,pwritev,fsync,fdatasync"])
        .arg("-o")
        .arg(&trace)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(ROLE, "keep")
        .env(FOLDER, folder.path().join("store"))
        .output()
        .expect("strace is there: tests/prepare installs it");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));

    // For each database file, whether what was written to it last is synced.
    let mut unsynced: HashMap<String, bool> = HashMap::new();
    let (mut kept, mut written) = (0, 0);
    let trace = fs::read_to_string(&trace).unwrap();
    for line in trace.lines() {
        let Some((_, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        let file = || call.split_once('<')?.1.split_once('>').map(|(file, _)| file.to_owned());
        if call.contains("sled/db>") {
            let file = file().unwrap();
            // A sync counts when it came back, and only for what was written before it began.
            if call.starts_with("pwrite") {
                unsynced.insert(file, true);
                written += 1;
            } else if call.starts_with('f') {
                unsynced.insert(file, false);
            }
        } else if call.starts_with("write(1<") && call.contains("\"kept ") {
            kept += 1;
            let waiting: Vec<_> = unsynced.iter().filter(|(_, waits)| **waits).collect();
            assert!(waiting.is_empty(), "{call}: {waiting:?} were written and not synced");
        }
    }
    assert!(kept == super::kill::KEPT_TRACED && written >= kept, "{kept} kept, {written} written");
}
