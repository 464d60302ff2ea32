//! Article text and metadata, measured on pages whose text is known.
//!
//! `trafilatura_dev30` is scored by trafilatura's own method: passages to find and to avoid, white
//! space folded, counted over all pages. `newspaper4k` holds whole texts: words in runs of four,
//! precision and recall a page, averaged.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use unicode_segmentation::UnicodeSegmentation;
use url::Url;

use crate::adapters::page::{Article, article, decode};
use crate::text::html::fold;

/// Words in a run. Single words agree by chance, long runs punish a single changed letter.
const RUN: usize = 4;

/// A whole text found worse than this is named.
const BAD_F1: f64 = 0.8;

/// What stopped a measurement.
#[derive(Debug, thiserror::Error)]
pub enum ExtractionEvalError {
    /// The material is not there.
    #[error("not measured: {0} is missing")]
    Missing(PathBuf),
    /// An archive could not be unpacked.
    #[error("{archive} could not be unpacked with the system's tar: {why}")]
    Archive {
        /// Which.
        archive: PathBuf,
        /// What tar said.
        why: String,
    },
    /// The expectations are not in the form they had.
    #[error("the expectations of trafilatura_dev30 cannot be read: {0}")]
    Expectations(#[from] serde_json::Error),
    /// Reading a page or writing the report failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Precision, recall and F1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Of what we took, the share that was wanted.
    pub precision: f64,
    /// Of what was wanted, the share we took.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
}

impl Score {
    fn of(hits: f64, taken: f64, wanted: f64) -> Self {
        let ratio = |whole: f64| if whole > 0.0 { hits / whole } else { 0.0 };
        let f1 = if taken + wanted > 0.0 { 2.0 * hits / (taken + wanted) } else { 0.0 };
        Self { precision: ratio(taken), recall: ratio(wanted), f1 }
    }

    fn mean(scores: &[Self]) -> Self {
        let mean = |part: fn(&Self) -> f64| {
            scores.iter().map(part).sum::<f64>() / scores.len().max(1) as f64
        };
        Self { precision: mean(|s| s.precision), recall: mean(|s| s.recall), f1: mean(|s| s.f1) }
    }
}

/// The scores on both sets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExtractionScores {
    /// On trafilatura's pages.
    pub trafilatura: Score,
    /// On newspaper4k's pages.
    pub newspaper4k: Score,
}

/// Measures article extraction on the sets in `data`, and reports to `out`.
///
/// # Errors
/// Where the material is missing or unreadable, or the report cannot be written.
pub fn run(data: &Path, out: &mut dyn Write) -> Result<ExtractionScores, ExtractionEvalError> {
    let extraction = data.join("extraction");
    let trafilatura = passages(&extraction.join("trafilatura_dev30"), out)?;
    let newspaper4k = whole_texts(&extraction.join("newspaper4k"), out)?;
    Ok(ExtractionScores { trafilatura, newspaper4k })
}

/// What is known of one page of trafilatura's set.
#[derive(Deserialize)]
struct Expected {
    id: String,
    with: Vec<String>,
    without: Vec<String>,
    title: Option<OneOrMore>,
    author: Option<OneOrMore>,
    date: Option<OneOrMore>,
}

/// Most pages have one author, some a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn joined(&self) -> String {
        match self {
            Self::One(text) => text.clone(),
            Self::More(texts) => texts.join(", "),
        }
    }
}

fn passages(set: &Path, out: &mut dyn Write) -> Result<Score, ExtractionEvalError> {
    let file = set.join("evaldata.json");
    let text = std::fs::read_to_string(&file).map_err(|_| ExtractionEvalError::Missing(file))?;
    let mut expected: Vec<(String, Expected)> =
        serde_json::from_str::<HashMap<String, Expected>>(&text)?.into_iter().collect();
    expected.sort_by(|(a, _), (b, _)| a.cmp(b));
    let pages = Unpacked::of(&set.join("html.tar.xz"))?;
    let (mut found, mut wrong, mut wanted, mut unwanted) = (0, 0, 0, 0);
    let mut stated = Stated::default();
    let mut bad = Vec::new();
    for (url, page) in &expected {
        let article = read(&pages.folder.join("html").join(format!("{}.html", page.id)), url)?;
        let text = article.as_ref().map(|article| one_line(&article.text)).unwrap_or_default();
        let within =
            |passages: &[String]| passages.iter().filter(|p| text.contains(&one_line(p))).count();
        let (hits, misses) = (within(&page.with), within(&page.without));
        found += hits;
        wrong += misses;
        wanted += page.with.len();
        unwanted += page.without.len();
        stated.count(page, article.as_ref());
        if 2 * hits < page.with.len() || 2 * misses > page.without.len() {
            bad.push(format!(
                "  {} finds {hits} of {}, takes {misses} of {} to avoid  {url}",
                page.id,
                page.with.len(),
                page.without.len()
            ));
        }
    }
    let score = Score::of(found as f64, (found + wrong) as f64, wanted as f64);
    let pages = expected.len();
    writeln!(
        out,
        "trafilatura_dev30: {pages} pages, {wanted} passages to find, {unwanted} to avoid"
    )?;
    report(out, score, &bad)?;
    stated.report(out)?;
    Ok(score)
}

fn whole_texts(set: &Path, out: &mut dyn Write) -> Result<Score, ExtractionEvalError> {
    let unpacked = Unpacked::of(&set.join("tests.tar.xz"))?;
    let folder = unpacked.folder.join("tests").join("data");
    let mut texts: Vec<PathBuf> = std::fs::read_dir(folder.join("txt"))?
        .map(|file| Ok(file?.path()))
        .collect::<io::Result<_>>()?;
    texts.sort();
    let mut scores = Vec::new();
    let mut bad = Vec::new();
    for text in &texts {
        let name = text.file_stem().unwrap_or_default().to_string_lossy();
        let page = folder.join("html").join(format!("{name}.html"));
        if !page.exists() {
            continue;
        }
        let wanted = runs(&std::fs::read_to_string(text)?);
        let article = read(&page, &format!("https://example.com/{name}"))?;
        let taken = runs(article.as_ref().map_or("", |article| &article.text));
        let hits: usize = wanted.iter().map(|(run, n)| *n.min(taken.get(run).unwrap_or(&0))).sum();
        let count = |runs: &HashMap<String, usize>| runs.values().sum::<usize>() as f64;
        let score = Score::of(hits as f64, count(&taken), count(&wanted));
        if score.f1 < BAD_F1 {
            bad.push(format!(
                "  {name} precision {:.2} recall {:.2}",
                score.precision, score.recall
            ));
        }
        scores.push(score);
    }
    let score = Score::mean(&scores);
    writeln!(out, "newspaper4k: {} pages, runs of {RUN} words, mean over pages", scores.len())?;
    report(out, score, &bad)?;
    Ok(score)
}

fn report(out: &mut dyn Write, score: Score, bad: &[String]) -> io::Result<()> {
    writeln!(
        out,
        "  precision {:.3}  recall {:.3}  F1 {:.3}",
        score.precision, score.recall, score.f1
    )?;
    bad.iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn read(page: &Path, url: &str) -> Result<Option<Article>, ExtractionEvalError> {
    let bytes = std::fs::read(page)?;
    Ok(Url::parse(url).ok().and_then(|url| article(&decode(&bytes, None), &url)))
}

/// How often what a page says of itself was read right: right ones, and pages that say it.
#[derive(Default)]
struct Stated {
    title: (usize, usize),
    author: (usize, usize),
    date: (usize, usize),
}

impl Stated {
    fn count(&mut self, expected: &Expected, article: Option<&Article>) {
        let tally =
            |tally: &mut (usize, usize), wanted: &Option<OneOrMore>, found: Option<String>| {
                let Some(wanted) = wanted
                    .as_ref()
                    .map(|wanted| bare(&wanted.joined()))
                    .filter(|wanted| !wanted.is_empty())
                else {
                    return;
                };
                tally.0 += usize::from(found.is_some_and(|found| bare(&found) == wanted));
                tally.1 += 1;
            };
        tally(&mut self.title, &expected.title, article.map(|a| a.title.clone()));
        tally(&mut self.author, &expected.author, article.and_then(|a| a.author.clone()));
        // The day as the page's own clock shows it is lost in a moment; UTC is near enough.
        let day = article.and_then(|a| a.published).map(|at| at.strftime("%Y-%m-%d").to_string());
        tally(&mut self.date, &expected.date, day);
    }

    fn report(&self, out: &mut dyn Write) -> io::Result<()> {
        let part = |(right, all): (usize, usize)| format!("{right} of {all}");
        let (title, author, date) = (part(self.title), part(self.author), part(self.date));
        writeln!(out, "  title right on {title}, author on {author}, date on {date}")
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text by its letters and digits alone.
fn bare(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn runs(text: &str) -> HashMap<String, usize> {
    let words: Vec<String> = text.unicode_words().map(str::to_lowercase).collect();
    let mut runs = HashMap::new();
    for run in words.windows(RUN.min(words.len()).max(1)) {
        *runs.entry(run.join(" ")).or_default() += 1;
    }
    runs
}

/// An unpacked archive; the folder goes with it.
///
/// The system's tar does it: reading xz would take a C library or a crate, for an evaluation only.
struct Unpacked {
    folder: PathBuf,
}

impl Unpacked {
    fn of(archive: &Path) -> Result<Self, ExtractionEvalError> {
        if !archive.exists() {
            return Err(ExtractionEvalError::Missing(archive.to_owned()));
        }
        let set = archive.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let name = format!("overheard-eval-{set}-{}", std::process::id());
        let unpacked = Self { folder: std::env::temp_dir().join(name) };
        std::fs::create_dir_all(&unpacked.folder)?;
        let failed =
            |why: String| ExtractionEvalError::Archive { archive: archive.to_owned(), why };
        let tar = Command::new("tar")
            .arg("-xJf")
            .arg(archive)
            .arg("-C")
            .arg(&unpacked.folder)
            .output()
            .map_err(|error| failed(error.to_string()))?;
        if tar.status.success() {
            Ok(unpacked)
        } else {
            Err(failed(String::from_utf8_lossy(&tar.stderr).trim().to_owned()))
        }
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        // Nothing can be done about it here, and the system clears its own temporary folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
