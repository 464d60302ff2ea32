//! The power fails: what a process asked of the kernel is played again on a disk that keeps what was
//! synced, and of the rest whatever chance leaves.
//!
//! A stand-in for a recording block device, one layer higher: strace records every call that changes a
//! file (with all bytes), every sync and every acknowledgement, in order. [`disk::Disk`] says what a disk
//! may look like at any moment of that. What it cannot show is a disk that lies about its syncs.

mod calls;
mod disk;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use self::calls::{Event, events};
use self::disk::Disk;
use super::kill::{FOLDER, LIFE, Promised, ROLE, SEED, TEST, variable};
use super::sample::Chance;

/// Rounds of keeping, judging, remembering and claiming, with months written anew among them.
const ROUNDS: usize = 22;

/// Moments at which the power fails, unless `OVERHEARD_TEST_FAILURES` says otherwise.
const FAILURES: usize = 30;

#[test]
fn what_was_acknowledged_survives_a_power_failure() {
    let mut chance = Chance::new("power failures");
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let trace = folder.path().join("trace");
    record(&store, &trace, chance.next());
    let events = events(&fs::read_to_string(&trace).unwrap(), &store);
    let after = |is_such: fn(&Event) -> bool| -> Vec<usize> {
        let all = events.iter().zip(1..).filter(|(event, _)| is_such(event));
        all.map(|(_, moment)| moment).collect()
    };
    // The worst moments: just after something was promised, and in the middle of what is not synced.
    let promises = after(|event| matches!(event, Event::Said(_)));
    let writes = after(|event| matches!(event, Event::Writes { offset: Some(_), .. }));
    assert!(promises.len() > 5 * ROUNDS && writes.len() > 5 * ROUNDS, "{} calls", events.len());

    let mut dropped = 0;
    for turn in 0..failures() {
        let mut one_of = |moments: &[usize]| moments[chance.below(moments.len() as u64) as usize];
        let moment = match turn % 3 {
            0 => one_of(&promises),
            1 => one_of(&writes),
            _ => chance.below(events.len() as u64) as usize,
        };
        let mut disk = Disk::default();
        let mut acknowledged = Promised::default();
        for event in &events[..moment] {
            match event {
                Event::Said(line) => acknowledged.take(line),
                event => disk.take(event),
            }
        }
        let after = folder.path().join("after");
        dropped += disk.after_power_failure(&mut chance, &store, &after);
        acknowledged.check(&after, moment as u64);
        fs::remove_dir_all(&after).unwrap();
    }
    assert!(dropped > failures(), "only {dropped} writes were dropped or torn");
    println!("{} calls, {dropped} writes dropped or torn", events.len());
}

fn failures() -> usize {
    variable("OVERHEARD_TEST_FAILURES").map_or(FAILURES, |number| number.parse().unwrap())
}

/// Lets a process work on a store until it has done enough, with all its calls written down.
fn record(store: &Path, trace: &Path, seed: u64) {
    let mut child = Command::new("strace")
        .args(["-f", "-y", "-xx", "-s", "10000000", "-e"])
        .arg(format!("trace={}", calls::TRACED))
        .arg("-o")
        .arg(trace)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(ROLE, "live")
        .env(FOLDER, store)
        .env(SEED, seed.to_string())
        .env(LIFE, "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|_| panic!("strace is there: tests/prepare installs it"));
    let mut rounds = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        rounds += usize::from(line.unwrap().starts_with("remembered"));
        if rounds == ROUNDS {
            break;
        }
    }
    // Nobody listens any more: it ends with its next word.
    child.wait().unwrap();
    assert_eq!(rounds, ROUNDS, "it ended too early");
}
