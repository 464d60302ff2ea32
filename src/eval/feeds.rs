//! How many expectations of other feed readers' suites our reading of feeds meets, and how fast it
//! reads everything there is.
//!
//! Counted are the expectations that speak of fields our report has. Left out: whether a document was
//! well-formed (`bozo`), its charset and version, HTTP fields, and what the report does not promise
//! (rights, generators, contributors, sources, images, links by relation, details of a text's type
//! and base). HTML is compared after our own sanitiser; see [`super::matching`].

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use url::Url;

use super::{expectation, gofeed};
use crate::adapters::feed::read_feed;
use crate::adapters::report::Report;
use crate::adapters::{About, Page};

/// Suites of expectations, each in a folder of the data's `feeds`.
const FEEDPARSER: &str = "feedparser/tests";
const GOFEED: &str = "gofeed/testdata";

/// How an evaluation ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Score {
    /// feedparser's expectations about fields we keep, and how many of them are met.
    pub feedparser: Count,
    /// gofeed's.
    pub gofeed: Count,
    /// Files read, whatever they hold.
    pub files: usize,
    /// Files that gave posts.
    pub feeds: usize,
    /// Posts in them.
    pub posts: usize,
    /// Time spent in reading them, one thread.
    pub took: Duration,
    /// Files of the recorded real feeds (`real_*`), their posts, and the time for these alone.
    pub real: (usize, usize, Duration),
}

/// Expectations, and those met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Expectations about fields we keep.
    pub expected: usize,
    /// Of these, the ones met.
    pub met: usize,
    /// Expectations that speak of something else.
    pub left_out: usize,
}

impl Count {
    /// The share met, 0 to 1; 0 if there were none.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.expected == 0 { 0.0 } else { self.met as f64 / self.expected as f64 }
    }
}

/// Evaluates on `data/feeds`; writes one line for each expectation that is not met, and the sums.
///
/// # Errors
/// Where a folder cannot be listed or `out` cannot be written to. A suite that is not there counts 0.
pub fn run(data: &Path, out: &mut dyn Write) -> io::Result<Score> {
    let feeds = data.join("feeds");
    let mut score = Score::default();
    for path in files(&feeds.join(FEEDPARSER))? {
        feedparser_case(&feeds.join(FEEDPARSER), &path, &mut score.feedparser, out)?;
    }
    for path in files(&feeds.join(GOFEED))? {
        gofeed_case(&path, &mut score.gofeed, out)?;
    }
    every_file(&feeds, &mut score)?;
    for (name, count) in [("feedparser", score.feedparser), ("gofeed", score.gofeed)] {
        let share = count.share() * 100.0;
        let Count { expected, met, left_out } = count;
        writeln!(out, "{name}: {met} of {expected} met ({share:.1} %), {left_out} left out")?;
    }
    let rate = |posts: usize, took: Duration| posts as f64 / took.as_secs_f64().max(1e-9);
    let Score { files, feeds, posts, took, real, .. } = score;
    writeln!(
        out,
        "every file: {files} files, {feeds} with posts, {posts} posts, {:.0} posts/s",
        rate(posts, took)
    )?;
    writeln!(
        out,
        "real feeds: {} files, {} posts, {:.0} posts/s",
        real.0,
        real.1,
        rate(real.1, real.2)
    )?;
    Ok(score)
}

fn feedparser_case(
    root: &Path,
    path: &Path,
    count: &mut Count,
    out: &mut dyn Write,
) -> io::Result<()> {
    let body = fs::read(path)?;
    let text = as_text(&body);
    let Some(expression) = expectation_in(&text) else {
        return Ok(());
    };
    let place = path.strip_prefix(root).unwrap_or(path).display().to_string();
    // Where the suite's own server has it: expected links are resolved against this.
    let Ok(url) = Url::parse(&format!("http://127.0.0.1:8097/tests/{place}")) else {
        return Ok(());
    };
    let header = |name: &str| header_in(&text, name);
    let located = header("Content-Location").and_then(|place| url.join(&place).ok());
    let url = located.unwrap_or(url);
    let report = report(
        &body,
        header("Content-Type").as_deref(),
        header("Content-Language").as_deref(),
        &url,
    );
    match expectation::holds(expression, &report, &url) {
        Ok(None) | Err(_) => count.left_out += 1,
        Ok(Some(met)) => {
            count.expected += 1;
            count.met += usize::from(met);
            if !met {
                writeln!(out, "feedparser {place}: {expression}")?;
            }
        }
    }
    Ok(())
}

fn gofeed_case(path: &Path, count: &mut Count, out: &mut dyn Write) -> io::Result<()> {
    if path.extension().is_none_or(|extension| extension != "json") {
        return Ok(());
    }
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let source = match stem.strip_suffix("_expected") {
        Some(stem) => path.with_file_name(format!("{stem}.json")),
        None => path.with_extension("xml"),
    };
    let (Ok(body), Ok(expected)) = (fs::read(&source), fs::read(path)) else {
        return Ok(());
    };
    let (Ok(expected), Ok(url)) =
        (serde_json::from_slice(&expected), Url::parse("http://feed.example/"))
    else {
        return Ok(());
    };
    let report = report(&body, None, None, &url);
    let (expectations, missed) = gofeed::compare(&expected, &report, &url);
    count.expected += expectations;
    count.met += expectations - missed.len();
    count.left_out += usize::from(expectations == 0);
    for line in missed {
        writeln!(out, "gofeed {stem}: {line}")?;
    }
    Ok(())
}

/// What `inspect` would say; an empty report for what cannot be read.
fn report(
    body: &[u8],
    content_type: Option<&str>,
    content_language: Option<&str>,
    url: &Url,
) -> Report {
    let page = read_feed(body, content_type, url, content_language)
        .unwrap_or_else(|_| Page { about: About::default(), ..Page::default() });
    Report::from(&page)
}

fn every_file(feeds: &Path, score: &mut Score) -> io::Result<()> {
    let Ok(url) = Url::parse("http://feed.example/") else {
        return Ok(());
    };
    for path in files(feeds)? {
        let body = fs::read(&path)?;
        let begin = Instant::now();
        let page = read_feed(&body, None, &url, None);
        let took = begin.elapsed();
        let posts = page.map_or(0, |page| page.posts.len());
        score.files += 1;
        score.feeds += usize::from(posts > 0);
        score.posts += posts;
        score.took += took;
        let set = path.strip_prefix(feeds).ok().and_then(|path| path.iter().next()?.to_str());
        if posts > 0 && set.is_some_and(|set| set.starts_with("real_")) {
            score.real.0 += 1;
            score.real.1 += posts;
            score.real.2 += took;
        }
    }
    Ok(())
}

/// Every file under `folder`, in a fixed order; none if there is no such folder.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

/// A fixture as text, only to find its comment: UTF-16 and UTF-32 lose their zeros.
fn as_text(body: &[u8]) -> String {
    let wide = body.iter().take(64).any(|byte| *byte == 0);
    let narrow: Vec<u8> =
        if wide { body.iter().copied().filter(|byte| *byte != 0).collect() } else { body.to_vec() };
    String::from_utf8_lossy(&narrow).into_owned()
}

/// The expression behind `Expect:`, up to the end of its line.
fn expectation_in(text: &str) -> Option<&str> {
    let line = text.split_once("Expect:")?.1.trim_start().lines().next()?;
    Some(line.trim_end().trim_end_matches("-->").trim_end())
}

fn header_in(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (found, value) = line.trim().strip_prefix("Header:")?.trim().split_once(':')?;
        let found = found.trim().trim_start_matches('-');
        found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}
