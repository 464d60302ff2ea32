//! A process that keeps, judges and claims is killed at any moment, over and over, on one folder.
//!
//! The process is this test binary itself, given a role by its environment.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use jiff::civil::Date;
use overheard::month::Month;
use overheard::post::{Post, PostId};
use overheard::source::SourceId;
use overheard::store::{Claim, Keeps, SledStore, Store as _};
use overheard::visit::{Memory, Unread};

use super::sample::{Chance, digest, judged, noise, post, rules, source, time};

/// The name of the test below, for whoever runs it in a role.
pub(crate) const TEST: &str = "store::kill::what_was_acknowledged_survives_being_killed";

/// The variables that give a process its role.
pub(crate) const ROLE: &str = "OVERHEARD_TEST_ROLE";
pub(crate) const FOLDER: &str = "OVERHEARD_TEST_FOLDER";
pub(crate) const SEED: &str = "OVERHEARD_TEST_SEED";
pub(crate) const LIFE: &str = "OVERHEARD_TEST_LIFE";

/// How many are lived in a usual run; the long test (`make test-long`) names more.
const LIVES: u64 = 24;
const LIVES_WANTED: &str = "OVERHEARD_TEST_LIVES";
const READER: &str = "grace";

/// One post in so many is kept as a teaser whose article is owed.
const A_TEASER_IN: u64 = 5;

/// Between two posts: a month holds some hundred of them.
const EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Rounds after which a month is written anew.
const ROUNDS_TO_COMPACT: u64 = 7;

/// Articles of teasers read in one round.
const READ_A_ROUND: usize = 6;

#[test]
fn what_was_acknowledged_survives_being_killed() {
    if let Some(role) = variable(ROLE) {
        let folder = PathBuf::from(variable(FOLDER).unwrap());
        return match role.as_str() {
            "hold" => hold(&folder),
            "keep" => keep(&folder),
            "erase" => super::erase::erase_her(&folder),
            "fill" => super::full::fill(&folder),
            "outlast" => super::full::outlast(&folder),
            _ => live(&folder),
        };
    }
    let mut chance = Chance::new("killed at random moments");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut promised = Promised::default();
    let least = lives(LIVES);
    for life in 1.. {
        // By chance a run of short lives does little: others follow.
        let is_enough = promised.posts > 500 && promised.ours.len() > 10;
        if life > least && is_enough {
            break;
        }
        assert!(life < 4 * least, "too little work: {promised:?}");
        let (mut child, lines) = spawn(&path, chance.next(), life);
        // A third dies while it starts or recovers, the others in the middle of their work.
        let (work, then) = match chance.below(3) {
            0 => (0, Duration::from_millis(chance.below(150))),
            _ => (1 + chance.below(40), Duration::from_micros(chance.below(8_000))),
        };
        for _ in 0..work {
            promised.take(&lines.recv().expect("the child lives until it is killed"));
        }
        let end = Instant::now() + then;
        while let Ok(line) = lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            promised.take(&line);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in &lines {
            promised.take(&line);
        }
        promised.check(&path, life);
    }
    println!("{} posts, {} digests", promised.posts, promised.ours.len());
}

/// How many lives this run is to have, where nobody says otherwise `usual`.
pub(crate) fn lives(usual: u64) -> u64 {
    variable(LIVES_WANTED).map_or(usual, |wanted| wanted.parse().unwrap())
}

/// What the children said they had made durable.
#[derive(Debug, Default)]
pub(crate) struct Promised {
    posts: u64,
    begun: u64,
    versions: BTreeMap<u64, u64>,
    judged: BTreeSet<u64>,
    remembered: u32,
    ours: BTreeSet<Date>,
    owed: BTreeSet<u64>,
    /// Articles that were read, though it may not be remembered yet that they are owed no more.
    read: BTreeSet<u64>,
}

impl Promised {
    pub(crate) fn take(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| words[at].parse::<u64>().unwrap();
        match words[0] {
            "keeping" => self.begun = number(1),
            "kept" => self.posts = number(1),
            "rewrote" => {
                self.versions.insert(number(1), number(2));
            }
            "judged" => self.judged.extend((1..words.len()).map(number)),
            "owed" => self.owed.extend((1..words.len()).map(number)),
            "read" => self.read.extend((1..words.len()).map(number)),
            "remembered" => self.remembered = words[1].parse().unwrap(),
            "ours" => {
                let date = words[1].parse().unwrap();
                assert!(self.ours.insert(date), "{date} was claimed twice");
            }
            // What the test runner says.
            _ => {}
        }
    }

    pub(crate) fn check(&mut self, path: &Path, life: u64) {
        let store = SledStore::open(path).unwrap();
        assert_eq!(store.verify().unwrap(), Vec::<String>::new(), "life {life}");
        let counts = store.counts().unwrap();
        // All of a batch or nothing; of one that lies in two months, perhaps the first of them.
        let whole = [self.posts, self.begun, in_months_before(self.begun).max(self.posts)];
        assert!(
            whole.contains(&counts.posts),
            "life {life}: {} posts, {} promised, {} begun",
            counts.posts,
            self.posts,
            self.begun
        );
        for n in 0..self.posts {
            let post = store.post(id(n)).unwrap().unwrap_or_else(|| panic!("post {n} is lost"));
            let version = version_of(&post);
            let promised = self.versions.get(&n).copied().unwrap_or(0);
            assert!(version >= promised, "life {life}: post {n} is {version}, was {promised}");
            assert_eq!(post.said, numbered(n, version).said, "life {life}: post {n}");
        }
        for n in &self.judged {
            assert!(store.judged(id(*n)).unwrap().is_some(), "life {life}: verdict {n} is lost");
        }
        let memory = store.memory(&remembered_source()).unwrap().unwrap_or_default();
        assert!(memory.failures >= self.remembered, "life {life}: a memory is lost");
        let owed = owed_by(&store);
        for n in (0..counts.posts).filter(|n| is_teaser(*n)) {
            let is_whole = version_of(&store.post(id(n)).unwrap().unwrap()) > 0;
            assert!(is_whole || owed.contains(&n), "life {life}: the article of {n} is forgotten");
            assert!(is_whole || !self.read.contains(&n), "life {life}: the article of {n} is lost");
        }
        let forgotten: Vec<_> =
            self.owed.difference(&self.read).filter(|n| !owed.contains(n)).collect();
        assert!(forgotten.is_empty(), "life {life}: {forgotten:?} are owed no more, and not read");
        for date in &self.ours {
            let kept = store.digest(READER, *date).unwrap();
            assert_eq!(kept, Some(digest_of(*date)), "life {life}");
        }
        let claims = u64::try_from(store.claims().unwrap().len()).unwrap();
        assert_eq!(claims, counts.digests, "life {life}");
        store.close().unwrap();
        // What the dead had not said in time, but was found here, must stay as well.
        (self.posts, self.begun) = (counts.posts, counts.posts);
    }
}

/// Keeps, judges, remembers and claims until it is killed, and says what it has done.
fn live(folder: &Path) {
    let mut chance = Chance::from(variable(SEED).unwrap().parse().unwrap());
    let life: u64 = variable(LIFE).unwrap().parse().unwrap();
    // Ends what the test runner has written of its line.
    println!();
    let store = SledStore::open(folder).unwrap();
    let by = rules("model", &format!("rules {}", life / 6));
    let first_date: Date = "2026-01-01".parse().unwrap();
    for round in 1_u64.. {
        let known = store.counts().unwrap().posts;
        let until = known + 1 + chance.below(40);
        let version = life * 1_000_000 + round;
        let rewritten: BTreeSet<u64> =
            (0..chance.below(4)).filter(|_| known > 0).map(|_| chance.below(known)).collect();
        let mut batch: Vec<Post> = (known..until).map(|n| numbered(n, 0)).collect();
        batch.extend(rewritten.iter().map(|n| numbered(*n, version)));
        // As the pipeline does it: what is owed behind posts is remembered before them.
        let mut owed = owed_by(&store);
        // A life may have died between the two: what it owed behind a post it never kept comes later.
        let kept = |n: &u64| *n < known;
        let read: Vec<u64> = owed.iter().copied().filter(kept).take(READ_A_ROUND).collect();
        batch.extend(read.iter().map(|n| numbered(*n, version)));
        let teasers: Vec<u64> = (known..until).filter(|n| is_teaser(*n)).collect();
        owed.extend(&teasers);
        owe(&store, &owed);
        println!("owed{}", in_line(&teasers));
        println!("keeping {until}");
        store.keep(&batch).unwrap();
        println!("kept {until}");
        println!("read{}", in_line(&read));
        for n in &read {
            owed.remove(n);
        }
        owe(&store, &owed);
        for n in &rewritten {
            println!("rewrote {n} {version}");
        }

        let waiting = store.unjudged(&by.0, &by.1, 30).unwrap();
        let verdicts: Vec<_> = waiting.iter().map(|post| judged(post.id, &by, "a")).collect();
        store.judge(&verdicts).unwrap();
        let keys: Vec<&str> = waiting.iter().map(|post| post.said.key.as_str()).collect();
        println!("judged {}", keys.join(" "));

        if round % ROUNDS_TO_COMPACT == 0 {
            let months = store.months().unwrap();
            let some = chance.below(months.len() as u64);
            let month = months[usize::try_from(some).unwrap()].month;
            let keeps = Keeps { rule: "all".into(), ..Keeps::default() };
            store.compact(month, &keeps, time("2026-01-01T00:00:00Z")).unwrap();
        }
        let source = remembered_source();
        let before = store.memory(&source).unwrap().unwrap_or_default();
        let failures = before.failures + 1;
        store.remember(&[(source, Memory { failures, ..before })]).unwrap();
        println!("remembered {failures}");

        // The last days are asked for again, as after a restart.
        let claimed = i32::try_from(store.counts().unwrap().digests).unwrap();
        for day in (claimed - 2).max(0)..=claimed {
            let date = first_date + SignedDuration::from_hours(24 * i64::from(day));
            if store.claim(&digest_of(date)).unwrap() == Claim::Ours {
                println!("ours {date}");
            }
        }
    }
}

fn is_teaser(n: u64) -> bool {
    n % A_TEASER_IN == 3
}

fn owing_source() -> SourceId {
    source("teasers")
}

/// The posts whose articles are owed, by what is remembered.
fn owed_by(store: &SledStore) -> BTreeSet<u64> {
    let memory = store.memory(&owing_source()).unwrap().unwrap_or_default();
    assert_eq!(memory.gap, !memory.unread.is_empty());
    memory.unread.iter().map(|unread| unread.mark).collect()
}

/// Remembers that the articles of these posts are owed, and no others.
fn owe(store: &SledStore, owed: &BTreeSet<u64>) {
    let unread = |n: &u64| Unread { mark: *n, tries: 0, for_good: false };
    let unread: Vec<Unread> = owed.iter().map(unread).collect();
    let memory = Memory { gap: !unread.is_empty(), unread, ..Memory::default() };
    store.remember(&[(owing_source(), memory)]).unwrap();
}

fn in_line(numbers: &[u64]) -> String {
    numbers.iter().fold(String::new(), |line, n| format!("{line} {n}"))
}

/// Batches kept by a process that is watched.
pub(crate) const KEPT_TRACED: usize = 25;

/// Keeps posts of two months and says when they are kept.
fn keep(folder: &Path) {
    let store = SledStore::open(folder).unwrap();
    println!();
    for n in 0..KEPT_TRACED as u64 {
        store.keep(&[numbered(n, 0), numbered(n + 1_000, 0)]).unwrap();
        println!("kept {n}");
    }
}

/// Has the store open until its standard input ends.
fn hold(folder: &Path) {
    let _store = SledStore::open(folder).unwrap();
    println!("\nholding");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

fn spawn(folder: &Path, seed: u64, life: u64) -> (Child, Receiver<String>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(ROLE, "live")
        .env(FOLDER, folder)
        .env(SEED, seed.to_string())
        .env(LIFE, life.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap());
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in said.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    (child, lines)
}

/// Post number `n`; one in fifteen is long enough for several rows.
fn numbered(n: u64, version: u64) -> Post {
    let length = if n % 15 == 7 { 30_000 } else { 300 };
    let text = format!("{version} {}", noise(n ^ version, length));
    let said = time("2026-01-01T00:00:00Z") + EVERY * i32::try_from(n).unwrap();
    post(&n.to_string(), &said.to_string(), &text)
}

/// How many posts lie in the months before that of the last of so many.
fn in_months_before(posts: u64) -> u64 {
    let month = |n: u64| Month::of(numbered(n, 0).heard);
    (0..posts).rev().find(|n| month(*n) < month(posts - 1)).map_or(0, |n| n + 1)
}

fn version_of(post: &Post) -> u64 {
    post.said.text.split(' ').next().unwrap().parse().unwrap()
}

fn id(n: u64) -> PostId {
    PostId::of(&source("press"), &n.to_string())
}

fn digest_of(date: Date) -> overheard::digest::Digest {
    digest(READER, &date.to_string(), [id(1), id(2), id(3), id(4)], 3)
}

fn remembered_source() -> SourceId {
    source("press")
}

/// A process is told its role as every process is told things from outside.
#[expect(clippy::disallowed_methods, reason = "the environment of a child of this very test")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
