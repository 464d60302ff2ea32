//! The store beside redb and SQLite doing the same writes: `make bench-store`.
//!
//! Posts of 1.4 KB arrive over twelve months in durable batches of 100, each with its index rows. Every
//! measurement is a process of its own, so that memory is what that one needed; ratios within the run are
//! what counts.

#[path = "../../measured.rs"]
mod measured;
mod others;
mod ours;
mod posts;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use measured::{cpu_time, most_resident_mb, size_mb};

/// Posts in a durable batch.
pub const BATCH: usize = 100;

/// What one process measured.
#[derive(Debug, Default)]
struct Measured {
    /// Wall and CPU seconds to keep all posts.
    ingest: (f64, f64),
    /// CPU microseconds a post over the last tenth.
    last_tenth_us: f64,
    /// Milliseconds to read a day.
    window_ms: f64,
    /// Posts of that day.
    window_posts: u64,
    /// Seconds to open it again.
    open: f64,
    /// Largest resident memory, MB.
    rss_mb: f64,
    /// On the disk, MB.
    disk_mb: f64,
    /// On the disk after giving space back, MB; 0 where nothing does.
    compact_mb: f64,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["measure", engine, posts, folder] => measure(engine, posts.parse()?, Path::new(folder)),
        ["open", engine, folder] => open(engine, Path::new(folder)),
        [] => compare(&[300_000], 10_000),
        [posts] => compare(&[posts.parse()?], 10_000),
        _ => bail!("bench-store [POSTS]"),
    }
}

/// Runs every engine, one process each, and prints the table.
fn compare(sizes: &[usize], small: usize) -> anyhow::Result<()> {
    println!(
        "{:<10} {:>9} {:>9} {:>9} {:>8} {:>9} {:>8} {:>7} {:>7} {:>8}",
        "engine", "posts", "posts/s", "per CPU-s", "last µs", "day ms", "open s", "RSS", "disk", "compact"
    );
    for &posts in [small].iter().chain(sizes) {
        for engine in ["ours", "redb", "sqlite"] {
            let folder = PathBuf::from(format!("bench-store-{engine}-{posts}"));
            let _ = std::fs::remove_dir_all(&folder);
            let mut measured = run(&["measure", engine, &posts.to_string()], &folder)?;
            measured.open = run(&["open", engine], &folder)?.open;
            std::fs::remove_dir_all(&folder)?;
            let (wall, cpu) = measured.ingest;
            println!(
                "{engine:<10} {posts:>9} {:>9.0} {:>9.0} {:>8.1} {:>5.1}/{:<4} {:>7.2} {:>7.0} {:>7.0} {:>8.0}",
                posts as f64 / wall,
                posts as f64 / cpu,
                measured.last_tenth_us,
                measured.window_ms,
                measured.window_posts,
                measured.open,
                measured.rss_mb,
                measured.disk_mb,
                measured.compact_mb,
            );
        }
    }
    Ok(())
}

fn run(words: &[&str], folder: &Path) -> anyhow::Result<Measured> {
    let output = Command::new(std::env::current_exe()?).args(words).arg(folder).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("{words:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    }
    let mut measured = Measured::default();
    for line in said.lines() {
        let (name, value) = line.split_once(' ').context("a line without a value")?;
        let value: f64 = value.parse()?;
        match name {
            "wall" => measured.ingest.0 = value,
            "cpu" => measured.ingest.1 = value,
            "last" => measured.last_tenth_us = value,
            "window" => measured.window_ms = value,
            "posts" => measured.window_posts = value as u64,
            "open" => measured.open = value,
            "rss" => measured.rss_mb = value,
            "disk" => measured.disk_mb = value,
            "compact" => measured.compact_mb = value,
            _ => bail!("{name} is not known"),
        }
    }
    Ok(measured)
}

/// A store that posts can be kept in.
trait Engine {
    fn keep(&mut self, posts: &[overheard::post::Post]) -> anyhow::Result<()>;
    fn said_in(&mut self, from: jiff::Timestamp, until: jiff::Timestamp) -> anyhow::Result<u64>;
    fn compact(&mut self) -> anyhow::Result<bool>;
    fn close(self: Box<Self>) -> anyhow::Result<()>;
}

fn engine(name: &str, folder: &Path) -> anyhow::Result<Box<dyn Engine>> {
    Ok(match name {
        "ours" => Box::new(ours::Ours::open(folder)?),
        "redb" => Box::new(others::Redb::open(folder)?),
        "sqlite" => Box::new(others::Sqlite::open(folder)?),
        _ => bail!("no engine {name}"),
    })
}

fn measure(name: &str, posts: usize, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut store = engine(name, folder)?;
    let (mut wall, mut cpu, mut last) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let tenth = posts - posts / 10;
    for begin in (0..posts).step_by(BATCH) {
        let batch: Vec<_> =
            (begin..(begin + BATCH).min(posts)).map(|n| posts::post(n, posts)).collect();
        let (began, busy) = (Instant::now(), cpu_time());
        store.keep(&batch)?;
        let spent = cpu_time().saturating_sub(busy);
        wall += began.elapsed();
        cpu += spent;
        if begin >= tenth {
            last += spent;
        }
    }
    println!("wall {}\ncpu {}", wall.as_secs_f64(), cpu.as_secs_f64());
    println!("last {}", last.as_secs_f64() * 1e6 / (posts / 10) as f64);
    println!("rss {}", most_resident_mb("self"));
    let (from, until) = posts::busy_window(posts);
    let began = Instant::now();
    let found = store.said_in(from, until)?;
    println!("window {}\nposts {found}", began.elapsed().as_secs_f64() * 1e3);
    store.close()?;
    println!("disk {}", size_mb(folder));
    let mut store = engine(name, folder)?;
    let compacted = store.compact()?;
    store.close()?;
    println!("compact {}", if compacted { size_mb(folder) } else { 0.0 });
    Ok(())
}

fn open(name: &str, folder: &Path) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut store = engine(name, folder)?;
    store.said_in(jiff::Timestamp::MAX, jiff::Timestamp::MAX)?;
    println!("open {}", began.elapsed().as_secs_f64());
    store.close()
}
