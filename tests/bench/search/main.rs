//! `make bench-search`: what indexing and finding cost at 10,000, 300,000 and 1,000,000 posts.
//!
//! Every part is a process of its own, so that memory is what that one needed. `targets` is the second half
//! of `make bench-store`: what was promised of a large store, measured, and met or missed.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

#[path = "../measured.rs"]
mod measured;
mod posts;
mod targets;

use std::env;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use overheard::search::{self, Ask, Counts, Query, Sort, Words};
use overheard::store::{Keeps, SledStore, Store as _};

use measured::{cpu_time, files, most_resident_mb, size_mb};
use posts::{Chance, NOW};

const SIZES: [usize; 3] = [10_000, 300_000, 1_000_000];

/// Queries of each sort.
const QUERIES: usize = 200;

/// What people ask.
const SORTS: [&str; 9] = [
    "rare word",
    "common word",
    "two words",
    "phrase",
    "prefix",
    "not, or",
    "word, filters",
    "filters",
    "word, facets",
];

fn main() {
    let words: Vec<String> = env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["fill", folder, posts] => targets::fill(Path::new(folder), posts.parse().unwrap()),
        ["open", folder, posts] => targets::open(Path::new(folder), posts.parse().unwrap()),
        ["questions", folder] => targets::questions(Path::new(folder)),
        ["serve", folder] => targets::serve(Path::new(folder)),
        ["night", folder] => targets::night(Path::new(folder)),
        ["callers", folder] => targets::callers(Path::new(folder)),
        ["targets"] => targets::compare(targets::POSTS),
        ["targets", posts] => targets::compare(posts.parse().unwrap()),
        ["pack", folder] => pack(Path::new(folder)),
        ["index", folder] => index(Path::new(folder)),
        ["ask", folder] => ask(Path::new(folder)),
        [] => compare(&SIZES),
        [posts] => compare(&[posts.parse().unwrap()]),
        _ => panic!("cargo bench --bench search -- [targets] [POSTS]"),
    }
}

fn compare(sizes: &[usize]) {
    for &posts in sizes {
        let folder = tempfile::tempdir_in(".").unwrap();
        let at = folder.path().display().to_string();
        println!("{posts} posts of 1.4 KB");
        part(&["fill", &at, &posts.to_string()]);
        part(&["pack", &at]);
        print!("{}", part(&["index", &at]));
        print!("{}", part(&["ask", &at]));
        println!();
    }
}

fn part(words: &[&str]) -> String {
    let output = Command::new(env::current_exe().unwrap()).args(words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The first night: every month is written anew. Until then each that is asked for is opened, which costs far more
/// than what is found in it.
fn pack(folder: &Path) {
    let store = SledStore::open(&folder.join("store")).unwrap();
    for filed in store.months().unwrap() {
        let keeps = Keeps { rule: "all".into(), ..Keeps::default() };
        store.compact(filed.month, &keeps, NOW.parse().unwrap()).unwrap();
    }
    store.close().unwrap();
}

fn index(folder: &Path) {
    let store = SledStore::open(&folder.join("store")).unwrap();
    let index = folder.join("words");
    let before = most_resident_mb("self");
    let (begun, cpu) = (Instant::now(), cpu_time());
    let followed = search::catch_up(&index, &store, &mut |_| ControlFlow::Continue(())).unwrap();
    let (wall, cpu) = (begun.elapsed(), cpu_time().saturating_sub(cpu));
    let rate = |time: Duration| followed.posts as f64 / time.as_secs_f64();
    println!(
        "  indexed {:.0} a second, {:.0} a CPU-second; {:.0} MB on the disk, {} files; RSS {before:.0} MB before, {:.0} at most",
        rate(wall),
        rate(cpu),
        size_mb(&index),
        files(&index).len(),
        most_resident_mb("self")
    );
    // A run later: 200 posts are judged again.
    let begun = Instant::now();
    let again = store.kept_after(None, 200).unwrap();
    let words = posts::Words::new();
    let judged: Vec<_> = again
        .iter()
        .map(|post| posts::post(&words, post.said.key.parse().unwrap(), followed.posts as usize).1)
        .collect();
    store.judge(&judged).unwrap();
    let written = begun.elapsed();
    let followed = search::catch_up(&index, &store, &mut |_| ControlFlow::Continue(())).unwrap();
    let took = begun.elapsed().saturating_sub(written);
    println!("  {} changes followed in {:.0} ms", followed.changes, took.as_secs_f64() * 1e3);
    store.close().unwrap();
}

fn ask(folder: &Path) {
    let store = SledStore::open(&folder.join("store")).unwrap();
    let before = most_resident_mb("self");
    let begun = Instant::now();
    let words = Words::open(&folder.join("words")).unwrap();
    println!("  opened in {:.1} ms", begun.elapsed().as_secs_f64() * 1e3);
    let market = posts::market();
    let vocabulary = posts::Words::new();
    let now: Timestamp = NOW.parse().unwrap();
    let mut chance = Chance(7);
    let mut all = Vec::new();
    let mut found_all = Vec::new();
    for sort in SORTS {
        let (mut times, mut finding, mut hits) = (Vec::new(), Vec::new(), 0);
        for _ in 0..QUERIES {
            let text = query(sort, &vocabulary, &mut chance);
            let query = Query::parse(&text, &market, now).unwrap();
            let counts = if sort.ends_with("facets") { Counts::Facets } else { Counts::Total };
            let ask = Ask { sort: Sort::Best, limit: 10, counts };
            let begun = Instant::now();
            words.ids(&query, ask.sort, 10).unwrap();
            hits += words.count(&query).unwrap();
            finding.push(begun.elapsed());
            let begun = Instant::now();
            search::answer(&words, &store, &market, &query, &ask).unwrap();
            times.push(begun.elapsed());
        }
        tell(sort, &mut finding, &mut times, hits / QUERIES as u64);
        all.extend(times);
        found_all.extend(finding);
    }
    tell("all", &mut found_all, &mut all, 0);
    println!("  RSS {before:.0} MB with the store open, {:.0} at most", most_resident_mb("self"));
}

fn tell(sort: &str, finding: &mut [Duration], answers: &mut [Duration], hits: u64) {
    let at = |times: &mut [Duration], percent: usize| {
        times.sort_unstable();
        times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3
    };
    println!(
        "  {sort:<14} {hits:>8} found; ids and total: p50 {:>6.2} ms, p99 {:>6.2}; the whole answer: p50 {:>6.2} ms, p99 {:>6.2}",
        at(finding, 50),
        at(finding, 99),
        at(answers, 50),
        at(answers, 99)
    );
}

fn query(sort: &str, words: &posts::Words, chance: &mut Chance) -> String {
    let any = chance.below(60);
    let mut of = |from: usize, to: usize| words.of_rank(from + chance.below(to - from)).to_owned();
    match sort {
        "rare word" => of(20_000, posts::VOCABULARY / 2),
        "common word" => of(0, 50),
        "two words" => format!("{} {}", of(10, 300), of(300, 5_000)),
        "phrase" => format!("\"{} {}\"", of(0, 60), of(0, 60)),
        "prefix" => format!("{}*", &of(0, 5_000)[..3]),
        "not, or" => format!("({} OR {}) -{}", of(100, 3_000), of(100, 3_000), of(10, 300)),
        "word, filters" => {
            let voice = ["press", "social", "expert"][any % 3];
            format!("{} voice:{voice} since:30d lang:en -sentiment:positive", of(20, 2_000))
        }
        "filters" => format!("topic:\"Topic {}\" voice:press,analyst since:3m", any % 6),
        _ => of(5, 500),
    }
}
