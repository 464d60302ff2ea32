//! `make bench-poll`: one poll of ten thousand feeds, beside a bare reqwest loop, Python's aiohttp
//! with feedparser, and newsboat, in one run on one machine.
//!
//! Every part is a process of its own, so that its CPU time is its own. Each polls once to learn the
//! feeds and their validators; what is measured is the second poll.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a benchmark asks the machine for the time")]

mod bare;
mod market;
mod ours;
mod process;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use market::{Feeds, Server};
use process::Cost;

/// What the issue names.
const SOURCES: usize = 10_000;
const HOSTS: usize = 500;

/// newsboat gets a tenth: it takes minutes of CPU time for all.
const SOURCES_FOR_NEWSBOAT: usize = 1_000;

/// Posts in the large store, and in the small one.
const MANY_POSTS: usize = 1_000_000;
const FEW_POSTS: usize = 10_000;

fn main() {
    let words: Vec<String> = env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["serve", hosts] => market::serve(&feeds(SOURCES), hosts == "hanging"),
        ["ours", address, store] => ours::poll(&feeds(SOURCES), address, Path::new(store)),
        ["fill", store, posts] => ours::fill(Path::new(store), posts.parse().unwrap()),
        ["bare", address] => bare::poll(&feeds(SOURCES), address),
        [] => compare(),
        _ => panic!("cargo bench --bench poll, without further words"),
    }
}

fn feeds(sources: usize) -> Feeds {
    Feeds { sources, hosts: HOSTS }
}

fn compare() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    println!(
        "{SOURCES} feeds on {HOSTS} hosts; the second poll of each, 2 cores, one server beside it"
    );
    println!("{:34} {:>9} {:>9} {:>12} {:>9}", "", "feeds/s", "wall s", "feeds/CPU-s", "RSS MB");

    let bare = {
        let server = Server::start("ready");
        part(&["bare", &server.address])
    };
    bare.print("bare reqwest loop, nothing kept", SOURCES);

    fill(&at("few"), FEW_POSTS);
    let few = {
        let server = Server::start("ready");
        part(&["ours", &server.address, &at("few")])
    };
    few.print("overheard, 10,000 posts kept", SOURCES);

    fill(&at("many"), MANY_POSTS);
    let many = {
        let server = Server::start("ready");
        part(&["ours", &server.address, &at("many")])
    };
    many.print("overheard, 1,000,000 posts kept", SOURCES);

    fill(&at("hanging"), FEW_POSTS);
    let hanging = {
        let server = Server::start("hanging");
        part(&["ours", &server.address, &at("hanging")])
    };
    hanging.print("overheard, one host hanging", SOURCES);

    let python = {
        let server = Server::start("ready");
        let script = here().join("aiohttp_feedparser.py");
        let hosts = HOSTS.to_string();
        cost_of(Command::new(python()).arg(script).args([
            &server.address,
            &SOURCES.to_string(),
            &hosts,
        ]))
    };
    python.print("aiohttp + feedparser", SOURCES);

    let newsboat = {
        let server = Server::start("ready");
        newsboat(&server.address, folder.path())
    };
    newsboat.print("newsboat -x reload (a tenth)", SOURCES_FOR_NEWSBOAT);

    println!("\nbeside what was aimed at:");
    let speed = |cost: &Cost, feeds: usize| feeds as f64 / cost.cpu;
    let ratio = |is: f64, aim: &str, what: &str| println!("  {is:6.2}  {what} (aim: {aim})");
    ratio(bare.wall / few.wall, "at least 0.5", "of the bare loop's feeds a second");
    let ours = speed(&few, SOURCES);
    ratio(ours / speed(&python, SOURCES), "20", "times feedparser a CPU-second");
    ratio(ours / speed(&newsboat, SOURCES_FOR_NEWSBOAT), "10", "times newsboat a CPU-second");
    ratio(many.wall / few.wall, "at most 1.2", "times the wall time with 100 times the posts");
    ratio(many.cpu / few.cpu, "at most 1.2", "times the CPU time with 100 times the posts");
    ratio(
        hanging.others / few.others,
        "about 1",
        "times the wait for all others while one host hangs",
    );
    println!(
        "  {:6.0}  MB at most, with 10,000 posts; {:.0} with 1,000,000 (aim: under 250)",
        few.rss, many.rss
    );
}

/// Runs a part of this program as a process of its own.
fn part(words: &[&str]) -> Cost {
    cost_of(Command::new(env::current_exe().unwrap()).args(words))
}

fn fill(store: &str, posts: usize) {
    let done = Command::new(env::current_exe().unwrap())
        .args(["fill", store, &posts.to_string()])
        .status();
    assert!(done.unwrap().success(), "the store could not be filled");
}

/// What a process that prints a [`Cost`] as its last line says.
fn cost_of(command: &mut Command) -> Cost {
    let done = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(done.status.success(), "{command:?} failed");
    let said = String::from_utf8(done.stdout).unwrap();
    Cost::read(said.lines().last().unwrap_or_default())
}

/// newsboat knows no virtual hosts: its list names the server and has the host in the path.
fn newsboat(address: &str, folder: &Path) -> Cost {
    let urls = folder.join("urls");
    let feeds = feeds(SOURCES);
    let lines = (0..SOURCES_FOR_NEWSBOAT)
        .map(|n| format!("http://{address}/{}{}\n", feeds.host(n), Feeds::path(n)));
    std::fs::write(&urls, lines.collect::<String>()).unwrap();
    let config = folder.join("config");
    std::fs::write(&config, "reload-threads 16\ndownload-retries 1\n").unwrap();
    let reload = || {
        let cache = folder.join("cache.db");
        let mut command = Command::new("newsboat");
        command.args(["-x", "reload", "-u"]).arg(&urls).arg("-c").arg(cache).arg("-C").arg(&config);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        process::run(&mut command).expect("newsboat is missing: apt-get install newsboat")
    };
    reload();
    reload()
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/poll")
}

/// The Python of the baselines, made where it is missing.
fn python() -> PathBuf {
    let script = here().parent().unwrap().join("run.py");
    let made =
        Command::new("python3").arg(script).arg("--environment").stderr(Stdio::inherit()).output();
    let said = made.unwrap();
    assert!(said.status.success(), "the Python of the baselines could not be made");
    PathBuf::from(String::from_utf8(said.stdout).unwrap().trim())
}
