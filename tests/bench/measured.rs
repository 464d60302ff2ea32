//! What the benches of the store and of its indexes measure of themselves: included by each.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The CPU time of the whole process: engines work in threads of their own.
pub(crate) fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> =
        stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse().ok()).unwrap_or(0_u64);
    // User and system time, in hundredths of a second.
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

/// The largest resident memory of a process, by its pid or `self`.
pub(crate) fn most_resident_mb(pid: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// The bytes of the files in a folder.
pub(crate) fn size_mb(folder: &Path) -> f64 {
    files(folder).iter().map(|(_, bytes)| *bytes as f64).sum::<f64>() / 1e6
}

/// The files in a folder and those in it, with their bytes.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let about = entry.metadata().unwrap();
            if about.is_dir() {
                folders.push(entry.path());
            } else {
                files.push((entry.path(), about.len()));
            }
        }
    }
    files
}
