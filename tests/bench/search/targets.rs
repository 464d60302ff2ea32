//! What was promised of a store of a million posts (1.4 KB each, over a year, all index rows, verdicts and
//! embeddings), measured in one run: `make bench-store`.
//!
//! A part is a process; it says `name value` a line, and the table is made of those. The service is a process
//! that holds the store and answers calls by its socket, as `overheard serve` does, without an encoder.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs, io};

use jiff::{SignedDuration, Timestamp};
use overheard::digest::{Question, Window};
use overheard::pipeline::{Asked, Asking, Narrowed};
use overheard::search::meaning::Meaning;
use overheard::search::{self, Ask, Counts, Query, Sort, Words};
use overheard::store::remote::{Listening, RemoteStore};
use overheard::store::{Keeps, SledStore, Store};
use overheard::verdict::ModelId;

use crate::measured::{cpu_time, most_resident_mb, size_mb};
use crate::posts::{self, Chance, NOW};
use crate::{SORTS, query};

/// Posts, where nobody says how many.
pub(crate) const POSTS: usize = 1_000_000;

/// Posts in a durable batch.
const BATCH: usize = 100;

/// What a post costs is compared between the first so many and the last.
const COMPARED: usize = 10_000;

/// Posts of a day's window.
const DAY: usize = 500;

/// Windows that are read, and questions that are asked of each kind.
const TURNS: usize = 40;

/// What was promised: the name of a measurement, what it is, and the most or the least it may be.
const PROMISED: [(&str, &str, Bound); 11] = [
    ("ingest", "posts a second kept, durable batches of 100", Bound::AtLeast(5_000.0)),
    ("growth", "CPU a post, the last 10,000 by the first", Bound::AtMost(1.2)),
    ("day", "a day's window of 500 posts read, ms (median)", Bound::AtMost(10.0)),
    ("open", "store opened and counted, s", Bound::AtMost(2.0)),
    ("search", "search, whole answer, p99, ms", Bound::AtMost(20.0)),
    ("called", "the same by the service's socket, p99, ms", Bound::AtMost(20.0)),
    ("ask", "ask, whole answer but the embedding, p99, ms", Bound::AtMost(300.0)),
    ("rss", "RSS of the service at most, answering, MB", Bound::AtMost(300.0)),
    ("night", "RSS of the service at most, compacting, MB", Bound::AtMost(300.0)),
    ("before", "disk by live data, before compact", Bound::AtMost(3.0)),
    ("after", "disk by live data, after compact", Bound::AtMost(1.3)),
];

#[derive(Debug, Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// Measures everything of a store of so many posts, and prints the table.
pub(crate) fn compare(posts: usize) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let at = folder.path().display().to_string();
    let begun = Instant::now();
    let mut measured: Vec<(String, f64)> = Vec::new();
    let mut part = |words: &[&str]| {
        eprintln!("{:>5.0} s  {}", begun.elapsed().as_secs_f64(), words[0]);
        let said = Command::new(env::current_exe().unwrap())
            .args(words)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(said.status.success(), "{words:?}");
        measured.extend(values(&said.stdout));
    };
    part(&["fill", &at, &posts.to_string()]);
    part(&["open", &at, &posts.to_string()]);
    let mut serving = |words: &[&str]| {
        let mut service = Command::new(env::current_exe().unwrap())
            .args(["serve", &at])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        wait_for(&mut service);
        part(words);
        drop(service.stdin.take());
        assert!(service.wait().unwrap().success());
    };
    // The service writes a month anew in the night after its end: whoever asks finds packed months.
    serving(&["night", &at]);
    serving(&["callers", &at]);
    part(&["questions", &at]);
    println!("{posts} posts; {:.0} s in all", begun.elapsed().as_secs_f64());
    for (name, what, bound) in PROMISED {
        let value = measured.iter().find(|(measured, _)| measured == name).map(|(_, value)| value);
        let value = *value.unwrap_or_else(|| panic!("{name} was not measured"));
        let (sign, target, is_met) = match bound {
            Bound::AtLeast(least) => ("≥", least, value >= least),
            Bound::AtMost(most) => ("≤", most, value <= most),
        };
        let verdict = if is_met { "met" } else { "missed" };
        println!("  {what:<50} {value:>9.2}   {sign} {target:<7} {verdict}");
    }
    for (name, value) in &measured {
        if !PROMISED.iter().any(|(promised, ..)| promised == name) {
            println!("  ({name:<48}) {value:>9.2}");
        }
    }
}

fn values(said: &[u8]) -> Vec<(String, f64)> {
    let said = String::from_utf8_lossy(said);
    let of = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    said.lines().map(of).collect()
}

fn wait_for(service: &mut Child) {
    let mut line = String::new();
    BufReader::new(service.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
}

/// Keeps the posts, then judges them, in durable batches.
pub(crate) fn fill(folder: &Path, posts: usize) {
    let words = posts::Words::new();
    let store = SledStore::open(&folder.join("store")).unwrap();
    let (mut keeping, mut judging) = (Duration::ZERO, Duration::ZERO);
    let (mut first, mut last) = (Duration::ZERO, Duration::ZERO);
    let mut live = 0;
    for begin in (0..posts).step_by(BATCH) {
        if begin.is_multiple_of((posts / 10).max(BATCH)) {
            eprint!("\r{begin:>9} of {posts} posts");
        }
        let batch = (begin..(begin + BATCH).min(posts)).map(|n| posts::post(&words, n, posts));
        let (batch, judged): (Vec<_>, Vec<_>) = batch.unzip();
        live += batch.iter().zip(&judged).map(|(post, judged)| bytes(post, judged)).sum::<usize>();
        let (began, busy) = (Instant::now(), cpu_time());
        store.keep(&batch).unwrap();
        keeping += began.elapsed();
        let busy = cpu_time().saturating_sub(busy);
        // What is new in a process costs once: the first thousand are not compared.
        if (1_000..1_000 + COMPARED).contains(&begin) {
            first += busy;
        }
        if begin >= posts.saturating_sub(COMPARED) {
            last += busy;
        }
        let began = Instant::now();
        store.judge(&judged).unwrap();
        judging += began.elapsed();
    }
    eprintln!("\r{posts} posts kept and judged");
    println!("ingest {}", posts as f64 / keeping.as_secs_f64());
    println!("judged a second {}", posts as f64 / judging.as_secs_f64());
    println!("CPU µs a post at the begin {}", first.as_secs_f64() * 1e6 / COMPARED as f64);
    println!("growth {}", last.as_secs_f64() / first.as_secs_f64());
    store.close().unwrap();
    let disk = size_mb(&folder.join("store"));
    println!("live MB {}", live as f64 / 1e6);
    println!("before {}", disk * 1e6 / live as f64);
    fs::write(folder.join("live"), live.to_string()).unwrap();
}

/// The bytes of a post's rows: the values as they are packed, and every key.
fn bytes(post: &overheard::post::Post, judged: &overheard::store::Judged) -> usize {
    /// The keys of a post's eight rows, and what the rows of its index hold.
    const ROWS: usize = 180;
    let packed = |named: Vec<u8>| zstd::bulk::compress(&named, 3).unwrap().len();
    packed(rmp_serde::to_vec_named(post).unwrap())
        + packed(rmp_serde::to_vec_named(&judged.verdict).unwrap())
        + judged.embedding.0.len() * 2
        + ROWS
}

/// Opens the store, and reads days.
pub(crate) fn open(folder: &Path, posts: usize) {
    let begun = Instant::now();
    let store = SledStore::open(&folder.join("store")).unwrap();
    assert_eq!(store.counts().unwrap().posts, posts as u64);
    println!("open {}", begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    assert!(store.damaged().unwrap().is_empty());
    store.months().unwrap();
    println!("months looked at, ms {}", millis(begun.elapsed()));
    let (first, median) = days(&store, posts);
    println!("the first day, its month opened, ms {first}");
    println!("day {median}");
    store.close().unwrap();
}

/// Reads days of 500 posts: how long the first took, and half of them at most, in milliseconds.
fn days(store: &SledStore, posts: usize) -> (f64, f64) {
    let now: Timestamp = NOW.parse().unwrap();
    let length = SignedDuration::from_secs(i64::try_from(365 * 86_400 * DAY / posts).unwrap());
    let mut times = Vec::new();
    for turn in 1..=TURNS {
        let until = now - length * i32::try_from(turn).unwrap();
        let begun = Instant::now();
        let said = store.said_in(Window { from: until - length, until }).unwrap();
        assert!(said.len().abs_diff(DAY) < DAY / 5 + 2, "{} posts", said.len());
        times.push(begun.elapsed());
    }
    (millis(times[0]), at(&mut times, 50))
}

/// Asks in one process: what a packed month costs is read, too.
pub(crate) fn questions(folder: &Path) {
    let begun = Instant::now();
    let store = SledStore::open(&folder.join("store")).unwrap();
    println!("opened when packed, s {}", begun.elapsed().as_secs_f64());
    let index = folder.join("words");
    let mut meaning = Meaning::open(&folder.join("meaning")).unwrap();
    let begun = Instant::now();
    search::catch_up(&index, &store, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    meaning.catch_up(&store, &mut |_| {}).unwrap();
    println!("nothing new to index, ms {}", millis(begun.elapsed()));
    let mut times = answers(&index, &store);
    println!("search, first answer, ms {}", millis(times[0]));
    println!("search p50, ms {}", at(&mut times, 50));
    println!("search {}", at(&mut times, 99));
    let mut times = asked(&mut meaning, &index, &store);
    println!("ask, first answer, ms {}", millis(times[0]));
    println!("ask p50, ms {}", at(&mut times, 50));
    println!("ask {}", at(&mut times, 99));
    let posts = usize::try_from(store.counts().unwrap().posts).unwrap();
    println!("day when packed, ms {}", days(&store, posts).1);
    store.close().unwrap();
}

/// Holds the store for others until nobody wants it any more.
pub(crate) fn serve(folder: &Path) {
    let folder = folder.join("store");
    let store: Arc<dyn Store> = Arc::new(SledStore::open(&folder).unwrap());
    let listening = Listening::begin(Arc::clone(&store), &folder).unwrap();
    println!("ready");
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
    drop(listening);
}

/// Has the service compact every month, then builds the indexes and opens the store again.
pub(crate) fn night(folder: &Path) {
    let (place, store, pid) = service(folder);
    let begun = Instant::now();
    for filed in store.months().unwrap() {
        let keeps = Keeps { rule: "all".into(), ..Keeps::default() };
        store.compact(filed.month, &keeps, NOW.parse().unwrap()).unwrap();
    }
    println!("compacted in, s {}", begun.elapsed().as_secs_f64());
    println!("night {}", most_resident_mb(&pid));
    let live: f64 = fs::read_to_string(folder.join("live")).unwrap().parse().unwrap();
    println!("after {}", size_mb(&place) * 1e6 / live);
    let (index, meaning) = (folder.join("words"), folder.join("meaning"));
    let begun = Instant::now();
    let followed =
        search::catch_up(&index, &store, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    println!("words indexed a second {}", followed.posts as f64 / begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    let mut meaning = Meaning::open(&meaning).unwrap();
    meaning.catch_up(&store, &mut |_| {}).unwrap();
    println!("meanings indexed a second {}", meaning.len() as f64 / begun.elapsed().as_secs_f64());
    println!("RSS of the service, indexed from, MB {}", most_resident_mb(&pid));
}

/// Asks the service.
pub(crate) fn callers(folder: &Path) {
    let (_, store, pid) = service(folder);
    println!("RSS of the service when it is asked first, MB {}", most_resident_mb(&pid));
    let mut times = answers(&folder.join("words"), &store);
    println!("called, first answer, ms {}", millis(times[0]));
    println!("called {}", at(&mut times, 99));
    let mut meaning = Meaning::open(&folder.join("meaning")).unwrap();
    asked(&mut meaning, &folder.join("words"), &store);
    println!("rss {}", most_resident_mb(&pid));
    println!("RSS of who asks, MB {}", most_resident_mb("self"));
}

/// The service's store, and its process.
fn service(folder: &Path) -> (PathBuf, RemoteStore, String) {
    let place = folder.join("store");
    let store = RemoteStore::connect(&place).unwrap().unwrap();
    let held = fs::read_to_string(place.join("lock")).unwrap();
    let digits = held.chars().skip_while(|c| !c.is_ascii_digit());
    (place, store, digits.take_while(char::is_ascii_digit).collect())
}

/// Whole answers to queries of every sort, as `overheard search` gives them with the index open.
fn answers(index: &Path, store: &dyn Store) -> Vec<Duration> {
    let market = posts::market();
    let vocabulary = posts::Words::new();
    let now: Timestamp = NOW.parse().unwrap();
    let mut chance = Chance(11);
    let mut times = Vec::new();
    for turn in 0..TURNS * SORTS.len() {
        let sort = SORTS[turn % SORTS.len()];
        let text = query(sort, &vocabulary, &mut chance);
        let begun = Instant::now();
        let words = Words::open(index).unwrap();
        let query = Query::parse(&text, &market, now).unwrap();
        let counts = if sort.ends_with("facets") { Counts::Facets } else { Counts::Total };
        let ask = Ask { sort: Sort::Best, limit: 10, counts };
        search::answer(&words, store, &market, &query, &ask).unwrap();
        times.push(begun.elapsed());
    }
    times
}

/// Whole answers to questions whose embedding is known, of the last month and of all time.
fn asked(meaning: &mut Meaning, index: &Path, store: &dyn Store) -> Vec<Duration> {
    let market = posts::market();
    let model = ModelId("bench".to_owned());
    let until: Timestamp = NOW.parse().unwrap();
    let mut chance = Chance(13);
    let question = Question::of("what do others say about the price of steel?").unwrap();
    let understood = question.understood(&market.accounts, &market.ruleset.topics).unwrap();
    let mut times = Vec::new();
    for turn in 0..TURNS {
        let days = if turn % 2 == 0 { 30 } else { 400 };
        let window = Window { from: until - SignedDuration::from_hours(24 * days), until };
        let embedding = posts::meaning(&mut chance);
        let begun = Instant::now();
        let words = Words::open(index).unwrap();
        let words = Some(&words);
        let mut asking = Asking { market: &market, store, meaning, words, model: &model };
        let asked = Asked { understood: understood.clone(), embedding };
        asking.answer(&asked, &Narrowed::default(), window).unwrap();
        times.push(begun.elapsed());
    }
    times
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn at(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    millis(times[(times.len() - 1) * percent / 100])
}
